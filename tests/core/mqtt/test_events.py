from iot.core.mqtt.events import Cause, ProxyConfig


def test_causes_are_spelled_as_aws_spells_them() -> None:
    assert all(cause == cause.name for cause in Cause)
    assert len(Cause) == 13


def test_the_limits_are_those_of_aws_unless_told_otherwise() -> None:
    config = ProxyConfig()
    assert (config.maximum_payload, config.maximum_packet) == (131_072, 149_504)
    assert not config.strict
