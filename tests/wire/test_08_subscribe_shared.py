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
