"""A strict gateway takes one connection a second of a client id, after a few at once."""

from iot.core.mqtt.packets import ConnAck, Connect

from .conftest import Dial


def test_a_client_id_that_connects_too_often_is_refused(dial: Dial, strict_port: int) -> None:
    codes = [0]
    while codes[-1] == 0 and len(codes) < 50:
        answer = dial(port=strict_port).ask(Connect("wire-too-often"))
        assert isinstance(answer, ConnAck)
        codes.append(answer.reason_code)
    assert len(codes) > 2
    assert codes[-1] == 0x97
