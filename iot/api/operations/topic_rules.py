"""Topic rules."""

from typing import Any

from iot.api.registry import Answer, Caller, operation
from iot.core.topic import matches
from iot.services import tags as tagging
from iot.services import topic_rules
from iot.services.paging import paginate_list

DEFAULT_PAGE = 50


@operation("CreateTopicRule")
def create_topic_rule(
    caller: Caller, *, rule_name: str, topic_rule_payload: dict[str, Any], tags: str | None = None
) -> Answer:
    given = tagging.parse_tagging(tags or "")
    topic_rules.create_topic_rule(caller.scope, rule_name=rule_name, topic_rule_payload=topic_rule_payload, tags=given)
    return {}


@operation("ReplaceTopicRule")
def replace_topic_rule(caller: Caller, *, rule_name: str, topic_rule_payload: dict[str, Any]) -> Answer:
    topic_rules.replace_topic_rule(caller.scope, rule_name=rule_name, topic_rule_payload=topic_rule_payload)
    return {}


@operation("GetTopicRule")
def get_topic_rule(caller: Caller, *, rule_name: str) -> Answer:
    row = topic_rules.find_topic_rule(caller.scope, rule_name)
    return {"ruleArn": row.arn, "rule": topic_rules.describe(row)}


@operation("DeleteTopicRule")
def delete_topic_rule(caller: Caller, *, rule_name: str) -> Answer:
    topic_rules.delete_topic_rule(caller.scope, rule_name=rule_name)
    return {}


@operation("ListTopicRules")
def list_topic_rules(
    caller: Caller,
    *,
    topic: str | None = None,
    max_results: int = DEFAULT_PAGE,
    next_token: str | None = None,
    rule_disabled: bool | None = None,
) -> Answer:
    rows = [topic_rules.summary(row) for row in topic_rules.topic_rules(caller.scope, rule_disabled=rule_disabled)]
    if topic is not None:
        rows = [row for row in rows if matches(row["topicPattern"], topic, parent=False)]
    page, token = paginate_list(rows, scope=caller.scope, kind="rules", token=next_token, limit=max_results)
    return {"rules": page, "nextToken": token}


@operation("EnableTopicRule")
def enable_topic_rule(caller: Caller, *, rule_name: str) -> Answer:
    topic_rules.set_enabled(caller.scope, rule_name=rule_name, enabled=True)
    return {}


@operation("DisableTopicRule")
def disable_topic_rule(caller: Caller, *, rule_name: str) -> Answer:
    topic_rules.set_enabled(caller.scope, rule_name=rule_name, enabled=False)
    return {}
