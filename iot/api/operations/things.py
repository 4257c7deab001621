"""Things and their principals."""

from typing import Any

from iot.api.registry import Answer, Caller, operation
from iot.services import things
from iot.services.paging import paginate

DEFAULT_PAGE = 50


@operation("CreateThing", grouped=True)
def create_thing(
    caller: Caller,
    *,
    thing_name: str,
    thing_type_name: str | None = None,
    attribute_payload: dict[str, Any] | None = None,
    billing_group_name: str | None = None,
) -> Answer:
    thing = things.create_thing(
        caller.scope,
        thing_name=thing_name,
        thing_type_name=thing_type_name,
        attribute_payload=attribute_payload,
        billing_group_name=billing_group_name,
    )
    return {"thingName": thing.name, "thingArn": thing.arn, "thingId": str(thing.thing_id)}


@operation("DescribeThing")
def describe_thing(caller: Caller, *, thing_name: str) -> Answer:
    # DescribeThing alone names the account too.
    missing = f"Thing {caller.scope.account}:{thing_name} not found."
    return things.describe(things.find_thing(caller.scope, thing_name, missing=missing))


@operation("UpdateThing", grouped=True)
def update_thing(
    caller: Caller,
    *,
    thing_name: str,
    thing_type_name: str | None = None,
    attribute_payload: dict[str, Any] | None = None,
    expected_version: int | None = None,
    remove_thing_type: bool = False,
) -> Answer:
    things.update_thing(
        caller.scope,
        thing_name=thing_name,
        thing_type_name=thing_type_name,
        attribute_payload=attribute_payload,
        expected_version=expected_version,
        remove_thing_type=remove_thing_type,
    )
    return {}


@operation("DeleteThing", grouped=True)
def delete_thing(caller: Caller, *, thing_name: str, expected_version: int | None = None) -> Answer:
    things.delete_thing(caller.scope, thing_name=thing_name, expected_version=expected_version)
    return {}


@operation("ListThings")
def list_things(
    caller: Caller,
    *,
    next_token: str | None = None,
    max_results: int = DEFAULT_PAGE,
    attribute_name: str | None = None,
    attribute_value: str | None = None,
    thing_type_name: str | None = None,
    use_prefix_attribute_value: bool = False,
) -> Answer:
    rows = things.things(
        caller.scope,
        attribute_name=attribute_name,
        attribute_value=attribute_value,
        thing_type_name=thing_type_name,
        prefix=use_prefix_attribute_value,
    )
    page, token = paginate(rows, scope=caller.scope, kind="things", token=next_token, limit=max_results)
    return {
        "things": [
            {
                "thingName": row.name,
                "thingTypeName": row.thing_type.name if row.thing_type else None,
                "thingArn": row.arn,
                "attributes": row.attributes,
                "version": row.version,
            }
            for row in page
        ],
        "nextToken": token,
    }


@operation("AttachThingPrincipal", grouped=True)
def attach_thing_principal(
    caller: Caller, *, thing_name: str, principal: str, thing_principal_type: str | None = None
) -> Answer:
    things.attach_thing_principal(
        caller.scope, thing_name=thing_name, principal=principal, thing_principal_type=thing_principal_type
    )
    return {}


@operation("DetachThingPrincipal", grouped=True)
def detach_thing_principal(caller: Caller, *, thing_name: str, principal: str) -> Answer:
    things.detach_thing_principal(caller.scope, thing_name=thing_name, principal=principal)
    return {}


@operation("ListThingPrincipals")
def list_thing_principals(
    caller: Caller, *, thing_name: str, next_token: str | None = None, max_results: int = DEFAULT_PAGE
) -> Answer:
    rows = things.thing_principals(caller.scope, thing_name=thing_name)
    page, token = paginate(rows, scope=caller.scope, kind="thing-principals", token=next_token, limit=max_results)
    return {"principals": [row.principal for row in page], "nextToken": token}


@operation("ListThingPrincipalsV2")
def list_thing_principals_v2(
    caller: Caller,
    *,
    thing_name: str,
    next_token: str | None = None,
    max_results: int = DEFAULT_PAGE,
    thing_principal_type: str | None = None,
) -> Answer:
    rows = things.thing_principals(caller.scope, thing_name=thing_name)
    if thing_principal_type is not None:
        rows = rows.filter(exclusive=thing_principal_type == "EXCLUSIVE_THING")
    page, token = paginate(rows, scope=caller.scope, kind="thing-principals", token=next_token, limit=max_results)
    found = [{"principal": row.principal, "thingPrincipalType": _kind(row.exclusive)} for row in page]
    return {"thingPrincipalObjects": found, "nextToken": token}


@operation("ListPrincipalThings")
def list_principal_things(
    caller: Caller, *, principal: str, next_token: str | None = None, max_results: int = DEFAULT_PAGE
) -> Answer:
    rows = things.principal_things(caller.scope, principal=principal)
    page, token = paginate(rows, scope=caller.scope, kind="principal-things", token=next_token, limit=max_results)
    return {"things": [row.thing.name for row in page], "nextToken": token}


@operation("ListPrincipalThingsV2")
def list_principal_things_v2(
    caller: Caller,
    *,
    principal: str,
    next_token: str | None = None,
    max_results: int = DEFAULT_PAGE,
    thing_principal_type: str | None = None,
) -> Answer:
    rows = things.principal_things(caller.scope, principal=principal)
    if thing_principal_type is not None:
        rows = rows.filter(exclusive=thing_principal_type == "EXCLUSIVE_THING")
    page, token = paginate(rows, scope=caller.scope, kind="principal-things", token=next_token, limit=max_results)
    found = [{"thingName": row.thing.name, "thingPrincipalType": _kind(row.exclusive)} for row in page]
    return {"principalThingObjects": found, "nextToken": token}


def _kind(exclusive: bool) -> str:
    return "EXCLUSIVE_THING" if exclusive else "NON_EXCLUSIVE_THING"
