"""The connection kit's scripts as they are downloaded: each connects, publishes, and answers a wish."""

import io
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.console.session import ConsoleSession
from tests.stack import Stack

NPM_SECONDS = 120


@pytest.fixture(scope="module")
def session(stack: Stack) -> ConsoleSession:
    return ConsoleSession(stack)


@pytest.fixture
def kit(stack: Stack, session: ConsoleSession, tmp_path: Path) -> Path:
    """A downloaded and unpacked kit; its directory is named after the thing."""
    name = f"kit-{uuid.uuid4().hex[:8]}"
    stack.boto("iot").create_thing(thingName=name)
    with zipfile.ZipFile(io.BytesIO(session.post(f"/things/{name}/kit/"))) as archive:
        archive.extractall(tmp_path)
    return tmp_path / f"{name}-kit"


@contextmanager
def running(kit: Path, command: list[str]) -> Iterator[Callable[[], str]]:
    """Run a script in the kit's directory; answers what it has said so far."""
    with (kit / "out.txt").open("w") as out:
        process = subprocess.Popen(command, cwd=kit, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            yield (kit / "out.txt").read_text
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(10)


@contextmanager
def heard(stack: Stack, topic: str) -> Iterator["queue.Queue[bytes]"]:
    """Listen at the broker itself."""
    messages: queue.Queue[bytes] = queue.Queue()
    url = urlsplit(stack.broker_url)
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"$test-{uuid.uuid4().hex[:8]}")
    if url.username:
        client.username_pw_set(url.username, url.password)
    client.on_message = lambda _client, _data, message: messages.put(bytes(message.payload))
    client.connect(url.hostname or "", url.port or 1883)
    client.subscribe(topic)
    client.loop_start()
    try:
        yield messages
    finally:
        client.disconnect()
        client.loop_stop()


def works(stack: Stack, kit: Path, command: list[str]) -> None:
    thing = kit.name.removesuffix("-kit")
    data = stack.boto("iot-data")
    with heard(stack, f"devices/{thing}/telemetry") as messages, running(kit, command) as said:
        try:
            first = json.loads(messages.get(timeout=30))
        except queue.Empty:
            raise AssertionError(f"No message came; the script said: {said()}") from None
        assert first["message"] == f"Hello from {thing}"

        def reported(wanted: str) -> bool:
            try:
                shadow = json.loads(data.get_thing_shadow(thingName=thing)["payload"].read())
            except data.exceptions.ResourceNotFoundException:
                return False
            return bool(shadow["state"].get("reported", {}).get("led") == wanted)

        stack.wait_for(lambda: reported("off"), 20)
        data.update_thing_shadow(thingName=thing, payload=b'{"state":{"desired":{"led":"on"}}}')
        stack.wait_for(lambda: reported("on"), 20)


@pytest.mark.parametrize("script", ["device_awsiotsdk.py", "device_paho.py"])
def test_the_python_scripts_work_as_downloaded(stack: Stack, kit: Path, script: str) -> None:
    works(stack, kit, [sys.executable, script])


def test_the_node_script_works_as_downloaded(stack: Stack, kit: Path) -> None:
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("Node.js and npm are not installed")
    command = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=kit, capture_output=True, text=True, timeout=NPM_SECONDS, check=False)
    if done.returncode != 0:
        pytest.skip(f"The npm registry cannot be reached: {done.stderr[-300:]}")
    works(stack, kit, ["node", "device.mjs"])


def test_the_shell_script_works_as_downloaded(stack: Stack, kit: Path) -> None:
    if shutil.which("mosquitto_pub") is None:
        pytest.skip("mosquitto-clients is not installed")
    works(stack, kit, ["sh", "device.sh"])
