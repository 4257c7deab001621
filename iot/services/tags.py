"""Tags of resources that are named by their ARNs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from django.db import transaction
from django.db.models import QuerySet

from iot.core import errors
from iot.core.arn import Arn, Scope, parse_arn
from iot.models import (
    Authorizer,
    BillingGroup,
    CaCertificate,
    DomainConfiguration,
    FleetMetric,
    Job,
    JobTemplate,
    Policy,
    ProvisioningTemplate,
    RoleAlias,
    Tag,
    ThingGroup,
    ThingType,
    TopicRule,
)

MAXIMUM_TAGS = 50
RESERVED_PREFIX = "aws:"
Given = Sequence[dict[str, str]]


@dataclass(frozen=True, slots=True)
class _Kind:
    """Where a kind of resource is found, and AWS's words for one that does not exist."""

    model: Any
    missing: str
    field: str = "name"


_KINDS = {
    "authorizer": _Kind(Authorizer, "This resource is not found"),
    "billinggroup": _Kind(BillingGroup, "Billing Group {name} does not exist."),
    "cacert": _Kind(CaCertificate, "CA Certificate {name} not found", "certificate_id"),
    "domainconfiguration": _Kind(DomainConfiguration, "This resource is not found"),
    "fleetmetric": _Kind(FleetMetric, "This resource is not found"),
    "job": _Kind(Job, "Job {name} cannot be found.", "job_id"),
    "jobtemplate": _Kind(JobTemplate, "Job Template {name} cannot be found.", "template_id"),
    "policy": _Kind(Policy, "This resource is not found"),
    "provisioningtemplate": _Kind(ProvisioningTemplate, "Unable to get template id, template not found"),
    "rolealias": _Kind(RoleAlias, "This resource is not found"),
    "rule": _Kind(TopicRule, "Rule {name} not found. accountId: {account}, resourceArn: {arn}"),
    "thinggroup": _Kind(ThingGroup, "Thing Group {name} does not exist."),
    "thingtype": _Kind(ThingType, "Thing Type {name} does not exist."),
}
_UNTAGGABLE = ("thing", "cert")
_INVALID = "Invalid request exception. Please check the input."
_TOO_MANY = "Too many tags provided in the request. Please check the input."
# Creating calls that have words of their own for a tag without a value
_VALUELESS = {
    "job": "Invalid tag parameter exception. Please check the input.",
    "jobtemplate": "Invalid tag parameter exception. Please check the input.",
    "thinggroup": "All tags in request should have keys and values.",
    "thingtype": "All tags in request should have keys and values.",
}


def tags(scope: Scope, resource: str) -> QuerySet[Tag]:
    """Select the tags of a resource; an unknown one has none. Raises InvalidRequestException for what has no tags."""
    _read(scope, resource)
    return _tags(scope, resource)


def tag_resource(scope: Scope, *, resource: str, tags: Given) -> None:
    """Set tags of a resource that exists; the last of equal keys counts. Raises ResourceNotFound…, InvalidRequest…"""
    if not tags:
        raise errors.InvalidRequestException("The validated collection is empty")
    _demand(scope, resource)
    _put(scope, resource, tags, valueless=_INVALID)


def untag_resource(scope: Scope, *, resource: str, keys: Sequence[str]) -> None:
    """Remove tags by their keys."""
    if not keys:
        raise errors.InvalidRequestException("The validated collection is empty")
    _check_keys(keys)
    _demand(scope, resource)
    _tags(scope, resource).filter(key__in=keys).delete()


def parse_tagging(text: str) -> list[dict[str, str]]:
    """Read tags that came as a header in the form of a query string. Raises InvalidRequestException."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True) if text else []
    except ValueError:
        raise errors.InvalidRequestException(
            "Invalid tag parameters, please make sure the tags are in correct format with tagKeys not exceeding 128 "
            "characters and tagValues not exceeding 256 characters"
        ) from None
    return [{"Key": key, "Value": value} for key, value in pairs]


def put_tags(scope: Scope, resource: str, given: Given | None) -> None:
    """Set tags of a resource that was made in this transaction."""
    if given:
        _put(scope, resource, given, valueless=_VALUELESS.get(_read(scope, resource).kind, _INVALID))


def same_tags(scope: Scope, resource: str, given: Given | None) -> bool:
    """Say whether a resource has exactly these tags."""
    present = dict(_tags(scope, resource).values_list("key", "value"))
    return present == {tag["Key"]: tag.get("Value") or "" for tag in given or ()}


def forget_tags(scope: Scope, resource: str) -> None:
    """Delete all tags of a resource that is deleted."""
    _tags(scope, resource).delete()


def _tags(scope: Scope, resource: str) -> QuerySet[Tag]:
    return Tag.objects.filter(account=scope.account, region=scope.region, resource=resource)


def _put(scope: Scope, resource: str, given: Given, *, valueless: str) -> None:
    _check_keys([tag["Key"] for tag in given])
    if any(tag.get("Value") is None for tag in given):
        raise errors.InvalidRequestException(valueless)
    with transaction.atomic():
        for tag in given:
            Tag.objects.update_or_create(
                account=scope.account,
                region=scope.region,
                resource=resource,
                key=tag["Key"],
                defaults={"value": tag["Value"]},
            )
        if _tags(scope, resource).count() > MAXIMUM_TAGS:
            raise errors.InvalidRequestException(_TOO_MANY)


def _check_keys(keys: Sequence[str]) -> None:
    reserved = next((key for key in keys if key.lower().startswith(RESERVED_PREFIX)), None)
    if reserved is not None:
        raise errors.InvalidRequestException(f'Tags cannot begin with "aws:", offending tag: {reserved}')
    if len(keys) > MAXIMUM_TAGS:
        raise errors.InvalidRequestException(_TOO_MANY)


def _read(scope: Scope, resource: str) -> Arn:
    arn = parse_arn(resource)
    if arn is None or arn.service != "iot" or arn.kind not in (*_KINDS, *_UNTAGGABLE) or not arn.name:
        raise errors.InvalidRequestException("Invalid arn in request")
    if arn.kind in _UNTAGGABLE:
        raise errors.InvalidRequestException(f"Invalid resource type in ARN: {arn.kind}")
    if arn.account != scope.account:
        raise errors.InvalidRequestException("ResourceArn doesn't belong in requester's account")
    return arn


def _demand(scope: Scope, resource: str) -> None:
    arn = _read(scope, resource)
    if arn.region != scope.region:
        raise errors.InvalidRequestException(_INVALID)
    kind = _KINDS[arn.kind]
    name, _, last = arn.name.partition("/")
    wanted = {kind.field: name} | ({"config_id": last} if arn.kind == "domainconfiguration" else {})
    if not kind.model.objects.filter(account=scope.account, region=scope.region, **wanted).exists():
        raise errors.ResourceNotFoundException(kind.missing.format(name=arn.name, account=scope.account, arn=resource))
