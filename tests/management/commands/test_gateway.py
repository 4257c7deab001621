"""`manage.py gateway` as its own process."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from iot.management.commands.gateway import configuration
from iot.services import pki
from tests.gateway.conftest import free_port, start_broker

MANAGE = Path(__file__).resolve().parents[3] / "manage.py"


def test_the_settings_become_the_configuration() -> None:
    config = configuration()
    assert (config.scope, config.mqtt_port, config.mode) == (settings.SCOPE, settings.MQTT_PORT, settings.GATEWAY_MODE)


def test_without_a_broker_it_says_what_to_do(settings: pytest.FixtureRequest) -> None:
    settings.BROKER_URL = ""  # type: ignore[attr-defined]  # pytest-django's settings
    with pytest.raises(CommandError, match="set BROKER_URL"):
        call_command("gateway")


@pytest.mark.parametrize("workers", [1, 2])
def test_it_serves_until_it_is_told_to_end(tmp_path: Path, workers: int) -> None:
    pki.create_authority(tmp_path)
    pki.create_server_certificate(tmp_path, ["localhost"])
    port = free_port()
    broker = start_broker(port, tmp_path / "mosquitto.conf")
    environment = {
        "THINGSTEAD_DATA": str(tmp_path),
        "THINGSTEAD_MQTT_PORT": str(free_port()),
        "THINGSTEAD_HTTPS_PORT": str(free_port()),
        "BROKER_URL": f"mqtt://127.0.0.1:{port}",
        "PATH": "/usr/bin:/bin",
    }
    gateway = subprocess.Popen(
        [sys.executable, str(MANAGE), "gateway", "--workers", str(workers)],
        env=environment,
        stdout=subprocess.PIPE,
    )
    try:
        assert gateway.stdout is not None
        for _ in range(workers):
            assert gateway.stdout.readline().startswith(b"ready")
        began = time.monotonic()
        gateway.send_signal(signal.SIGTERM)
        assert gateway.wait(20) == 0
        assert time.monotonic() - began < 10
    finally:
        gateway.kill()
        gateway.wait()
        assert gateway.stdout is not None
        gateway.stdout.close()
        broker.kill()
        broker.wait()
