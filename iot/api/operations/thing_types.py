"""Thing types."""

from typing import Any

from iot.api.registry import Answer, Caller, operation
from iot.services import thing_types
from iot.services.paging import paginate

DEFAULT_PAGE = 50


@operation("CreateThingType")
def create_thing_type(
    caller: Caller,
    *,
    thing_type_name: str,
    thing_type_properties: dict[str, Any] | None = None,
    tags: list[dict[str, str]] | None = None,
) -> Answer:
    row = thing_types.create_thing_type(
        caller.scope, thing_type_name=thing_type_name, thing_type_properties=thing_type_properties, tags=tags
    )
    return {"thingTypeName": row.name, "thingTypeArn": row.arn, "thingTypeId": str(row.type_id)}


@operation("DescribeThingType")
def describe_thing_type(caller: Caller, *, thing_type_name: str) -> Answer:
    row = thing_types.find_thing_type(caller.scope, thing_type_name)
    return {**thing_types.describe(row), "thingTypeId": str(row.type_id)}


@operation("UpdateThingType")
def update_thing_type(
    caller: Caller, *, thing_type_name: str, thing_type_properties: dict[str, Any] | None = None
) -> Answer:
    thing_types.update_thing_type(
        caller.scope, thing_type_name=thing_type_name, thing_type_properties=thing_type_properties or {}
    )
    return {}


@operation("DeprecateThingType")
def deprecate_thing_type(caller: Caller, *, thing_type_name: str, undo_deprecate: bool = False) -> Answer:
    thing_types.deprecate_thing_type(caller.scope, thing_type_name=thing_type_name, undo_deprecate=undo_deprecate)
    return {}


@operation("DeleteThingType")
def delete_thing_type(caller: Caller, *, thing_type_name: str) -> Answer:
    thing_types.delete_thing_type(caller.scope, thing_type_name=thing_type_name)
    return {}


@operation("ListThingTypes")
def list_thing_types(
    caller: Caller,
    *,
    next_token: str | None = None,
    max_results: int = DEFAULT_PAGE,
    thing_type_name: str | None = None,
) -> Answer:
    rows = thing_types.thing_types(caller.scope, prefix=thing_type_name)
    page, token = paginate(rows, scope=caller.scope, kind="thing-types", token=next_token, limit=max_results)
    return {"thingTypes": [thing_types.describe(row) for row in page], "nextToken": token}
