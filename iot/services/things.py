"""Things and the principals attached to them."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from iot.bridge.outbox import announce
from iot.core import errors
from iot.core.arn import Scope, parse_arn
from iot.models import BillingGroup, Certificate, JobExecution, Thing, ThingPrincipal, ThingType
from iot.models.prepared import Select, insert
from iot.services import index_changes, registry_events, thing_attributes

MAXIMUM_UNTYPED_ATTRIBUTES = 3
MAXIMUM_ATTRIBUTES = 50
Attributes = dict[str, str]


def things(
    scope: Scope,
    *,
    attribute_name: str | None = None,
    attribute_value: str | None = None,
    thing_type_name: str | None = None,
    prefix: bool = False,
) -> QuerySet[Thing]:
    """Select things by an attribute's value (or how it begins) and by type."""
    rows = Thing.objects.filter(account=scope.account, region=scope.region).select_related("thing_type")
    if attribute_name is not None:
        rows = rows.filter(pk__in=thing_attributes.owners(attribute_name, attribute_value or "", prefix=prefix))
    if thing_type_name is not None:
        rows = rows.filter(thing_type__name=thing_type_name)
    return rows


_BY_NAME = Select(
    lambda account, region, name: Thing.objects.filter(account=account, region=region, name=name).select_related(
        "thing_type", "billing_group"
    ),
    parameters=3,
)


def find_thing(scope: Scope, thing_name: str, *, lock: bool = False, missing: str = "") -> Thing:
    """Find a thing. Raises ResourceNotFoundException, with the words of `missing` where AWS has others than usual."""
    if lock:
        rows = things(scope).select_related("thing_type", "billing_group").select_for_update(of=("self",))
        row = rows.filter(name=thing_name).first()
    else:
        row = _BY_NAME.first(scope.account, scope.region, thing_name)
    if row is None:
        raise errors.ResourceNotFoundException(missing or f"Thing {thing_name} not found.")
    return row


def create_thing(
    scope: Scope,
    *,
    thing_name: str,
    thing_type_name: str | None = None,
    attribute_payload: dict[str, Any] | None = None,
    billing_group_name: str | None = None,
) -> Thing:
    """Create a thing; the same configuration again answers the thing that is there.

    Raises ResourceAlreadyExistsException for another configuration, ResourceNotFoundException for an unknown type or
    billing group, InvalidRequestException for too many attributes or a deprecated type.
    """
    attributes = _filled((attribute_payload or {}).get("attributes", {}))
    with transaction.atomic():
        thing_type = _type(scope, thing_type_name)
        group = _billing_group(scope, billing_group_name)
        _check_count(attributes, thing_type)
        thing = Thing(
            account=scope.account,
            region=scope.region,
            name=thing_name,
            thing_type=thing_type,
            billing_group=group,
            attributes=attributes,
            created_at=timezone.now(),
        )
        if not _insert(thing):
            return _same_or_conflict(scope, thing_name, thing_type, attributes, group)
        thing_attributes.write([(thing.pk, attributes)])
        announce("things", thing_name, scope)
        index_changes.things_changed(scope, [thing_name])
        registry_events.thing(thing, "CREATED")
        if thing_type is not None:
            registry_events.thing_type_association(thing, thing_type.name, "ADDED")
    return thing


def update_thing(
    scope: Scope,
    *,
    thing_name: str,
    thing_type_name: str | None = None,
    attribute_payload: dict[str, Any] | None = None,
    expected_version: int | None = None,
    remove_thing_type: bool = False,
) -> Thing:
    """Change a thing: its attributes (replaced, or merged), its type. Raises VersionConflictException."""
    if remove_thing_type and thing_type_name:
        raise errors.InvalidRequestException("A thing type cannot be set and removed in one request")
    with transaction.atomic():
        thing = find_thing(scope, thing_name, lock=True)
        before = thing.thing_type
        _expect(thing, expected_version)
        if thing_type_name is not None:
            thing.thing_type = _type(scope, thing_type_name, "update a thing to use deprecated thing type: ")
        if remove_thing_type:
            thing.thing_type = None
        if attribute_payload is not None:
            given = attribute_payload.get("attributes", {})
            merged = {**thing.attributes, **given} if attribute_payload.get("merge") else given
            thing.attributes = _filled(merged)
            thing_attributes.replace(thing.pk, thing.attributes)
        _check_count(thing.attributes, thing.thing_type)
        thing.version += 1
        thing.save(update_fields=["thing_type", "attributes", "version"])
        announce("things", thing_name, scope)
        index_changes.things_changed(scope, [thing_name])
        _announce_principals(scope, thing)
        registry_events.thing(thing, "UPDATED")
        if before != thing.thing_type:
            _tell_of_types(thing, before)
    return thing


