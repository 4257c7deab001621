"""Several copies of one process that share a port: started, started again when one dies, ended together."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Sequence
from types import FrameType

LOOK_SECONDS = 0.2
RESTART_SECONDS = 1.0
END_SECONDS = 3.0


def run_copies(command: Sequence[str], count: int) -> None:
    """Keep copies of a command running until SIGTERM or SIGINT."""
    told, tell = os.pipe()

    def end(number: int, frame: FrameType | None) -> None:
        os.write(tell, b"\0")

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    copies = [subprocess.Popen(command) for _ in range(count)]
    started = [time.monotonic()] * count
    while not select.select([told], [], [], LOOK_SECONDS)[0]:
        for index, copy in enumerate(copies):
            if copy.poll() is not None and time.monotonic() - started[index] > RESTART_SECONDS:
                copies[index], started[index] = subprocess.Popen(command), time.monotonic()
    _end(copies)


def _end(copies: Sequence[subprocess.Popen[bytes]]) -> None:
    for copy in copies:
        if copy.poll() is None:
            copy.terminate()
    for copy in copies:
        try:
            copy.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            copy.kill()
