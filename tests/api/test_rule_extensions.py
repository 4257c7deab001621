"""Operations of our own about rules: all served, all documented, each for the roles that may."""

import orjson
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from iot.api import openapi, permissions, registry
from iot.api.extensions import SERVICE
from iot.api.model import own_operations
from iot.api.rule_extensions import OPERATIONS
from tests.api import harness


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_served_and_a_viewer_may_call_it_if_it_only_reads(name: str) -> None:
    assert (SERVICE, name) in registry.served()
    operation = own_operations()[SERVICE, name]
    changes = name.startswith(("Retry", "Discard"))
    assert permissions.may("viewer", operation) is not changes
    assert permissions.may("operator", operation)


def test_the_openapi_document_has_them_with_their_shapes() -> None:
    document = orjson.loads(openapi.document("http://cloud.test/api"))
    named = {one["operationId"]: one for methods in document["paths"].values() for one in methods.values()}
    assert OPERATIONS.keys() <= named.keys()
    trial = named["TestRule"]["requestBody"]["content"]["application/json"]["schema"]
    assert trial["required"] == ["sql", "topic"]
    assert "409" in named["RetryRuleFailure"]["responses"]


@pytest.mark.django_db
@pytest.mark.parametrize(("service", "status"), [("iot", 200), ("iotdata", 200), ("iot-jobs-data", 404)])
def test_they_are_called_with_a_signature_for_the_control_or_the_data_plane(service: str, status: int) -> None:
    request = AWSRequest("GET", f"{harness.URL}/tables", headers={"host": "cloud.test:8000"})
    SigV4Auth(Credentials(*harness.new_key("viewer")), service, harness.REGION).add_auth(request)
    assert harness.send("GET", "/api/tables", dict(request.headers.items()))[0] == status
