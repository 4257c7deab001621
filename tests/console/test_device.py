"""The simulated device against a running gateway: it publishes, answers a wish, and ends when it is told to."""

import json
import uuid
from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from console import device
from console.device import SimulatedDevice, TooManyDevices, start_device, stop_device
from iot.services.kits import Kit
from tests.stack import Stack


@pytest.fixture
def kit(stack: Stack, settings: Settings) -> Iterator[Kit]:
    settings.HOST = "127.0.0.1"
    made = stack.device(f"simulated-{uuid.uuid4().hex[:8]}")
    yield Kit(
        thing_name=made.thing,
        certificate_id=made.certificate_id,
        certificate_pem=made.cert.read_text(),
        private_key=made.key.read_text(),
        ca_pem=made.ca.read_text(),
        policy_name=made.policy,
        policy_document="",
        endpoint="localhost",
        port=stack.mqtt_port,
        https_port=stack.https_port,
    )
    stop_device(made.thing)


def test_it_reports_answers_a_wish_and_stops(stack: Stack, kit: Kit) -> None:
    data = stack.boto("iot-data")

    def led() -> str:
        try:
            shadow = json.loads(data.get_thing_shadow(thingName=kit.thing_name)["payload"].read())
        except data.exceptions.ResourceNotFoundException:
            return ""
        return str(shadow["state"].get("reported", {}).get("led", ""))

    running = start_device(kit)
    stack.wait_for(lambda: led() == "off", 15)
    data.update_thing_shadow(thingName=kit.thing_name, payload=b'{"state":{"desired":{"led":"blinking"}}}')
    stack.wait_for(lambda: led() == "blinking", 15)
    stop_device(kit.thing_name)
    stack.wait_for(lambda: not running.is_running, 10)


def test_it_ends_when_the_gateway_lets_it_in_no_more(stack: Stack, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "RETRIES", 2)
    stack.boto("iot").update_certificate(certificateId=kit.certificate_id, newStatus="INACTIVE")
    running = start_device(kit)
    stack.wait_for(lambda: not running.is_running, 20)


def test_a_process_runs_only_so_many(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "MOST_DEVICES", 0)
    with pytest.raises(TooManyDevices):
        start_device(kit)


def test_its_key_is_in_no_file_once_it_is_made(kit: Kit) -> None:
    assert not SimulatedDevice(kit).is_running
