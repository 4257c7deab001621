"""Thing types: made, deprecated, deleted."""

import time
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from iot.bridge.outbox import announce
from iot.core import errors
from iot.core.arn import Scope
from iot.models import ThingType
from iot.services import registry_events
from iot.services.tags import Given, forget_tags, put_tags

MAXIMUM_SEARCHABLE = 3
Properties = dict[str, Any]


def thing_types(scope: Scope, *, prefix: str | None = None) -> QuerySet[ThingType]:
    """Select thing types, perhaps those whose names begin with something."""
    rows = ThingType.objects.filter(account=scope.account, region=scope.region)
    return rows if prefix is None else rows.filter(name__startswith=prefix)


def find_thing_type(scope: Scope, thing_type_name: str) -> ThingType:
    """Find a thing type. Raises ResourceNotFoundException."""
    row = thing_types(scope).filter(name=thing_type_name).first()
    if row is None:
        raise errors.ResourceNotFoundException(f"Thing Type {scope.account}:{thing_type_name} not found.")
    return row


def create_thing_type(
    scope: Scope, *, thing_type_name: str, thing_type_properties: Properties | None = None, tags: Given | None = None
) -> ThingType:
    """Create a thing type; the same configuration again answers the one that is there."""
    fields = _fields(thing_type_properties or {})
    try:
        with transaction.atomic():
            row = ThingType.objects.create(account=scope.account, region=scope.region, name=thing_type_name, **fields)
            put_tags(scope, row.arn, tags)
            announce("thingtypes", thing_type_name, scope)
            registry_events.thing_type(row, "CREATED")
    except IntegrityError:
        return _same_or_conflict(scope, thing_type_name, fields)
    return row


def update_thing_type(scope: Scope, *, thing_type_name: str, thing_type_properties: Properties) -> ThingType:
    """Change the properties that are given."""
    with transaction.atomic():
        row = find_thing_type(scope, thing_type_name)
        given = {
            name: value
            for (name, value), member in zip(
                _fields(thing_type_properties).items(),
                ("thingTypeDescription", "searchableAttributes", "mqtt5Configuration"),
                strict=True,
            )
            if member in thing_type_properties
        }
        for name, value in given.items():
            setattr(row, name, value)
        row.save(update_fields=list(given))
        announce("thingtypes", thing_type_name, scope)
        registry_events.thing_type(row, "UPDATED")
    return row


def deprecate_thing_type(scope: Scope, *, thing_type_name: str, undo_deprecate: bool = False) -> None:
    """Deprecate a type, or take that back; things that have it keep it."""
    with transaction.atomic():
        row = find_thing_type(scope, thing_type_name)
        if undo_deprecate:
            row.deprecated_at = None
        elif row.deprecated_at is None:
            row.deprecated_at = timezone.now()
        row.save(update_fields=["deprecated_at"])
        registry_events.thing_type(row, "UPDATED")


def delete_thing_type(scope: Scope, *, thing_type_name: str) -> None:
    """Delete a deprecated type that no thing has; one that does not exist is no error."""
    with transaction.atomic():
        row = thing_types(scope).filter(name=thing_type_name).first()
        if row is None:
            return
        if row.deprecated_at is None:
            raise errors.InvalidRequestException(
                f"Can not delete active thing type : {thing_type_name}. Please deprecate the thing type first."
            )
        if row.things.exists():
            raise errors.InvalidRequestException(
                f"Can not delete thing type {thing_type_name} with things associated with it"
            )
        waited = time.time() - row.deprecated_at.timestamp()
        if waited < settings.THING_TYPE_DELETE_SECONDS:
            raise errors.InvalidRequestException(
                f"Can not delete thing type : {thing_type_name}. A thing type can be deleted "
                f"{settings.THING_TYPE_DELETE_SECONDS} seconds after it was deprecated."
            )
        registry_events.thing_type(row, "DELETED")
        forget_tags(scope, row.arn)
        row.delete()
        announce("thingtypes", thing_type_name, scope)


def describe(row: ThingType) -> dict[str, Any]:
    """Answer a row of ListThingTypes."""
    properties: Properties = {
        "thingTypeDescription": row.description or None,
        "searchableAttributes": row.searchable_attributes or None,
    }
    if row.propagating_attributes:
        properties["mqtt5Configuration"] = {"propagatingAttributes": row.propagating_attributes}
    return {
        "thingTypeName": row.name,
        "thingTypeArn": row.arn,
        "thingTypeProperties": properties,
        "thingTypeMetadata": {
            "deprecated": row.deprecated_at is not None,
            "deprecationDate": row.deprecated_at,
            "creationDate": row.created_at,
        },
    }


def _fields(properties: Properties) -> dict[str, Any]:
    searchable = properties.get("searchableAttributes") or []
    if len(searchable) > MAXIMUM_SEARCHABLE:
        raise errors.InvalidRequestException(f"A thing type has at most {MAXIMUM_SEARCHABLE} searchable attributes")
    return {
        "description": properties.get("thingTypeDescription") or "",
        "searchable_attributes": searchable,
        "propagating_attributes": (properties.get("mqtt5Configuration") or {}).get("propagatingAttributes") or [],
    }


def _same_or_conflict(scope: Scope, name: str, fields: dict[str, Any]) -> ThingType:
    present = find_thing_type(scope, name)
    same = (
        present.description == fields["description"]
        and sorted(present.searchable_attributes) == sorted(fields["searchable_attributes"])
        and present.propagating_attributes == fields["propagating_attributes"]
    )
    if same:
        return present
    raise errors.ResourceAlreadyExistsException(
        f"Thing type {name} already exists in account with different properties",
        resourceId=str(present.type_id),
        resourceArn=present.arn,
    )
