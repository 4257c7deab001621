"""What AWS demands of a rule's action beyond its model, before the rule is kept."""

from typing import Any
from urllib.parse import urlsplit

from iot.core import errors
from iot.core.sql import Statement
from iot.core.topic import is_publishable, matches, validate_topic, within_aws_limits

JOBS_TOPIC = "$aws/things/+/jobs/#"
MAXIMUM_KEY = 256
TAKEN_DIMENSIONS = ("measure_name", "measure_value", "time")
TAKEN_BEGINNINGS = ("ts_", "measure_value")
Action = dict[str, Any]


def check(action: Action, statement: Statement, *, is_error_action: bool = False) -> None:
    """Check an action of a rule. Raises SqlParseException, InvalidRequestException."""
    if len(action) != 1:
        raise errors.InvalidRequestException("An action must have exactly one kind")
    for text in _texts(action):
        if "${" in text:
            statement.template(text)
    ((kind, parameters),) = action.items()
    if kind == "republish":
        _check_republish(parameters, statement, is_error_action)
    elif kind == "http":
        _check_http(parameters, is_error_action)
    elif kind == "timestream":
        _check_timestream(parameters)
    elif kind == "iotSiteWise":
        _check_sitewise(parameters)
    elif kind == "iotEvents" and parameters.get("batchMode") and parameters.get("messageId"):
        raise errors.InvalidRequestException("An iotEvents action in batch mode has no messageId")


def _check_republish(parameters: Action, statement: Statement, is_error_action: bool) -> None:
    """Check a topic as it is written; what its templates make of it is looked at when it runs."""
    topic: str = parameters["topic"]
    topic = topic.replace("$$", "$", 1) if topic.startswith("$$") else topic
    if not is_error_action and statement.topic_filter is not None and matches(statement.topic_filter, topic):
        raise errors.InvalidRequestException(
            f"Republish topic cannot be within topic space of rule's topic pattern '{statement.topic_filter}'"
        )
    if "${" in topic:
        return
    validate_topic(topic)
    if matches(JOBS_TOPIC, topic):
        raise errors.InvalidRequestException("A republish action cannot publish to the topics of jobs")
    if not is_publishable(topic):
        raise errors.InvalidRequestException(f"A republish action cannot publish to the reserved topic {topic}")
    if not within_aws_limits(topic):
        raise errors.InvalidRequestException("A topic has at most 256 bytes and 7 slashes")


def _check_http(parameters: Action, is_error_action: bool) -> None:
    url, confirmation = parameters["url"], parameters.get("confirmationUrl", "")
    if "${" in url and not confirmation:
        raise errors.InvalidRequestException("An http action whose url has a template needs a confirmationUrl")
    if not url.startswith(confirmation):
        raise errors.InvalidRequestException("The url of an http action must begin with its confirmationUrl")
    for one in (url, confirmation):
        # Whether a host may be asked in the clear, or at another port, is told when it is.
        if one and (not one.startswith(("https://", "http://")) or "[" in urlsplit(one.partition("${")[0]).netloc):
            raise errors.InvalidRequestException("The url of an http action begins with https:// and a host's name")
    if any(len(header["key"].encode()) > MAXIMUM_KEY for header in parameters.get("headers") or ()):
        raise errors.InvalidRequestException(f"The key of a header has at most {MAXIMUM_KEY} bytes")
    if is_error_action and (parameters.get("enableBatching") or parameters.get("batchConfig")):
        raise errors.InvalidRequestException("An error action does not send in batches")
    if parameters.get("batchConfig") and not parameters.get("enableBatching"):
        raise errors.InvalidRequestException("A batchConfig needs enableBatching")


def _check_timestream(parameters: Action) -> None:
    for dimension in parameters["dimensions"]:
        name = dimension["name"]
        if name in TAKEN_DIMENSIONS or name.startswith(TAKEN_BEGINNINGS) or ":" in name:
            raise errors.InvalidRequestException(f"A dimension of Timestream cannot be called {name}")


def _check_sitewise(parameters: Action) -> None:
    for entry in parameters["putAssetPropertyValueEntries"]:
        by_ids = bool(entry.get("assetId")) and bool(entry.get("propertyId"))
        if by_ids == bool(entry.get("propertyAlias")):
            raise errors.InvalidRequestException("An entry has a propertyAlias, or an assetId and a propertyId")
        if any(len(one["value"]) != 1 for one in entry["propertyValues"]):
            raise errors.InvalidRequestException("A property's value has exactly one type")


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return []
