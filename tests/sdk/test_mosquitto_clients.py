"""mosquitto_pub and mosquitto_sub, the command lines that everybody reaches for first."""

import shutil
import subprocess

import pytest

from tests.stack import Device, Stack


def command(name: str, stack: Stack, device: Device, *words: str) -> list[str]:
    found = shutil.which(name)
    assert found is not None, "mosquitto-clients is not installed"
    tls = ("--cafile", str(device.ca), "--cert", str(device.cert), "--key", str(device.key))
    return [found, "-h", "localhost", "-p", str(stack.mqtt_port), *tls, *words]


@pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
def test_one_publishes_and_the_other_prints(stack: Stack, version: str) -> None:
    sender, receiver = stack.device(), stack.device()
    topic = f"cli/{sender.thing}"
    words = ("-V", version, "-i", receiver.thing, "-t", topic, "-q", "1", "-C", "1", "-W", "20")
    listening = subprocess.Popen(command("mosquitto_sub", stack, receiver, *words), stdout=subprocess.PIPE, text=True)
    message = ("-V", version, "-i", sender.thing, "-t", topic, "-q", "1", "-m", "hello there")
    while listening.poll() is None:  # it does not say when it has subscribed
        sent = subprocess.run(command("mosquitto_pub", stack, sender, *message), check=False, timeout=20)
        assert sent.returncode == 0
    out, _ = listening.communicate()
    assert (listening.returncode, out) == (0, "hello there\n")


def test_a_certificate_that_is_not_active_gets_nowhere(stack: Stack) -> None:
    device = stack.device(active=False)
    words = ("-V", "mqttv5", "-i", device.thing, "-t", "a", "-m", "x", "-q", "1")
    done = subprocess.run(command("mosquitto_pub", stack, device, *words), check=False, timeout=20, capture_output=True)
    assert done.returncode != 0
