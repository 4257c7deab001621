import pytest

from iot.core.mqtt.reason_codes import ProtocolError, ReasonCode, explain, to_connack_3


@pytest.mark.parametrize(
    ("reason_code", "return_code"),
    [(0x00, 0), (0x84, 1), (0x85, 2), (0x88, 3), (0x89, 3), (0x97, 3), (0x80, 3), (0x86, 4), (0x87, 5), (0x9B, 5)],
)
def test_mqtt_3_has_a_return_code_for_each_reason(reason_code: int, return_code: int) -> None:
    assert to_connack_3(reason_code) == return_code


def test_a_protocol_error_says_what_and_which_code() -> None:
    error = ProtocolError(ReasonCode.TOPIC_ALIAS_INVALID, "an alias of 0")
    assert (error.reason_code, error.detail, str(error)) == (0x94, "an alias of 0", "an alias of 0 (0x94)")


def test_a_refusal_has_words_and_a_success_none() -> None:
    assert explain(ReasonCode.NOT_AUTHORIZED) == "not allowed"
    assert explain(ReasonCode.SUCCESS) == ""