def delete_thing(scope: Scope, *, thing_name: str, expected_version: int | None = None) -> None:
    """Delete a thing; one that does not exist is no error. One with principals is refused."""
    with transaction.atomic():
        thing = things(scope).filter(name=thing_name).first()
        if thing is None:
            return
        _expect(thing, expected_version)
        if thing.principals.exists():
            raise errors.InvalidRequestException(
                f"Cannot delete. Thing {thing_name} is still attached to one or more principals"
            )
        registry_events.thing(thing, "DELETED")
        if thing.thing_type is not None:
            registry_events.thing_type_association(thing, thing.thing_type.name, "REMOVED")
        thing.delete()
        # Else no device could ever report on them, and their jobs would wait for it.
        JobExecution.objects.filter(account=scope.account, region=scope.region, thing_name=thing_name).delete()
        announce("things", thing_name, scope)


def attach_thing_principal(
    scope: Scope, *, thing_name: str, principal: str, thing_principal_type: str | None = None
) -> None:
    """Attach a certificate or Cognito identity to a thing, exclusively where asked. Again is no error."""
    exclusive = thing_principal_type == "EXCLUSIVE_THING"
    with transaction.atomic():
        thing = find_thing(scope, thing_name, missing=_no_thing(thing_name, f"attach the principal {principal} to"))
        check_principal(scope, principal, f"attach the principal {principal} to thing {thing_name}")
        others = ThingPrincipal.objects.filter(
            principal=principal, thing__account=scope.account, thing__region=scope.region
        ).exclude(thing=thing)
        if others.filter(exclusive=True).exists() or (exclusive and others.exists()):
            raise errors.InvalidRequestException(f"The principal {principal} is attached to another thing")
        ThingPrincipal.objects.update_or_create(thing=thing, principal=principal, defaults={"exclusive": exclusive})
        _announce_principal(scope, principal)


def detach_thing_principal(scope: Scope, *, thing_name: str, principal: str) -> None:
    """Detach a principal from a thing. Raises ResourceNotFoundException for an unknown thing."""
    with transaction.atomic():
        thing = find_thing(scope, thing_name, missing=_no_thing(thing_name, f"detach the principal {principal} from"))
        deleted, _ = thing.principals.filter(principal=principal).delete()
        if not deleted:
            check_principal(scope, principal, f"detach the principal {principal} from thing {thing_name}")
        _announce_principal(scope, principal)


def thing_principals(scope: Scope, *, thing_name: str) -> QuerySet[ThingPrincipal]:
    """Select the attachments of a thing. Raises ResourceNotFoundException."""
    thing = things(scope).filter(name=thing_name).first()
    if thing is None:
        raise errors.ResourceNotFoundException(_no_thing(thing_name, "list principals for"))
    return ThingPrincipal.objects.filter(thing=thing)


def principal_things(scope: Scope, *, principal: str) -> QuerySet[ThingPrincipal]:
    """Select the attachments of a principal, with their things."""
    check_principal(scope, principal, f"list things for the principal {principal}")
    return ThingPrincipal.objects.filter(
        principal=principal, thing__account=scope.account, thing__region=scope.region
    ).select_related("thing")


