"""Provisioning templates and their versions."""

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
    check_body(template_body)
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
            f"Provisioning template {template_name} already exists",
            resourceId=template_name,
            resourceArn=scope.arn("provisioningtemplate", template_name),
        ) from None
    return template


def describe_provisioning_template(scope: Scope, *, template_name: str) -> ProvisioningTemplate:
    """Find a template. Raises ResourceNotFoundException."""
    template = provisioning_templates(scope).filter(name=template_name).first()
    if template is None:
        raise errors.ResourceNotFoundException(f"Provisioning template {template_name} does not exist")
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
    """Change what is given. An unknown version is a ResourceNotFoundException."""
    with transaction.atomic():
        template = _locked(scope, template_name)
        if default_version_id is not None:
            describe_provisioning_template_version(scope, template_name=template_name, version_id=default_version_id)
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
    """Delete a template that has only its default version left. Raises DeleteConflictException otherwise."""
    with transaction.atomic():
        template = _locked(scope, template_name)
        if template.versions.count() > 1:
            raise errors.DeleteConflictException("Delete all versions but the default one first")
        forget_tags(scope, template.arn)
        template.delete()


def create_provisioning_template_version(
    scope: Scope, *, template_name: str, template_body: str, set_as_default: bool = False
) -> tuple[ProvisioningTemplate, ProvisioningTemplateVersion]:
    """Add a version; a template has at most five. Raises VersionsLimitExceededException."""
    check_body(template_body)
    with transaction.atomic():
        template = _locked(scope, template_name)
        if template.versions.count() >= MAXIMUM_VERSIONS:
            raise errors.VersionsLimitExceededException(
                f"Provisioning template {template_name} already has {MAXIMUM_VERSIONS} versions"
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
    template = describe_provisioning_template(scope, template_name=template_name)
    version = template.versions.filter(number=version_id).first()
    if version is None:
        raise errors.ResourceNotFoundException(f"Version {version_id} of {template_name} does not exist")
    return template, version


def delete_provisioning_template_version(scope: Scope, *, template_name: str, version_id: int) -> None:
    """Delete a version that is not the default one. Raises DeleteConflictException otherwise."""
    with transaction.atomic():
        template, version = describe_provisioning_template_version(
            scope, template_name=template_name, version_id=version_id
        )
        if version.number == template.default_version:
            raise errors.DeleteConflictException("The default version of a template cannot be deleted")
        version.delete()


def provisioning_templates(scope: Scope) -> QuerySet[ProvisioningTemplate]:
    """Select the templates of a scope."""
    return ProvisioningTemplate.objects.filter(account=scope.account, region=scope.region)


def check_body(body: str) -> Template:
    """Parse a template's text. Raises InvalidRequestException."""
    if len(body.encode()) > MAXIMUM_BODY_BYTES:
        raise errors.InvalidRequestException(f"A template may have at most {MAXIMUM_BODY_BYTES} bytes")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise errors.InvalidRequestException(f"The template is not valid JSON: {error}") from None
    return parse_template(value)


def _locked(scope: Scope, template_name: str) -> ProvisioningTemplate:
    template = provisioning_templates(scope).select_for_update().filter(name=template_name).first()
    if template is None:
        raise errors.ResourceNotFoundException(f"Provisioning template {template_name} does not exist")
    return template
