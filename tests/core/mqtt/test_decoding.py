import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot.core.mqtt.decoding import decode
from iot.core.mqtt.packets import Connect, Publish, Subscribe, Subscription, Will, encode
from iot.core.mqtt.properties import Properties
from iot.core.mqtt.reason_codes import ProtocolError, ReasonCode

from .vectors import load, to_bytes, to_packet

SEED = 20261124
PACKETS = load("packets")
TEXT = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=40)
TOPIC = st.text(st.characters(exclude_characters="\0+#", codec="utf-8"), min_size=1, max_size=40)
PROPERTIES = st.builds(
    Properties,
    payload_format_indicator=st.none() | st.integers(0, 1),
    message_expiry_interval=st.none() | st.integers(0, 2**32 - 1),
    content_type=st.none() | TEXT,
    response_topic=st.none() | TOPIC,
    correlation_data=st.none() | st.binary(max_size=40),
    user_property=st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple),
)


@pytest.mark.parametrize("case", PACKETS, ids=lambda case: case["name"])
def test_a_packet_is_read_as_the_standard_says(case: dict[str, Any]) -> None:
    assert decode(to_bytes(case["bytes"]), case["version"]) == to_packet(case["packet"])


@pytest.mark.parametrize("case", load("malformed"), ids=lambda case: case["name"])
def test_what_the_standard_forbids_is_an_error_with_its_reason(case: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError) as caught:
        decode(to_bytes(case["bytes"]), case["version"])
    assert caught.value.reason_code is ReasonCode[case["reason"]]


@pytest.mark.parametrize("case", PACKETS, ids=lambda case: case["name"])
def test_a_packet_that_is_cut_off_is_an_error(case: dict[str, Any]) -> None:
    data = to_bytes(case["bytes"])
    for size in range(len(data)):
        with pytest.raises(ProtocolError):
            decode(data[:size], case["version"])


@given(topic=TOPIC, payload=st.binary(max_size=300), qos=st.integers(0, 2), retain=st.booleans(), own=PROPERTIES)
def test_a_publish_comes_back_as_it_was_written(
    topic: str, payload: bytes, qos: int, retain: bool, own: Properties
) -> None:
    packet = Publish(topic, payload, qos, retain, dup=bool(qos), packet_id=7 if qos else 0, properties=own)
    assert decode(encode(packet)) == packet
    plain = replace(packet, properties=Properties())
    assert decode(encode(plain, 4), 4) == plain


@given(
    client_id=TEXT, username=st.none() | TEXT, password=st.none() | st.binary(max_size=9), topic=TOPIC, own=PROPERTIES
)
def test_a_connect_comes_back_as_it_was_written(
    client_id: str, username: str | None, password: bytes | None, topic: str, own: Properties
) -> None:
    packet = Connect(client_id, username=username, password=password, will=Will(topic, b"x", 1, True, own))
    assert decode(encode(packet)) == packet


@given(filters=st.lists(TEXT, min_size=1, max_size=5), qos=st.integers(0, 2), options=st.integers(0, 2))
def test_a_subscribe_comes_back_as_it_was_written(filters: list[str], qos: int, options: int) -> None:
    wanted = tuple(Subscription(name, qos, bool(options & 1), bool(options & 2), options) for name in filters)
    packet = Subscribe(9, wanted, Properties(subscription_identifier=(options + 1,)))
    assert decode(encode(packet)) == packet


@pytest.mark.parametrize("case", PACKETS, ids=lambda case: case["name"])
def test_a_changed_packet_is_read_or_refused(case: dict[str, Any]) -> None:
    chance = random.Random(SEED)
    data = to_bytes(case["bytes"])
    for _ in range(60):
        changed = bytearray(data)
        for _ in range(chance.randint(1, 3)):
            changed[chance.randrange(len(data))] = chance.randrange(256)
        try:
            packet = decode(bytes(changed), case["version"])
        except ProtocolError:
            continue
        version = packet.version if isinstance(packet, Connect) else case["version"]
        assert decode(encode(packet, version), version) == packet
