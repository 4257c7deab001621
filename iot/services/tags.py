"""Tags of resources that are named by their ARNs."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet

from iot.core import errors
from iot.core.arn import Scope, parse_arn
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

_KINDS = {
    "authorizer": (Authorizer, "name"),
    "billinggroup": (BillingGroup, "name"),
    "cacert": (CaCertificate, "certificate_id"),
    "domainconfiguration": (DomainConfiguration, "name"),
    "fleetmetric": (FleetMetric, "name"),
    "job": (Job, "job_id"),
    "jobtemplate": (JobTemplate, "template_id"),
    "policy": (Policy, "name"),
    "provisioningtemplate": (ProvisioningTemplate, "name"),
    "rolealias": (RoleAlias, "name"),
    "rule": (TopicRule, "name"),
    "thinggroup": (ThingGroup, "name"),
    "thingtype": (ThingType, "name"),
}


def tags(scope: Scope, resource: str) -> QuerySet[Tag]:
    """Select the tags of a resource; an unknown one has none."""
    _kind(resource)
    return Tag.objects.filter(account=scope.account, region=scope.region, resource=resource)


def tag_resource(scope: Scope, *, resource: str, tags: Given) -> None:
    """Set tags of a resource that exists. Raises ResourceNotFoundException, InvalidRequestException, LimitExceeded…"""
    _demand(scope, resource)
    put_tags(scope, resource, tags)


def untag_resource(scope: Scope, *, resource: str, keys: Sequence[str]) -> None:
    """Remove tags by their keys."""
    _demand(scope, resource)
    tags(scope, resource).filter(key__in=keys).delete()


def put_tags(scope: Scope, resource: str, given: Given | None) -> None:
    """Set tags of a resource that was made in this transaction."""
    if not given:
        return
    check_tags(given)
    with transaction.atomic():
        for tag in given:
            Tag.objects.update_or_create(
                account=scope.account,
                region=scope.region,
                resource=resource,
                key=tag["Key"],
                defaults={"value": tag.get("Value") or ""},
            )
        if tags(scope, resource).count() > MAXIMUM_TAGS:
            raise errors.LimitExceededException(f"A resource has at most {MAXIMUM_TAGS} tags")


def same_tags(scope: Scope, resource: str, given: Given | None) -> bool:
    """Say whether a resource has exactly these tags."""
    present = dict(tags(scope, resource).values_list("key", "value"))
    return present == {tag["Key"]: tag.get("Value") or "" for tag in given or ()}


def check_tags(given: Given) -> None:
    """Demand tags that may be set."""
    keys = [tag["Key"] for tag in given]
    if len(set(keys)) < len(keys):
        raise errors.InvalidRequestException("Duplicate tag keys found")
    if any(key.lower().startswith(RESERVED_PREFIX) for key in keys):
        raise errors.InvalidRequestException("Tag keys cannot begin with aws:")
    if len(keys) > MAXIMUM_TAGS:
        raise errors.LimitExceededException(f"A resource has at most {MAXIMUM_TAGS} tags")


def forget_tags(scope: Scope, resource: str) -> None:
    """Delete all tags of a resource that is deleted."""
    Tag.objects.filter(account=scope.account, region=scope.region, resource=resource).delete()


def _kind(resource: str) -> str:
    arn = parse_arn(resource)
    if arn is None or arn.service != "iot":
        raise errors.InvalidRequestException(f"Invalid ARN: {resource}")
    if arn.kind not in _KINDS:
        raise errors.InvalidRequestException(f"Invalid resource type in ARN: {arn.kind}")
    return arn.kind


def _demand(scope: Scope, resource: str) -> None:
    model, field = _KINDS[_kind(resource)]
    arn = parse_arn(resource)
    name = arn.name.partition("/")[0] if arn is not None else ""
    rows = model.objects.filter(account=scope.account, region=scope.region, **{field: name})  # type: ignore[attr-defined]  # every model has a manager
    if arn is None or arn.scope != scope or not rows.exists():
        raise errors.ResourceNotFoundException(f"The resource {resource} does not exist")
