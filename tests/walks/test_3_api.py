"""Walk 3: boto3 calls CreateThing, and is answered in AWS's words, also when it may not or asks for nonsense."""

import uuid

import pytest
import requests
from botocore.exceptions import ClientError

from tests.stack import Stack


def test_it_creates_a_thing_once(stack: Stack) -> None:
    iot, name = stack.boto("iot"), f"walk-{uuid.uuid4().hex[:8]}"
    first = iot.create_thing(thingName=name)
    assert iot.create_thing(thingName=name)["thingId"] == first["thingId"]
    with pytest.raises(iot.exceptions.ResourceAlreadyExistsException):
        iot.create_thing(thingName=name, attributePayload={"attributes": {"a": "b"}})


def test_a_wrong_name_is_refused_by_the_model(stack: Stack) -> None:
    with pytest.raises(ClientError, match="failed to satisfy constraint") as refused:
        stack.boto("iot").create_thing(thingName="no blanks please")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_an_unsigned_call_is_refused(stack: Stack) -> None:
    answer = requests.get(f"{stack.api}/things", timeout=15)
    assert answer.status_code == 403
    assert "MissingAuthenticationToken" in answer.headers["x-amzn-errortype"]


def test_the_access_key_of_the_data_directory_is_listed_in_the_audit(stack: Stack) -> None:
    name = f"walk-{uuid.uuid4().hex[:8]}"
    stack.boto("iot").create_thing(thingName=name)
    code = (
        "from django.conf import settings; from iot.services import audit; "
        f"print([row.operation for row in audit.entries(settings.SCOPE) if row.resource == '{name}'])"
    )
    assert "CreateThing" in stack.manage("shell", "--no-imports", "-c", code).stdout
