"""The log level that is set for the account, in force in each process within seconds."""

import asyncio
import contextlib
import logging

from django.db import DatabaseError

from iot.core import errors
from iot.core.arn import Scope
from iot.services.call import call
from iot.services.logging import v2_logging_options

USUAL = "WARN"
LEVELS = {
    "DEBUG": logging.DEBUG,
    "INFO": logging.INFO,
    "WARN": logging.WARNING,
    "ERROR": logging.ERROR,
    "DISABLED": logging.CRITICAL + 1,
}
LOGGERS = ("iot", "console")
POLL_SECONDS = 5.0


def log_level(scope: Scope) -> str:
    """Answer the level in force, WARN where none was set; what AWS's libraries log is not the account's matter."""
    try:
        options = v2_logging_options(scope)
    except errors.NotConfiguredException:
        return USUAL
    level = str(options.get("defaultLogLevel", USUAL))
    return "DISABLED" if options.get("disableAllLogs") or level not in LEVELS else level


async def follow_log_level(scope: Scope) -> None:
    """Keep this process at the level in force, for ever."""
    while True:
        with contextlib.suppress(DatabaseError):  # the level stays while the database is away
            level = LEVELS[await call(log_level, scope)]
            for name in LOGGERS:
                logging.getLogger(name).setLevel(level)
        await asyncio.sleep(POLL_SECONDS)
