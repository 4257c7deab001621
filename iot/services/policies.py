"""Policies, their versions, and their attachments to certificates, groups and identities."""

import re
import uuid
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from iot.bridge.outbox import announce
from iot.core import errors
from iot.core.arn import Scope, parse_arn
from iot.core.policy.document import check_size, compile_policy
from iot.models import Certificate, Policy, PolicyAttachment, PolicyVersion, ThingGroup
from iot.services.tags import Given, forget_tags, put_tags

MAXIMUM_VERSIONS = 5
_COGNITO = re.compile(r"[\w-]+:[0-9a-f-]{36}")


def policies(scope: Scope) -> QuerySet[Policy]:
    """Select the policies of a scope."""
    return Policy.objects.filter(account=scope.account, region=scope.region)


def find_policy(scope: Scope, policy_name: str, *, lock: bool = False) -> Policy:
    """Find a policy. Raises ResourceNotFoundException."""
    rows = policies(scope).filter(name=policy_name)
    row = (rows.select_for_update() if lock else rows).first()
    if row is None:
        raise errors.ResourceNotFoundException(f"Policy not found (name: {policy_name})", policyName=policy_name)
    return row


def create_policy(
    scope: Scope, *, policy_name: str, policy_document: str, tags: Given | None = None
) -> tuple[Policy, PolicyVersion]:
    """Create a policy with version 1. Raises MalformedPolicyException, ResourceAlreadyExistsException."""
    _check(policy_document)
    try:
        with transaction.atomic():
            row = Policy.objects.create(
                account=scope.account, region=scope.region, name=policy_name, generation_id=str(uuid.uuid4())
            )
            version = row.versions.create(number=1, document=policy_document)
            put_tags(scope, row.arn, tags)
            announce("policies", policy_name, scope)
    except IntegrityError:
        raise errors.ResourceAlreadyExistsException(
            f"Policy cannot be created - name already exists (name={policy_name})",
            resourceId=policy_name,
            resourceArn=scope.arn("policy", policy_name),
        ) from None
    return row, version


def create_policy_version(
    scope: Scope, *, policy_name: str, policy_document: str, set_as_default: bool = False
) -> tuple[Policy, PolicyVersion]:
    """Add a version; a policy has at most five. Raises VersionsLimitExceededException."""
    _check(policy_document)
    with transaction.atomic():
        row = find_policy(scope, policy_name, lock=True)
        if row.versions.count() >= MAXIMUM_VERSIONS:
            raise errors.VersionsLimitExceededException(
                f"The policy {policy_name} already has the maximum number of versions ({MAXIMUM_VERSIONS})"
            )
        row.last_version += 1
        if set_as_default:
            row.default_version = row.last_version
        row.save(update_fields=["last_version", "default_version", "modified_at"])
        version = row.versions.create(number=row.last_version, document=policy_document)
        announce("policies", policy_name, scope)
    return row, version


def find_version(scope: Scope, policy_name: str, version_id: str) -> tuple[Policy, PolicyVersion]:
    """Find a version of a policy. Raises ResourceNotFoundException."""
    row = find_policy(scope, policy_name)
    version = row.versions.filter(number=int(version_id)).first() if version_id.isdecimal() else None
    if version is None:
        raise errors.ResourceNotFoundException(
            f"Policy version not found (policyName: {policy_name}, versionId: {version_id})"
        )
    return row, version


def default_document(row: Policy) -> str:
    """Answer the text of a policy's default version."""
    return row.versions.get(number=row.default_version).document


def set_default_policy_version(scope: Scope, *, policy_name: str, policy_version_id: str) -> None:
    """Put a version in force."""
    with transaction.atomic():
        row, version = find_version(scope, policy_name, policy_version_id)
        row.default_version = version.number
        row.save(update_fields=["default_version", "modified_at"])
        announce("policies", policy_name, scope)


