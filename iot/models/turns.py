"""Taking turns at writing to SQLite: processes wait for each other in a line instead of asking again and again.

SQLite itself makes a writer sleep for up to 100 ms between two looks at its lock, so that of two busy processes one
may wait long while the other goes on. A lock on a file beside the database wakes the next one at once. Who does not
take a turn is still kept out by SQLite's own lock.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

_local = threading.local()


@contextmanager
def turn() -> Iterator[None]:
    """Wait for this thread's turn, and give it on at the end; within a turn there is no waiting, nor on PostgreSQL."""
    path = _path()
    if path is None or getattr(_local, "has_it", False):
        yield
        return
    descriptor = _descriptor(path)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    _local.has_it = True
    try:
        yield
    finally:
        _local.has_it = False
        fcntl.flock(descriptor, fcntl.LOCK_UN)


def _path() -> str | None:
    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or not os.path.isabs(name):
        return None
    return f"{name}-turn"


def _descriptor(path: str) -> int:
    """Open the file once a thread: a lock belongs to what was opened, so threads wait for each other too."""
    known: tuple[str, int] | None = getattr(_local, "known", None)
    if known is None or known[0] != path:
        known = _local.known = (path, os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    return known[1]
