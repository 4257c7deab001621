"""Groups that a query defines, over boto3."""

from typing import Any

import pytest

from iot.core.arn import Scope
from iot.services import indexing
from tests.api.harness import ACCOUNT, REGION

SCOPE = Scope(ACCOUNT, REGION)


def switch_on(iot: Any) -> None:
    iot.update_indexing_configuration(thingIndexingConfiguration={"thingIndexingMode": "REGISTRY"})


def test_dynamic_groups_hold_what_their_query_finds(iot: Any) -> None:
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.create_dynamic_thing_group(thingGroupName="hot", queryString="attributes.temp>30")
    switch_on(iot)
    for name, temperature in (("a", "31"), ("b", "20")):
        iot.create_thing(thingName=name, attributePayload={"attributes": {"temp": temperature}})
    made = iot.create_dynamic_thing_group(thingGroupName="hot", queryString="attributes.temp>30", tags=[])
    assert (made["indexName"], made["queryVersion"]) == ("AWS_Things", "2017-09-30")
    assert (
        iot.create_dynamic_thing_group(thingGroupName="hot", queryString="attributes.temp>30")["thingGroupId"]
        == made["thingGroupId"]
    )
    with pytest.raises(iot.exceptions.ResourceAlreadyExistsException):
        iot.create_dynamic_thing_group(thingGroupName="hot", queryString="*")

    def members() -> list[str]:
        indexing.follow(SCOPE)
        return list(iot.list_things_in_thing_group(thingGroupName="hot")["things"])

    assert members() == ["a"]
    iot.update_thing(thingName="b", attributePayload={"attributes": {"temp": "35"}})
    assert members() == ["a", "b"]
    iot.update_thing(thingName="a", attributePayload={"attributes": {"temp": "5"}})
    assert members() == ["b"]
    described = iot.describe_thing_group(thingGroupName="hot")
    assert (described["status"], described["queryString"]) == ("ACTIVE", "attributes.temp>30")
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.add_thing_to_thing_group(thingGroupName="hot", thingName="a")
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.update_indexing_configuration(thingIndexingConfiguration={"thingIndexingMode": "OFF"})
    with pytest.raises(iot.exceptions.VersionConflictException):
        iot.update_dynamic_thing_group(thingGroupName="hot", thingGroupProperties={}, expectedVersion=7)
    answer = iot.update_dynamic_thing_group(
        thingGroupName="hot",
        thingGroupProperties={"thingGroupDescription": "cold", "attributePayload": {"attributes": {"k": "v"}}},
        queryString="attributes.temp<10",
    )
    assert answer["version"] == 2
    assert members() == ["a"]
    with pytest.raises(iot.exceptions.InvalidQueryException):
        iot.update_dynamic_thing_group(thingGroupName="hot", thingGroupProperties={}, queryString="a AND")
    iot.delete_dynamic_thing_group(thingGroupName="hot")
    iot.delete_dynamic_thing_group(thingGroupName="hot")
    assert iot.list_thing_groups_for_thing(thingName="a")["thingGroups"] == []


def test_a_thing_is_in_at_most_ten_groups_and_older_dynamic_ones_win(iot: Any) -> None:
    switch_on(iot)
    iot.create_thing(thingName="a")
    for number in range(11):
        iot.create_dynamic_thing_group(thingGroupName=f"d{number}", queryString="thingName:a")
    indexing.follow(SCOPE)
    groups = iot.list_thing_groups_for_thing(thingName="a", maxResults=50)["thingGroups"]
    assert [group["groupName"] for group in groups] == [f"d{number}" for number in range(10)]
