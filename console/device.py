"""A device for whoever has none at hand: it connects through the gateway by TLS with a kit, like a real one.

It lives in a thread of the web process, keeps its private key in memory alone, and ends after an hour, when it is
stopped, or when the gateway does not let it in any more (its certificate was deactivated or deleted).
"""

import asyncio
import contextlib
import logging
import math
import ssl
import tempfile
import threading
import time
from pathlib import Path

import orjson
from django.conf import settings

from iot.core.mqtt.decoding import decode
from iot.core.mqtt.packets import (
    ConnAck,
    Connect,
    Disconnect,
    Packet,
    PingReq,
    PubAck,
    Publish,
    Subscribe,
    Subscription,
    encode,
)
from iot.core.mqtt.wire import read_length
from iot.services.kits import Kit, telemetry_topic

log = logging.getLogger(__name__)

LIFE_SECONDS = 3600.0
PUBLISH_SECONDS = 3.0
RETRIES = 5
MOST_DEVICES = 20
KEEP_ALIVE = 60
VERSION = 4


class TooManyDevices(Exception):
    """This process runs as many simulated devices as it may."""


class SimulatedDevice:
    """One device with one kit."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._thing = kit.thing_name
        self._context = _tls(kit)
        self._shadow = f"$aws/things/{self._thing}/shadow/update"
        self._sequence = 0
        self._packet = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self.run()), name="simulated-device", daemon=True)

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()

    async def run(self) -> None:
        """Connect, and again when the connection breaks, until it is time to end."""
        end = time.monotonic() + LIFE_SECONDS
        failures = 0
        while not self._stop.is_set() and failures < RETRIES and time.monotonic() < end:
            began = time.monotonic()
            try:
                await self._live(end)
            except (OSError, EOFError, ConnectionError, asyncio.IncompleteReadError) as error:
                log.info("The simulated device %s lost its connection: %s", self._thing, error)
            failures = 0 if time.monotonic() - began > PUBLISH_SECONDS else failures + 1
            await self._pause(min(2.0**failures, 10.0))

    async def _live(self, end: float) -> None:
        host = "127.0.0.1" if settings.HOST in ("0.0.0.0", "::", "") else settings.HOST
        reader, writer = await asyncio.open_connection(
            host, self._kit.port, ssl=self._context, server_hostname=self._kit.endpoint
        )
        try:
            self._send(writer, Connect(self._thing, VERSION, True, KEEP_ALIVE))
            answer = await _read(reader)
            if not isinstance(answer, ConnAck) or answer.reason_code:
                raise ConnectionError(f"the gateway answered {answer}")
            wanted = (Subscription(f"{self._shadow}/delta", 1),)
            self._send(writer, Subscribe(self._next(), wanted))
            await _read(reader)
            self._report(writer, {"led": "off"})
            listening = asyncio.ensure_future(self._listen(reader, writer))
            try:
                await self._speak(writer, listening, end)
            finally:
                listening.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await listening
            self._send(writer, Disconnect())
            await writer.drain()
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _speak(self, writer: asyncio.StreamWriter, listening: "asyncio.Future[None]", end: float) -> None:
        while not self._stop.is_set() and time.monotonic() < end:
            if listening.done():
                listening.result()
                return
            self._sequence += 1
            body = {
                "message": f"Hello from {self._thing}",
                "sequence": self._sequence,
                "temperature": round(25 + 5 * math.sin(self._sequence / 2), 1),
            }
            topic = telemetry_topic(self._thing)
            self._send(writer, Publish(topic, orjson.dumps(body), 1, packet_id=self._next()))
            self._send(writer, PingReq())
            await writer.drain()
            await self._pause(PUBLISH_SECONDS)

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            packet = await _read(reader)
            if not isinstance(packet, Publish):
                continue
            if packet.qos:
                self._send(writer, PubAck(packet.packet_id))
            if packet.topic.endswith("/delta"):
                self._report(writer, orjson.loads(packet.payload)["state"])

    def _report(self, writer: asyncio.StreamWriter, state: object) -> None:
        body = orjson.dumps({"state": {"reported": state}})
        self._send(writer, Publish(self._shadow, body, 1, packet_id=self._next()))

    def _send(self, writer: asyncio.StreamWriter, packet: Packet) -> None:
        writer.write(encode(packet, VERSION))

    def _next(self) -> int:
        self._packet = self._packet % 65_535 + 1
        return self._packet

    async def _pause(self, seconds: float) -> None:
        """Sleep, but wake soon after `stop` (which another thread calls)."""
        end = time.monotonic() + seconds
        while not self._stop.is_set() and (left := end - time.monotonic()) > 0:  # noqa: ASYNC110  # set by a thread
            await asyncio.sleep(min(left, 0.2))


_devices: dict[str, SimulatedDevice] = {}


def start_device(kit: Kit) -> SimulatedDevice:
    """Start a device with a kit in the place of the thing's earlier one. Raises TooManyDevices."""
    stop_device(kit.thing_name)
    for name in [name for name, one in _devices.items() if not one.is_running]:
        del _devices[name]
    if len(_devices) >= MOST_DEVICES:
        raise TooManyDevices(f"At most {MOST_DEVICES} simulated devices run at a time")
    device = _devices[kit.thing_name] = SimulatedDevice(kit)
    device.start()
    return device


def stop_device(thing_name: str) -> None:
    """Stop the simulated device of a thing, where it runs in this process."""
    device = _devices.pop(thing_name, None)
    if device is not None:
        device.stop()


async def _read(reader: asyncio.StreamReader) -> Packet:
    packet = await reader.readexactly(2)
    while (length := read_length(packet, 1)) is None:
        packet += await reader.readexactly(1)
    return decode(packet + await reader.readexactly(length[0]), VERSION)


def _tls(kit: Kit) -> ssl.SSLContext:
    """Make a TLS context; Python reads keys from files alone, so they are there for that moment."""
    context = ssl.create_default_context(cadata=kit.ca_pem)
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        for name, text in (("certificate", kit.certificate_pem), ("key", kit.private_key)):
            (place / name).touch(mode=0o600)
            (place / name).write_text(text)
        context.load_cert_chain(place / "certificate", place / "key")
    return context
