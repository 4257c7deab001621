"""Role aliases: names under which devices ask for a role's credentials."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from iot.bridge.outbox import announce
from iot.core import errors
from iot.core.arn import Scope
from iot.models import RoleAlias
from iot.services.tags import Given, forget_tags, put_tags

DEFAULT_DURATION = 3600


def role_aliases(scope: Scope) -> QuerySet[RoleAlias]:
    """Select the role aliases of a scope."""
    return RoleAlias.objects.filter(account=scope.account, region=scope.region)


def find_role_alias(scope: Scope, role_alias: str) -> RoleAlias:
    """Find a role alias. Raises ResourceNotFoundException."""
    row = role_aliases(scope).filter(name=role_alias).first()
    if row is None:
        raise errors.ResourceNotFoundException(f"Role alias {role_alias} not found")
    return row


def create_role_alias(
    scope: Scope, *, role_alias: str, role_arn: str, duration: int = DEFAULT_DURATION, tags: Given | None = None
) -> RoleAlias:
    """Create a role alias. Raises ResourceAlreadyExistsException."""
    try:
        with transaction.atomic():
            row = RoleAlias.objects.create(
                account=scope.account, region=scope.region, name=role_alias, role_arn=role_arn, duration=duration
            )
            put_tags(scope, row.arn, tags)
            announce("rolealiases", role_alias, scope)
    except IntegrityError:
        raise errors.ResourceAlreadyExistsException(
            f"Role alias {role_alias} already exists",
            resourceId=role_alias,
            resourceArn=scope.arn("rolealias", role_alias),
        ) from None
    return row


def update_role_alias(
    scope: Scope, *, role_alias: str, role_arn: str | None = None, duration: int | None = None
) -> RoleAlias:
    """Change an alias's role or for how long its credentials are valid."""
    with transaction.atomic():
        row = find_role_alias(scope, role_alias)
        row.role_arn = role_arn or row.role_arn
        row.duration = duration or row.duration
        row.save(update_fields=["role_arn", "duration", "modified_at"])
        announce("rolealiases", role_alias, scope)
    return row


def delete_role_alias(scope: Scope, *, role_alias: str) -> None:
    """Delete a role alias. Raises ResourceNotFoundException."""
    with transaction.atomic():
        row = find_role_alias(scope, role_alias)
        forget_tags(scope, row.arn)
        row.delete()
        announce("rolealiases", role_alias, scope)


def describe(row: RoleAlias) -> dict[str, Any]:
    """Answer AWS's RoleAliasDescription."""
    return {
        "roleAlias": row.name,
        "roleAliasArn": row.arn,
        "roleArn": row.role_arn,
        "owner": row.account,
        "credentialDurationSeconds": row.duration,
        "creationDate": row.created_at,
        "lastModifiedDate": row.modified_at,
    }
