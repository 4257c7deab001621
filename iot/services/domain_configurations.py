"""Domain configurations: how endpoints authenticate and which protocols they speak, as AWS keeps them."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from iot.bridge.outbox import announce
from iot.core import errors
from iot.core.arn import Scope
from iot.models import DomainConfiguration
from iot.services.tags import Given, forget_tags, put_tags

SERVICE_TYPES = ("DATA", "CREDENTIAL_PROVIDER", "JOBS")
ENABLED = "ENABLED"
_MISSING = "The specified resource does not exist."


def domain_configurations(scope: Scope, *, service_type: str | None = None) -> QuerySet[DomainConfiguration]:
    """Select domain configurations, perhaps of one service."""
    rows = DomainConfiguration.objects.filter(account=scope.account, region=scope.region)
    return rows if service_type is None else rows.filter(service_type=service_type)


def find_domain_configuration(scope: Scope, name: str) -> DomainConfiguration:
    """Find a domain configuration. Raises ResourceNotFoundException."""
    row = domain_configurations(scope).filter(name=name).first()
    if row is None:
        raise errors.ResourceNotFoundException(_MISSING)
    return row


def create_domain_configuration(
    scope: Scope,
    *,
    name: str,
    domain_name: str | None,
    service_type: str | None,
    settings: dict[str, Any],
    tags: Given | None = None,
) -> DomainConfiguration:
    """Create a domain configuration; `settings` are the members that AWS keeps as given."""
    if service_type is not None and service_type not in SERVICE_TYPES:
        raise errors.InvalidRequestException(
            "An error occurred (InvalidRequestException) when calling the DescribeDomainConfiguration operation: "
            f"Service type {service_type} not recognized."
        )
    try:
        with transaction.atomic():
            row = DomainConfiguration.objects.create(
                account=scope.account,
                region=scope.region,
                name=name,
                domain_name=domain_name or "",
                service_type=service_type or "DATA",
                settings=settings,
            )
            put_tags(scope, row.arn, tags)
            announce("domainconfigurations", name, scope)
    except IntegrityError:
        present = find_domain_configuration(scope, name)
        raise errors.ResourceAlreadyExistsException(
            "Domain configuration with given name already exists.",
            resourceId=present.name,
            resourceArn=present.arn,
        ) from None
    return row


def update_domain_configuration(
    scope: Scope, *, name: str, settings: dict[str, Any], status: str | None, remove_authorizer: bool = False
) -> DomainConfiguration:
    """Change the members that are given, the status, or take the authorizer away."""
    with transaction.atomic():
        row = find_domain_configuration(scope, name)
        row.settings = {**row.settings, **settings}
        if remove_authorizer:
            row.settings.pop("authorizerConfig", None)
        if status is not None and status != row.status:
            row.status, row.status_changed_at = status, timezone.now()
        row.save(update_fields=["settings", "status", "status_changed_at"])
        announce("domainconfigurations", name, scope)
    return row


def delete_domain_configuration(scope: Scope, *, name: str) -> None:
    """Delete a domain configuration; one with a domain name must be disabled first, as on AWS."""
    with transaction.atomic():
        row = find_domain_configuration(scope, name)
        if row.domain_name and row.status == ENABLED:
            raise errors.InvalidRequestException("A domain configuration must be DISABLED before it is deleted")
        forget_tags(scope, row.arn)
        row.delete()
        announce("domainconfigurations", name, scope)


def describe(row: DomainConfiguration) -> dict[str, Any]:
    """Answer DescribeDomainConfiguration's structure."""
    certificates = [
        {"serverCertificateArn": arn, "serverCertificateStatus": "VALID"}
        for arn in row.settings.get("serverCertificateArns", [])
    ]
    return {
        **row.settings,
        "domainConfigurationName": row.name,
        "domainConfigurationArn": row.arn,
        "domainName": row.domain_name or None,
        "serverCertificates": certificates,
        "domainConfigurationStatus": row.status,
        "serviceType": row.service_type,
        "domainType": "CUSTOMER_MANAGED" if row.domain_name else "AWS_MANAGED",
        "lastStatusChangeDate": row.status_changed_at,
    }
