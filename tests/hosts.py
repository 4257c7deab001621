"""Two hosts of a test's own: network namespaces where we may make them, else two addresses of loopback."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Host:
    """A host at `address`, which reaches this machine at `here`; `enter` begins a command that runs on it."""

    address: str
    here: str
    enter: tuple[str, ...] = ()


@contextlib.contextmanager
def two_hosts() -> Iterator[tuple[Host, Host]]:
    """Make two hosts, and take them away."""
    if not _may_make_namespaces():
        yield Host("127.0.0.2", "127.0.0.1"), Host("127.0.0.3", "127.0.0.1")
        return
    with contextlib.ExitStack() as made:
        first, second = (made.enter_context(_namespace(number)) for number in (1, 2))
        yield first, second


def _may_make_namespaces() -> bool:
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    with contextlib.suppress(subprocess.CalledProcessError), _namespace(9):
        return True
    return False


@contextlib.contextmanager
def _namespace(number: int) -> Iterator[Host]:
    """Make a namespace that is joined to this one by a pair of virtual interfaces with addresses of their own."""
    name = f"thingstead-{os.getpid()}-{number}"
    ours, theirs = f"ts{os.getpid() % 100_000}a{number}", f"ts{os.getpid() % 100_000}b{number}"
    host = Host(f"10.213.{number}.2", f"10.213.{number}.1", ("ip", "netns", "exec", name))
    _ip("netns", "add", name)
    try:
        _ip("link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", name)
        _ip("addr", "add", f"{host.here}/30", "dev", ours)
        _ip("link", "set", ours, "up")
        for words in (
            ("addr", "add", f"{host.address}/30", "dev", theirs),
            ("link", "set", theirs, "up"),
            ("link", "set", "lo", "up"),
        ):
            _ip("-n", name, *words)
        yield host
    finally:
        _ip("netns", "del", name)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
