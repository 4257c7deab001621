"""Functions that tell of the message and its sender."""

from typing import Any

import pytest

from iot.core.message import Properties, Sender
from iot.core.sql.values import UNDEFINED
from tests.core.sql.running import CLIENT, CLOCK, value

U = UNDEFINED
HTTP = Sender("", "AKIA", "192.0.2.1", protocol="http")
FULL = Properties(
    content_type="text/plain",
    response_topic="r/t",
    correlation_data=b"rule",
    payload_format=1,
    user_properties=(("k", "1"), ("other", "2"), ("k", "3")),
)


@pytest.mark.parametrize(
    ("expression", "over_mqtt", "over_http", "from_nobody"),
    [
        ("clientid()", "device", "n/a", "n/a"),
        ("principal()", "fingerprint", "AKIA", U),
        ("sourceip()", "192.0.2.1", "192.0.2.1", U),
        ("traceid()", "a-uuid", U, U),
    ],
)
def test_the_sender_is_told_as_far_as_it_is_known(
    expression: str, over_mqtt: Any, over_http: Any, from_nobody: Any
) -> None:
    assert value(expression, sender=CLIENT) == over_mqtt
    assert value(expression, sender=HTTP) == over_http
    assert value(expression, sender=None) == from_nobody
    assert value(expression, sender=Sender("")) == from_nobody or expression == "traceid()"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("accountid()", "123456789012"),
        ("newuuid()", "a-uuid"),
        ("sql_version()", "2016-03-23"),
        ("timestamp()", CLOCK),
        ("traceid() = traceid()", True),
        ("topic()", "a/b"),
        ("topic(1)", "a"),
        ("topic('2')", "b"),
        ("topic(0)", U),
        ("topic(3)", U),
        ("topic('x')", U),
    ],
)
def test_the_moment_and_the_topic(expression: str, expected: Any) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize(
    ("name", "expected", "absent"),
    [
        ("content_type", "text/plain", U),
        ("response_topic", "r/t", U),
        ("correlation_data", "cnVsZQ==", U),
        ("format_indicator", "UTF8_DATA", "UNSPECIFIED_BYTES"),
        ("user_properties", U, U),
    ],
)
def test_mqtt_properties(name: str, expected: Any, absent: Any) -> None:
    assert value(f"get_mqtt_property('{name}')", properties=FULL) == expected
    assert value(f"get_mqtt_property('{name}')") == absent


def test_user_properties_keep_their_order_and_their_doubles() -> None:
    assert value("get_user_properties('k')", properties=FULL) == ["1", "3"]
    assert value("get_user_properties()", properties=FULL) == [{"k": "1"}, {"other": "2"}, {"k": "3"}]
    assert value("get_user_properties('none')", properties=FULL) is U
    assert value("get_user_properties('k', 'k')", properties=FULL) is U
    assert value("get_user_properties()") == []
