"""What CONNACK offers, in standard mode and in AWS's."""

from iot.core.mqtt.properties import Properties

from .conftest import Dial


def test_standard_mode_offers_what_the_broker_has(dial: Dial) -> None:
    own = dial().connect(keep_alive=60).properties
    assert (own.receive_maximum, own.topic_alias_maximum, own.maximum_packet_size) == (100, 8, 149_504)
    assert (own.maximum_qos, own.retain_available, own.subscription_identifier_available) == (None, None, None)
    assert own.server_keep_alive is None


def test_strict_mode_offers_what_aws_offers(dial: Dial, strict_port: int) -> None:
    own = dial(port=strict_port).connect(keep_alive=5).properties
    assert (own.maximum_qos, own.subscription_identifier_available, own.server_keep_alive) == (1, 0, 30)


def test_no_keep_alive_means_the_longest(dial: Dial) -> None:
    assert dial().connect(keep_alive=0).properties.server_keep_alive == 1200
    assert dial(version=4).connect(keep_alive=0).properties == Properties()
