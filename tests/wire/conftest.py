"""One installation, two certificates and a strict gateway beside the standard one, for all wire tests."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.stack import ROOT, Device, Stack, free_ports

from .raw import Raw, context_of

# What begins with "ok/" may be used, the rest not; messages on "ok/deaf/…" may be subscribed to but not received.
LIMITED = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "iot:Connect", "Resource": "*"},
        {"Effect": "Allow", "Action": "iot:Publish", "Resource": "arn:aws:iot:*:*:topic/ok/*"},
        {"Effect": "Allow", "Action": "iot:Subscribe", "Resource": "arn:aws:iot:*:*:topicfilter/ok/*"},
        {"Effect": "Allow", "Action": "iot:Receive", "Resource": "arn:aws:iot:*:*:topic/ok/*"},
        {"Effect": "Deny", "Action": "iot:Receive", "Resource": "arn:aws:iot:*:*:topic/ok/deaf/*"},
    ],
}

Dial = Callable[..., Raw]


@pytest.fixture(scope="session")
def allowed(stack: Stack) -> Device:
    """A device that may do everything."""
    return stack.device("wire-allowed")


@pytest.fixture(scope="session")
def limited(stack: Stack) -> Device:
    return stack.device("wire-limited", document=LIMITED)


@pytest.fixture
def dial(stack: Stack, allowed: Device) -> Iterator[Dial]:
    """Open connections that are closed when the test is over; of the device that may do everything by default."""
    with ExitStack() as opened:

        def open_connection(device: Device | None = None, *, version: int = 5, port: int = 0) -> Raw:
            context = context_of(device or allowed)
            return opened.enter_context(Raw(port or stack.mqtt_port, context, version))

        yield open_connection


@contextmanager
def running_gateway(stack: Stack, *flags: str, processes: int = 1, **environment: str) -> Iterator[int]:
    """Run another gateway in front of the same broker; answers its MQTT port."""
    mqtt, https = free_ports(2)
    ports = {"THINGSTEAD_MQTT_PORT": str(mqtt), "THINGSTEAD_HTTPS_PORT": str(https)}
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "gateway", *flags],
        env={**stack.environment, **ports, **environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout as lines:
        try:
            for _ in range(processes):
                assert next((line for line in lines if line.startswith("ready")), None)
            yield mqtt
        finally:
            process.terminate()
            process.wait(10)


@pytest.fixture(scope="session")
def strict_port(stack: Stack) -> Iterator[int]:
    """Run a gateway in AWS's strict mode; answers its MQTT port."""
    limits = '{"connects_per_address": 1000}'
    with running_gateway(stack, THINGSTEAD_GATEWAY_MODE="strict", THINGSTEAD_GATEWAY_LIMITS=limits) as port:
        yield port