def delete_policy_version(scope: Scope, *, policy_name: str, policy_version_id: str) -> None:
    """Delete a version that is not the default one. Raises DeleteConflictException."""
    with transaction.atomic():
        row, version = find_version(scope, policy_name, policy_version_id)
        if version.number == row.default_version:
            raise errors.InvalidRequestException("Cannot delete the default version of a policy")
        version.delete()


def delete_policy(scope: Scope, *, policy_name: str) -> None:
    """Delete a policy that is attached nowhere and has no version but its default. Raises DeleteConflictException."""
    with transaction.atomic():
        row = find_policy(scope, policy_name, lock=True)
        if row.attachments.exists():
            raise errors.DeleteConflictException(
                f"The policy cannot be deleted as the policy is attached to one or more principals (name={policy_name})"
            )
        if row.versions.count() > 1:
            raise errors.DeleteConflictException(
                "Cannot delete the policy because it has one or more policy versions attached to it "
                f"(name={policy_name})"
            )
        forget_tags(scope, row.arn)
        row.delete()
        announce("policies", policy_name, scope)


def attach_policy(scope: Scope, *, policy_name: str, target: str) -> None:
    """Attach a policy to a certificate, a static group or a Cognito identity; again is no error."""
    with transaction.atomic():
        row = find_policy(scope, policy_name)
        check_target(scope, target)
        PolicyAttachment.objects.get_or_create(policy=row, target=target)
        _announce_target(scope, target)


def detach_policy(scope: Scope, *, policy_name: str, target: str) -> None:
    """Detach a policy; one that is not attached is no error."""
    with transaction.atomic():
        row = find_policy(scope, policy_name)
        row.attachments.filter(target=target).delete()
        _announce_target(scope, target)


def attached_policies(scope: Scope, *, target: str, recursive: bool = False) -> QuerySet[PolicyAttachment]:
    """Select the policies attached to a target, and where asked to the ancestors of a group."""
    targets = [target]
    arn = parse_arn(target)
    if recursive and arn is not None and arn.kind == "thinggroup":
        group = ThingGroup.objects.filter(account=scope.account, region=scope.region, name=arn.name).first()
        while group is not None and group.parent is not None:
            group = group.parent
            targets.append(group.arn)
    return PolicyAttachment.objects.filter(
        target__in=targets, policy__account=scope.account, policy__region=scope.region
    ).select_related("policy")


def policy_targets(scope: Scope, *, policy_name: str) -> QuerySet[PolicyAttachment]:
    """Select what a policy is attached to."""
    return find_policy(scope, policy_name).attachments.all()


def describe_version(row: Policy, version: PolicyVersion) -> dict[str, Any]:
    """Answer a row of ListPolicyVersions."""
    return {
        "versionId": str(version.number),
        "isDefaultVersion": version.number == row.default_version,
        "createDate": version.created_at,
    }


def _check(document: str) -> None:
    check_size(document)
    compile_policy(document)


def check_target(scope: Scope, target: str) -> None:
    """Demand a target that a policy can be attached to: a certificate, a static group, a Cognito identity."""
    arn = parse_arn(target)
    if arn is None:
        if _COGNITO.fullmatch(target):
            return
        raise errors.InvalidRequestException(f"Invalid target: {target}")
    if arn.account != scope.account:
        raise errors.AccessDeniedException(f"The target {target} belongs to another account")
    if arn.kind == "cert":
        rows: Any = Certificate.objects.filter(account=arn.account, region=arn.region, certificate_id=arn.name)
    elif arn.kind == "thinggroup":
        rows = ThingGroup.objects.filter(account=arn.account, region=arn.region, name=arn.name)
        if rows.exclude(query_string="").exists():
            raise errors.InvalidRequestException("A policy cannot be attached to a dynamic thing group")
    else:
        raise errors.InvalidRequestException(f"Invalid target: {target}")
    if not rows.exists():
        raise errors.ResourceNotFoundException(f"The target {target} does not exist")


def _announce_target(scope: Scope, target: str) -> None:
    kind = "groups" if ":thinggroup/" in target else "certificates"
    announce(kind, target.rpartition("/")[2], scope)
