"""Static thing groups: their tree, and the things in them."""

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from iot.bridge.outbox import announce
from iot.core import errors
from iot.core.arn import Scope, parse_arn
from iot.models import PolicyAttachment, Thing, ThingGroup, ThingGroupMember
from iot.services import index_changes, registry_events, things
from iot.services.tags import Given, forget_tags, put_tags, same_tags

MAXIMUM_DEPTH = 7
MAXIMUM_CHILDREN = 100
MAXIMUM_GROUPS = 10
MAXIMUM_ATTRIBUTES = 50
Properties = dict[str, Any]


def thing_groups(scope: Scope) -> QuerySet[ThingGroup]:
    """Select the groups of a scope, dynamic ones included."""
    return ThingGroup.objects.filter(account=scope.account, region=scope.region)


def find_thing_group(scope: Scope, thing_group_name: str, *, lock: bool = False, missing: str = "") -> ThingGroup:
    """Find a group. Raises ResourceNotFoundException, with the words of `missing` where AWS has others than usual."""
    rows = thing_groups(scope).filter(name=thing_group_name)
    row = (rows.select_for_update() if lock else rows).first()
    if row is None:
        raise errors.ResourceNotFoundException(missing or f"ThingGroup {scope.account}:{thing_group_name} not found.")
    return row


def find_group_of_members(scope: Scope, thing_group_name: str) -> ThingGroup:
    """Find a group whose members are asked for or changed. Raises ResourceNotFoundException, in words of its own."""
    return find_thing_group(scope, thing_group_name, missing=no_group(scope, thing_group_name))


def no_group(scope: Scope, name: str) -> str:
    """Say that there is no such group, as AWS does where it is about members and policies."""
    return f"Cannot find requested thing group for accountId: {scope.account} and thing group name: {name}"


def list_thing_groups(
    scope: Scope, *, parent_group: str | None = None, prefix: str | None = None, recursive: bool = True
) -> QuerySet[ThingGroup]:
    """Select groups below a parent (or the roots and all below them), perhaps by how their names begin."""
    rows = thing_groups(scope)
    if prefix is not None:
        rows = rows.filter(name__startswith=prefix)
    if parent_group is not None:
        parent = find_thing_group(scope, parent_group)
        return rows.filter(pk__in=descendants(parent)) if recursive else rows.filter(parent=parent)
    return rows if recursive else rows.filter(parent__isnull=True)


def ancestors(row: ThingGroup) -> list[ThingGroup]:
    """Answer the groups above a group, from the root down."""
    found: list[ThingGroup] = []
    while row.parent is not None:
        row = row.parent
        found.insert(0, row)
    return found


def descendants(row: ThingGroup) -> set[int]:
    """Answer the keys of all groups below a group."""
    found: set[int] = set()
    level = {row.pk}
    while level:
        level = set(ThingGroup.objects.filter(parent__in=level).values_list("pk", flat=True))
        found |= level
    return found


def create_thing_group(
    scope: Scope,
    *,
    thing_group_name: str,
    parent_group_name: str | None = None,
    thing_group_properties: Properties | None = None,
    tags: Given | None = None,
) -> ThingGroup:
    """Create a static group; the same configuration again answers the one that is there."""
    properties = thing_group_properties or {}
    description = properties.get("thingGroupDescription") or ""
    attributes = _attributes(properties)
    with transaction.atomic():
        parent = None if parent_group_name is None else _parent(scope, parent_group_name)
        try:
            with transaction.atomic():
                row = ThingGroup.objects.create(
                    account=scope.account,
                    region=scope.region,
                    name=thing_group_name,
                    parent=parent,
                    description=description,
                    attributes=attributes,
                )
        except IntegrityError:
            return _same_or_conflict(scope, thing_group_name, parent, description, attributes, tags)
        put_tags(scope, row.arn, tags)
        index_changes.groups_changed(scope, [thing_group_name])
        announce("groups", thing_group_name, scope)
        registry_events.thing_group(row, ancestors(row), "CREATED")
        if parent is not None:
            registry_events.thing_group_hierarchy(parent, row, "ADDED")
    return row


