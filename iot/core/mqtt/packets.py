"""The control packets of MQTT 3.1.1 and 5: a frozen dataclass each, from and to bytes."""

from dataclasses import dataclass

from iot.core.mqtt.properties import NO_PROPERTIES, Properties


@dataclass(frozen=True, slots=True)
class Will:
    """What a CONNECT asks to be published when the connection ends badly [MQTT5 3.1.2.5]."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
    properties: Properties = NO_PROPERTIES


@dataclass(frozen=True, slots=True)
class Connect:
    """CONNECT; `version` is 4 (MQTT 3.1.1) or 5, `clean_start` is MQTT 3.1.1's clean session."""

    client_id: str
    version: int = 5
    clean_start: bool = True
    keep_alive: int = 0
    username: str | None = None
    password: bytes | None = None
    will: Will | None = None
    properties: Properties = NO_PROPERTIES
