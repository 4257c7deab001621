"""MQTT 5 properties as the data plane's operations take them."""

from typing import Any

import pytest

from iot.api.mqtt_properties import read_properties
from iot.core import errors
from iot.core.message import NO_PROPERTIES, Properties

NOTHING: dict[str, Any] = {
    "user_properties": None,
    "payload_format_indicator": None,
    "content_type": None,
    "response_topic": None,
    "correlation_data": None,
}


def test_nothing_given_is_no_properties() -> None:
    assert read_properties(**NOTHING) == NO_PROPERTIES


@pytest.mark.parametrize("given", ['[{"a": "1"}, {"b": "2"}, {"a": "3"}]', [{"a": "1"}, {"b": "2"}, {"a": "3"}]])
def test_pairs_keep_their_order_and_repeat(given: Any) -> None:
    found = read_properties(**{**NOTHING, "user_properties": given})
    assert found.user_properties == (("a", "1"), ("b", "2"), ("a", "3"))


def test_all_of_them() -> None:
    given: dict[str, Any] = {
        "user_properties": "[]",
        "payload_format_indicator": "UTF8_DATA",
        "content_type": "text/plain",
        "response_topic": "r",
        "correlation_data": "AP8=",
        "message_expiry": 7,
    }
    assert read_properties(**given) == Properties("text/plain", "r", b"\x00\xff", 1, 7)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"user_properties": "{"}, "Invalid JSON string for User Properties"),
        ({"user_properties": "[1]"}, "Invalid JSON string for User Properties"),
        ({"user_properties": 3}, "Invalid JSON string for User Properties"),
        ({"user_properties": [{"a": 3}]}, "Invalid JSON string for User Properties"),
        ({"user_properties": [{"a": "1", "b": "2"}]}, "Only one User Property is allowed"),
        ({"correlation_data": "%"}, "Invalid Base64 string"),
        ({"payload_format_indicator": "NONE"}, "Invalid Payload Format Indicator"),
        ({"response_topic": "a/+"}, "must not contain MQTT wildcard characters"),
        ({"message_expiry": 2**32}, "must be an unsigned 4-byte integer"),
        ({"message_expiry": -1}, "must be an unsigned 4-byte integer"),
    ],
)
def test_what_cannot_be_sent_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(errors.InvalidRequestException, match=message):
        read_properties(**{**NOTHING, **given})
