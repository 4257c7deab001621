"""Billing groups and their members."""

from typing import TYPE_CHECKING, Any

from iot.api.registry import Answer, Caller, operation
from iot.services import billing_groups, things
from iot.services.paging import paginate
from iot.services.thing_groups import identify

if TYPE_CHECKING:
    from iot.models import Thing

DEFAULT_PAGE = 50


@operation("CreateBillingGroup")
def create_billing_group(
    caller: Caller,
    *,
    billing_group_name: str,
    billing_group_properties: dict[str, Any] | None = None,
    tags: list[dict[str, str]] | None = None,
) -> Answer:
    row = billing_groups.create_billing_group(
        caller.scope,
        billing_group_name=billing_group_name,
        description=(billing_group_properties or {}).get("billingGroupDescription") or "",
        tags=tags,
    )
    return {"billingGroupName": row.name, "billingGroupArn": row.arn, "billingGroupId": str(row.group_id)}


@operation("DescribeBillingGroup")
def describe_billing_group(caller: Caller, *, billing_group_name: str) -> Answer:
    return billing_groups.describe(billing_groups.find_billing_group(caller.scope, billing_group_name))


@operation("UpdateBillingGroup")
def update_billing_group(
    caller: Caller,
    *,
    billing_group_name: str,
    billing_group_properties: dict[str, Any],
    expected_version: int | None = None,
) -> Answer:
    row = billing_groups.update_billing_group(
        caller.scope,
        billing_group_name=billing_group_name,
        description=billing_group_properties.get("billingGroupDescription"),
        expected_version=expected_version,
    )
    return {"version": row.version}


@operation("DeleteBillingGroup")
def delete_billing_group(caller: Caller, *, billing_group_name: str, expected_version: int | None = None) -> Answer:
    billing_groups.delete_billing_group(
        caller.scope, billing_group_name=billing_group_name, expected_version=expected_version
    )
    return {}


@operation("ListBillingGroups")
def list_billing_groups(
    caller: Caller,
    *,
    next_token: str | None = None,
    max_results: int = DEFAULT_PAGE,
    name_prefix_filter: str | None = None,
) -> Answer:
    rows = billing_groups.billing_groups(caller.scope, prefix=name_prefix_filter)
    page, token = paginate(rows, scope=caller.scope, kind="billing-groups", token=next_token, limit=max_results)
    return {"billingGroups": [{"groupName": row.name, "groupArn": row.arn} for row in page], "nextToken": token}


@operation("AddThingToBillingGroup")
def add_thing_to_billing_group(
    caller: Caller,
    *,
    billing_group_name: str | None = None,
    billing_group_arn: str | None = None,
    thing_name: str | None = None,
    thing_arn: str | None = None,
) -> Answer:
    group = billing_groups.find_billing_group(caller.scope, _name(caller, billing_group_name, billing_group_arn))
    billing_groups.set_billing_group(caller.scope, thing=_thing(caller, thing_name, thing_arn), group=group)
    return {}


@operation("RemoveThingFromBillingGroup")
def remove_thing_from_billing_group(
    caller: Caller,
    *,
    billing_group_name: str | None = None,
    billing_group_arn: str | None = None,
    thing_name: str | None = None,
    thing_arn: str | None = None,
) -> Answer:
    group = billing_groups.find_billing_group(caller.scope, _name(caller, billing_group_name, billing_group_arn))
    thing = _thing(caller, thing_name, thing_arn)
    if thing.billing_group == group:
        billing_groups.set_billing_group(caller.scope, thing=thing, group=None)
    return {}


@operation("ListThingsInBillingGroup")
def list_things_in_billing_group(
    caller: Caller, *, billing_group_name: str, next_token: str | None = None, max_results: int = DEFAULT_PAGE
) -> Answer:
    rows = billing_groups.members(caller.scope, billing_group_name=billing_group_name)
    page, token = paginate(rows, scope=caller.scope, kind="billing-things", token=next_token, limit=max_results)
    return {"things": [row.name for row in page], "nextToken": token}


def _name(caller: Caller, name: str | None, arn: str | None) -> str:
    return identify(caller.scope, name=name, arn=arn, what="billinggroup", member="billingGroup")


def _thing(caller: Caller, name: str | None, arn: str | None) -> "Thing":
    return things.find_thing(caller.scope, identify(caller.scope, name=name, arn=arn, what="thing", member="thing"))
