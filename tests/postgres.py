"""A PostgreSQL of a test's own, with a database that is thrown away; it runs as `postgres` where we are root."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.stack import free_ports

PLACES = ("/usr/lib/postgresql", "/opt/homebrew/opt/postgresql/bin", "/usr/local/opt/postgresql/bin")
START_SECONDS = 30
# What is tested survives killed processes, which needs no disk.
SETTINGS = ("fsync=off", "full_page_writes=off", "max_connections=200")


def _program(name: str) -> str:
    """Find a program of PostgreSQL, also where Debian hides it."""
    folders = [str(path) for place in PLACES for path in sorted(Path(place).glob("*/bin"), reverse=True)]
    found = shutil.which(name, path=os.pathsep.join([*folders, *PLACES, os.environ.get("PATH", "")]))
    assert found is not None, "PostgreSQL is not installed: ./thingstead test installs it"
    return found


class Postgres:
    """A server at `port` that trusts everybody."""

    def __init__(self, folder: Path, addresses: Sequence[str]) -> None:
        (self.port,) = free_ports(1)
        self._data = folder / "data"
        self._addresses = addresses
        settings = (*SETTINGS, f"listen_addresses={','.join(addresses)}", f"port={self.port}")
        self._options = (*settings, f"unix_socket_directories={folder}")

    def url(self, database: str) -> str:
        return f"postgresql://thingstead@127.0.0.1:{self.port}/{database}"

    def make(self) -> None:
        """Make its files."""
        if os.geteuid() == 0:
            shutil.chown(self._data.parent, "postgres")
        _run([_program("initdb"), "-D", str(self._data), "-U", "thingstead", "-A", "trust", "-E", "UTF8", "--no-sync"])
        with (self._data / "pg_hba.conf").open("a") as file:
            file.write("host all all samenet trust\n")

    def start(self) -> None:
        """Return when it answers. What a killed server leaves behind may keep the next from starting for a moment."""
        command = [*_as_postgres(), _program("postgres"), "-D", str(self._data)]
        for option in self._options:
            command += ["-c", option]
        deadline = time.monotonic() + START_SECONDS
        self._server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not self._is_ready():
            assert time.monotonic() < deadline, "PostgreSQL does not answer"
            time.sleep(0.05)
            if self._server.poll() is not None:
                self._server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def kill(self) -> None:
        """End it by SIGKILL."""
        self._server.kill()
        self._server.wait()

    def stop(self) -> None:
        self._server.send_signal(signal.SIGINT)  # a fast shutdown
        self._server.wait(START_SECONDS)

    def _is_ready(self) -> bool:
        who = ["-h", self._addresses[0], "-p", str(self.port), "-U", "thingstead", "-d", "postgres"]
        return subprocess.run([_program("pg_isready"), "-q", *who], check=False).returncode == 0


@contextlib.contextmanager
def running_postgres(addresses: Sequence[str] = ("127.0.0.1",)) -> Iterator[Postgres]:
    """Start a server on these addresses of ours, and end it."""
    with tempfile.TemporaryDirectory(prefix="thingstead-postgres-") as name:
        server = Postgres(Path(name), addresses)
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _as_postgres() -> list[str]:
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] if os.geteuid() == 0 else []


def _run(command: list[str]) -> None:
    subprocess.run([*_as_postgres(), *command], check=True, capture_output=True)
