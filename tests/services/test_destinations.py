from typing import Any

import pytest

from iot.core import errors
from iot.core.arn import Scope
from iot.models import TopicRuleDestination
from iot.services import destinations

pytestmark = pytest.mark.django_db

SCOPE = Scope("123456789012", "eu-west-1")


def create(url: str = "https://example.com/in") -> TopicRuleDestination:
    configuration = {"httpUrlConfiguration": {"confirmationUrl": url}}
    return destinations.create_topic_rule_destination(SCOPE, destination_configuration=configuration)


def status(row: TopicRuleDestination) -> str:
    return destinations.find_destination(SCOPE, row.arn).status


def test_it_is_in_progress_until_the_token_comes_back() -> None:
    row = create()
    assert row.arn.startswith("arn:aws:iot:eu-west-1:123456789012:ruledestination/http/")
    assert status(row) == "IN_PROGRESS"
    destinations.confirm_topic_rule_destination(SCOPE, confirmation_token=row.token)
    assert status(row) == "ENABLED"
    with pytest.raises(errors.UnauthorizedException):
        destinations.confirm_topic_rule_destination(SCOPE, confirmation_token=row.token)


@pytest.mark.parametrize("token", ["", "guessed"])
def test_a_token_that_was_not_sent_confirms_nothing(token: str) -> None:
    row = create()
    with pytest.raises(errors.UnauthorizedException):
        destinations.confirm_topic_rule_destination(SCOPE, confirmation_token=token)
    assert status(row) == "IN_PROGRESS"


def test_it_cannot_be_enabled_before_it_is_confirmed_but_an_operator_may_trust_it() -> None:
    row = create()
    with pytest.raises(errors.InvalidRequestException, match="not confirmed"):
        destinations.update_topic_rule_destination(SCOPE, arn=row.arn, status="ENABLED")
    destinations.trust(SCOPE, arn=row.arn)
    destinations.update_topic_rule_destination(SCOPE, arn=row.arn, status="DISABLED")
    destinations.update_topic_rule_destination(SCOPE, arn=row.arn, status="ENABLED")
    assert status(row) == "ENABLED"


def test_in_progress_makes_a_new_token() -> None:
    row = create()
    destinations.update_topic_rule_destination(SCOPE, arn=row.arn, status="IN_PROGRESS")
    assert destinations.find_destination(SCOPE, row.arn).token not in ("", row.token)


@pytest.mark.parametrize(
    ("base", "url", "covered"),
    [
        ("https://example.com", "https://example.com/any/path?x", True),
        ("https://example.com/in", "https://example.com/in", True),
        ("https://example.com/in", "https://EXAMPLE.com/in/deeper", True),
        ("https://example.com/in", "https://example.com/inside", False),
        ("https://example.com/in", "https://example.com.evil.org/in", False),
        ("https://example.com/in", "http://example.com/in", False),
        ("https://example.com", "https://example.com:8443/", False),
        ("https://example.com/in?a=1", "https://example.com/in?a=1", True),
    ],
)
def test_a_url_speaks_for_what_is_below_it(base: str, url: str, covered: bool) -> None:
    assert destinations.covers(base, url) is covered


def test_a_rules_url_gets_a_destination_only_where_it_has_none() -> None:
    destinations.ensure(SCOPE, "https://example.com/in")
    destinations.ensure(SCOPE, "https://example.com/in/deeper")
    destinations.ensure(SCOPE, "https://example.com/${topic()}")
    assert [row.url for row in destinations.destinations(SCOPE)] == ["https://example.com/in"]


@pytest.mark.parametrize("url", ["ftp://example.com", "https://", "https://example.com/" + "x" * 2000])
def test_a_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(errors.InvalidRequestException):
        create(url)


def test_there_is_one_of_a_url() -> None:
    create()
    with pytest.raises(errors.ResourceAlreadyExistsException):
        create()


def test_a_host_that_the_settings_trust_is_enabled_at_once(settings: Any) -> None:
    settings.TRUSTED_HTTP_HOSTS = ("intranet", "10.0.0.0/8")
    assert status(create("http://intranet/hook")) == "ENABLED"
    assert status(create("http://10.1.2.3/hook")) == "ENABLED"
    assert status(create("http://11.1.2.3/hook")) == "IN_PROGRESS"


def test_vpc_destinations_are_kept_as_they_are_given() -> None:
    vpc = {"subnetIds": ["s"], "vpcId": "v", "roleArn": "arn:aws:iam::1:role/r"}
    row = destinations.create_topic_rule_destination(SCOPE, destination_configuration={"vpcConfiguration": vpc})
    described = destinations.describe(row)
    assert (described["status"], described["vpcProperties"]) == ("ENABLED", vpc)
    assert destinations.summary(row)["vpcDestinationSummary"] == vpc
    with pytest.raises(errors.InvalidRequestException):
        destinations.create_topic_rule_destination(SCOPE, destination_configuration={})


@pytest.mark.parametrize("arn", ["nonsense", "arn:aws:iot:eu-west-1:123456789012:ruledestination/http/x"])
def test_an_arn_that_is_none_is_refused(arn: str) -> None:
    with pytest.raises(errors.InvalidRequestException):
        destinations.find_destination(SCOPE, arn)


def test_an_unknown_one_is_denied_and_a_deleted_one_is_unknown() -> None:
    row = create()
    destinations.set_status(SCOPE, arn=row.arn, status="ERROR", reason="x" * 900)
    assert len(destinations.describe(destinations.find_destination(SCOPE, row.arn))["statusReason"]) == 500
    destinations.delete_topic_rule_destination(SCOPE, arn=row.arn)
    with pytest.raises(errors.UnauthorizedException):
        destinations.find_destination(SCOPE, row.arn)
    with pytest.raises(errors.InvalidRequestException):
        destinations.update_topic_rule_destination(SCOPE, arn=row.arn, status="ERROR")
