"""Tags as services."""

import pytest

from iot.core import errors
from iot.services import tags, thing_types
from tests.services.broker import ELSEWHERE, SCOPE

pytestmark = pytest.mark.django_db
TAGS = [{"Key": "a", "Value": "1"}, {"Key": "b"}]


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
        with pytest.raises(errors.ResourceNotFoundException):
            tags.tag_resource(scope, resource=resource, tags=TAGS)


def test_all_tags_go_in_or_none() -> None:
    arn = thing_types.create_thing_type(SCOPE, thing_type_name="kind").arn
    with pytest.raises(errors.LimitExceededException):
        tags.put_tags(SCOPE, arn, [{"Key": str(number)} for number in range(51)])
    assert not tags.tags(SCOPE, arn).exists()
