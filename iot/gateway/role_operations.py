"""AWS's credentials provider: a device exchanges its certificate for the credentials of a role, by a role alias."""

from datetime import UTC

import orjson

from iot.core import errors
from iot.gateway.authorize import Authority
from iot.gateway.requests import Call
from iot.services import role_credentials
from iot.services.call import call

THING_HEADER = "x-amzn-iot-thingname"
SESSION_NAME_LENGTH = 64


async def assume_role_with_certificate(request: Call, role_alias: str) -> bytes:
    """Answer credentials; the header may name a thing of the certificate, for policy variables."""
    principal = request.principal
    if not principal.is_certificate:
        raise errors.ForbiddenException("Access Denied")
    thing_name = request.headers.get(THING_HEADER)
    if thing_name is not None and all(thing.name != thing_name for thing in principal.things):
        raise errors.ForbiddenException("Invalid thing name passed")
    authority = request.authority
    if thing_name is not None:
        authority = Authority(request.shared.scope, principal, client_id=thing_name, address=request.address)
    request.demand("iot:AssumeRoleWithCertificate", "rolealias", role_alias, authority)
    found = await call(
        role_credentials.assume_role,
        request.shared.scope,
        role_alias=role_alias,
        session_name=principal.id[:SESSION_NAME_LENGTH],
    )
    return orjson.dumps(
        {
            "credentials": {
                "accessKeyId": found.access_key_id,
                "secretAccessKey": found.secret_access_key,
                "sessionToken": found.session_token,
                "expiration": found.expiration.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        }
    )
