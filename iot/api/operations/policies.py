"""Policies, their versions and attachments, in the newer and the older calls."""

from typing import TYPE_CHECKING

from iot.api.registry import Answer, Caller, operation
from iot.services import policies
from iot.services.paging import paginate

if TYPE_CHECKING:
    from iot.models import Policy, PolicyAttachment

DEFAULT_PAGE = 25


@operation("CreatePolicy")
def create_policy(
    caller: Caller, *, policy_name: str, policy_document: str, tags: list[dict[str, str]] | None = None
) -> Answer:
    row, version = policies.create_policy(
        caller.scope, policy_name=policy_name, policy_document=policy_document, tags=tags
    )
    return {
        "policyName": row.name,
        "policyArn": row.arn,
        "policyDocument": version.document,
        "policyVersionId": str(version.number),
    }


@operation("GetPolicy")
def get_policy(caller: Caller, *, policy_name: str) -> Answer:
    row = policies.find_policy(caller.scope, policy_name, missing="Policy default version not found")
    return {
        "policyName": row.name,
        "policyArn": row.arn,
        "policyDocument": policies.default_document(row),
        "defaultVersionId": str(row.default_version),
        "creationDate": row.created_at,
        "lastModifiedDate": row.modified_at,
        "generationId": row.generation_id,
    }


@operation("ListPolicies")
def list_policies(
    caller: Caller, *, marker: str | None = None, page_size: int = DEFAULT_PAGE, ascending_order: bool = True
) -> Answer:
    rows = policies.policies(caller.scope)
    page, token = paginate(
        rows, scope=caller.scope, kind="policies", token=marker, limit=page_size, newest_first=not ascending_order
    )
    return {"policies": [_short(row) for row in page], "nextMarker": token}


@operation("DeletePolicy")
def delete_policy(caller: Caller, *, policy_name: str) -> Answer:
    policies.delete_policy(caller.scope, policy_name=policy_name)
    return {}


@operation("CreatePolicyVersion")
def create_policy_version(
    caller: Caller, *, policy_name: str, policy_document: str, set_as_default: bool = False
) -> Answer:
    row, version = policies.create_policy_version(
        caller.scope, policy_name=policy_name, policy_document=policy_document, set_as_default=set_as_default
    )
    return {
        "policyArn": row.arn,
        "policyDocument": version.document,
        "policyVersionId": str(version.number),
        "isDefaultVersion": set_as_default,
    }


@operation("GetPolicyVersion")
def get_policy_version(caller: Caller, *, policy_name: str, policy_version_id: str) -> Answer:
    row, version = policies.find_version(caller.scope, policy_name, policy_version_id)
    return {
        "policyArn": row.arn,
        "policyName": row.name,
        "policyDocument": version.document,
        "policyVersionId": str(version.number),
        "isDefaultVersion": version.number == row.default_version,
        "creationDate": version.created_at,
        "lastModifiedDate": version.created_at,
        "generationId": row.generation_id,
    }


@operation("ListPolicyVersions")
def list_policy_versions(caller: Caller, *, policy_name: str) -> Answer:
    row = policies.find_policy(caller.scope, policy_name)
    versions = row.versions.order_by("-number")
    return {"policyVersions": [policies.describe_version(row, version) for version in versions]}


@operation("SetDefaultPolicyVersion")
def set_default_policy_version(caller: Caller, *, policy_name: str, policy_version_id: str) -> Answer:
    policies.set_default_policy_version(caller.scope, policy_name=policy_name, policy_version_id=policy_version_id)
    return {}


@operation("DeletePolicyVersion")
def delete_policy_version(caller: Caller, *, policy_name: str, policy_version_id: str) -> Answer:
    policies.delete_policy_version(caller.scope, policy_name=policy_name, policy_version_id=policy_version_id)
    return {}


@operation("AttachPolicy", grouped=True)
def attach_policy(caller: Caller, *, policy_name: str, target: str) -> Answer:
    policies.attach_policy(caller.scope, policy_name=policy_name, target=target)
    return {}


@operation("DetachPolicy", grouped=True)
def detach_policy(caller: Caller, *, policy_name: str, target: str) -> Answer:
    policies.detach_policy(caller.scope, policy_name=policy_name, target=target)
    return {}


@operation("AttachPrincipalPolicy")
def attach_principal_policy(caller: Caller, *, policy_name: str, principal: str) -> Answer:
    policies.attach_principal_policy(caller.scope, policy_name=policy_name, principal=principal)
    return {}


@operation("DetachPrincipalPolicy")
def detach_principal_policy(caller: Caller, *, policy_name: str, principal: str) -> Answer:
    policies.detach_principal_policy(caller.scope, policy_name=policy_name, principal=principal)
    return {}


@operation("ListAttachedPolicies")
def list_attached_policies(
    caller: Caller, *, target: str, recursive: bool = False, marker: str | None = None, page_size: int = DEFAULT_PAGE
) -> Answer:
    return _attached(caller, target, marker, page_size, recursive=recursive)


@operation("ListPrincipalPolicies")
def list_principal_policies(
    caller: Caller,
    *,
    principal: str,
    marker: str | None = None,
    page_size: int = DEFAULT_PAGE,
    ascending_order: bool = True,
) -> Answer:
    return _attached(caller, principal, marker, page_size, recursive=False)


@operation("ListTargetsForPolicy")
def list_targets_for_policy(
    caller: Caller, *, policy_name: str, marker: str | None = None, page_size: int = DEFAULT_PAGE
) -> Answer:
    page, token = _targets(caller, policy_name, marker, page_size)
    return {"targets": [row.target for row in page], "nextMarker": token}


@operation("ListPolicyPrincipals")
def list_policy_principals(
    caller: Caller,
    *,
    policy_name: str,
    marker: str | None = None,
    page_size: int = DEFAULT_PAGE,
    ascending_order: bool = True,
) -> Answer:
    page, token = _targets(caller, policy_name, marker, page_size)
    return {"principals": [row.target for row in page], "nextMarker": token}


def _short(row: "Policy") -> dict[str, str]:
    return {"policyName": row.name, "policyArn": row.arn}


def _attached(caller: Caller, target: str, marker: str | None, page_size: int, *, recursive: bool) -> Answer:
    rows = policies.attached_policies(caller.scope, target=target, recursive=recursive)
    page, token = paginate(rows, scope=caller.scope, kind="attached-policies", token=marker, limit=page_size)
    return {"policies": [_short(row.policy) for row in page], "nextMarker": token}


def _targets(
    caller: Caller, policy_name: str, marker: str | None, page_size: int
) -> tuple[list["PolicyAttachment"], str | None]:
    rows = policies.policy_targets(caller.scope, policy_name=policy_name)
    return paginate(rows, scope=caller.scope, kind="policy-targets", token=marker, limit=page_size)
