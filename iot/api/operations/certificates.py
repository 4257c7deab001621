"""Device certificates."""

from iot.api.registry import Answer, Caller, operation
from iot.services import certificates
from iot.services.paging import paginate

DEFAULT_PAGE = 25


@operation("CreateKeysAndCertificate", slow=True)
def create_keys_and_certificate(caller: Caller, *, set_as_active: bool = False) -> Answer:
    row, public, private = certificates.create_keys_and_certificate(caller.scope, set_as_active=set_as_active)
    return {
        "certificateArn": row.arn,
        "certificateId": row.certificate_id,
        "certificatePem": row.pem,
        "keyPair": {"PublicKey": public, "PrivateKey": private},
    }


@operation("CreateCertificateFromCsr", slow=True)
def create_certificate_from_csr(
    caller: Caller, *, certificate_signing_request: str, set_as_active: bool = False
) -> Answer:
    row = certificates.create_certificate_from_csr(
        caller.scope, certificate_signing_request=certificate_signing_request, set_as_active=set_as_active
    )
    return {"certificateArn": row.arn, "certificateId": row.certificate_id, "certificatePem": row.pem}


@operation("RegisterCertificateWithoutCA")
def register_certificate_without_ca(caller: Caller, *, certificate_pem: str, status: str = "INACTIVE") -> Answer:
    row = certificates.register_certificate_without_ca(caller.scope, certificate_pem=certificate_pem, status=status)
    return {"certificateArn": row.arn, "certificateId": row.certificate_id}


@operation("DescribeCertificate")
def describe_certificate(caller: Caller, *, certificate_id: str) -> Answer:
    return {
        "certificateDescription": certificates.describe(certificates.find_certificate(caller.scope, certificate_id))
    }


@operation("UpdateCertificate")
def update_certificate(caller: Caller, *, certificate_id: str, new_status: str) -> Answer:
    certificates.update_certificate(caller.scope, certificate_id=certificate_id, new_status=new_status)
    return {}


@operation("DeleteCertificate")
def delete_certificate(caller: Caller, *, certificate_id: str, force_delete: bool = False) -> Answer:
    certificates.delete_certificate(caller.scope, certificate_id=certificate_id, force_delete=force_delete)
    return {}


@operation("ListCertificates")
def list_certificates(
    caller: Caller, *, page_size: int = DEFAULT_PAGE, marker: str | None = None, ascending_order: bool = True
) -> Answer:
    rows = certificates.certificates(caller.scope)
    page, token = paginate(
        rows, scope=caller.scope, kind="certificates", token=marker, limit=page_size, newest_first=not ascending_order
    )
    return {"certificates": [certificates.summary(row) for row in page], "nextMarker": token}
