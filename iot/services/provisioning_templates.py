"""Provisioning templates and their versions."""

from typing import Any

import orjson
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from iot.core import errors
from iot.core.arn import Scope
from iot.core.provisioning.template import Template, parse_template
from iot.models import ProvisioningTemplate, ProvisioningTemplateVersion
from iot.services.tags import Given, forget_tags, put_tags

MAXIMUM_VERSIONS = 5
MAXIMUM_BODY_BYTES = 10_240
MAXIMUM_TEMPLATES = 256
CERTIFICATE = "AWS::IoT::Certificate"
CERTIFICATE_ID = "AWS::IoT::Certificate::Id"


def create_provisioning_template(
    scope: Scope,
    *,
    template_name: str,
    template_body: str,
    provisioning_role_arn: str,
    description: str = "",
    enabled: bool = False,
    pre_provisioning_hook: dict[str, str] | None = None,
    type: str = "FLEET_PROVISIONING",
    tags: Given | None = None,
) -> ProvisioningTemplate:
    """Create a template with its first version. Raises ResourceAlreadyExistsException, InvalidRequestException."""
    check_fleet_body(template_body)
    if provisioning_templates(scope).count() >= MAXIMUM_TEMPLATES:
        raise errors.LimitExceededException(f"There may be at most {MAXIMUM_TEMPLATES} provisioning templates")
    try:
        with transaction.atomic():
            template = ProvisioningTemplate.objects.create(
                account=scope.account,
                region=scope.region,
                name=template_name,
                description=description,
                kind=type,
                enabled=enabled,
                role_arn=provisioning_role_arn,
                hook=pre_provisioning_hook,
            )
            template.versions.create(number=1, body=template_body)
            put_tags(scope, template.arn, tags)
    except IntegrityError:
        raise errors.ResourceAlreadyExistsException(
            f"Template with name {template_name} already exists",
            resourceId=template_name,
            resourceArn=scope.arn("provisioningtemplate", template_name),
        ) from None
    return template


def describe_provisioning_template(scope: Scope, *, template_name: str) -> ProvisioningTemplate:
    """Find a template. Raises ResourceNotFoundException."""
    template = provisioning_templates(scope).filter(name=template_name).first()
    if template is None:
        raise errors.ResourceNotFoundException(f"Unable to find template named {template_name}")
    return template


def default_body(template: ProvisioningTemplate) -> str:
    """Answer the text of a template's default version."""
    return template.versions.get(number=template.default_version).body


def update_provisioning_template(
    scope: Scope,
    *,
    template_name: str,
    description: str | None = None,
    enabled: bool | None = None,
    default_version_id: int | None = None,
    provisioning_role_arn: str | None = None,
    pre_provisioning_hook: dict[str, str] | None = None,
    remove_pre_provisioning_hook: bool = False,
) -> None:
    """Change what is given. An unknown version is an InvalidRequestException."""
    with transaction.atomic():
        template = _locked(scope, template_name)
        if default_version_id is not None:
            if not template.versions.filter(number=default_version_id).exists():
                raise errors.InvalidRequestException(
                    f"Unable to set version {default_version_id} as the default, version does not exist"
                )
            template.default_version = default_version_id
        if description is not None:
            template.description = description
        if enabled is not None:
            template.enabled = enabled
        if provisioning_role_arn is not None:
            template.role_arn = provisioning_role_arn
        if remove_pre_provisioning_hook or pre_provisioning_hook is not None:
            template.hook = None if remove_pre_provisioning_hook else pre_provisioning_hook
        template.save()


def delete_provisioning_template(scope: Scope, *, template_name: str) -> None:
    """Delete a template with its versions. Raises ResourceNotFoundException."""
    with transaction.atomic():
        template = _locked(scope, template_name)
        forget_tags(scope, template.arn)
        template.delete()


