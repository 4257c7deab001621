"""The broker alone: a second one as the installation configures its own, but with TLS and certificates itself."""

import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from iot.management.bench.installation import Installation, NotStarted
from iot.management.broker import mosquitto
from iot.management.supervisor import ports

START_SECONDS = 10.0
LOOK_SECONDS = 0.02


@contextmanager
def start(place: Installation) -> Iterator[int]:
    """Start it; answers its port. Raises NotStarted."""
    found = mosquitto.find()
    if found is None:
        raise NotStarted("Mosquitto is not installed")
    port = ports.free()
    with tempfile.TemporaryDirectory(prefix="thingstead-alone-", ignore_cleanup_errors=True) as directory:
        path = Path(directory) / "mosquitto.conf"
        path.write_text(configuration((place.directory / "broker" / "mosquitto.conf").read_text(), place, path, port))
        process = subprocess.Popen([found.path, "-c", str(path)], stderr=subprocess.DEVNULL)
        try:
            _wait(process, port)
            yield port
        finally:
            process.terminate()
            process.wait()


def configuration(own: str, place: Installation, path: Path, port: int) -> str:
    """Write the installation's broker configuration anew for a port with TLS, and files beside `path`."""
    lines = [line for line in own.splitlines() if not line.startswith(("listener ", "password_file "))]
    text = "\n".join(lines).replace(f"{place.directory / 'broker'}", f"{path.parent}")
    pki = place.directory / "pki"
    return "\n".join(
        [
            text.replace("allow_anonymous false", "allow_anonymous true"),
            f"listener {port} 127.0.0.1",
            f"cafile {place.ca}",
            f"certfile {pki / 'server.pem'}",
            f"keyfile {pki / 'server.key'}",
            "require_certificate true",
            "",
        ]
    )


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(LOOK_SECONDS)
    raise NotStarted("The broker with TLS did not start")
