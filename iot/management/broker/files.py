"""The broker's files in the data directory: its configuration, its password, and where it listens."""

import getpass
import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

from iot.management.broker import mosquitto
from iot.management.broker.mosquitto import Listening, Mosquitto
from iot.management.supervisor import ports
from iot.management.supervisor.part import Plan
from iot.services.installation import write

USERNAME = "thingstead"


def prepare(directory: Path, found: Mosquitto, *, durable: bool) -> Plan:
    """Write what Mosquitto needs to `directory` and answer how to start it; a port that is taken is replaced."""
    listening = _listening(directory)
    write(directory / "url", listening.url + "\n")
    write(directory / "passwords", mosquitto.password_line(listening.username, listening.password))
    configuration = directory / "mosquitto.conf"
    text = mosquitto.configuration(found, directory, listening.port, getpass.getuser(), durable=durable)
    write(configuration, text)
    return Plan("broker", (found.path, "-c", str(configuration)), port=listening.port)


def _listening(directory: Path) -> Listening:
    path = directory / "url"
    if not path.is_file():
        return Listening(ports.free(), USERNAME, secrets.token_urlsafe(24))
    parts = urlsplit(path.read_text().strip())
    port = parts.port if parts.port and ports.is_free(parts.port) else ports.free()
    return Listening(port, unquote(parts.username or USERNAME), unquote(parts.password or ""))
