"""Static thing groups and their members."""

from typing import TYPE_CHECKING, Any

from iot.api.registry import Answer, Caller, operation
from iot.services import thing_groups, things
from iot.services.paging import paginate

if TYPE_CHECKING:
    from iot.models import Thing

DEFAULT_PAGE = 50


@operation("CreateThingGroup")
def create_thing_group(
    caller: Caller,
    *,
    thing_group_name: str,
    parent_group_name: str | None = None,
    thing_group_properties: dict[str, Any] | None = None,
    tags: list[dict[str, str]] | None = None,
) -> Answer:
    row = thing_groups.create_thing_group(
        caller.scope,
        thing_group_name=thing_group_name,
        parent_group_name=parent_group_name,
        thing_group_properties=thing_group_properties,
        tags=tags,
    )
    return {"thingGroupName": row.name, "thingGroupArn": row.arn, "thingGroupId": str(row.group_id)}


@operation("DescribeThingGroup")
def describe_thing_group(caller: Caller, *, thing_group_name: str) -> Answer:
    return thing_groups.describe(thing_groups.find_thing_group(caller.scope, thing_group_name))


@operation("UpdateThingGroup")
def update_thing_group(
    caller: Caller,
    *,
    thing_group_name: str,
    thing_group_properties: dict[str, Any],
    expected_version: int | None = None,
) -> Answer:
    row = thing_groups.update_thing_group(
        caller.scope,
        thing_group_name=thing_group_name,
        thing_group_properties=thing_group_properties,
        expected_version=expected_version,
    )
    return {"version": row.version}


@operation("DeleteThingGroup")
def delete_thing_group(caller: Caller, *, thing_group_name: str, expected_version: int | None = None) -> Answer:
    thing_groups.delete_thing_group(caller.scope, thing_group_name=thing_group_name, expected_version=expected_version)
    return {}


@operation("ListThingGroups")
def list_thing_groups(
    caller: Caller,
    *,
    next_token: str | None = None,
    max_results: int = DEFAULT_PAGE,
    parent_group: str | None = None,
    name_prefix_filter: str | None = None,
    recursive: bool = True,
) -> Answer:
    rows = thing_groups.list_thing_groups(
        caller.scope, parent_group=parent_group, prefix=name_prefix_filter, recursive=recursive
    )
    page, token = paginate(rows, scope=caller.scope, kind="thing-groups", token=next_token, limit=max_results)
    return {"thingGroups": [thing_groups.summary(row) for row in page], "nextToken": token}


@operation("AddThingToThingGroup", grouped=True)
def add_thing_to_thing_group(
    caller: Caller,
    *,
    thing_group_name: str | None = None,
    thing_group_arn: str | None = None,
    thing_name: str | None = None,
    thing_arn: str | None = None,
    override_dynamic_groups: bool = False,
) -> Answer:
    group = thing_groups.find_group_of_members(caller.scope, _group_name(caller, thing_group_name, thing_group_arn))
    thing_groups.add_thing_to_thing_group(caller.scope, group=group, thing=_thing(caller, thing_name, thing_arn))
    return {}


@operation("RemoveThingFromThingGroup", grouped=True)
def remove_thing_from_thing_group(
    caller: Caller,
    *,
    thing_group_name: str | None = None,
    thing_group_arn: str | None = None,
    thing_name: str | None = None,
    thing_arn: str | None = None,
) -> Answer:
    name = _group_name(caller, thing_group_name, thing_group_arn)
    thing = _thing(caller, thing_name, thing_arn)
    group = thing_groups.thing_groups(caller.scope).filter(name=name).first()
    if group is not None:  # AWS answers 200 for an unknown group, 404 for an unknown thing
        thing_groups.remove_thing_from_thing_group(caller.scope, group=group, thing=thing)
    return {}


@operation("UpdateThingGroupsForThing")
def update_thing_groups_for_thing(
    caller: Caller,
    *,
    thing_name: str | None = None,
    thing_groups_to_add: list[str] | None = None,
    thing_groups_to_remove: list[str] | None = None,
    override_dynamic_groups: bool = False,
) -> Answer:
    thing_groups.update_thing_groups_for_thing(
        caller.scope,
        thing_name=thing_groups.identify(caller.scope, name=thing_name, arn=None, what="thing", member="thing"),
        add=thing_groups_to_add or (),
        remove=thing_groups_to_remove or (),
    )
    return {}


@operation("ListThingsInThingGroup")
def list_things_in_thing_group(
    caller: Caller,
    *,
    thing_group_name: str,
    recursive: bool = False,
    next_token: str | None = None,
    max_results: int = DEFAULT_PAGE,
) -> Answer:
    rows = thing_groups.members(caller.scope, thing_group_name=thing_group_name, recursive=recursive)
    page, token = paginate(rows, scope=caller.scope, kind="group-things", token=next_token, limit=max_results)
    return {"things": [row.name for row in page], "nextToken": token}


@operation("ListThingGroupsForThing")
def list_thing_groups_for_thing(
    caller: Caller, *, thing_name: str, next_token: str | None = None, max_results: int = DEFAULT_PAGE
) -> Answer:
    rows = thing_groups.groups_of(caller.scope, thing_name=thing_name)
    page, token = paginate(rows, scope=caller.scope, kind="thing-groups-of", token=next_token, limit=max_results)
    return {"thingGroups": [thing_groups.summary(row.group) for row in page], "nextToken": token}


def _group_name(caller: Caller, name: str | None, arn: str | None) -> str:
    return thing_groups.identify(caller.scope, name=name, arn=arn, what="thinggroup", member="thingGroup")


def _thing(caller: Caller, name: str | None, arn: str | None) -> "Thing":
    chosen = thing_groups.identify(caller.scope, name=name, arn=arn, what="thing", member="thing")
    return things.find_thing(caller.scope, chosen)
