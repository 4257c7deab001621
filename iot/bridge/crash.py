"""Crash points: named places at which a test lets a process die."""

import os
import signal

_AT = os.environ.get("THINGSTEAD_CRASH_AT", "")


def crash_point(name: str) -> None:
    """Do nothing, unless the environment variable THINGSTEAD_CRASH_AT names this place: then the process kills itself.

    The places are `after-work` (before the bridge acknowledges), `after-claim` and `after-action` (of a retry), and
    `after-commit` (before the outbox is published).
    """
    if name == _AT:
        os.kill(os.getpid(), signal.SIGKILL)
