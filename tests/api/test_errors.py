"""Errors as AWS sends them."""

import orjson
import pytest

from iot.api.errors import NotServed, RequestRefused, render
from iot.api.model import operations
from iot.core import errors


@pytest.mark.parametrize(
    ("service", "operation", "error", "status"),
    [
        ("iot", "DescribeThing", errors.ResourceNotFoundException("no"), 404),
        ("iot", "CreateThing", errors.ThrottlingException("slow"), 400),
        ("iot-data", "Publish", errors.ThrottlingException("slow"), 429),
        ("iot-data", "UpdateThingShadow", errors.ConflictException("Version conflict"), 409),
        ("iot", "DeleteCertificate", errors.CertificateStateException("active"), 406),
        ("iot", "CreatePolicy", errors.MalformedPolicyException("bad"), 400),
        ("iot", "GetTopicRule", errors.UnauthorizedException("denied"), 401),
        ("iot", "AddThingToThingGroup", errors.LimitExceededException("full"), 410),
        ("iot", "ListThings", errors.InternalFailureException("ours"), 500),
        ("iot", "ListThings", NotServed("none"), 501),
        ("iot", "ListThings", RequestRefused("AccessDeniedException", "no"), 403),
    ],
)
def test_the_status_is_the_models_or_the_names(
    service: str, operation: str, error: errors.AwsError, status: int
) -> None:
    answered, headers, body = render(error, operations()[service, operation])
    assert (answered, headers["x-amzn-errortype"]) == (status, error.code)
    assert orjson.loads(body) == {"message": error.message}


def test_members_of_an_error_are_told_and_absent_ones_are_not() -> None:
    error = errors.ResourceAlreadyExistsException("exists", resourceId="1", resourceArn=None)
    assert orjson.loads(render(error, None)[2]) == {"message": "exists", "resourceId": "1"}


def test_without_an_operation_the_name_decides() -> None:
    assert render(RequestRefused("UnknownOperationException", "?"), None)[0] == 404
    assert render(RequestRefused("SomethingNew", "?"), None)[0] == 400