def update_thing_group(
    scope: Scope, *, thing_group_name: str, thing_group_properties: Properties, expected_version: int | None = None
) -> ThingGroup:
    """Change a group's description and attributes. Raises VersionConflictException."""
    with transaction.atomic():
        missing = f"Group {thing_group_name} does not exist"
        row = _static(find_thing_group(scope, thing_group_name, lock=True, missing=missing))
        _expect(row, expected_version)
        if "thingGroupDescription" in thing_group_properties:
            row.description = thing_group_properties["thingGroupDescription"]
        payload = thing_group_properties.get("attributePayload")
        if payload is not None:
            row.attributes = _attributes(thing_group_properties, row.attributes if payload.get("merge") else {})
        row.version += 1
        row.save(update_fields=["description", "attributes", "version"])
        index_changes.groups_changed(scope, [thing_group_name])
        announce("groups", thing_group_name, scope)
        registry_events.thing_group(row, ancestors(row), "UPDATED")
    return row


def delete_thing_group(scope: Scope, *, thing_group_name: str, expected_version: int | None = None) -> None:
    """Delete a group without children; one that does not exist is no error."""
    with transaction.atomic():
        row = thing_groups(scope).filter(name=thing_group_name).first()
        if row is None:
            return
        _expect(_static(row), expected_version)
        if row.children.exists():
            raise errors.InvalidRequestException(
                f"Cannot delete thing group : {thing_group_name} when there are still child groups attached to it"
            )
        if row.parent is not None:
            registry_events.thing_group_hierarchy(row.parent, row, "REMOVED")
        registry_events.thing_group(row, ancestors(row), "DELETED")
        PolicyAttachment.objects.filter(target=row.arn).delete()
        forget_tags(scope, row.arn)
        index_changes.things_changed(scope, row.members.values_list("thing__name", flat=True))
        row.delete()
        announce("groups", thing_group_name, scope)


def add_thing_to_thing_group(scope: Scope, *, group: ThingGroup, thing: Thing) -> None:
    """Put a thing into a static group; again is no error. Raises InvalidRequestException at a limit."""
    with transaction.atomic():
        _static(group)
        if group.members.filter(thing=thing).exists():
            return
        present = ThingGroup.objects.filter(members__thing=thing, query_string="").select_related("parent")
        if len(present) >= MAXIMUM_GROUPS:
            raise errors.InvalidRequestException(f"A thing can be in at most {MAXIMUM_GROUPS} groups")
        root = _root(group)
        if group.parent is not None or group.children.exists():
            clash = next((one for one in present if _root(one) == root and one != group), None)
            if clash is not None:
                raise errors.InvalidRequestException(
                    f"Thing {thing.name} is already in the group {clash.name} of the same hierarchy"
                )
        ThingGroupMember.objects.create(group=group, thing=thing)
        index_changes.things_changed(scope, [thing.name])
        _announce_members(scope, thing)
        registry_events.thing_group_membership(group, thing, "ADDED")


def remove_thing_from_thing_group(scope: Scope, *, group: ThingGroup, thing: Thing) -> None:
    """Take a thing out of a group; one that is not in it is no error."""
    with transaction.atomic():
        deleted, _ = _static(group).members.filter(thing=thing).delete()
        if deleted:
            index_changes.things_changed(scope, [thing.name])
            _announce_members(scope, thing)
            registry_events.thing_group_membership(group, thing, "REMOVED")


def update_thing_groups_for_thing(scope: Scope, *, thing_name: str, add: Iterable[str], remove: Iterable[str]) -> None:
    """Put a thing into groups and take it out of others, all or nothing."""
    with transaction.atomic():
        thing = things.find_thing(scope, thing_name)
        for name in remove:
            remove_thing_from_thing_group(scope, group=find_group_of_members(scope, name), thing=thing)
        for name in add:
            add_thing_to_thing_group(scope, group=find_group_of_members(scope, name), thing=thing)


def members(scope: Scope, *, thing_group_name: str, recursive: bool = False) -> QuerySet[Thing]:
    """Select the things of a group, where asked with those of all groups below it."""
    row = find_group_of_members(scope, thing_group_name)
    groups = {row.pk} | (descendants(row) if recursive else set())
    return things.things(scope).filter(pk__in=ThingGroupMember.objects.filter(group__in=groups).values("thing"))


def groups_of(scope: Scope, *, thing_name: str) -> QuerySet[ThingGroupMember]:
    """Select the memberships of a thing, with their groups."""
    return things.find_thing(scope, thing_name, missing="thing does not exist").memberships.select_related("group")


