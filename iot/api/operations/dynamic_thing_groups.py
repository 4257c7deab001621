"""Groups that a query defines."""

from typing import Any

from iot.api.registry import Answer, Caller, operation
from iot.services import dynamic_thing_groups


@operation("CreateDynamicThingGroup")
def create_dynamic_thing_group(
    caller: Caller,
    *,
    thing_group_name: str,
    query_string: str,
    thing_group_properties: dict[str, Any] | None = None,
    index_name: str | None = None,
    query_version: str | None = None,
    tags: list[dict[str, str]] | None = None,
) -> Answer:
    group = dynamic_thing_groups.create_dynamic_thing_group(
        caller.scope,
        thing_group_name=thing_group_name,
        query_string=query_string,
        thing_group_properties=thing_group_properties,
        index_name=index_name,
        query_version=query_version,
        tags=tags,
    )
    return {
        "thingGroupName": group.name,
        "thingGroupArn": group.arn,
        "thingGroupId": str(group.group_id),
        "indexName": group.index_name,
        "queryString": group.query_string,
        "queryVersion": group.query_version,
    }


@operation("UpdateDynamicThingGroup")
def update_dynamic_thing_group(
    caller: Caller,
    *,
    thing_group_name: str,
    thing_group_properties: dict[str, Any],
    expected_version: int | None = None,
    index_name: str | None = None,
    query_string: str | None = None,
    query_version: str | None = None,
) -> Answer:
    group = dynamic_thing_groups.update_dynamic_thing_group(
        caller.scope,
        thing_group_name=thing_group_name,
        thing_group_properties=thing_group_properties,
        expected_version=expected_version,
        index_name=index_name,
        query_string=query_string,
        query_version=query_version,
    )
    return {"version": group.version}


@operation("DeleteDynamicThingGroup")
def delete_dynamic_thing_group(caller: Caller, *, thing_group_name: str, expected_version: int | None = None) -> Answer:
    dynamic_thing_groups.delete_dynamic_thing_group(
        caller.scope, thing_group_name=thing_group_name, expected_version=expected_version
    )
    return {}
