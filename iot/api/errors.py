"""Errors as AWS sends them: a status, the header `x-amzn-errortype`, and a JSON body with a message."""

import logging

import orjson

from iot.api.model import Operation
from iot.core.errors import AwsError

log = logging.getLogger(__name__)

_STATUS = {
    "AccessDeniedException": 403,
    "ForbiddenException": 403,
    "UnrecognizedClientException": 403,
    "InvalidSignatureException": 403,
    "MissingAuthenticationTokenException": 403,
    "IncompleteSignatureException": 400,
    "ExpiredTokenException": 403,
    "UnknownOperationException": 404,
    "MethodNotAllowedException": 405,
    "NotImplementedException": 501,
    "RequestEntityTooLargeException": 413,
    "UnsupportedDocumentEncodingException": 415,
    "InternalFailureException": 500,
    "ServiceUnavailableException": 503,
    "UnauthorizedException": 401,
    "ResourceNotFoundException": 404,
    "ConflictException": 409,
    "VersionConflictException": 409,
    "ResourceAlreadyExistsException": 409,
    "DeleteConflictException": 409,
    "InvalidStateTransitionException": 409,
    "LimitExceededException": 410,
    "CertificateStateException": 406,
    "NotConfiguredException": 404,
    "GatewayTimeoutException": 504,
}


class NotServed(AwsError):
    """An operation of the model that is not served here."""

    @property
    def code(self) -> str:
        return "NotImplementedException"


class RequestRefused(AwsError):
    """A request refused before any operation, under a name that no service model has."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self._code = code

    @property
    def code(self) -> str:
        return self._code


def render(error: AwsError, operation: Operation | None) -> tuple[int, dict[str, str], bytes]:
    """Answer the status, headers and body of an error."""
    status = (operation.errors.get(error.code) if operation else None) or _STATUS.get(error.code, 400)
    body = {"message": error.message, **{name: value for name, value in error.members.items() if value is not None}}
    headers = {"x-amzn-errortype": error.code, "Content-Type": "application/json"}
    return status, headers, orjson.dumps(body, default=str)
