"""A shared subscription hands each message to one of its members."""

from .conftest import Dial


def test_each_message_reaches_one_member(dial: Dial) -> None:
    sender, one, other = dial(), dial(version=4), dial()
    for device in (sender, one, other):
        device.connect()
    assert one.subscribe("$share/wire/shared/t") == (1,)
    assert other.subscribe("$share/wire/shared/t") == (1,)
    for number in range(1, 11):
        sender.publish("shared/t", str(number).encode(), packet_id=number)
    heard = [int(device.hear().payload) for device in (one, other) for _ in range(5)]
    assert sorted(heard) == list(range(1, 11))


def test_a_shared_subscription_hears_no_retained_messages(dial: Dial) -> None:
    device = dial()
    device.connect()
    device.publish("shared/retained", b"kept", retain=True)
    device.subscribe("$share/wire/shared/retained")
    device.publish("shared/retained", b"fresh")
    assert device.hear().payload == b"fresh"
    device.publish("shared/retained", b"", retain=True)
