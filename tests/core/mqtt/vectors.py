"""The case tables of MQTT packets: bytes written as hexadecimal digits and quoted text, packets as their fields."""

import json
import re
from pathlib import Path
from typing import Any

from iot.core.mqtt import packets
from iot.core.mqtt.packets import Packet
from iot.core.mqtt.properties import Properties

DIRECTORY = Path(__file__).parents[2] / "vectors" / "mqtt"
BINARY = ("payload", "password", "correlation_data", "authentication_data")


def load(name: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads((DIRECTORY / f"{name}.json").read_text())
    return cases


def to_bytes(notation: str) -> bytes:
    parts = re.findall(r"'([^']*)'|(\S+)", notation)
    return b"".join(bytes.fromhex(digits) if digits else text.encode() for text, digits in parts)


def to_packet(fields: dict[str, Any]) -> Packet:
    values = _values({name: value for name, value in fields.items() if name != "type"})
    packet: Packet = getattr(packets, fields["type"])(**values)
    return packet


def _values(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(name, value) for name, value in fields.items()}


def _value(name: str, value: Any) -> Any:
    if name == "will":
        return packets.Will(**_values(value))
    if name == "properties":
        return Properties(**_values(value))
    if name == "subscriptions":
        return tuple(packets.Subscription(**one) for one in value)
    if name in BINARY:
        return value.encode()
    if isinstance(value, list):
        return tuple(tuple(one) if isinstance(one, list) else one for one in value)
    return value
