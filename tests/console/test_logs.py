"""A broken program shows where; a database that is away is one line."""

import logging
import sys

from django.db import OperationalError

from console.logs import Formatter


def formatted(error: Exception) -> str:
    try:
        raise error
    except type(error):
        record = logging.LogRecord("iot", logging.ERROR, __file__, 1, "It failed", None, sys.exc_info())
    return Formatter().format(record)


def test_a_database_that_is_away_is_named_in_one_line() -> None:
    text = formatted(OperationalError("connection failed\nDETAIL: starting up"))
    assert text.splitlines() == ["It failed", "The database does not answer: connection failed"]


def test_a_fault_of_ours_shows_where_it_is() -> None:
    text = formatted(ValueError("odd"))
    assert "Traceback" in text
    assert "test_logs.py" in text


def test_it_is_what_our_processes_log_with() -> None:
    assert any(isinstance(handler.formatter, Formatter) for handler in logging.root.handlers)
    assert logging.getLogger("django.request").getEffectiveLevel() == logging.ERROR
