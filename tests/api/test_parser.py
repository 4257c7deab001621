"""Every operation, serialized as a client does, parses back to the same parameters."""

from typing import Any
from urllib.parse import urlencode

import botocore.loaders
import botocore.model
import pytest
from botocore.serialize import create_serializer

from iot.api import parser, router
from iot.api.model import operations
from iot.core import errors
from tests.api.samples import sample

OPERATIONS = operations()


@pytest.fixture(scope="module")
def models() -> dict[str, Any]:
    loader = botocore.loaders.create_loader()
    services = {service for service, _ in OPERATIONS}
    return {
        service: botocore.model.ServiceModel(loader.load_service_model(service, "service-2"), service)
        for service in services
    }


@pytest.mark.parametrize(("service", "name"), OPERATIONS, ids=lambda part: str(part))
def test_what_a_client_sends_parses_to_what_it_meant(models: dict[str, Any], service: str, name: str) -> None:
    model = models[service].operation_model(name)
    given = {} if model.input_shape is None else sample(model.input_shape)
    for member, shape in (model.input_shape.members if model.input_shape else {}).items():
        if shape.serialization.get("location") == "header" and isinstance(given.get(member), str):
            given[member] = given[member].replace("ü", "u")
    sent = create_serializer("rest-json", include_validation=False).serialize_to_request(given, model)
    operation, labels, found = router.route(service, sent["method"], sent["url_path"].partition("?")[0])
    assert found
    assert operation is OPERATIONS[service, name]
    query = dict(sent["query_string"])
    body = sent["body"]
    headers = {key.lower(): str(value) for key, value in sent["headers"].items()}
    parsed = parser.parse(
        operation, labels, urlencode(query, doseq=True), headers, body if isinstance(body, bytes) else body.encode()
    )
    assert parsed == _as_sent(model.input_shape, given)


def _as_sent(shape: Any, given: dict[str, Any]) -> dict[str, Any]:
    """botocore writes numbers and truths in query strings as text, which parse to what they were."""
    return {name: value for name, value in given.items() if shape is not None and name in shape.members}


def parse(name: str, body: bytes = b"", query: str = "", service: str = "iot", **labels: str) -> dict[str, Any]:
    return parser.parse(OPERATIONS[service, name], labels, query, {}, body)


@pytest.mark.parametrize(
    "body",
    [
        b"[1]",
        b"{",
        b'{"attributePayload": 3}',
        b'{"attributePayload": {"merge": "yes"}}',
        b'{"a": NaN}',
        b'"text"',
        b"\xff",
    ],
)
def test_a_body_that_is_not_what_the_shape_says_is_refused(body: bytes) -> None:
    with pytest.raises(errors.InvalidRequestException):
        parse("CreateThing", body, thingName="lamp")


def test_a_body_nested_too_deep_is_refused() -> None:
    with pytest.raises(errors.InvalidRequestException, match="depth limit"):
        parse("CreateThing", b'{"a":' * 100_000, thingName="lamp")
    for opened, closed in ((b'{"a":', b"}"), (b"[", b"]")):
        with pytest.raises(errors.InvalidRequestException, match="64 levels"):
            parse("CreateThing", b'{"a":' + opened * 64 + b"1" + closed * 64 + b"}", thingName="lamp")
    assert parse("CreateThing", b'{"a":' + b"[" * 63 + b"]" * 63 + b"}", thingName="lamp") == {"thingName": "lamp"}


def test_brackets_in_texts_are_not_nesting() -> None:
    body = b'{"thingTypeName": "' + b"[" * 200 + b'"}'
    assert parse("CreateThing", body, thingName="lamp")["thingTypeName"] == "[" * 200


def test_null_members_are_absent() -> None:
    assert parse("CreateThing", b'{"thingTypeName": null}', thingName="lamp") == {"thingName": "lamp"}


@pytest.mark.parametrize(
    ("query", "text"), [("maxResults=x", "integer"), ("usePrefixAttributeValue=2", "true or false")]
)
def test_a_query_value_of_the_wrong_type_is_refused(query: str, text: str) -> None:
    with pytest.raises(errors.InvalidRequestException, match=text):
        parse("ListThings", query=query)


def test_times_may_be_numbers_or_iso_texts() -> None:
    for text in ("1777863721", "2026-05-04T03:02:01Z", "2026-05-04T03:02:01"):
        found = parse("ListAuditTasks", query=f"startTime={text}&endTime=0")
        assert found["startTime"].timestamp() == 1777863721
    with pytest.raises(errors.InvalidRequestException):
        parse("ListAuditTasks", query="startTime=yesterday")


def test_a_header_that_must_be_base64_is_checked() -> None:
    operation = OPERATIONS["iot-data", "Publish"]
    for header, message in (("%%%", "Invalid Base64 string"), ("bm90IGpzb24=", "Invalid JSON string")):
        with pytest.raises(errors.InvalidRequestException, match=message):
            parser.parse(operation, {"topic": "t"}, "", {"x-amz-mqtt5-user-properties": header}, b"")
    body = b'{"state": {"reported": {"x": "\xff"}}}'
    assert (
        parser.parse(OPERATIONS["iot-data", "UpdateThingShadow"], {"thingName": "t"}, "", {}, body)["payload"] == body
    )
