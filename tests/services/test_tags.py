"""Tags as services."""

import pytest

from iot.core import errors
from iot.services import tags, thing_types
from tests.services.broker import ELSEWHERE, SCOPE

pytestmark = pytest.mark.django_db
TAGS = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]


def test_tags_are_compared_whole() -> None:
    arn = thing_types.create_thing_type(SCOPE, thing_type_name="kind", tags=TAGS).arn
    assert tags.same_tags(SCOPE, arn, TAGS)
    assert not tags.same_tags(SCOPE, arn, TAGS[:1])
    assert not tags.same_tags(SCOPE, arn, None)
    tags.forget_tags(SCOPE, arn)
    assert tags.same_tags(SCOPE, arn, None)


def test_a_resource_of_another_account_cannot_be_tagged() -> None:
    arn = thing_types.create_thing_type(SCOPE, thing_type_name="kind").arn
    for scope, resource in ((ELSEWHERE, arn), (SCOPE, arn.replace(SCOPE.account, ELSEWHERE.account))):
        with pytest.raises(errors.InvalidRequestException, match="doesn't belong in requester's account"):
            tags.tag_resource(scope, resource=resource, tags=TAGS)


def test_a_resource_of_another_region_has_none_and_takes_none() -> None:
    arn = f"arn:aws:iot:eu-west-9:{SCOPE.account}:thingtype/kind"
    assert not tags.tags(SCOPE, arn).exists()
    with pytest.raises(errors.InvalidRequestException, match="Please check the input"):
        tags.tag_resource(SCOPE, resource=arn, tags=TAGS)


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        ("thinggroup/no", "Thing Group no does not exist."),
        ("billinggroup/no", "Billing Group no does not exist."),
        ("policy/no", "This resource is not found"),
        (
            "rule/no",
            f"Rule no not found. accountId: {SCOPE.account}, resourceArn: {SCOPE.arn('rule', 'no')}",
        ),
        ("domainconfiguration/no/12345", "This resource is not found"),
    ],
)
def test_each_kind_of_resource_is_missed_in_awss_words(resource: str, message: str) -> None:
    arn = f"arn:aws:iot:{SCOPE.region}:{SCOPE.account}:{resource}"
    with pytest.raises(errors.ResourceNotFoundException) as error:
        tags.untag_resource(SCOPE, resource=arn, keys=["a"])
    assert error.value.message == message


@pytest.mark.parametrize("resource", ["not an arn", "arn:aws:sqs:us-east-1:123456789012:q", "arn:aws:iot:::widget/x"])
def test_what_is_no_resource_is_refused(resource: str) -> None:
    with pytest.raises(errors.InvalidRequestException, match="Invalid arn in request"):
        tags.tags(SCOPE, resource)


def test_a_tag_without_a_value_is_refused_in_words_that_depend_on_the_call() -> None:
    arn = thing_types.create_thing_type(SCOPE, thing_type_name="kind").arn
    with pytest.raises(errors.InvalidRequestException, match="All tags in request should have keys and values"):
        tags.put_tags(SCOPE, arn, [{"Key": "a"}])
    with pytest.raises(errors.InvalidRequestException, match="Invalid request exception"):
        tags.tag_resource(SCOPE, resource=arn, tags=[{"Key": "a"}])
    with pytest.raises(errors.InvalidRequestException, match="The validated collection is empty"):
        tags.tag_resource(SCOPE, resource=arn, tags=[])
    with pytest.raises(errors.InvalidRequestException, match="The validated collection is empty"):
        tags.untag_resource(SCOPE, resource=arn, keys=[])


def test_tags_come_as_a_query_string() -> None:
    assert tags.parse_tagging("a=1%202&b=") == [{"Key": "a", "Value": "1 2"}, {"Key": "b", "Value": ""}]
    assert tags.parse_tagging("") == []
    with pytest.raises(errors.InvalidRequestException, match="tags are in correct format"):
        tags.parse_tagging("a")


def test_all_tags_go_in_or_none() -> None:
    arn = thing_types.create_thing_type(SCOPE, thing_type_name="kind").arn
    with pytest.raises(errors.InvalidRequestException, match="Too many tags"):
        tags.put_tags(SCOPE, arn, [{"Key": str(number), "Value": ""} for number in range(51)])
    assert not tags.tags(SCOPE, arn).exists()