def create_provisioning_template_version(
    scope: Scope, *, template_name: str, template_body: str, set_as_default: bool = False
) -> tuple[ProvisioningTemplate, ProvisioningTemplateVersion]:
    """Add a version; a template has at most five. Raises VersionsLimitExceededException."""
    check_fleet_body(template_body)
    with transaction.atomic():
        template = _locked(scope, template_name)
        if template.versions.count() >= MAXIMUM_VERSIONS:
            raise errors.VersionsLimitExceededException(
                f"Can't create a template version for the template {template_name}, "
                "the maximum number of template versions has been reached"
            )
        template.last_version += 1
        if set_as_default:
            template.default_version = template.last_version
        template.save()
        return template, template.versions.create(number=template.last_version, body=template_body)


def describe_provisioning_template_version(
    scope: Scope, *, template_name: str, version_id: int
) -> tuple[ProvisioningTemplate, ProvisioningTemplateVersion]:
    """Find a version and its template. Raises ResourceNotFoundException."""
    template = provisioning_templates(scope).filter(name=template_name).first()
    if template is None:
        raise errors.ResourceNotFoundException(f"Unable to find a template named {template_name}")
    version = template.versions.filter(number=version_id).first()
    if version is None:
        raise errors.ResourceNotFoundException(
            f"Unable to find a template version with ID {version_id} for template {template_name}"
        )
    return template, version


def delete_provisioning_template_version(scope: Scope, *, template_name: str, version_id: int) -> None:
    """Delete a version that is not the default one. Raises InvalidRequestException, ResourceNotFoundException."""
    with transaction.atomic():
        template = _locked(scope, template_name)
        if version_id == template.default_version:
            raise errors.InvalidRequestException(
                f"Unable to delete template version {version_id}, it is the default version"
            )
        if not template.versions.filter(number=version_id).delete()[0]:
            raise errors.ResourceNotFoundException(f"Unable to find template version {version_id}")


def provisioning_templates(scope: Scope) -> QuerySet[ProvisioningTemplate]:
    """Select the templates of a scope."""
    return ProvisioningTemplate.objects.filter(account=scope.account, region=scope.region)


def check_body(body: str) -> Template:
    """Parse a template's text. Raises InvalidRequestException."""
    return parse_template(_json(body))


def check_fleet_body(body: str) -> None:
    """Check the text of a template that is kept, which must have one certificate. Raises InvalidRequestException."""
    value = _json(body)
    found = value.get("Resources") if isinstance(value, dict) else None
    resources = [one for one in found.values() if isinstance(one, dict)] if isinstance(found, dict) else []
    certificates = [one for one in resources if one.get("Type") == CERTIFICATE]
    if any(one.get("Properties") is None for one in resources):
        raise _invalid("Properties of a resource cannot be null.")
    for properties in [one["Properties"] for one in certificates[:1]]:
        if not isinstance(properties, dict) or properties.get("CertificateId") != {"Ref": CERTIFICATE_ID}:
            raise _invalid(f"CertificateId must contain a reference to {CERTIFICATE_ID}")
        if str(properties.get("Status")).lower() not in ("active", "inactive"):
            raise _invalid('A certificate resource must specify a Status of either "Active" or "Inactive"')
    if len(certificates) > 1:
        raise _invalid("Only one certificate resource can be defined")
    parse_template(value)
    if not certificates:
        raise _invalid("Template must have certificate resource.")


def _json(body: str) -> Any:
    if len(body.encode()) > MAXIMUM_BODY_BYTES:
        raise errors.InvalidRequestException(f"A template may have at most {MAXIMUM_BODY_BYTES} bytes")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise errors.InvalidRequestException("The template body is invalid") from None


def _invalid(reason: str) -> errors.InvalidRequestException:
    return errors.InvalidRequestException(f"The template body is invalid: {reason}")


def _locked(scope: Scope, template_name: str) -> ProvisioningTemplate:
    template = provisioning_templates(scope).select_for_update().filter(name=template_name).first()
    if template is None:
        raise errors.ResourceNotFoundException(f"Unable to find template named {template_name}")
    return template
