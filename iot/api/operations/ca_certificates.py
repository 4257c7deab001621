"""Certificate authorities that accounts bring along, and certificates that they signed."""

from typing import Any

from iot.api.registry import Answer, Caller, operation
from iot.services import ca_certificates, certificates
from iot.services.paging import paginate

DEFAULT_PAGE = 25


@operation("GetRegistrationCode")
def get_registration_code(caller: Caller) -> Answer:
    return {"registrationCode": ca_certificates.registration_code(caller.scope)}


@operation("DeleteRegistrationCode")
def delete_registration_code(caller: Caller) -> Answer:
    ca_certificates.delete_registration_code(caller.scope)
    return {}


@operation("RegisterCACertificate")
def register_ca_certificate(
    caller: Caller,
    *,
    ca_certificate: str,
    verification_certificate: str | None = None,
    set_as_active: bool = False,
    allow_auto_registration: bool = False,
    registration_config: dict[str, Any] | None = None,
    tags: list[dict[str, str]] | None = None,
    certificate_mode: str = "DEFAULT",
) -> Answer:
    row = ca_certificates.register_ca_certificate(
        caller.scope,
        ca_certificate=ca_certificate,
        verification_certificate=verification_certificate,
        set_as_active=set_as_active,
        allow_auto_registration=allow_auto_registration,
        registration_config=registration_config,
        tags=tags,
        certificate_mode=certificate_mode,
    )
    return {"certificateArn": row.arn, "certificateId": row.certificate_id}


@operation("DescribeCACertificate")
def describe_ca_certificate(caller: Caller, *, certificate_id: str) -> Answer:
    row = ca_certificates.find_ca_certificate(caller.scope, certificate_id)
    return {
        "certificateDescription": ca_certificates.describe(row),
        "registrationConfig": row.registration_config or None,
    }


@operation("UpdateCACertificate")
def update_ca_certificate(
    caller: Caller,
    *,
    certificate_id: str,
    new_status: str | None = None,
    new_auto_registration_status: str | None = None,
    registration_config: dict[str, Any] | None = None,
    remove_auto_registration: bool = False,
) -> Answer:
    ca_certificates.update_ca_certificate(
        caller.scope,
        certificate_id=certificate_id,
        new_status=new_status,
        new_auto_registration_status=new_auto_registration_status,
        registration_config=registration_config,
        remove_auto_registration=remove_auto_registration,
    )
    return {}


@operation("DeleteCACertificate")
def delete_ca_certificate(caller: Caller, *, certificate_id: str) -> Answer:
    ca_certificates.delete_ca_certificate(caller.scope, certificate_id=certificate_id)
    return {}


@operation("ListCACertificates")
def list_ca_certificates(
    caller: Caller,
    *,
    page_size: int = DEFAULT_PAGE,
    marker: str | None = None,
    ascending_order: bool = True,
    template_name: str | None = None,
) -> Answer:
    rows = ca_certificates.ca_certificates(caller.scope)
    if template_name is not None:
        rows = rows.filter(registration_config__templateName=template_name)
    page, token = paginate(
        rows,
        scope=caller.scope,
        kind="ca-certificates",
        token=marker,
        limit=page_size,
        newest_first=not ascending_order,
    )
    return {"certificates": [ca_certificates.summary(row) for row in page], "nextMarker": token}


@operation("ListCertificatesByCA")
def list_certificates_by_ca(
    caller: Caller,
    *,
    ca_certificate_id: str,
    page_size: int = DEFAULT_PAGE,
    marker: str | None = None,
    ascending_order: bool = False,
) -> Answer:
    page, token = paginate(
        ca_certificates.certificates_of(caller.scope, ca_certificate_id=ca_certificate_id),
        scope=caller.scope,
        kind="certificates-by-ca",
        token=marker,
        limit=page_size,
        newest_first=not ascending_order,
    )
    return {"certificates": [certificates.summary(row) for row in page], "nextMarker": token}


@operation("RegisterCertificate")
def register_certificate(
    caller: Caller,
    *,
    certificate_pem: str,
    ca_certificate_pem: str | None = None,
    set_as_active: bool = False,
    status: str | None = None,
) -> Answer:
    row = ca_certificates.register_certificate(
        caller.scope,
        certificate_pem=certificate_pem,
        ca_certificate_pem=ca_certificate_pem,
        status=status or ("ACTIVE" if set_as_active else "INACTIVE"),
    )
    return {"certificateArn": row.arn, "certificateId": row.certificate_id}
