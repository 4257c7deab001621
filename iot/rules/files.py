"""Files of JSON lines in the data directory: appended whole and synced, rotated by size and day, the oldest deleted.

A file's name is `<name>-<day>-<number>.jsonl`. A line that a crash has cut off is ended by the next write, so that it
spoils no line but itself.
"""

import os
import re
import time
from collections.abc import Sequence
from pathlib import Path


def append(directory: Path, name: str, lines: Sequence[bytes], *, rotate: int, keep: int) -> Path:
    """Append lines to the current file of a name, and answer it. One writer a name at a time."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = _current(directory, name, rotate)
    fresh = not path.exists()
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        _write(descriptor, _ending(descriptor) + b"".join(lines))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if fresh:
        _sync(directory)
        for old in files(directory, name)[:-keep]:
            old.unlink(missing_ok=True)
    return path


def files(directory: Path, name: str) -> list[Path]:
    """Answer the files of a name, oldest first."""
    form = re.compile(rf"{re.escape(name)}-\d{{8}}-\d{{6}}\.jsonl")
    return sorted(path for path in directory.glob(f"{name}-*.jsonl") if form.fullmatch(path.name))


def _current(directory: Path, name: str, rotate: int) -> Path:
    day = time.strftime("%Y%m%d", time.gmtime())
    today = [path for path in files(directory, name) if path.name.startswith(f"{name}-{day}-")]
    if not today:
        return directory / f"{name}-{day}-000000.jsonl"
    if today[-1].stat().st_size < rotate:
        return today[-1]
    number = int(today[-1].stem.rpartition("-")[2]) + 1
    return directory / f"{name}-{day}-{number:06}.jsonl"


def _ending(descriptor: int) -> bytes:
    """A line feed, where the file does not end with one."""
    size = os.fstat(descriptor).st_size
    return b"\n" if size and os.pread(descriptor, 1, size - 1) != b"\n" else b""


def _write(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
