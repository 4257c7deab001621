"""Topic rules as rows: created, replaced, listed. Running them is the edge's business (`iot.rules`)."""

from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from iot.bridge.outbox import announce
from iot.core import errors
from iot.core.arn import Scope
from iot.core.sql import compile_statement
from iot.models import TopicRule
from iot.services import action_checks, destinations, local_actions
from iot.services.tags import Given, forget_tags, put_tags

DEFAULT_VERSION = "2015-10-08"
MAXIMUM_RULES = 1000
MAXIMUM_PAYLOAD = 128 * 1024
Action = dict[str, Any]


def topic_rules(scope: Scope, *, rule_disabled: bool | None = None) -> QuerySet[TopicRule]:
    """Select rules in order of creation, perhaps only those that are disabled or not."""
    rows = TopicRule.objects.filter(account=scope.account, region=scope.region).order_by("id")
    return rows if rule_disabled is None else rows.filter(disabled=rule_disabled)


def find_topic_rule(scope: Scope, rule_name: str) -> TopicRule:
    """Find a rule. AWS answers UnauthorizedException for one that does not exist."""
    row = topic_rules(scope).filter(name=rule_name).first()
    if row is None:
        raise errors.UnauthorizedException(f"Access to topic rule '{rule_name}' was denied")
    return row


def create_topic_rule(
    scope: Scope, *, rule_name: str, topic_rule_payload: dict[str, Any], tags: Given | None = None
) -> TopicRule:
    """Create a rule. Raises SqlParseException, InvalidRequestException, ResourceAlreadyExistsException."""
    fields = _fields(topic_rule_payload)
    if topic_rules(scope).count() >= MAXIMUM_RULES:
        raise errors.LimitExceededException(f"There may be at most {MAXIMUM_RULES} rules")
    try:
        with transaction.atomic():
            row = TopicRule.objects.create(account=scope.account, region=scope.region, name=rule_name, **fields)
            put_tags(scope, row.arn, tags)
            _ensure_destinations(scope, row)
            announce("rules", rule_name, scope)
    except IntegrityError:
        raise errors.ResourceAlreadyExistsException(
            f"Rule with same name {rule_name} already exists",
            resourceId=rule_name,
            resourceArn=scope.arn("rule", rule_name),
        ) from None
    return row


def replace_topic_rule(scope: Scope, *, rule_name: str, topic_rule_payload: dict[str, Any]) -> TopicRule:
    """Replace a rule whole; a payload that is refused leaves it untouched."""
    fields = _fields(topic_rule_payload)
    with transaction.atomic():
        row = find_topic_rule(scope, rule_name)
        for name, value in fields.items():
            setattr(row, name, value)
        row.save()
        _ensure_destinations(scope, row)
        announce("rules", rule_name, scope)
    return row


def delete_topic_rule(scope: Scope, *, rule_name: str) -> None:
    """Delete a rule. Raises UnauthorizedException for one that does not exist, as AWS does."""
    with transaction.atomic():
        row = find_topic_rule(scope, rule_name)
        forget_tags(scope, row.arn)
        local_actions.forget_rule(scope, rule_name)
        row.delete()
        announce("rules", rule_name, scope)


def set_enabled(scope: Scope, *, rule_name: str, enabled: bool) -> None:
    """Enable or disable a rule."""
    with transaction.atomic():
        row = find_topic_rule(scope, rule_name)
        row.disabled = not enabled
        row.save(update_fields=["disabled", "modified_at"])
        announce("rules", rule_name, scope)


def _ensure_destinations(scope: Scope, row: TopicRule) -> None:
    """AWS makes a destination for an HTTP action's URL that has none, and asks its owner to confirm."""
    for action in [*row.actions, *([row.error_action] if row.error_action else [])]:
        if http := action.get("http"):
            destinations.ensure(scope, http.get("confirmationUrl") or http["url"])


def describe(row: TopicRule) -> dict[str, Any]:
    """Answer AWS's TopicRule structure."""
    return {
        "ruleName": row.name,
        "sql": row.sql,
        "description": row.description or None,
        "createdAt": row.created_at,
        "actions": row.actions,
        "ruleDisabled": row.disabled,
        "awsIotSqlVersion": row.sql_version,
        "errorAction": row.error_action,
    }


def summary(row: TopicRule) -> dict[str, Any]:
    """Answer a row of ListTopicRules."""
    return {
        "ruleArn": row.arn,
        "ruleName": row.name,
        "topicPattern": pattern_of(row),
        "createdAt": row.created_at,
        "ruleDisabled": row.disabled,
    }


def pattern_of(row: TopicRule) -> str:
    """Answer the topic filter of a rule's FROM; empty for one that only Basic Ingest reaches."""
    return _pattern(row.sql, row.sql_version)


@lru_cache(maxsize=4096)
def _pattern(sql: str, version: str) -> str:
    """A list of a thousand rules must not compile each of them each time it is asked for."""
    return compile_statement(sql, version).topic_filter or ""


def last_change(scope: Scope) -> tuple[int, datetime | None]:
    """Answer how many rules there are and when one was last written: what changes when any of them does."""
    newest = topic_rules(scope).order_by("-modified_at").values_list("modified_at", flat=True).first()
    return topic_rules(scope).count(), newest


def _fields(payload: dict[str, Any]) -> dict[str, Any]:
    if len(orjson.dumps(payload)) > MAXIMUM_PAYLOAD:
        raise errors.InvalidRequestException(f"A rule has at most {MAXIMUM_PAYLOAD} bytes of JSON")
    version = payload.get("awsIotSqlVersion", DEFAULT_VERSION)
    statement = compile_statement(payload["sql"], version)
    actions = payload.get("actions", [])
    error_action = payload.get("errorAction") or None  # Terraform's provider says "none" by an empty one
    for action in actions:
        action_checks.check(action, statement)
    if error_action:
        action_checks.check(error_action, statement, is_error_action=True)
    return {
        "sql": payload["sql"],
        "sql_version": version,
        "description": payload.get("description", ""),
        "actions": actions,
        "error_action": error_action,
        "disabled": payload.get("ruleDisabled", False),
    }


def check_action(*, sql: str, version: str, action: Action, is_error_action: bool = False) -> None:
    """Check an action as if it were saved with a statement. Raises SqlParseException, InvalidRequestException."""
    action_checks.check(action, compile_statement(sql, version), is_error_action=is_error_action)
