"""The services that rules SQL asks at AWS, beside our own. Called in threads."""

import base64
import time
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from botocore.exceptions import BotoCoreError, ClientError
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.json_format import MessageToDict

from iot.core.arn import Scope
from iot.core.sql import UNDEFINED, FunctionFailed
from iot.core.sql.values import to_json, to_string
from iot.rules.aws import AwsClients, failed, region_of
from iot.rules.dynamo import typed, untyped
from iot.services.rule_ports import OurPorts

CACHE_SECONDS = 900.0
MOST_CACHED = 256
MAXIMUM_DESCRIPTOR = 32 * 1024
MAXIMUM_PROTO = 128 * 1024


class AllPorts(OurPorts):
    """Answers for a scope. Secrets and descriptors are remembered for fifteen minutes, as AWS does."""

    def __init__(self, scope: Scope, aws: AwsClients) -> None:
        super().__init__(scope)
        self._aws = aws
        self._cache: dict[tuple[str, ...], tuple[float, Any]] = {}

    def get_dynamodb(self, table: str, keys: Mapping[str, Any], role_arn: str) -> Any:
        client = self._client("get_dynamodb", "dynamodb", role_arn)
        key = {name: typed(value) for name, value in keys.items()}
        answer = _asked("get_dynamodb", lambda: client.get_item(TableName=table, Key=key))
        if "Item" not in answer:
            raise FunctionFailed(f"get_dynamodb: {table} has no such item")
        return untyped({"M": answer["Item"]})

    def aws_lambda(self, function_arn: str, argument: Any) -> Any:
        client = self._client("aws_lambda", "lambda", "", region_of(function_arn))
        payload = to_json(argument)
        answer = _asked("aws_lambda", lambda: client.invoke(FunctionName=function_arn, Payload=payload))
        body = answer["Payload"].read()
        if answer.get("FunctionError"):
            raise FunctionFailed(f"aws_lambda: {body[:300].decode('utf-8', 'replace')}")
        return _json("aws_lambda", body)

    def get_secret(self, secret_id: str, kind: str, key: str | None, role_arn: str) -> Any:
        if kind not in ("SecretString", "SecretBinary"):
            raise FunctionFailed("get_secret takes SecretString or SecretBinary")
        answer = self._remembered(("secret", secret_id, role_arn), lambda: self._secret(secret_id, role_arn))
        value = answer.get(kind)
        if value is None:
            raise FunctionFailed(f"get_secret: {secret_id} has no {kind}")
        if kind == "SecretBinary":
            if key is not None:
                raise FunctionFailed("get_secret: a binary secret has no keys")
            return base64.b64encode(value).decode()
        if key is None:
            return _json_or_text(value)
        found = _json("get_secret", value.encode())
        if not isinstance(found, dict) or key not in found:
            raise FunctionFailed(f"get_secret: {secret_id} has no key {key}")
        return found[key]

    def machinelearning_predict(self, model_id: str, role_arn: str, record: Any) -> Any:
        if not isinstance(record, dict):
            raise FunctionFailed("machinelearning_predict takes an object as its record")
        client = self._client("machinelearning_predict", "machinelearning", role_arn)
        texts = {name: to_string(value) for name, value in record.items()}
        fields = {name: text for name, text in texts.items() if text is not UNDEFINED}

        def predict() -> Any:
            endpoint = client.get_ml_model(MLModelId=model_id)["EndpointInfo"]["EndpointUrl"]
            return client.predict(MLModelId=model_id, Record=fields, PredictEndpoint=endpoint)

        return _asked("machinelearning_predict", predict)["Prediction"]

    def decode_proto(self, content: bytes, bucket: str, key: str, file_name: str, message_type: str) -> Any:
        if len(content) > MAXIMUM_PROTO:
            raise FunctionFailed(f"decode takes at most {MAXIMUM_PROTO} bytes")
        name = ("proto", bucket, key, file_name, message_type)
        kind = self._remembered(name, lambda: self._message_class(bucket, key, file_name, message_type))
        try:
            return MessageToDict(kind.FromString(content), preserving_proto_field_name=True)
        except Exception as error:
            raise FunctionFailed(f"decode: the payload is no {message_type}: {error}") from None

    def _secret(self, secret_id: str, role_arn: str) -> Any:
        client = self._client("get_secret", "secretsmanager", role_arn)
        return _asked("get_secret", lambda: client.get_secret_value(SecretId=secret_id))

    def _message_class(self, bucket: str, key: str, file_name: str, message_type: str) -> Any:
        client = self._client("decode", "s3", "")
        body = _asked("decode", lambda: client.get_object(Bucket=bucket, Key=key))["Body"].read(MAXIMUM_DESCRIPTOR + 1)
        if len(body) > MAXIMUM_DESCRIPTOR:
            raise FunctionFailed(f"decode: a descriptor has at most {MAXIMUM_DESCRIPTOR} bytes")
        try:
            pool = descriptor_pool.DescriptorPool()
            package = ""
            for one in descriptor_pb2.FileDescriptorSet.FromString(body).file:
                pool.Add(one)
                if one.name.rpartition("/")[2] == f"{file_name}.proto":
                    package = one.package
            full = (
                f"{package}.{message_type}" if package and not message_type.startswith(f"{package}.") else message_type
            )
            return message_factory.GetMessageClass(pool.FindMessageTypeByName(full))
        except Exception as error:
            raise FunctionFailed(f"decode: {message_type} is not in the descriptor: {error}") from None

    def _client(self, function: str, service: str, role_arn: str, region: str = "") -> Any:
        return _asked(function, lambda: self._aws.client(service, role_arn, region))

    def _remembered(self, name: tuple[str, ...], ask: Callable[[], Any]) -> Any:
        found = self._cache.get(name)
        if found is not None and found[0] > time.monotonic():
            return found[1]
        answer = ask()
        if len(self._cache) >= MOST_CACHED:
            self._cache.clear()
        self._cache[name] = (time.monotonic() + CACHE_SECONDS, answer)
        return answer


def _asked(function: str, ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except (BotoCoreError, ClientError) as error:
        raise FunctionFailed(f"{function}: {failed(error).reason}") from None


def _json(function: str, body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise FunctionFailed(f"{function}: the answer is not JSON") from None


def _json_or_text(text: str) -> Any:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return found if isinstance(found, dict | list) else text
