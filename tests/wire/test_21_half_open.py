"""Peers that open a connection and say nothing do not keep a good one out, and are gone after ten seconds."""

import socket
from contextlib import ExitStack

from iot.core.mqtt.packets import PingReq, PingResp
from tests.stack import Device, Stack

from .conftest import Dial
from .raw import Raw, context_of


def test_three_hundred_half_open_peers_keep_nobody_out(stack: Stack, dial: Dial, allowed: Device) -> None:
    with ExitStack() as opened:
        silent = [
            opened.enter_context(socket.create_connection(("127.0.0.1", stack.mqtt_port), 10)) for _ in range(300)
        ]
        context = context_of(allowed)
        shaken = [opened.enter_context(Raw(stack.mqtt_port, context)) for _ in range(10)]
        for device in shaken[:5]:
            device.send(b"\x10\x20\0\4MQTT")
        good = dial()
        good.connect()
        assert good.ask(PingReq()) == PingResp()
        for one in silent:
            one.settimeout(12)
            assert one.recv(1) == b""
        for device in shaken:
            device.wait_closed()
        assert good.ask(PingReq()) == PingResp()
