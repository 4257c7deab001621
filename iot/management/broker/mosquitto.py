"""Mosquitto: finding it, what its version lacks, and the configuration that keeps our promises with it.

The settings and their reasons are measured ones: without `set_tcp_nodelay` a batch of acknowledgements takes 44 ms,
with the default queue limit the newest messages of an absent bridge are dropped behind a PUBACK, and below 2.0.13 a
leak of the in-flight quota loses messages of a live subscriber unless its queue is unlimited.
"""

import base64
import hashlib
import os
import re
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

Version = tuple[int, int, int]

PLACES = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin", "/opt/homebrew/opt/mosquitto/sbin", "/usr/local/bin")
PASSWORD_ROUNDS = 101
QUEUE_LIMIT = 1_000_000
SAVE_SECONDS = 5
SOCKET_PATH_BYTES = 100
_LEAK_FIXED: Version = (2, 0, 13)
_TAKEOVER_SAID: Version = (2, 0, 15)
_WINDOW_KEPT: Version = (2, 0, 22)
_SQLITE: Version = (2, 1, 0)
_PLUGIN = "mosquitto_persist_sqlite.so"
_PREFIXES = ("/usr", "/usr/local", "/opt/homebrew", "/opt/homebrew/opt/mosquitto")


@dataclass(frozen=True, slots=True)
class Mosquitto:
    """An installed Mosquitto."""

    path: str
    version: Version

    @property
    def name(self) -> str:
        return "Mosquitto " + ".".join(map(str, self.version))

    @property
    def lacks(self) -> tuple[str, ...]:
        """What this version does not do, in words for people."""
        lacking = []
        if self.version < _LEAK_FIXED:
            lacking.append("queues have no limit, because with one it would lose messages")
        if self.version < _TAKEOVER_SAID:
            lacking.append("it does not say that a client id was taken over")
        if self.version < _WINDOW_KEPT:
            lacking.append("it does not keep to a client's Receive Maximum")
        return tuple(lacking)

    @property
    def database(self) -> Path | None:
        """The plugin that saves what is acknowledged before it is acknowledged, where this version has one."""
        return _find_plugin(self.path) if self.version >= _SQLITE else None


@dataclass(frozen=True, slots=True)
class Listening:
    """How our own processes reach the broker."""

    port: int
    username: str
    password: str

    @property
    def url(self) -> str:
        return f"mqtt://{self.username}:{self.password}@127.0.0.1:{self.port}"


def find() -> Mosquitto | None:
    """Find Mosquitto on this machine, also where a user's PATH does not reach."""
    path = shutil.which("mosquitto", path=os.pathsep.join([os.environ.get("PATH", ""), *PLACES]))
    if path is None:
        return None
    said = subprocess.run([path, "-h"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"version (\d+)\.(\d+)\.(\d+)", said)
    return Mosquitto(path, (int(found[1]), int(found[2]), int(found[3])) if found else (0, 0, 0))


def password_line(username: str, password: str) -> str:
    """Write a line of Mosquitto's password file: PBKDF2 with SHA-512, its type 7."""
    salt = secrets.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, PASSWORD_ROUNDS)
    encoded = (base64.b64encode(part).decode() for part in (salt, digest))
    return f"{username}:$7${PASSWORD_ROUNDS}${'$'.join(encoded)}\n"


def configuration(found: Mosquitto, directory: Path, port: int, user: str, *, durable: bool = False) -> str:
    """Write the configuration of a broker on loopback that keeps its files in `directory` and runs as `user`.

    `durable` saves what is acknowledged: before that with a plugin for SQLite, else before the broker is asked for
    anything more, which the gateways must then do before they pass the acknowledgement on.
    """
    lines = [
        f"user {user}",
        "allow_anonymous false",
        f"password_file {directory / 'passwords'}",
        "log_dest stderr",
        "log_type error",
        "log_type warning",
        "connection_messages false",
        "set_tcp_nodelay true",
        "max_inflight_messages 1000",
        f"max_queued_messages {0 if found.version < _LEAK_FIXED else QUEUE_LIMIT}",
        "queue_qos0_messages false",
        "max_packet_size 200000",
        *_persistence(found, directory, durable=durable),
        f"listener {port} 127.0.0.1",
    ]
    if (path := socket_path(directory)) is not None:
        lines.append(f"listener 0 {path}")
    return "\n".join(lines) + "\n"


def socket_path(directory: Path) -> Path | None:
    """Answer where the broker listens on a Unix socket too; a path that is long or has a blank cannot be one."""
    path = directory / "socket"
    return path if len(os.fsencode(path)) <= SOCKET_PATH_BYTES and " " not in str(path) else None


def _persistence(found: Mosquitto, directory: Path, *, durable: bool) -> list[str]:
    if not durable:
        return [*_store(directory), f"autosave_interval {SAVE_SECONDS}"]
    plugin = found.database
    if plugin is None:
        return [*_store(directory), "autosave_interval 1", "autosave_on_changes true"]
    return [f"plugin {plugin}", f"plugin_opt_db_file {directory / 'store.sqlite3'}", "plugin_opt_flush_period 0"]


def _store(directory: Path) -> list[str]:
    return ["persistence true", f"persistence_location {directory}/"]


def _find_plugin(path: str) -> Path | None:
    """Find the plugin for SQLite of a Mosquitto at `path`: below its own prefix first, wherever libraries lie there."""
    for prefix in (Path(path).resolve().parent.parent, *map(Path, _PREFIXES)):
        for pattern in ("lib*", "lib*/*", "lib*/*/mosquitto"):
            for folder in sorted(prefix.glob(pattern)):
                if (folder / _PLUGIN).is_file():
                    return folder / _PLUGIN
    return None
