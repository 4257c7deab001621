"""Fleet provisioning over MQTT: certificates for claims, and provisioning by a template; in JSON or CBOR.

An answer may hold a private key, so it goes to the connection that asked and to nobody else.
"""

from typing import Any

import cbor2
import orjson

from iot.core import errors
from iot.core.arn import Scope
from iot.core.message import Message
from iot.core.topic import Area, Reserved
from iot.reserved.replies import to_sender
from iot.services import provisioning_claims

Body = dict[str, Any]

_ERRORS = {
    "AccessDeniedException": (403, "AccessDenied"),
    "InvalidCertificateOwnershipToken": (400, "InvalidCertificateOwnershipToken"),
    "InvalidRequestException": (400, "InvalidRequest"),
    "MalformedPolicyException": (400, "InvalidRequest"),
    "ResourceNotFoundException": (404, "ResourceNotFound"),
    "ThrottlingException": (429, "Throttling"),
}
_OTHER = (400, "ResourceRegistrationFailure")


def answer_request(scope: Scope, request: Reserved, message: Message) -> Message:
    """Carry out one request and make the message that answers it."""
    try:
        body = _parse(message.payload, request.detail)
        found = (
            _certificate(scope, request, body)
            if request.area is Area.CERTIFICATES
            else _provision(scope, request, body, message)
        )
        outcome = "accepted"
    except errors.AwsError as error:
        status, code = _ERRORS.get(error.code, _OTHER)
        found = {"statusCode": status, "errorCode": code, "errorMessage": error.message}
        outcome = "rejected"
    return to_sender(f"{message.topic}/{outcome}", _written(found, request.detail), message.sender)


def _certificate(scope: Scope, request: Reserved, body: Body) -> Body:
    csr = None
    if request.operation == "create-from-csr":
        csr = body.get("certificateSigningRequest")
        if not isinstance(csr, str):
            raise errors.InvalidRequestException("certificateSigningRequest is required")
    owned = provisioning_claims.create_owned_certificate(scope, csr=csr)
    found = {
        "certificateId": owned.certificate.certificate_id,
        "certificatePem": owned.certificate.pem,
        "certificateOwnershipToken": owned.token,
    }
    return found if owned.private_key is None else {**found, "privateKey": owned.private_key}


def _provision(scope: Scope, request: Reserved, body: Body, message: Message) -> Body:
    token, parameters = body.get("certificateOwnershipToken"), body.get("parameters") or {}
    if not isinstance(token, str):
        raise provisioning_claims.InvalidCertificateOwnershipToken("certificateOwnershipToken is required")
    if not isinstance(parameters, dict):
        raise errors.InvalidRequestException("parameters must be an object")
    sender = message.sender
    made = provisioning_claims.provision_by_claim(
        scope,
        template_name=request.subject,
        token=token,
        parameters={str(name): str(value) for name, value in parameters.items()},
        client_id=sender.client_id if sender else "",
        claim_certificate_id=sender.principal if sender else "",
    )
    return {"deviceConfiguration": dict(made.device_configuration), "thingName": made.thing_name or ""}


def _parse(payload: bytes, form: str) -> Body:
    try:
        body = {} if not payload.strip() else orjson.loads(payload) if form == "json" else cbor2.loads(payload)
    except (orjson.JSONDecodeError, cbor2.CBORDecodeError, ValueError):
        raise errors.InvalidRequestException(f"The request is not valid {form.upper()}") from None
    if not isinstance(body, dict):
        raise errors.InvalidRequestException("The request is not an object")
    return body


def _written(body: Body, form: str) -> bytes:
    return orjson.dumps(body) if form == "json" else cbor2.dumps(body)
