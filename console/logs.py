"""How our processes log: a line to standard error, with a traceback where something is broken and nowhere else."""

import logging
from types import TracebackType
from typing import Any

from django.db import InterfaceError, OperationalError

ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Formatter(logging.Formatter):
    """Names a database that does not answer in one line: it is no fault of the code that asked it."""

    def formatException(self, ei: ExceptionInfo) -> str:
        error = ei[1]
        if isinstance(error, OperationalError | InterfaceError):
            return f"The database does not answer: {str(error).partition(chr(10))[0]}"
        return super().formatException(ei)


def configuration(level: str) -> dict[str, Any]:
    """Answer what Django's LOGGING takes. Django itself speaks up for errors alone, not for each page not found."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": Formatter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {"django": {"handlers": [], "level": "ERROR"}},
    }