def check_principal(scope: Scope, principal: str, purpose: str) -> None:
    """Demand a principal that exists: a certificate of this scope, or the form of a Cognito identity.

    `purpose` is what cannot be done otherwise, for the error: "attach the principal X to thing Y".
    """
    arn = parse_arn(principal)
    if arn is None:
        if ":" in principal and len(principal) > 36:
            return
        raise errors.InvalidRequestException(f"Invalid principal: {principal}")
    if arn.kind != "cert":
        raise errors.InvalidRequestException(f"Invalid principal: {principal}")
    exists = Certificate.objects.filter(account=arn.account, region=arn.region, certificate_id=arn.name)
    if arn.scope != scope or not exists.exists():
        raise errors.ResourceNotFoundException(f"Can't {purpose} because the principal does not exist in your account")


def describe(thing: Thing) -> dict[str, Any]:
    """Answer DescribeThing's structure."""
    return {
        "defaultClientId": thing.name,
        "thingName": thing.name,
        "thingId": str(thing.thing_id),
        "thingArn": thing.arn,
        "thingTypeName": thing.thing_type.name if thing.thing_type else None,
        "attributes": thing.attributes,
        "version": thing.version,
        "billingGroupName": thing.billing_group.name if thing.billing_group else None,
    }


def _insert(thing: Thing) -> bool:
    thing.pk = insert(
        Thing,
        "id",
        account=thing.account,
        region=thing.region,
        name=thing.name,
        thing_id=thing.thing_id,
        thing_type=None if thing.thing_type is None else thing.thing_type.pk,
        billing_group=None if thing.billing_group is None else thing.billing_group.pk,
        attributes=thing.attributes,
        version=thing.version,
        created_at=thing.created_at,
    )
    return thing.pk is not None


def _filled(attributes: Attributes) -> Attributes:
    return {key: value for key, value in attributes.items() if value != ""}


def _tell_of_types(thing: Thing, before: ThingType | None) -> None:
    if before is not None:
        registry_events.thing_type_association(thing, before.name, "REMOVED")
    if thing.thing_type is not None:
        registry_events.thing_type_association(thing, thing.thing_type.name, "ADDED")


def _type(
    scope: Scope, name: str | None, what: str = "create new thing with depreated thing type:"
) -> ThingType | None:
    """Find a type that may be given to a thing; the misspelt word is AWS's."""
    if name is None:
        return None
    row = ThingType.objects.filter(account=scope.account, region=scope.region, name=name).first()
    if row is None:
        raise errors.ResourceNotFoundException(f"Thing Type {scope.account}:{name} not found.")
    if row.deprecated_at is not None:
        raise errors.InvalidRequestException(f"Can not {what}{name}")
    return row


def _billing_group(scope: Scope, name: str | None) -> BillingGroup | None:
    if name is None:
        return None
    row = BillingGroup.objects.filter(account=scope.account, region=scope.region, name=name).first()
    if row is None:
        raise errors.ResourceNotFoundException(f"Billing group {name} not found")
    return row


def _check_count(attributes: Attributes, thing_type: ThingType | None) -> None:
    limit = MAXIMUM_ATTRIBUTES if thing_type else MAXIMUM_UNTYPED_ATTRIBUTES
    if len(attributes) > limit:
        raise errors.InvalidRequestException(
            f"A thing {'with' if thing_type else 'without'} a type has at most {limit} attributes"
        )


def _same_or_conflict(
    scope: Scope, name: str, thing_type: ThingType | None, attributes: Attributes, group: BillingGroup | None
) -> Thing:
    present = find_thing(scope, name)
    if (present.thing_type, present.attributes, present.billing_group) == (thing_type, attributes, group):
        return present
    raise errors.ResourceAlreadyExistsException(
        f"Thing {name} already exists in account with different attributes",
        resourceId=str(present.thing_id),
        resourceArn=present.arn,
    )


def _expect(thing: Thing, version: int | None) -> None:
    if version is not None and version != thing.version:
        raise errors.VersionConflictException(
            f"The version for thing {thing.name} does not match the expected version."
        )


def _no_thing(thing_name: str, purpose: str) -> str:
    return f"Failed to {purpose} thing {thing_name} because the thing does not exist in your account"


def _announce_principals(scope: Scope, thing: Thing) -> None:
    for principal in thing.principals.values_list("principal", flat=True):
        _announce_principal(scope, principal)


def _announce_principal(scope: Scope, principal: str) -> None:
    announce("certificates", principal.rpartition("/")[2], scope)
