"""Who may call what: the table of roles and operations, and the policies of access keys and tokens.

A policy is in IAM's form and narrows what the role allows; it is decided by the evaluator that decides for devices.
"""

from collections.abc import Mapping
from functools import lru_cache

from rest_framework.permissions import BasePermission

from iot.api.errors import RequestRefused
from iot.api.model import Operation
from iot.core import errors
from iot.core.arn import Scope
from iot.core.policy.document import compile_policy
from iot.core.policy.evaluate import PolicySet
from iot.core.policy.variables import make_context
from iot.services.access import Identity, is_admin, may_change

READS = ("Backtest", "Describe", "Get", "List", "Search", "Test", "Validate")
# What decides about the whole account, or makes functions run and roles be taken, is an admin's.
ADMIN_ONLY = frozenset(
    {
        "ClearDefaultAuthorizer",
        "CreateAuthorizer",
        "CreateDomainConfiguration",
        "CreateProvisioningTemplate",
        "CreateProvisioningTemplateVersion",
        "CreateRoleAlias",
        "DeleteAuthorizer",
        "DeleteCACertificate",
        "DeleteDomainConfiguration",
        "DeleteProvisioningTemplate",
        "DeleteProvisioningTemplateVersion",
        "DeleteRegistrationCode",
        "DeleteRoleAlias",
        "DeleteV2LoggingLevel",
        "GetRegistrationCode",
        "RegisterCACertificate",
        "SetDefaultAuthorizer",
        "SetLoggingOptions",
        "SetV2LoggingLevel",
        "SetV2LoggingOptions",
        "TestInvokeAuthorizer",
        "UpdateAuthorizer",
        "UpdateCACertificate",
        "UpdateDomainConfiguration",
        "UpdateEncryptionConfiguration",
        "UpdateEventConfigurations",
        "UpdateIndexingConfiguration",
        "UpdateProvisioningTemplate",
        "UpdateRoleAlias",
    }
)

_PREFIXES = {"iot": "iot", "iot-data": "iot", "iot-jobs-data": "iotjobsdata", "thingstead": "thingstead"}
_LABELS = {
    "authorizerName": "authorizer",
    "billingGroupName": "billinggroup",
    "caCertificateId": "cacert",
    "certificateId": "cert",
    "clientId": "client",
    "indexName": "index",
    "jobId": "job",
    "jobTemplateId": "jobtemplate",
    "policyName": "policy",
    "roleAlias": "rolealias",
    "ruleName": "rule",
    "templateName": "provisioningtemplate",
    "thingGroupName": "thinggroup",
    "thingName": "thing",
    "thingTypeName": "thingtype",
    "topic": "topic",
}


class RoleAndPolicy(BasePermission):
    """DRF's seat for permission; the view has routed the request before it asks."""

    def has_permission(self, request: object, view: object) -> bool:
        who, operation = request.user, view.operation  # type: ignore[attr-defined]  # set by our authentication and view
        check(who.identity, who.scope, operation, view.labels, request.META.get("REMOTE_ADDR") or "")  # type: ignore[attr-defined]  # as above
        return True


def reads(operation: Operation) -> bool:
    """Say whether an operation changes nothing."""
    return operation.name.startswith(READS)


def may(role: str, operation: Operation) -> bool:
    """Say whether a role may call an operation: a viewer reads, an operator changes, an admin decides."""
    if operation.name in ADMIN_ONLY:
        return is_admin(role)
    return may_change(role) or reads(operation)


def check(identity: Identity, scope: Scope, operation: Operation, labels: Mapping[str, str], address: str) -> None:
    """Demand that an identity may call an operation on what its labels name."""
    if not may(identity.role, operation):
        _refuse(operation, f"The role {identity.role} of {identity.principal} may not {operation.name}")
    if not identity.policy:
        return
    action, resource = action_of(operation), resource_of(scope, operation, labels)
    decision = _compiled(identity.policy).decide(action, resource, make_context(source_ip=address, mqtt=False))
    if not decision.allowed:
        _refuse(
            operation,
            f"User: arn:aws:iam::{scope.account}:user/{identity.principal} is not authorized to perform: {action} "
            f"on resource: {resource}",
        )


def action_of(operation: Operation) -> str:
    """The name that policies have for an operation."""
    return f"{_PREFIXES[operation.service]}:{operation.name}"


def resource_of(scope: Scope, operation: Operation, labels: Mapping[str, str]) -> str:
    """The ARN of what a request is about, `*` where its path names nothing."""
    for label, name in labels.items():
        kind = _LABELS.get(label)
        if kind is not None:
            return scope.arn(kind, name)
    return labels.get("target") or "*"


def _refuse(operation: Operation, message: str) -> None:
    raise RequestRefused("ForbiddenException" if operation.service == "iot-data" else "AccessDeniedException", message)


@lru_cache(maxsize=256)
def _compiled(text: str) -> PolicySet:
    try:
        return PolicySet([compile_policy(text)])
    except errors.MalformedPolicyException:
        return PolicySet([])