def identify(scope: Scope, *, name: str | None, arn: str | None, what: str, member: str) -> str:
    """Answer the name that a request gives as a name, an ARN (of any region), or both, which must then agree."""
    if name is None and arn is None:
        raise errors.InvalidRequestException(
            f"Both {member}Arn and {member}Name are empty. Need to specify at least one of them"
        )
    if arn is None:
        return name or ""
    parts = parse_arn(arn)
    title = member[0].upper() + member[1:]
    if parts is None:
        raise errors.InvalidRequestException("Invalid arn in request")
    if parts.kind != what or not parts.name:
        raise errors.InvalidRequestException(f"Invalid {title}Arn")
    if parts.account != scope.account:
        raise errors.InvalidRequestException("ResourceArn doesn't belong in requester's account")
    if name is not None and name != parts.name:
        # Two teams of AWS's wrote these
        within = "in" if member == "thing" else "from"
        raise errors.InvalidRequestException(
            f"{title}Name {within} {member}Arn does not match specified {member}Name in request"
        )
    return parts.name


def describe(row: ThingGroup) -> dict[str, Any]:
    """Answer DescribeThingGroup's structure."""
    above = ancestors(row)
    metadata: dict[str, Any] = {"creationDate": row.created_at}
    if above:
        metadata["parentGroupName"] = above[-1].name
        metadata["rootToParentThingGroups"] = [summary(one) for one in above]
    return {
        "thingGroupName": row.name,
        "thingGroupId": str(row.group_id),
        "thingGroupArn": row.arn,
        "version": row.version,
        "thingGroupProperties": {
            "thingGroupDescription": row.description or None,
            "attributePayload": {"attributes": row.attributes} if row.attributes else None,
        },
        "thingGroupMetadata": metadata,
        "indexName": row.index_name or None,
        "queryString": row.query_string or None,
        "queryVersion": row.query_version or None,
        "status": row.status or None,
    }


def summary(row: ThingGroup) -> dict[str, str]:
    """Answer a group's name and ARN."""
    return {"groupName": row.name, "groupArn": row.arn}


def _parent(scope: Scope, name: str) -> ThingGroup:
    row = thing_groups(scope).filter(name=name).first()
    if row is None:
        # AWS answers 400 here, not 404: CreateThingGroup models no not-found error.
        raise errors.InvalidRequestException(f"Cannot create group using non-existing group as parent : {name}")
    if row.query_string:
        raise errors.InvalidRequestException("A dynamic thing group cannot have child groups")
    if len(ancestors(row)) + 2 > MAXIMUM_DEPTH:
        raise errors.InvalidRequestException(f"A hierarchy of thing groups has at most {MAXIMUM_DEPTH} levels")
    if row.children.count() >= MAXIMUM_CHILDREN:
        raise errors.InvalidRequestException(f"A thing group has at most {MAXIMUM_CHILDREN} child groups")
    return row


def _attributes(properties: Properties, present: dict[str, str] | None = None) -> dict[str, str]:
    given = (properties.get("attributePayload") or {}).get("attributes") or {}
    found = {key: value for key, value in {**(present or {}), **given}.items() if value != ""}
    if len(found) > MAXIMUM_ATTRIBUTES:
        raise errors.InvalidRequestException(f"A thing group has at most {MAXIMUM_ATTRIBUTES} attributes")
    return found


def _same_or_conflict(
    scope: Scope,
    name: str,
    parent: ThingGroup | None,
    description: str,
    attributes: dict[str, str],
    tags: Given | None,
) -> ThingGroup:
    present = find_thing_group(scope, name)
    same = (present.parent, present.description, present.attributes) == (parent, description, attributes)
    same = same and not present.query_string
    if same and same_tags(scope, present.arn, tags):
        return present
    what = f"Resource {present.arn}" if same else f"Thing Group {name}"
    raise errors.ResourceAlreadyExistsException(
        f"{what} already exists in current account with different properties",
        resourceId=str(present.group_id),
        resourceArn=present.arn,
    )


def _static(row: ThingGroup) -> ThingGroup:
    if row.query_string:
        raise errors.InvalidRequestException(f"Thing group {row.name} is a dynamic group")
    return row


def _expect(row: ThingGroup, version: int | None) -> None:
    if version is not None and version != row.version:
        raise errors.VersionConflictException(
            f"The version for thing group {row.name} does not match the expected version."
        )


def _root(row: ThingGroup) -> ThingGroup:
    return next(iter(ancestors(row)), row)


def _announce_members(scope: Scope, thing: Thing) -> None:
    announce("things", thing.name, scope)
    for principal in thing.principals.values_list("principal", flat=True):
        announce("certificates", principal.rpartition("/")[2], scope)
