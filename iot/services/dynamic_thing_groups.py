"""Dynamic thing groups: groups that a query defines."""

from typing import Any

from django.db import IntegrityError, transaction

from iot.bridge.outbox import announce
from iot.core import errors
from iot.core.arn import Scope
from iot.models import ThingGroup
from iot.services import dynamic_membership, index_changes, indexing, registry_events, search
from iot.services.tags import Given, forget_tags, put_tags

MAXIMUM_DYNAMIC_GROUPS = 100
Properties = dict[str, Any]


def find_dynamic_thing_group(scope: Scope, thing_group_name: str) -> ThingGroup:
    """Find a dynamic group. Raises ResourceNotFoundException, InvalidRequestException for a static one."""
    row = ThingGroup.objects.filter(account=scope.account, region=scope.region, name=thing_group_name).first()
    if row is None:
        raise errors.ResourceNotFoundException(f"ThingGroup {scope.account}:{thing_group_name} not found.")
    if not row.query_string:
        raise errors.InvalidRequestException(f"Thing group {thing_group_name} is not a dynamic group")
    return row


def create_dynamic_thing_group(
    scope: Scope,
    *,
    thing_group_name: str,
    query_string: str,
    index_name: str | None = None,
    query_version: str | None = None,
    thing_group_properties: Properties | None = None,
    tags: Given | None = None,
) -> ThingGroup:
    """Create a group and fill it. The same configuration again answers the one that is there.

    Raises InvalidQueryException, IndexNotReadyException, LimitExceededException, ResourceAlreadyExistsException.
    """
    given = {
        "query_string": query_string,
        "index_name": _things_only(index_name),
        "query_version": query_version or search.QUERY_VERSION,
        **_properties(thing_group_properties or {}, {}),
    }
    with transaction.atomic():
        rows = _members(scope, given)
        if dynamic_membership.dynamic_groups(scope).count() >= MAXIMUM_DYNAMIC_GROUPS:
            raise errors.LimitExceededException(f"There can be at most {MAXIMUM_DYNAMIC_GROUPS} dynamic groups")
        try:
            with transaction.atomic():
                row = ThingGroup.objects.create(
                    account=scope.account, region=scope.region, name=thing_group_name, status="ACTIVE", **given
                )
        except IntegrityError:
            return _same_or_conflict(scope, thing_group_name, given)
        put_tags(scope, row.arn, tags)
        dynamic_membership.fill(row, rows)
        index_changes.groups_changed(scope, [thing_group_name])
        announce("groups", thing_group_name, scope)
        registry_events.thing_group(row, [], "CREATED")
    return row


def update_dynamic_thing_group(
    scope: Scope,
    *,
    thing_group_name: str,
    thing_group_properties: Properties,
    expected_version: int | None = None,
    index_name: str | None = None,
    query_string: str | None = None,
    query_version: str | None = None,
) -> ThingGroup:
    """Change a group; another query fills it anew. Raises VersionConflictException."""
    with transaction.atomic():
        row = find_dynamic_thing_group(scope, thing_group_name)
        _expect(row, expected_version)
        row.query_string = query_string or row.query_string
        row.query_version = query_version or row.query_version
        row.index_name = _things_only(index_name or row.index_name)
        for field, value in _properties(thing_group_properties, row.attributes).items():
            setattr(row, field, value)
        row.version += 1
        rows = _members(scope, {"query_string": row.query_string, "query_version": row.query_version})
        row.save()
        if query_string is not None:
            dynamic_membership.fill(row, rows)
        index_changes.groups_changed(scope, [thing_group_name])
        announce("groups", thing_group_name, scope)
        registry_events.thing_group(row, [], "UPDATED")
    return row


def delete_dynamic_thing_group(scope: Scope, *, thing_group_name: str, expected_version: int | None = None) -> None:
    """Delete a group; one that does not exist is no error. Raises VersionConflictException."""
    with transaction.atomic():
        try:
            row = find_dynamic_thing_group(scope, thing_group_name)
        except errors.ResourceNotFoundException:
            return
        _expect(row, expected_version)
        registry_events.thing_group(row, [], "DELETED")
        forget_tags(scope, row.arn)
        row.delete()
        announce("groups", thing_group_name, scope)


def _members(scope: Scope, given: dict[str, Any]) -> Any:
    if indexing.THINGS not in indexing.list_indices(scope):
        raise errors.InvalidRequestException("A dynamic group needs the index of things: switch indexing on first")
    return search.select(scope, indexing.THINGS, given["query_string"], query_version=given["query_version"])


def _things_only(index_name: str | None) -> str:
    if index_name not in (None, indexing.THINGS):
        raise errors.InvalidRequestException(f"The index of a dynamic group is {indexing.THINGS}")
    return indexing.THINGS


def _properties(given: Properties, present: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "thingGroupDescription" in given:
        found["description"] = given["thingGroupDescription"]
    if (payload := given.get("attributePayload")) is not None:
        merged = {**(present if payload.get("merge") else {}), **payload.get("attributes", {})}
        found["attributes"] = {name: value for name, value in merged.items() if value}
    return found


def _same_or_conflict(scope: Scope, name: str, given: dict[str, Any]) -> ThingGroup:
    row = ThingGroup.objects.get(account=scope.account, region=scope.region, name=name)
    if all(getattr(row, field) == value for field, value in given.items()):
        return row
    raise errors.ResourceAlreadyExistsException(
        f"Thing Group {name} already exists in current account with different properties.",
        resourceId=str(row.group_id),
        resourceArn=row.arn,
    )


def _expect(row: ThingGroup, version: int | None) -> None:
    if version is not None and version != row.version:
        raise errors.VersionConflictException(
            f"The version for thing group {row.name} does not match the expected version."
        )
