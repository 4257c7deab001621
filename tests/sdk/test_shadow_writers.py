"""32 writers of one shadow, over MQTT and HTTP, while the bridge and the web server are killed: nothing is lost.

Each writer adds to one counter and notes its round beside it, in one update with the version that it read. Whether an
update whose answer was lost has happened, the note tells. So at the end the counter, the notes and the version must
all agree with what the writers know.
"""

import json
import queue
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import paho.mqtt.client as paho
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.stack import Device, Stack

WRITERS, ROUNDS = 32, 3
ANSWER_SECONDS = 3


class HttpWriter:
    """Reads and updates by boto3; None stands for an answer that did not come."""

    def __init__(self, stack: Stack, thing: str) -> None:
        self._data, self._thing = stack.boto("iot-data"), thing

    def get(self) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = json.loads(self._data.get_thing_shadow(thingName=self._thing)["payload"].read())
        except (BotoCoreError, ClientError):
            return None
        return found

    def update(self, body: dict[str, Any]) -> bool | None:
        try:
            self._data.update_thing_shadow(thingName=self._thing, payload=json.dumps(body))
        except self._data.exceptions.ConflictException:
            return False
        except (BotoCoreError, ClientError):
            return None
        return True

    def close(self) -> None:
        """A boto3 client closes itself."""


class MqttWriter:
    """Reads and updates over the reserved topics, with answers told apart by their tokens."""

    def __init__(self, stack: Stack, device: Device, number: int) -> None:
        self._prefix = f"$aws/things/{device.thing}/shadow"
        self._token, self._count = f"w{number}", 0
        self._answers: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()
        subscribed = threading.Event()
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=f"writer-{number}", protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.tls_set(ca_certs=str(device.ca), certfile=str(device.cert), keyfile=str(device.key))
        self._client.on_message = lambda c, u, message: self._take(message)
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.on_connect = lambda c, *_: c.subscribe(
            [(f"{self._prefix}/{name}", 1) for name in ("get/accepted", "update/accepted", "update/rejected")]
        )
        self._client.connect("localhost", stack.mqtt_port, keepalive=30)
        self._client.loop_start()
        assert subscribed.wait(15)

    def _take(self, message: paho.MQTTMessage) -> None:
        body = json.loads(message.payload)
        if body.get("clientToken") == f"{self._token}-{self._count}":
            self._answers.put((message.topic.rpartition("/")[2], body))

    def _ask(self, operation: str, body: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
        self._count += 1
        body["clientToken"] = f"{self._token}-{self._count}"
        self._client.publish(f"{self._prefix}/{operation}", json.dumps(body), qos=1)
        try:
            return self._answers.get(timeout=ANSWER_SECONDS)
        except queue.Empty:
            return None

    def get(self) -> dict[str, Any] | None:
        answer = self._ask("get", {})
        return None if answer is None else answer[1]

    def update(self, body: dict[str, Any]) -> bool | None:
        answer = self._ask("update", dict(body))
        return None if answer is None else answer[0] == "accepted"

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def write(writer: HttpWriter | MqttWriter, number: int, done: "queue.Queue[int]") -> None:
    """Add one to the counter in each round, however often it takes."""
    note = f"w{number}"
    for turn in range(1, ROUNDS + 1):
        while True:
            before = writer.get()
            if before is None:
                continue
            reported = before["state"]["reported"]
            if reported.get(note) == turn:
                break
            change = {"state": {"reported": {"counter": reported["counter"] + 1, note: turn}}}
            if writer.update({**change, "version": before["version"]}):
                break
        done.put(number)


@pytest.mark.timeout(300)
def test_nothing_is_lost_between_32_writers_and_two_kills(stack: Stack) -> None:
    device = stack.device()
    stack.boto("iot-data").update_thing_shadow(
        thingName=device.thing, payload=b'{"state": {"reported": {"counter": 0}}}'
    )
    writers: list[HttpWriter | MqttWriter] = [
        MqttWriter(stack, device, number) if number % 2 else HttpWriter(stack, device.thing)
        for number in range(WRITERS)
    ]
    done: queue.Queue[int] = queue.Queue()
    with ThreadPoolExecutor(WRITERS) as pool:
        written: list[Future[None]] = [
            pool.submit(write, writer, number, done) for number, writer in enumerate(writers)
        ]
        for part, after in (("bridge", WRITERS), ("web", WRITERS)):
            for _ in range(after):
                done.get(timeout=200)
            stack.kill(part)
        for one in written:
            one.result(timeout=200)
    found = stack.wait_for(HttpWriter(stack, device.thing).get)
    assert found is not None
    for writer in writers:
        writer.close()
    reported = found["state"]["reported"]
    assert reported["counter"] == WRITERS * ROUNDS
    assert {reported[f"w{number}"] for number in range(WRITERS)} == {ROUNDS}
    assert found["version"] == 1 + WRITERS * ROUNDS
