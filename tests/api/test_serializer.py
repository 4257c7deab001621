"""Answers as their shapes say, read back by the client's own parser."""

from typing import Any

import botocore.loaders
import botocore.model
import pytest
from botocore.parsers import create_parser

from iot.api import serializer
from iot.api.model import operations
from tests.api.samples import sample

OPERATIONS = operations()


@pytest.fixture(scope="module")
def models() -> dict[str, Any]:
    loader = botocore.loaders.create_loader()
    return {
        service: botocore.model.ServiceModel(loader.load_service_model(service, "service-2"), service)
        for service in ("iot", "iot-data", "iot-jobs-data")
    }


@pytest.mark.parametrize(("service", "name"), OPERATIONS, ids=lambda part: str(part))
def test_a_client_reads_what_was_answered(models: dict[str, Any], service: str, name: str) -> None:
    shape = models[service].operation_model(name).output_shape
    answer = {} if shape is None else sample(shape)
    if shape is not None and "payload" in shape.serialization:
        # The client's parser takes a shadow's document for text.
        answer["payload"] = b"text"
    status, headers, body = serializer.serialize(OPERATIONS[service, name], answer)
    assert status == answer.get("statusCode", 200)
    if shape is None:
        assert body == b""
        return
    lowered = {key.lower(): value for key, value in headers.items()}
    response = {"status_code": status, "headers": lowered, "body": body, "context": {}}
    found = create_parser("rest-json").parse(response, shape)
    found.pop("ResponseMetadata")
    assert found == {**answer, **({"payload": "text"} if answer.get("payload") == b"text" else {})}


def test_absent_members_are_left_out() -> None:
    _, _, body = serializer.serialize(OPERATIONS["iot", "DescribeThing"], {"thingName": "a", "thingTypeName": None})
    assert body == b'{"thingName":"a"}'
    assert serializer.serialize(OPERATIONS["iot", "DescribeThing"], None)[2] == b"{}"


def test_a_payload_is_the_body_as_it_is() -> None:
    status, headers, body = serializer.serialize(OPERATIONS["iot-data", "GetThingShadow"], {"payload": b'{"a":1}'})
    assert (status, body, headers["Content-Type"]) == (200, b'{"a":1}', "application/octet-stream")
