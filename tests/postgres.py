"""A PostgreSQL of a test's own, with a database that is thrown away; it runs as `postgres` where we are root."""

import contextlib
import os
import shutil
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


def program(name: str) -> str | None:
    """Find a program of PostgreSQL, also where Debian hides it."""
    folders = [str(path) for place in PLACES for path in sorted(Path(place).glob("*/bin"), reverse=True)]
    return shutil.which(name, path=os.pathsep.join([*folders, *PLACES, os.environ.get("PATH", "")]))


@contextlib.contextmanager
def running_postgres(addresses: Sequence[str] = ("127.0.0.1",)) -> Iterator[int]:
    """Start a server that trusts everybody on these addresses of ours; answers its port."""
    initdb, postgres = program("initdb"), program("postgres")
    assert initdb is not None, "PostgreSQL is not installed: ./thingstead test installs it"
    assert postgres is not None
    with tempfile.TemporaryDirectory(prefix="thingstead-postgres-") as name:
        data = Path(name) / "data"
        if os.geteuid() == 0:
            shutil.chown(name, "postgres")
        _run([initdb, "-D", str(data), "-U", "thingstead", "-A", "trust", "-E", "UTF8", "--no-sync"])
        with (data / "pg_hba.conf").open("a") as file:
            file.write("host all all samenet trust\n")
        (port,) = free_ports(1)
        options = [f"listen_addresses={','.join(addresses)}", f"port={port}", f"unix_socket_directories={name}"]
        words = [word for option in (*SETTINGS, *options) for word in ("-c", option)]
        server = subprocess.Popen(
            [*_as_postgres(), postgres, "-D", str(data), *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _await_ready(addresses[0], port)
            yield port
        finally:
            server.send_signal(2)  # a fast shutdown
            server.wait(START_SECONDS)


def _as_postgres() -> list[str]:
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] if os.geteuid() == 0 else []


def _run(command: list[str]) -> None:
    subprocess.run([*_as_postgres(), *command], check=True, capture_output=True)


def _await_ready(address: str, port: int) -> None:
    ready = program("pg_isready")
    assert ready is not None
    deadline = time.monotonic() + START_SECONDS
    command = [ready, "-q", "-h", address, "-p", str(port), "-U", "thingstead", "-d", "postgres"]
    while subprocess.run(command, check=False).returncode:
        assert time.monotonic() < deadline, "PostgreSQL does not answer"
        time.sleep(0.05)
