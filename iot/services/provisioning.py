"""Carrying provisioning templates out: for RegisterThing, and for certificates that are seen first (JITP)."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.x509.oid import NameOID
from django.db import transaction

from iot.core import errors
from iot.core.arn import Scope
from iot.core.provisioning.template import (
    CERTIFICATE,
    CERTIFICATE_PARAMETERS,
    POLICY,
    THING,
    CertificatePlan,
    Override,
    Plan,
    PolicyPlan,
    Template,
    ThingPlan,
)
from iot.models import (
    CaCertificate,
    Certificate,
    Policy,
    Thing,
    ThingGroup,
    ThingGroupMember,
)
from iot.services import (
    billing_groups,
    ca_certificates,
    certificates,
    pki,
    policies,
    provisioning_templates,
    thing_groups,
    things,
)

_NAME = re.compile(r"[a-zA-Z0-9:_-]{1,128}")
_ATTRIBUTE_NAME = re.compile(r"[a-zA-Z0-9_.,@/:#-]{1,128}")
_ATTRIBUTE_VALUE = re.compile(r"[a-zA-Z0-9_.,@/:#=\[\]-]{0,800}")
PARAMETER_PREFIX = "AWS::IoT::Certificate::"
_SUBJECT = {
    NameOID.COUNTRY_NAME: "Country",
    NameOID.ORGANIZATION_NAME: "Organization",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "OrganizationalUnit",
    NameOID.DN_QUALIFIER: "DistinguishedNameQualifier",
    NameOID.STATE_OR_PROVINCE_NAME: "StateName",
    NameOID.COMMON_NAME: "CommonName",
    NameOID.SERIAL_NUMBER: "SerialNumber",
}


@dataclass(frozen=True, slots=True)
class Provisioned:
    """What a template has made."""

    thing_name: str | None
    certificate: Certificate | None
    resource_arns: Mapping[str, str]
    device_configuration: Mapping[str, str]


def register_thing(scope: Scope, *, template_body: str, parameters: Mapping[str, str] | None) -> Provisioned:
    """Provision a thing by a template's text. Raises ResourceRegistrationFailureException."""
    template = provisioning_templates.check_body(template_body)
    try:
        return provision(scope, template, parameters or {})
    except errors.InvalidRequestException:
        raise
    except errors.AwsError as error:
        raise errors.ResourceRegistrationFailureException(error.message) from None


def provision(
    scope: Scope, template: Template, parameters: Mapping[str, str], *, certificate: Certificate | None = None
) -> Provisioned:
    """Carry a template out in one transaction; `certificate` is one that was just made or seen for it."""
    plan = template.resolve(parameters)
    with transaction.atomic():
        row = certificate if plan.certificate is None else _certificate(scope, plan.certificate, certificate)
        thing = None if plan.thing is None else _thing(scope, plan.thing)
        names = [provide_policy(scope, one) for one in plan.policies]
        if row is not None:
            for name in names:
                policies.attach_policy(scope, policy_name=name, target=row.arn)
            if thing is not None:
                things.attach_thing_principal(scope, thing_name=thing.name, principal=row.arn)
    return Provisioned(
        thing.name if thing else None, row, _arns(scope, template, plan, thing, row, names), plan.device_configuration
    )


def provision_on_sight(scope: Scope, authority: CaCertificate, row: Certificate) -> Provisioned | None:
    """Provision a certificate that was just seen first, by the template of its authority; None where it has none."""
    config = authority.registration_config or {}
    if config.get("templateName"):
        named = provisioning_templates.describe_provisioning_template(scope, template_name=config["templateName"])
        body = provisioning_templates.default_body(named)
    else:
        body = config.get("templateBody", "")
    if not body:
        return None
    return provision(scope, provisioning_templates.check_body(body), subject_parameters(row), certificate=row)


def subject_parameters(row: Certificate) -> dict[str, str]:
    """Answer what a template may ask about a certificate."""
    found = {f"{PARAMETER_PREFIX}Id": row.certificate_id}
    for attribute in certificates.load_pem(row.pem).subject:
        name = _SUBJECT.get(attribute.oid)
        if name is not None:
            found.setdefault(f"{PARAMETER_PREFIX}{name}", str(attribute.value))
    return {name: value for name, value in found.items() if name in CERTIFICATE_PARAMETERS}


def _certificate(scope: Scope, plan: CertificatePlan, fresh: Certificate | None) -> Certificate:
    if plan.csr is not None:
        row = certificates.create_certificate_from_csr(scope, certificate_signing_request=plan.csr)
    elif plan.pem is not None:
        row = _registered(scope, plan)
    else:
        row = certificates.find_certificate(scope, plan.certificate_id or "")
    is_new = plan.csr is not None or (fresh is not None and fresh.certificate_id == row.certificate_id)
    if row.status == plan.status or (not is_new and plan.override is Override.DO_NOTHING):
        return row
    if not is_new and plan.override is Override.FAIL:
        raise errors.InvalidRequestException(f"The certificate {row.certificate_id} is {row.status}")
    return certificates.update_certificate(scope, certificate_id=row.certificate_id, new_status=plan.status)


