"""What a gateway tells of a connection beside AWS's events: how it was asked for, and what is under way on it."""

from typing import Any

from iot.core.mqtt.packets import Connect
from iot.core.mqtt.proxy import Proxy

MQTT_5 = 5


def describe(connect: Connect, proxy: Proxy, *, source_port: int, thing_name: str | None) -> dict[str, Any]:
    """Describe a connection that was accepted: its session, its will, its protocol."""
    facts: dict[str, Any] = {
        "sourcePort": source_port,
        "keepAliveDuration": proxy.keep_alive,
        "cleanSession": connect.clean_start,
        "sessionExpiry": proxy.session_expiry,
        "mqttVersion": "5" if connect.version == MQTT_5 else "3.1.1",
    }
    if thing_name is not None:
        facts["thingName"] = thing_name
    will = connect.will
    if will is not None:
        facts["will"] = {
            "topic": will.topic,
            "qos": will.qos,
            "retain": will.retain,
            "size": len(will.payload),
            "delay": will.properties.will_delay_interval or 0,
        }
    return facts


def flow(proxy: Proxy) -> dict[str, int | None]:
    """Count what is sent and not acknowledged: by the broker, by the device, and what waits here for the device.

    What an MQTT 3.1.1 device has not acknowledged is not counted: it has no receive maximum to keep to.
    """
    counts_device = proxy.version == MQTT_5
    return {
        "toBroker": proxy.in_flight,
        "toDevice": proxy.delivering if counts_device else None,
        "waiting": len(proxy.waiting) if counts_device else None,
    }
