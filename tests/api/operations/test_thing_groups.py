"""Static thing groups over boto3."""

from typing import Any

import pytest


@pytest.fixture
def tree(iot: Any) -> dict[str, str]:
    """root ─ (left ─ leaf, right), and alone."""
    arns = {}
    for name, parent in (("root", None), ("left", "root"), ("right", "root"), ("leaf", "left"), ("alone", None)):
        given = {} if parent is None else {"parentGroupName": parent}
        arns[name] = iot.create_thing_group(thingGroupName=name, **given)["thingGroupArn"]
    return arns


def names(iot: Any, **filters: Any) -> set[str]:
    return {one["groupName"] for one in iot.list_thing_groups(**filters)["thingGroups"]}


def test_a_childs_metadata_names_its_ancestors_from_the_root(iot: Any, tree: dict[str, str]) -> None:
    metadata = iot.describe_thing_group(thingGroupName="leaf")["thingGroupMetadata"]
    assert set(metadata) == {"creationDate", "parentGroupName", "rootToParentThingGroups"}
    assert metadata["parentGroupName"] == "left"
    assert metadata["rootToParentThingGroups"] == [
        {"groupName": "root", "groupArn": tree["root"]},
        {"groupName": "left", "groupArn": tree["left"]},
    ]
    assert set(iot.describe_thing_group(thingGroupName="root")["thingGroupMetadata"]) == {"creationDate"}


def test_groups_are_listed_recursively_by_parent_and_prefix(iot: Any, tree: dict[str, str]) -> None:
    assert names(iot) == set(tree)
    assert names(iot, recursive=False) == {"root", "alone"}
    assert names(iot, parentGroup="root") == {"left", "right", "leaf"}
    assert names(iot, parentGroup="root", recursive=False) == {"left", "right"}
    assert names(iot, parentGroup="root", namePrefixFilter="le") == {"left", "leaf"}
    assert names(iot, namePrefixFilter="le", recursive=False) == set()
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        names(iot, parentGroup="nobody")


def test_a_parent_is_not_deleted(iot: Any, tree: dict[str, str]) -> None:
    with pytest.raises(iot.exceptions.InvalidRequestException, match="still child groups attached"):
        iot.delete_thing_group(thingGroupName="left")
    iot.delete_thing_group(thingGroupName="leaf")
    iot.delete_thing_group(thingGroupName="left", expectedVersion=1)
    iot.delete_thing_group(thingGroupName="left")
    assert names(iot) == {"root", "right", "alone"}


def test_creating_it_again_answers_the_same_or_conflicts(iot: Any, tree: dict[str, str]) -> None:
    assert iot.create_thing_group(thingGroupName="alone")["thingGroupArn"] == tree["alone"]
    tags = [{"Key": "a", "Value": "b"}]
    for other in (
        {"parentGroupName": "root"},
        {"tags": tags},
        {"thingGroupProperties": {"thingGroupDescription": "else"}},
    ):
        with pytest.raises(iot.exceptions.ResourceAlreadyExistsException) as error:
            iot.create_thing_group(thingGroupName="alone", **other)
        assert error.value.response["resourceArn"] == tree["alone"]


def test_an_unknown_parent_is_a_bad_request(iot: Any) -> None:
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.create_thing_group(thingGroupName="child", parentGroupName="nobody")


def test_seven_levels_are_allowed(iot: Any) -> None:
    iot.create_thing_group(thingGroupName="g1")
    for level in range(2, 8):
        iot.create_thing_group(thingGroupName=f"g{level}", parentGroupName=f"g{level - 1}")
    with pytest.raises(iot.exceptions.InvalidRequestException, match="7 levels"):
        iot.create_thing_group(thingGroupName="g8", parentGroupName="g7")


