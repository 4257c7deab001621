"""A Mosquitto of a test's own, on a free port of loopback."""

import contextlib
import getpass
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from iot.management.broker.mosquitto import Listening, configuration, find, password_line

DEADLINE = 10.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextlib.contextmanager
def running_broker() -> Iterator[str]:
    """Start a broker, answer its URL, and end it."""
    mosquitto = find()
    assert mosquitto is not None
    with tempfile.TemporaryDirectory(prefix="thingstead-broker-") as name:
        directory = Path(name)
        (directory / "passwords").write_text(password_line("bridge", "secret"))
        listening = Listening(free_port(), "bridge", "secret")
        config = directory / "mosquitto.conf"
        config.write_text(configuration(mosquitto, directory, listening.port, getpass.getuser()))
        process = subprocess.Popen([mosquitto.path, "-c", str(config)], stderr=subprocess.DEVNULL)
        try:
            await_listening(listening.port)
            yield listening.url
        finally:
            process.terminate()
            process.wait(DEADLINE)


def await_listening(port: int) -> None:
    """Wait until something answers on a port of loopback."""
    deadline = time.monotonic() + DEADLINE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
