"""What the proxy is answered."""

from typing import Any

from iot.core.mqtt.reason_codes import ReasonCode
from iot.gateway.judge import DeviceJudge
from iot.gateway.limits import Bucket
from tests.gateway.test_authorize import allow, authority


def judge(*statements: dict[str, Any], rate: float = 1e6, strict: bool = False) -> DeviceJudge:
    return DeviceJudge(authority(*statements), Bucket(rate, rate), strict=strict)


def test_what_is_allowed_is_zero() -> None:
    one = judge(allow("iot:*"))
    assert one.may_publish("a", False) == 0
    assert one.may_publish("a", True) == 0
    assert one.may_subscribe("a/#") == 0
    assert one.may_receive("a", 0) == 0


def test_a_policy_says_not_authorized() -> None:
    one = judge(allow("iot:Publish"))
    assert one.may_publish("a", True) == ReasonCode.NOT_AUTHORIZED
    assert one.may_subscribe("a") == ReasonCode.NOT_AUTHORIZED
    assert one.may_receive("a", 1) == ReasonCode.NOT_AUTHORIZED


def test_a_reserved_topic_is_an_invalid_one() -> None:
    one = judge(allow("iot:*"))
    assert one.may_publish("$SYS/x", False) == ReasonCode.TOPIC_NAME_INVALID
    assert one.may_subscribe("$SYS/#") == ReasonCode.TOPIC_FILTER_INVALID


def test_the_rate_is_a_quota() -> None:
    one = judge(allow("iot:*"), rate=2)
    assert [one.may_publish("a", False) for _ in range(3)] == [0, 0, ReasonCode.QUOTA_EXCEEDED]


def test_deliveries_count_for_the_rate_in_strict_mode() -> None:
    one = judge(allow("iot:*"), rate=2, strict=True)
    assert one.may_publish("a", False) == 0
    assert [one.may_receive("a", 0) for _ in range(2)] == [0, ReasonCode.QUOTA_EXCEEDED]
    assert one.debt == 0
    assert [one.may_receive("a", 1) for _ in range(2)] == [0, 0]
    assert 0.4 < one.debt <= 1
    loose = judge(allow("iot:*"), rate=1)
    assert [loose.may_receive("a", 0) for _ in range(3)] == [0, 0, 0]


def test_strict_mode_has_awss_limits_on_topics() -> None:
    deep, long = "a/b/c/d/e/f/g/h/i", "x" * 257
    strict, standard = judge(allow("iot:*"), strict=True), judge(allow("iot:*"))
    for topic in (deep, long):
        assert strict.may_publish(topic, False) == ReasonCode.TOPIC_NAME_INVALID
        assert strict.may_subscribe(topic) == ReasonCode.TOPIC_FILTER_INVALID
        assert standard.may_publish(topic, False) == 0
    assert strict.may_publish(f"$aws/rules/r/{'a/' * 7}b", False) == 0