def test_attributes_are_replaced_or_merged_and_versions_count(iot: Any) -> None:
    given = {"thingGroupDescription": "mine", "attributePayload": {"attributes": {"a": "1"}}}
    iot.create_thing_group(thingGroupName="g", thingGroupProperties=given)
    assert iot.describe_thing_group(thingGroupName="g")["thingGroupProperties"] == given
    merged = {"attributePayload": {"attributes": {"b": "2"}, "merge": True}}
    assert iot.update_thing_group(thingGroupName="g", thingGroupProperties=merged)["version"] == 2
    properties = iot.describe_thing_group(thingGroupName="g")["thingGroupProperties"]
    assert properties["attributePayload"]["attributes"] == {"a": "1", "b": "2"}
    iot.update_thing_group(thingGroupName="g", thingGroupProperties={"attributePayload": {"attributes": {"c": "3"}}})
    properties = iot.describe_thing_group(thingGroupName="g")["thingGroupProperties"]
    assert properties == {"thingGroupDescription": "mine", "attributePayload": {"attributes": {"c": "3"}}}
    with pytest.raises(iot.exceptions.VersionConflictException):
        iot.update_thing_group(thingGroupName="g", thingGroupProperties={}, expectedVersion=1)
    iot.update_thing_group(thingGroupName="g", thingGroupProperties={"attributePayload": {"attributes": {}}})
    assert "attributePayload" not in iot.describe_thing_group(thingGroupName="g")["thingGroupProperties"]


def test_things_join_and_leave_by_name_or_arn(iot: Any, tree: dict[str, str]) -> None:
    arn = iot.create_thing(thingName="lamp")["thingArn"]
    for call in (iot.add_thing_to_thing_group, iot.remove_thing_from_thing_group):
        call(thingGroupName="leaf", thingName="lamp")
        call(thingGroupArn=tree["leaf"], thingArn=arn)
        call(thingGroupName="leaf", thingGroupArn=tree["leaf"], thingArn=arn, thingName="lamp")
        expected = ["lamp"] if call == iot.add_thing_to_thing_group else []
        assert iot.list_things_in_thing_group(thingGroupName="leaf")["things"] == expected
    for wrong in (
        {"thingName": "lamp"},
        {"thingGroupName": "left", "thingGroupArn": tree["leaf"], "thingName": "lamp"},
        {"thingGroupName": "leaf", "thingArn": tree["leaf"]},
    ):
        with pytest.raises(iot.exceptions.InvalidRequestException):
            iot.add_thing_to_thing_group(**wrong)
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.add_thing_to_thing_group(thingGroupName="leaf", thingName="nobody")


def test_a_thing_is_in_one_group_of_a_hierarchy_and_found_from_above(iot: Any, tree: dict[str, str]) -> None:
    iot.create_thing(thingName="lamp")
    iot.add_thing_to_thing_group(thingGroupName="leaf", thingName="lamp")
    with pytest.raises(iot.exceptions.InvalidRequestException, match="same hierarchy"):
        iot.add_thing_to_thing_group(thingGroupName="right", thingName="lamp")
    iot.add_thing_to_thing_group(thingGroupName="alone", thingName="lamp")
    assert iot.list_things_in_thing_group(thingGroupName="root")["things"] == []
    assert iot.list_things_in_thing_group(thingGroupName="root", recursive=True)["things"] == ["lamp"]
    assert {one["groupName"] for one in iot.list_thing_groups_for_thing(thingName="lamp")["thingGroups"]} == {
        "leaf",
        "alone",
    }
    iot.update_thing_groups_for_thing(
        thingName="lamp", thingGroupsToRemove=["leaf", "alone"], thingGroupsToAdd=["right"]
    )
    assert [one["groupName"] for one in iot.list_thing_groups_for_thing(thingName="lamp")["thingGroups"]] == ["right"]


def test_a_thing_is_in_ten_groups_at_most(iot: Any) -> None:
    iot.create_thing(thingName="lamp")
    for number in range(11):
        iot.create_thing_group(thingGroupName=f"g{number}")
    for number in range(10):
        iot.add_thing_to_thing_group(thingGroupName=f"g{number}", thingName="lamp")
    with pytest.raises(iot.exceptions.InvalidRequestException, match="at most 10"):
        iot.add_thing_to_thing_group(thingGroupName="g10", thingName="lamp")


def test_a_deleted_groups_policies_and_tags_go_with_it(iot: Any) -> None:
    tags = [{"Key": "a", "Value": "b"}]
    arn = iot.create_thing_group(thingGroupName="g", tags=tags)["thingGroupArn"]
    iot.create_policy(policyName="p", policyDocument="{}")
    iot.attach_policy(policyName="p", target=arn)
    iot.delete_thing_group(thingGroupName="g")
    assert iot.list_targets_for_policy(policyName="p")["targets"] == []
    iot.create_thing_group(thingGroupName="g")
    assert iot.list_tags_for_resource(resourceArn=arn)["tags"] == []
