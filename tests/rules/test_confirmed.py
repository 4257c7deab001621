import uuid
from typing import Any

import orjson
import pytest
from django.conf import settings

from iot.models import TopicRuleDestination
from iot.rules.action import ActionError
from iot.rules.confirmed import base_url
from iot.rules.targets import Targets
from iot.services import destinations
from tests.rules.listening import Listener


def create(url: str) -> TopicRuleDestination:
    configuration = {"httpUrlConfiguration": {"confirmationUrl": url}}
    return destinations.create_topic_rule_destination(settings.SCOPE, destination_configuration=configuration)


def now(row: TopicRuleDestination) -> TopicRuleDestination:
    return destinations.find_destination(settings.SCOPE, row.arn)


def test_the_owner_is_asked_as_aws_asks(targets: Targets, listener: Listener) -> None:
    row = create(f"{listener.url}/hook?a=1")
    targets.confirmed.ask(str(row.destination_id))
    (asked,) = listener.asked
    assert asked.path == f"/hook?a=1&confirmationToken={row.token}"
    assert asked.headers["x-amz-rules-engine-message-type"] == "DestinationConfirmation"
    assert asked.headers["x-amz-rules-engine-destination-arn"] == row.arn
    assert orjson.loads(asked.body) == {
        "arn": row.arn,
        "confirmationToken": row.token,
        "enableUrl": f"{base_url()}/confirm-destination/{row.token}",
        "messageType": "DestinationConfirmation",
    }
    assert now(row).status == "IN_PROGRESS"


def test_nothing_may_be_sent_until_the_token_has_come_back(targets: Targets, listener: Listener) -> None:
    row = create(listener.url)
    with pytest.raises(ActionError, match="not been confirmed"):
        targets.confirmed.demand(f"{listener.url}/x")
    destinations.confirm_topic_rule_destination(settings.SCOPE, confirmation_token=row.token)
    targets.confirmed.forget()
    targets.confirmed.demand(f"{listener.url}/x")


def test_a_disabled_destination_speaks_for_nothing(targets: Targets, listener: Listener) -> None:
    row = create(listener.url)
    destinations.trust(settings.SCOPE, arn=row.arn)
    targets.confirmed.demand(listener.url)
    destinations.update_topic_rule_destination(settings.SCOPE, arn=row.arn, status="DISABLED")
    targets.confirmed.forget()
    with pytest.raises(ActionError):
        targets.confirmed.demand(listener.url)


def test_an_owner_who_refuses_makes_it_an_error_with_the_reason(targets: Targets, listener: Listener) -> None:
    listener.answers = [403]
    row = create(listener.url)
    targets.confirmed.ask(str(row.destination_id))
    assert now(row).status == "ERROR"
    assert "403" in now(row).status_reason


def test_an_owner_who_cannot_be_reached_does_too(targets: Targets) -> None:
    row = create("https://10.0.0.1/hook")
    targets.confirmed.ask(str(row.destination_id))
    assert now(row).status == "ERROR"
    assert "not a public one" in now(row).status_reason


def test_nobody_is_asked_about_what_is_enabled_or_gone(targets: Targets, listener: Listener) -> None:
    row = create(listener.url)
    destinations.trust(settings.SCOPE, arn=row.arn)
    targets.confirmed.ask(str(row.destination_id))
    targets.confirmed.ask(str(uuid.uuid4()))
    assert listener.asked == []


def test_a_prefix_is_part_of_our_own_url(settings: Any) -> None:
    settings.URL_PREFIX = "cloud"
    assert base_url() == f"http://{settings.HOST}:{settings.HTTP_PORT}/cloud"
