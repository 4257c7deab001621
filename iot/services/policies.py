"""Policies, their versions, and their attachments to certificates, groups and identities."""

import re
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from iot.bridge.outbox import announce
from iot.core import errors
from iot.core.arn import Arn, Scope, parse_arn
from iot.core.policy.document import check_size, compile_policy
from iot.models import Certificate, Policy, PolicyAttachment, PolicyVersion, ThingGroup
from iot.services.tags import Given, forget_tags, put_tags

MAXIMUM_VERSIONS = 5
_COGNITO = re.compile(r"[\w-]+:[0-9a-f-]{36}")


def policies(scope: Scope) -> QuerySet[Policy]:
    """Select the policies of a scope."""
    return Policy.objects.filter(account=scope.account, region=scope.region)


def find_policy(scope: Scope, policy_name: str, *, lock: bool = False, missing: str = "Policy not found") -> Policy:
    """Find a policy. Raises ResourceNotFoundException, with the words of `missing` where AWS has others than usual."""
    rows = policies(scope).filter(name=policy_name)
    row = (rows.select_for_update() if lock else rows).first()
    if row is None:
        raise errors.ResourceNotFoundException(missing)
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
            f"Policy version does not exist (name={policy_name}, versionId={version_id})"
        )
    return row, version


def default_document(row: Policy) -> str:
    """Answer the text of a policy's default version."""
    return row.versions.get(number=row.default_version).document


def default_documents(rows: Iterable[Policy]) -> dict[int, str]:
    """Answer the documents in force of several policies by their keys, with one query."""
    numbers = {row.pk: row.default_version for row in rows}
    versions = PolicyVersion.objects.filter(policy_id__in=numbers).values_list("policy_id", "number", "document")
    return {key: document for key, number, document in versions if number == numbers[key]}


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
            raise errors.DeleteConflictException(
                f"Cannot delete a default policy version (name={policy_name}, versionId={policy_version_id})"
            )
        version.delete()


def delete_policy(scope: Scope, *, policy_name: str) -> None:
    """Delete a policy that is attached nowhere and has no version but its default. Raises DeleteConflictException."""
    with transaction.atomic():
        row = find_policy(scope, policy_name, lock=True)
        if row.versions.count() > 1:
            raise errors.DeleteConflictException(
                f"The policy cannot be deleted as multiple versions of the policy exist (name={policy_name}). "
                "Use DeletePolicyVersion action to delete all non-default versions of the policy and retry."
            )
        if row.attachments.exists():
            raise errors.DeleteConflictException(
                f"The policy cannot be deleted as the policy is attached to one or more principals (name={policy_name})"
            )
        forget_tags(scope, row.arn)
        row.delete()
        announce("policies", policy_name, scope)


def attach_policy(scope: Scope, *, policy_name: str, target: str) -> None:
    """Attach a policy to a certificate, a static group or a Cognito identity; again is no error."""
    _attach(scope, policy_name, target, check_target)


def attach_principal_policy(scope: Scope, *, policy_name: str, principal: str) -> None:
    """Attach a policy to a certificate or a Cognito identity, as the older call does: it has errors of its own."""
    _attach(scope, policy_name, principal, check_principal)


def detach_policy(scope: Scope, *, policy_name: str, target: str) -> None:
    """Detach a policy; one that is not attached, or does not exist, is no error."""
    with transaction.atomic():
        PolicyAttachment.objects.filter(policy__in=policies(scope).filter(name=policy_name), target=target).delete()
        _announce_target(scope, target)


def detach_principal_policy(scope: Scope, *, policy_name: str, principal: str) -> None:
    """Detach a policy that exists from a principal, as the older call does."""
    find_policy(scope, policy_name)
    detach_policy(scope, policy_name=policy_name, target=principal)


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
        raise errors.InvalidRequestException("Invalid Target")
    if arn.service != "iot" or arn.kind not in ("cert", "thinggroup"):
        raise errors.InvalidRequestException(f"Invalid Target: {target}")
    _check_account(scope, arn)
    if arn.region != scope.region:
        raise errors.InvalidRequestException("Invalid Target")
    if arn.kind == "cert":
        _check_certificate(scope, arn.name)
        return
    group = ThingGroup.objects.filter(account=scope.account, region=scope.region, name=arn.name).first()
    if group is None:
        raise errors.ResourceNotFoundException(
            f"Cannot find requested thing group for accountId: {scope.account} and thing group name: {arn.name}"
        )
    if group.query_string:
        raise errors.InvalidRequestException("A policy cannot be attached to a dynamic thing group")


def check_principal(scope: Scope, principal: str) -> None:
    """Demand what the older calls attach policies to: a certificate by an ARN of any region, a Cognito identity."""
    if not principal.startswith("arn:"):
        if _COGNITO.fullmatch(principal):
            return
        raise errors.InvalidRequestException("Invalid principal type")
    arn = parse_arn(principal)
    if arn is None:
        raise errors.InvalidRequestException("ARN not in proper syntax.")
    if arn.kind != "cert":
        raise errors.InvalidRequestException("The given ARN does not represent a cert")
    _check_account(scope, arn)
    _check_certificate(scope, arn.name)


def _check_account(scope: Scope, arn: Arn) -> None:
    if arn.account != scope.account:
        raise errors.AccessDeniedException(
            "Cross account not allowed. Please check the account of the resource specified."
        )


def _check_certificate(scope: Scope, certificate_id: str) -> None:
    rows = Certificate.objects.filter(account=scope.account, region=scope.region, certificate_id=certificate_id)
    if not rows.exists():
        raise errors.ResourceNotFoundException("The certificate given in the principal does not exist.")


def _attach(scope: Scope, policy_name: str, target: str, check: Callable[[Scope, str], None]) -> None:
    with transaction.atomic():
        row = find_policy(scope, policy_name)
        check(scope, target)
        PolicyAttachment.objects.get_or_create(policy=row, target=target)
        _announce_target(scope, target)


def _announce_target(scope: Scope, target: str) -> None:
    kind = "groups" if ":thinggroup/" in target else "certificates"
    announce(kind, target.rpartition("/")[2], scope)
