"""Topic rule destinations."""

from typing import Any

from iot.api.registry import Answer, Caller, operation
from iot.services import destinations
from iot.services.paging import paginate

DEFAULT_PAGE = 50


@operation("CreateTopicRuleDestination")
def create_topic_rule_destination(caller: Caller, *, destination_configuration: dict[str, Any]) -> Answer:
    row = destinations.create_topic_rule_destination(caller.scope, destination_configuration=destination_configuration)
    return {"topicRuleDestination": destinations.describe(row)}


@operation("GetTopicRuleDestination")
def get_topic_rule_destination(caller: Caller, *, arn: str) -> Answer:
    return {"topicRuleDestination": destinations.describe(destinations.find_destination(caller.scope, arn))}


@operation("ListTopicRuleDestinations")
def list_topic_rule_destinations(
    caller: Caller, *, max_results: int = DEFAULT_PAGE, next_token: str | None = None
) -> Answer:
    rows = destinations.destinations(caller.scope)
    page, token = paginate(rows, scope=caller.scope, kind="destinations", token=next_token, limit=max_results)
    return {"destinationSummaries": [destinations.summary(row) for row in page], "nextToken": token}


@operation("UpdateTopicRuleDestination")
def update_topic_rule_destination(caller: Caller, *, arn: str, status: str) -> Answer:
    destinations.update_topic_rule_destination(caller.scope, arn=arn, status=status)
    return {}


@operation("DeleteTopicRuleDestination")
def delete_topic_rule_destination(caller: Caller, *, arn: str) -> Answer:
    destinations.delete_topic_rule_destination(caller.scope, arn=arn)
    return {}


@operation("ConfirmTopicRuleDestination")
def confirm_topic_rule_destination(caller: Caller, *, confirmation_token: str) -> Answer:
    destinations.confirm_topic_rule_destination(caller.scope, confirmation_token=confirmation_token)
    return {}
