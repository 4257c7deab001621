"""Publishes the output to another topic, with MQTT 5 headers."""

import base64
import binascii
from functools import partial
from typing import Any

from iot.core import errors
from iot.core.message import MAXIMUM_HOPS, NO_PROPERTIES, Message, Properties, Sender, fault_of
from iot.core.sql import Run
from iot.core.topic import is_publishable, matches, validate_topic, within_aws_limits
from iot.rules.action import (
    Action,
    ActionError,
    Done,
    Failed,
    Fired,
    Parameters,
    Render,
    Request,
    Templates,
    Text,
    register,
)
from iot.rules.targets import Targets

JOBS_TOPIC = "$aws/things/+/jobs/#"
MAXIMUM_HEADER = 1024
_FORMATS = {"UNSPECIFIED_BYTES": 0, "UTF8_DATA": 1}


def prepare(parameters: Parameters, templates: Templates) -> Render:
    topic = templates.text("topic")
    qos = int(parameters.get("qos", 0))
    headers = _prepare_headers(parameters["headers"], templates) if parameters.get("headers") else None

    def render(fired: Fired) -> list[Request]:
        message = fired.run.input.message
        sender = message.sender
        hops = 1 if sender is None else sender.hops + 1
        if hops > MAXIMUM_HOPS:
            raise ActionError(f"The message has been republished {MAXIMUM_HOPS} times: a loop of rules is stopped")
        request = {"topic": topic(fired.run), "payload": fired.body, "qos": qos, "hops": hops}
        if sender is not None:
            request["client"], request["principal"] = sender.client_id, sender.principal
            request["protocol"] = "http" if sender.protocol == "http" else "mqtt"
        if headers is not None:
            request["headers"] = headers(fired.run)
        return [request]

    return render


def _prepare_headers(headers: Parameters, templates: Templates) -> Any:
    fields = {name: templates.of(str(text)) for name, text in headers.items() if name != "userProperties"}
    pairs = [(templates.of(one["key"]), templates.of(one["value"])) for one in headers.get("userProperties") or ()]
    return partial(_headers, fields, pairs)


def _headers(fields: dict[str, Text], pairs: list[tuple[Text, Text]], run: Run) -> dict[str, Any]:
    rendered: dict[str, Any] = {name: text(run) for name, text in fields.items()}
    rendered["userProperties"] = [[key(run), value(run)] for key, value in pairs]
    return rendered


def post(targets: Targets, request: Request, done: Done) -> None:
    message = _message(request)
    targets.post(message, lambda code: done(_failure(code)))


def _failure(code: int) -> Failed | None:
    return None if code < 0x80 else Failed(f"The broker did not take the message (0x{code:02X})")


def _message(request: Request) -> Message:
    topic = request["topic"]
    try:
        validate_topic(topic)
    except errors.InvalidRequestException as error:
        raise ActionError(error.message) from None
    if topic.startswith("$") and matches(JOBS_TOPIC, topic):
        raise ActionError("A republish action cannot publish to the topics of jobs")
    if not is_publishable(topic):
        raise ActionError(f"A republish action cannot publish to the reserved topic {topic}")
    if not within_aws_limits(topic):
        raise ActionError("A topic has at most 256 bytes and 7 slashes")
    sender = Sender(
        request.get("client", ""), request.get("principal", ""), "", request["hops"], request.get("protocol", "mqtt")
    )
    headers = request.get("headers")
    properties = NO_PROPERTIES if headers is None else _properties(headers)
    message = Message(topic, request["payload"], request["qos"], False, properties, sender)
    if fault := fault_of(message):
        raise ActionError(f"The message cannot be published: {fault}")
    return message


def _properties(headers: dict[str, Any]) -> Properties:
    texts = [value for name, value in headers.items() if name != "userProperties"]
    texts += [text for pair in headers["userProperties"] for text in pair]
    if any(len(text.encode("utf-8", "replace")) > MAXIMUM_HEADER for text in texts):
        raise ActionError(f"A header of the republish action has at most {MAXIMUM_HEADER} bytes")
    try:
        if headers.get("responseTopic") is not None:
            validate_topic(headers["responseTopic"])
        correlation = (
            base64.b64decode(headers["correlationData"], validate=True) if "correlationData" in headers else None
        )
        return Properties(
            content_type=headers.get("contentType"),
            response_topic=headers.get("responseTopic"),
            correlation_data=correlation,
            payload_format=_FORMATS[headers["payloadFormatIndicator"]] if "payloadFormatIndicator" in headers else None,
            message_expiry=int(headers["messageExpiry"]) if "messageExpiry" in headers else None,
            user_properties=tuple((key, value) for key, value in headers["userProperties"]),
        )
    except (binascii.Error, errors.InvalidRequestException, KeyError, ValueError) as error:
        raise ActionError(f"A header of the republish action cannot be used: {error}") from None


register(
    Action(
        name="republish",
        title="RepublishAction",
        prepare=prepare,
        resource=lambda parameters: str(parameters.get("topic", "")),
        post=post,
    )
)
