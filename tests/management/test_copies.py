"""Several copies of one process, as the supervisor of a port."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

CHILD = "import os, signal, sys; open(f'{sys.argv[1]}/{os.getpid()}', 'w').close(); signal.pause()"
PARENT = """
import sys
from iot.management import copies
copies.RESTART_SECONDS = 0.1
copies.run_copies([sys.executable, "-c", sys.argv[1], sys.argv[2]], 2)
"""


def until(found: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not found():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def pids(directory: Path) -> list[int]:
    return sorted(int(path.name) for path in directory.iterdir())


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def parent(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", PARENT, CHILD, str(tmp_path)])
    yield process
    process.kill()
    process.wait()
    for pid in pids(tmp_path):
        if lives(pid):
            os.kill(pid, signal.SIGKILL)


def test_a_copy_that_dies_is_started_again_and_all_end_together(
    parent: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    until(lambda: len(pids(tmp_path)) == 2)
    os.kill(pids(tmp_path)[0], signal.SIGKILL)
    until(lambda: len(pids(tmp_path)) == 3)
    parent.terminate()
    assert parent.wait(5) == 0
    until(lambda: not any(lives(pid) for pid in pids(tmp_path)))
