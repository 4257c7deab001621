"""Functions that tell of the message, its sender and the moment."""

import base64
from typing import Any

from iot.core.sql.functions.library import function, raw_function, text, whole
from iot.core.sql.values import UNDEFINED

_FORMATS = {1: "UTF8_DATA"}


@function("accountid()", "The account that owns the rule.", run=True)
def accountid(run: Any) -> Any:
    return run.environment.account


@function("clientid()", "The MQTT client that sent the message; n/a where it did not come over MQTT.", run=True)
def clientid(run: Any) -> Any:
    sender = run.input.message.sender
    return sender.client_id if sender is not None and sender.protocol != "http" and sender.client_id else "n/a"


@function("principal()", "The certificate id or user that sent the message.", run=True)
def principal(run: Any) -> Any:
    sender = run.input.message.sender
    return sender.principal if sender is not None and sender.principal else UNDEFINED


@function("sourceip()", "The address that the message came from.", run=True, new=True)
def sourceip(run: Any) -> Any:
    sender = run.input.message.sender
    return sender.address if sender is not None and sender.address else UNDEFINED


@function("newuuid()", "A random UUID.", run=True)
def newuuid(run: Any) -> Any:
    return run.environment.uuid()


@function("sql_version()", "The rule's SQL version.", run=True)
def sql_version(run: Any) -> Any:
    return run.version


@function("timestamp()", "The time in milliseconds since 1970.", run=True)
def timestamp(run: Any) -> Any:
    return run.environment.clock()


@function("traceid()", "The UUID of the MQTT message.", run=True)
def traceid(run: Any) -> Any:
    sender = run.input.message.sender
    if sender is None or sender.protocol == "http":
        return UNDEFINED
    if run.trace is None:
        run.trace = run.environment.uuid()
    return run.trace


@function("topic([Int])", "The topic, or one of its levels, the first being 1.", whole, optional=1, run=True)
def topic(run: Any, level: int | None = None) -> Any:
    if level is None:
        return run.input.topic
    levels = run.input.topic.split("/")
    return levels[level - 1] if 1 <= level <= len(levels) else UNDEFINED


@function("get_mqtt_property(String)", "A header of the MQTT 5 message, such as content_type.", text, run=True)
def get_mqtt_property(run: Any, name: str) -> Any:
    properties = run.input.message.properties
    if name == "format_indicator":
        return _FORMATS.get(properties.payload_format, "UNSPECIFIED_BYTES")
    if name == "correlation_data":
        data = properties.correlation_data
        return UNDEFINED if data is None else base64.b64encode(data).decode()
    if name in ("content_type", "response_topic"):
        found = getattr(properties, name)
        return UNDEFINED if found is None else found
    return UNDEFINED


@raw_function("get_user_properties([String])", "All MQTT 5 user properties, or the values of one.")
def get_user_properties(run: Any, *arguments: Any) -> Any:
    pairs = run.input.message.properties.user_properties
    if not arguments:
        return [{key: value} for key, value in pairs]
    found = [value for key, value in pairs if key == arguments[0]]
    return found if found and len(arguments) == 1 else UNDEFINED
