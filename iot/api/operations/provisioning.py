"""Provisioning templates, their versions, and claims."""

from iot.api.registry import Answer, Caller, operation
from iot.services import provisioning_claims, provisioning_templates
from iot.services.paging import paginate

DEFAULT_PAGE = 50


@operation("CreateProvisioningTemplate")
def create_provisioning_template(
    caller: Caller,
    *,
    template_name: str,
    template_body: str,
    provisioning_role_arn: str,
    description: str | None = None,
    enabled: bool = False,
    pre_provisioning_hook: dict[str, str] | None = None,
    tags: list[dict[str, str]] | None = None,
    type: str | None = None,
) -> Answer:
    row = provisioning_templates.create_provisioning_template(
        caller.scope,
        template_name=template_name,
        template_body=template_body,
        provisioning_role_arn=provisioning_role_arn,
        description=description or "",
        enabled=enabled,
        pre_provisioning_hook=pre_provisioning_hook,
        type=type or "FLEET_PROVISIONING",
        tags=tags,
    )
    return {"templateArn": row.arn, "templateName": row.name, "defaultVersionId": row.default_version}


@operation("DescribeProvisioningTemplate")
def describe_provisioning_template(caller: Caller, *, template_name: str) -> Answer:
    row = provisioning_templates.describe_provisioning_template(caller.scope, template_name=template_name)
    return {
        "templateArn": row.arn,
        "templateName": row.name,
        "description": row.description,
        "creationDate": row.created_at,
        "lastModifiedDate": row.modified_at,
        "defaultVersionId": row.default_version,
        "templateBody": provisioning_templates.default_body(row),
        "enabled": row.enabled,
        "provisioningRoleArn": row.role_arn,
        "preProvisioningHook": row.hook,
        "type": row.kind,
    }


@operation("UpdateProvisioningTemplate")
def update_provisioning_template(
    caller: Caller,
    *,
    template_name: str,
    description: str | None = None,
    enabled: bool | None = None,
    default_version_id: int | None = None,
    provisioning_role_arn: str | None = None,
    pre_provisioning_hook: dict[str, str] | None = None,
    remove_pre_provisioning_hook: bool = False,
) -> Answer:
    provisioning_templates.update_provisioning_template(
        caller.scope,
        template_name=template_name,
        description=description,
        enabled=enabled,
        default_version_id=default_version_id,
        provisioning_role_arn=provisioning_role_arn,
        pre_provisioning_hook=pre_provisioning_hook,
        remove_pre_provisioning_hook=remove_pre_provisioning_hook,
    )
    return {}


@operation("DeleteProvisioningTemplate")
def delete_provisioning_template(caller: Caller, *, template_name: str) -> Answer:
    provisioning_templates.delete_provisioning_template(caller.scope, template_name=template_name)
    return {}


@operation("ListProvisioningTemplates")
def list_provisioning_templates(
    caller: Caller, *, max_results: int = DEFAULT_PAGE, next_token: str | None = None
) -> Answer:
    rows = provisioning_templates.provisioning_templates(caller.scope)
    page, token = paginate(rows, scope=caller.scope, kind="provisioning-templates", token=next_token, limit=max_results)
    found = [
        {
            "templateArn": row.arn,
            "templateName": row.name,
            "description": row.description,
            "creationDate": row.created_at,
            "lastModifiedDate": row.modified_at,
            "enabled": row.enabled,
            "type": row.kind,
        }
        for row in page
    ]
    return {"templates": found, "nextToken": token}


@operation("CreateProvisioningTemplateVersion")
def create_provisioning_template_version(
    caller: Caller, *, template_name: str, template_body: str, set_as_default: bool = False
) -> Answer:
    row, version = provisioning_templates.create_provisioning_template_version(
        caller.scope, template_name=template_name, template_body=template_body, set_as_default=set_as_default
    )
    return {
        "templateArn": row.arn,
        "templateName": row.name,
        "versionId": version.number,
        "isDefaultVersion": version.number == row.default_version,
    }


@operation("DescribeProvisioningTemplateVersion")
def describe_provisioning_template_version(caller: Caller, *, template_name: str, version_id: int) -> Answer:
    row, version = provisioning_templates.describe_provisioning_template_version(
        caller.scope, template_name=template_name, version_id=version_id
    )
    return {
        "versionId": version.number,
        "creationDate": version.created_at,
        "templateBody": version.body,
        "isDefaultVersion": version.number == row.default_version,
    }


@operation("DeleteProvisioningTemplateVersion")
def delete_provisioning_template_version(caller: Caller, *, template_name: str, version_id: int) -> Answer:
    provisioning_templates.delete_provisioning_template_version(
        caller.scope, template_name=template_name, version_id=version_id
    )
    return {}


@operation("ListProvisioningTemplateVersions")
def list_provisioning_template_versions(
    caller: Caller, *, template_name: str, max_results: int = DEFAULT_PAGE, next_token: str | None = None
) -> Answer:
    row = provisioning_templates.describe_provisioning_template(caller.scope, template_name=template_name)
    page, token = paginate(
        row.versions.all(),
        scope=caller.scope,
        kind="provisioning-template-versions",
        token=next_token,
        limit=max_results,
    )
    found = [
        {
            "versionId": version.number,
            "creationDate": version.created_at,
            "isDefaultVersion": version.number == row.default_version,
        }
        for version in page
    ]
    return {"versions": found, "nextToken": token}


@operation("CreateProvisioningClaim", slow=True)
def create_provisioning_claim(caller: Caller, *, template_name: str) -> Answer:
    row, public, private, end = provisioning_claims.create_provisioning_claim(caller.scope, template_name=template_name)
    return {
        "certificateId": row.certificate_id,
        "certificatePem": row.pem,
        "keyPair": {"PublicKey": public, "PrivateKey": private},
        "expiration": end,
    }
