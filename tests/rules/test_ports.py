import base64
from decimal import Decimal
from typing import Any

import orjson
import pytest
from django.conf import settings
from google.protobuf import descriptor_pb2

from iot.core.sql import FunctionFailed
from iot.rules.ports import AllPorts
from iot.rules.targets import Targets
from iot.services import aws_targets
from tests.rules.listening import Listener
from tests.rules.running import REGION, ROLE

FUNCTION = f"arn:aws:lambda:{REGION}:123456789012:function:f"


@pytest.fixture
def ports(moto_targets: Targets) -> AllPorts:
    return AllPorts(settings.SCOPE, moto_targets.aws)


@pytest.fixture
def at_listener(targets: Targets, listener: Listener) -> AllPorts:
    aws_targets.set_aws_target(
        settings.SCOPE, endpoint_url=listener.url, region_name=REGION, access_key_id="k", secret_access_key="s"
    )
    return AllPorts(settings.SCOPE, targets.aws)


def test_an_item_of_dynamodb_is_answered_as_json(ports: AllPorts, aws: Any) -> None:
    aws("dynamodb").create_table(
        TableName="ports",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    aws("dynamodb").put_item(
        TableName="ports", Item={"id": {"S": "x"}, "n": {"N": "1.5"}, "l": {"L": [{"BOOL": True}]}}
    )
    assert ports.get_dynamodb("ports", {"id": "x"}, ROLE) == {"id": "x", "n": 1.5, "l": [True]}
    with pytest.raises(FunctionFailed, match="no such item"):
        ports.get_dynamodb("ports", {"id": "y"}, ROLE)
    with pytest.raises(FunctionFailed, match="ResourceNotFound"):
        ports.get_dynamodb("nowhere", {"id": "y"}, ROLE)


def test_secrets_are_answered_whole_by_key_or_as_base64_and_remembered(ports: AllPorts, aws: Any) -> None:
    secrets = aws("secretsmanager")
    secrets.create_secret(Name="ports-json", SecretString='{"user":"u","n":1}')
    secrets.create_secret(Name="ports-text", SecretString="plain")
    secrets.create_secret(Name="ports-binary", SecretBinary=b"\x00\xff")
    assert ports.get_secret("ports-json", "SecretString", None, ROLE) == {"user": "u", "n": 1}
    assert ports.get_secret("ports-json", "SecretString", "user", ROLE) == "u"
    assert ports.get_secret("ports-text", "SecretString", None, ROLE) == "plain"
    assert ports.get_secret("ports-binary", "SecretBinary", None, ROLE) == base64.b64encode(b"\x00\xff").decode()
    secrets.update_secret(SecretId="ports-text", SecretString="changed")
    assert ports.get_secret("ports-text", "SecretString", None, ROLE) == "plain"


@pytest.mark.parametrize(
    ("name", "kind", "key"),
    [
        ("fails-json", "SecretString", "missing"),
        ("fails-text", "SecretString", "user"),
        ("fails-binary", "SecretBinary", "user"),
        ("fails-json", "SecretBinary", None),
        ("fails-json", "Secret", None),
        ("nowhere", "SecretString", None),
    ],
)
def test_a_secret_that_is_not_as_asked_fails(ports: AllPorts, aws: Any, name: str, kind: str, key: str | None) -> None:
    secrets = aws("secretsmanager")
    for one, value in (
        ("fails-json", {"SecretString": "{}"}),
        ("fails-text", {"SecretString": "x"}),
        ("fails-binary", {"SecretBinary": b"x"}),
    ):
        if one == name and not secrets.list_secrets(Filters=[{"Key": "name", "Values": [one]}])["SecretList"]:
            secrets.create_secret(Name=one, **value)
    with pytest.raises(FunctionFailed):
        ports.get_secret(name, kind, key, ROLE)


def test_a_functions_answer_is_json(at_listener: AllPorts, listener: Listener) -> None:
    listener.body = b'{"answer":42}'
    assert at_listener.aws_lambda(FUNCTION, {"question": [1, Decimal("0.12345678901234567")]}) == {"answer": 42}
    assert listener.asked[0].body == b'{"question":[1,0.12345678901234567]}'


def test_a_function_that_fails_or_answers_something_else_fails(at_listener: AllPorts, listener: Listener) -> None:
    listener.body = b"text"
    with pytest.raises(FunctionFailed, match="not JSON"):
        at_listener.aws_lambda(FUNCTION, 1)
    listener.headers, listener.body = {"x-amz-function-error": "Unhandled"}, b'{"errorMessage":"boom"}'
    with pytest.raises(FunctionFailed, match="boom"):
        at_listener.aws_lambda(FUNCTION, 1)
    listener.answers = [500]
    with pytest.raises(FunctionFailed):
        at_listener.aws_lambda(FUNCTION, 1)


def descriptor() -> bytes:
    """The descriptor of `message Reading { string name = 1; double t = 2; }` in the package plant."""
    file = descriptor_pb2.FileDescriptorProto(name="dir/reading.proto", package="plant", syntax="proto3")
    reading = file.message_type.add(name="Reading")
    kinds = descriptor_pb2.FieldDescriptorProto
    reading.field.add(name="name", number=1, type=kinds.TYPE_STRING, label=kinds.LABEL_OPTIONAL)
    reading.field.add(name="t_c", number=2, type=kinds.TYPE_DOUBLE, label=kinds.LABEL_OPTIONAL)
    return descriptor_pb2.FileDescriptorSet(file=[file]).SerializeToString()


def test_protobuf_is_decoded_by_its_descriptor(ports: AllPorts, aws: Any) -> None:
    aws("s3").create_bucket(Bucket="descriptors")
    aws("s3").put_object(Bucket="descriptors", Key="d.desc", Body=descriptor())
    content = b"\x0a\x01a\x11\x00\x00\x00\x00\x00\x00\xf8\x3f"
    for name in ("Reading", "plant.Reading"):
        assert ports.decode_proto(content, "descriptors", "d.desc", "reading", name) == {"name": "a", "t_c": 1.5}
    with pytest.raises(FunctionFailed, match="is no Reading"):
        ports.decode_proto(b"\xff\xff", "descriptors", "d.desc", "reading", "Reading")
    with pytest.raises(FunctionFailed, match="not in the descriptor"):
        ports.decode_proto(content, "descriptors", "d.desc", "reading", "Other")
    with pytest.raises(FunctionFailed, match="NoSuchKey"):
        ports.decode_proto(content, "descriptors", "missing", "reading", "Reading")
    with pytest.raises(FunctionFailed, match="at most"):
        ports.decode_proto(b"x" * 131_073, "descriptors", "d.desc", "reading", "Reading")


def test_a_record_goes_to_its_model_in_one_level_of_texts(at_listener: AllPorts, listener: Listener) -> None:
    listener.body = orjson.dumps({"EndpointInfo": {"EndpointUrl": listener.url}, "Prediction": {"predictedLabel": "1"}})
    record = {"inner": {"on": True}, "n": 2.5, "text": "a", "none": None}
    assert at_listener.machinelearning_predict("m", ROLE, record) == {"predictedLabel": "1"}
    assert orjson.loads(listener.asked[-1].body)["Record"] == {"inner": '{"on":true}', "n": "2.5", "text": "a"}


def test_a_prediction_takes_an_object(ports: AllPorts) -> None:
    with pytest.raises(FunctionFailed, match="object"):
        ports.machinelearning_predict("m", ROLE, [1])
