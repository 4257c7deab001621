"""Dynamic groups as rows."""

from typing import Any

import pytest

from iot.core import errors
from iot.models import Tag
from iot.services import dynamic_thing_groups, thing_groups
from iot.services.dynamic_thing_groups import create_dynamic_thing_group, find_dynamic_thing_group
from tests.services.fleet import SCOPE, index

pytestmark = pytest.mark.django_db


def test_a_group_is_made_with_its_properties_and_tags_and_leaves_none() -> None:
    index()
    properties = {"thingGroupDescription": "d", "attributePayload": {"attributes": {"a": "1", "b": ""}}}
    tags = [{"Key": "k", "Value": "v"}]
    row = create_dynamic_thing_group(
        SCOPE, thing_group_name="d", query_string="*", thing_group_properties=properties, tags=tags
    )
    assert (row.description, row.attributes, row.status, row.index_name) == ("d", {"a": "1"}, "ACTIVE", "AWS_Things")
    dynamic_thing_groups.delete_dynamic_thing_group(SCOPE, thing_group_name="d", expected_version=1)
    assert not Tag.objects.exists()


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"query_string": "a AND"}, errors.InvalidQueryException),
        ({"query_string": "*", "index_name": "AWS_ThingGroups"}, errors.InvalidRequestException),
        ({"query_string": "*", "query_version": "1"}, errors.InvalidRequestException),
    ],
)
def test_what_cannot_be_a_group_is_refused(given: dict[str, Any], error: type[Exception]) -> None:
    index()
    with pytest.raises(error):
        create_dynamic_thing_group(SCOPE, thing_group_name="d", **given)


def test_there_are_at_most_a_hundred(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dynamic_thing_groups, "MAXIMUM_DYNAMIC_GROUPS", 1)
    index()
    create_dynamic_thing_group(SCOPE, thing_group_name="d", query_string="*")
    with pytest.raises(errors.LimitExceededException):
        create_dynamic_thing_group(SCOPE, thing_group_name="e", query_string="*")


def test_a_static_group_is_not_a_dynamic_one() -> None:
    thing_groups.create_thing_group(SCOPE, thing_group_name="s")
    with pytest.raises(errors.InvalidRequestException):
        find_dynamic_thing_group(SCOPE, "s")
    with pytest.raises(errors.ResourceNotFoundException):
        find_dynamic_thing_group(SCOPE, "nowhere")
