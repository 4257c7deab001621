"""Billing groups and the things in them; a thing is in at most one."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from iot.core import errors
from iot.core.arn import Scope
from iot.models import BillingGroup, Thing
from iot.services import index_changes
from iot.services.tags import Given, forget_tags, put_tags


def billing_groups(scope: Scope, *, prefix: str | None = None) -> QuerySet[BillingGroup]:
    """Select billing groups, perhaps by how their names begin."""
    rows = BillingGroup.objects.filter(account=scope.account, region=scope.region)
    return rows if prefix is None else rows.filter(name__startswith=prefix)


def find_billing_group(scope: Scope, billing_group_name: str, *, lock: bool = False) -> BillingGroup:
    """Find a billing group. Raises ResourceNotFoundException."""
    rows = billing_groups(scope).filter(name=billing_group_name)
    row = (rows.select_for_update() if lock else rows).first()
    if row is None:
        raise errors.ResourceNotFoundException(f"Billing group {billing_group_name} not found")
    return row


def create_billing_group(
    scope: Scope, *, billing_group_name: str, description: str = "", tags: Given | None = None
) -> BillingGroup:
    """Create a billing group. Raises ResourceAlreadyExistsException."""
    try:
        with transaction.atomic():
            row = BillingGroup.objects.create(
                account=scope.account, region=scope.region, name=billing_group_name, description=description
            )
            put_tags(scope, row.arn, tags)
    except IntegrityError:
        present = find_billing_group(scope, billing_group_name)
        raise errors.ResourceAlreadyExistsException(
            f"Billing group {billing_group_name} already exists",
            resourceId=str(present.group_id),
            resourceArn=present.arn,
        ) from None
    return row


def update_billing_group(
    scope: Scope, *, billing_group_name: str, description: str | None, expected_version: int | None = None
) -> BillingGroup:
    """Change a billing group's description. Raises VersionConflictException."""
    with transaction.atomic():
        row = find_billing_group(scope, billing_group_name, lock=True)
        _expect(row, expected_version)
        row.description = description or ""
        row.version += 1
        row.save(update_fields=["description", "version"])
    return row


def delete_billing_group(scope: Scope, *, billing_group_name: str, expected_version: int | None = None) -> None:
    """Delete a billing group; its things stay. Raises ResourceNotFoundException."""
    with transaction.atomic():
        row = find_billing_group(scope, billing_group_name, lock=True)
        _expect(row, expected_version)
        forget_tags(scope, row.arn)
        index_changes.things_changed(scope, row.things.values_list("name", flat=True))
        row.delete()


def set_billing_group(scope: Scope, *, thing: Thing, group: BillingGroup | None) -> None:
    """Put a thing into a billing group, or with None into none."""
    with transaction.atomic():
        thing.billing_group = group
        thing.save(update_fields=["billing_group"])
        index_changes.things_changed(scope, [thing.name])


def members(scope: Scope, *, billing_group_name: str) -> QuerySet[Thing]:
    """Select the things of a billing group."""
    return find_billing_group(scope, billing_group_name).things.all()


def describe(row: BillingGroup) -> dict[str, Any]:
    """Answer DescribeBillingGroup's structure."""
    return {
        "billingGroupName": row.name,
        "billingGroupId": str(row.group_id),
        "billingGroupArn": row.arn,
        "version": row.version,
        "billingGroupProperties": {"billingGroupDescription": row.description or None},
        "billingGroupMetadata": {"creationDate": row.created_at},
    }


def _expect(row: BillingGroup, version: int | None) -> None:
    if version is not None and version != row.version:
        raise errors.VersionConflictException(
            f"The version for billing group {row.name} does not match the expected version."
        )
