"""Actions that need no AWS account: a table in our own database, and a file in the data directory.

AWS's model of a rule has no place for them and must not get one, so they are kept beside the rule, by its name: a rule
that is read, copied or replaced over AWS's API stays exactly AWS's. They go when their rule goes.
"""

import re
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from iot.bridge.outbox import announce
from iot.core import errors
from iot.core.arn import Scope
from iot.models import LocalAction, TopicRule

KINDS = ("table", "file")
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
LIMITS = {
    "table": {"retentionDays": (1, 3650), "maximumRows": (1, 10_000_000)},
    "file": {"rotateBytes": (1024, 1 << 30), "keepFiles": (1, 10_000)},
}


def local_actions(scope: Scope, *, rule_name: str | None = None) -> QuerySet[LocalAction]:
    """Select the actions of all rules, or of one."""
    rows = LocalAction.objects.filter(account=scope.account, region=scope.region).order_by("id")
    return rows if rule_name is None else rows.filter(rule=rule_name)


def as_action(row: LocalAction) -> dict[str, Any]:
    """Answer an action in the form of AWS's: one key, `thingstead`, that the API's model does not have."""
    return {"thingstead": {row.kind: {"name": row.name, **row.parameters}}}


def put_local_action(
    scope: Scope, *, rule_name: str, kind: str, name: str, parameters: dict[str, int] | None = None
) -> LocalAction:
    """Add an action to a rule, or change its parameters.

    A table takes `retentionDays` and `maximumRows`; a file `rotateBytes` and `keepFiles`. Raises
    InvalidRequestException, ResourceNotFoundException.
    """
    given = parameters or {}
    check(kind, name, given)
    if not TopicRule.objects.filter(account=scope.account, region=scope.region, name=rule_name).exists():
        raise errors.ResourceNotFoundException(f"There is no rule {rule_name}")
    with transaction.atomic():
        row, _ = LocalAction.objects.update_or_create(
            account=scope.account,
            region=scope.region,
            rule=rule_name,
            kind=kind,
            name=name,
            defaults={"parameters": given},
        )
        _touch(scope, rule_name)
    return row


def check(kind: str, name: str, parameters: dict[str, Any]) -> None:
    """Check an action's name and parameters. Raises InvalidRequestException."""
    if kind not in KINDS:
        raise errors.InvalidRequestException("A local action is a table or a file")
    if not NAME.fullmatch(name):
        raise errors.InvalidRequestException(f"The name of a {kind} has 1 to 64 letters, digits, _ and -")
    for key, value in parameters.items():
        low, high = LIMITS[kind].get(key, (0, -1))
        if not isinstance(value, int) or not low <= value <= high:
            raise errors.InvalidRequestException(f"A {kind} does not take {key} = {value}")


def delete_local_action(scope: Scope, *, rule_name: str, kind: str, name: str) -> None:
    """Remove an action from a rule; what it has stored stays."""
    with transaction.atomic():
        local_actions(scope, rule_name=rule_name).filter(kind=kind, name=name).delete()
        _touch(scope, rule_name)


def forget_rule(scope: Scope, rule_name: str) -> None:
    """Remove all actions of a rule that is deleted."""
    local_actions(scope, rule_name=rule_name).delete()


def _touch(scope: Scope, rule_name: str) -> None:
    """Mark the rule as changed, so that a bridge that missed the notice finds it by polling."""
    row = TopicRule.objects.filter(account=scope.account, region=scope.region, name=rule_name).first()
    if row is not None:
        row.save(update_fields=["modified_at"])
    announce("rules", rule_name, scope)