def _registered(scope: Scope, plan: CertificatePlan) -> Certificate:
    pem = plan.pem or ""
    present = certificates.certificates(scope).filter(certificate_id=pki.certificate_id(certificates.load_pem(pem)))
    if (row := present.first()) is not None:
        return row
    if plan.ca_pem is None:
        return certificates.register(scope, pem=pem, status=plan.status, mode="SNI_ONLY")
    return ca_certificates.register_certificate(
        scope, certificate_pem=pem, ca_certificate_pem=plan.ca_pem, status=plan.status
    )


def _thing(scope: Scope, plan: ThingPlan) -> Thing:
    _check_names(plan)
    row = things.things(scope).select_related("billing_group").filter(name=plan.name).first()
    if row is None:
        row = things.create_thing(
            scope,
            thing_name=plan.name,
            thing_type_name=plan.thing_type,
            attribute_payload={"attributes": dict(plan.attributes)},
            billing_group_name=plan.billing_group,
        )
        _join_groups(scope, row, plan.groups)
        return row
    _override_attributes(scope, row, plan)
    if plan.thing_type is not None and _replaces(plan, "ThingTypeName", row.thing_type and row.thing_type.name):
        things.update_thing(scope, thing_name=row.name, thing_type_name=plan.thing_type)
    if plan.billing_group is not None and _replaces(plan, "BillingGroup", row.billing_group and row.billing_group.name):
        group = billing_groups.find_billing_group(scope, plan.billing_group)
        billing_groups.set_billing_group(scope, thing=row, group=group)
    _override_groups(scope, row, plan)
    return row


def _check_names(plan: ThingPlan) -> None:
    """Demand what the API demands of CreateThing: what a device says comes here without its model."""
    if not _NAME.fullmatch(plan.name):
        raise errors.InvalidRequestException(f"{plan.name!r} is not the name of a thing")
    for name, value in plan.attributes.items():
        if not _ATTRIBUTE_NAME.fullmatch(name) or not _ATTRIBUTE_VALUE.fullmatch(value):
            raise errors.InvalidRequestException(f"{name!r} cannot be an attribute with the value {value!r}")


def _replaces(plan: ThingPlan, part: str, present: Any) -> bool:
    """Say whether a part of a thing that exists is replaced. Raises InvalidRequestException where it may not differ."""
    wanted = {"ThingTypeName": plan.thing_type, "BillingGroup": plan.billing_group}.get(part)
    override = plan.overrides.get(part, Override.DO_NOTHING)
    if override is Override.FAIL and present != wanted:
        raise errors.InvalidRequestException(f"The thing {plan.name} exists with another {part}")
    return override is Override.REPLACE


def _override_attributes(scope: Scope, row: Thing, plan: ThingPlan) -> None:
    override = plan.overrides.get("AttributePayload", Override.DO_NOTHING)
    if override is Override.FAIL and dict(plan.attributes) != row.attributes:
        raise errors.InvalidRequestException(f"The thing {plan.name} exists with other attributes")
    if override in (Override.REPLACE, Override.MERGE):
        payload = {"attributes": dict(plan.attributes), "merge": override is Override.MERGE}
        things.update_thing(scope, thing_name=row.name, attribute_payload=payload)


def _override_groups(scope: Scope, row: Thing, plan: ThingPlan) -> None:
    override = plan.overrides.get("ThingGroups", Override.DO_NOTHING)
    members = ThingGroupMember.objects.filter(thing=row, group__query_string="")
    present = dict(members.values_list("group__name", "group_id"))
    if override is Override.FAIL and set(plan.groups) != present.keys():
        raise errors.InvalidRequestException(f"The thing {plan.name} exists in other groups")
    if override is Override.REPLACE:
        for group in ThingGroup.objects.filter(pk__in=[present[name] for name in present.keys() - set(plan.groups)]):
            thing_groups.remove_thing_from_thing_group(scope, group=group, thing=row)
    if override in (Override.REPLACE, Override.MERGE):
        _join_groups(scope, row, plan.groups)


def _join_groups(scope: Scope, row: Thing, names: tuple[str, ...]) -> None:
    for name in names:
        group = thing_groups.find_thing_group(scope, name)
        thing_groups.add_thing_to_thing_group(scope, group=group, thing=row)


def provide_policy(scope: Scope, plan: PolicyPlan) -> str:
    """Answer the name of an existing policy, or of one made for a document; the same document makes one only once."""
    if plan.name is not None:
        return policies.find_policy(scope, plan.name).name
    document = plan.document or ""
    name = f"provisioned-{hashlib.sha256(document.encode()).hexdigest()[:40]}"
    if not Policy.objects.filter(account=scope.account, region=scope.region, name=name).exists():
        policies.create_policy(scope, policy_name=name, policy_document=document)
    return name


def _arns(
    scope: Scope, template: Template, plan: Plan, thing: Thing | None, row: Certificate | None, names: list[str]
) -> dict[str, str]:
    """Name what was made by the names that the template gives its resources."""
    found: dict[str, str] = {}
    waiting = list(names)
    for logical, resource in template.resources.items():
        if resource["Type"] == THING and thing is not None:
            found[logical] = thing.arn
        elif resource["Type"] == CERTIFICATE and row is not None:
            found[logical] = row.arn
        elif resource["Type"] == POLICY and waiting:
            found[logical] = scope.arn("policy", waiting.pop(0))
    return found
