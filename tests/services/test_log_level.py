"""The log level that is set for the account."""

import asyncio
import logging
import time
from collections.abc import Iterator

import pytest

from iot.core.arn import Scope
from iot.services import log_level
from iot.services.call import call
from iot.services.log_level import follow_log_level
from iot.services.logging import set_v2_logging_options

SCOPE = Scope("1", "r")
ROLE = "arn:aws:iam::1:role/logging"


@pytest.fixture
def _levels() -> Iterator[None]:
    before = {name: logging.getLogger(name).level for name in log_level.LOGGERS}
    yield
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


def _wait_for(level: int) -> None:
    deadline = time.monotonic() + 5
    while logging.getLogger("iot").level != level:
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.django_db
def test_it_is_what_was_set_and_warn_where_nothing_was() -> None:
    assert log_level.log_level(SCOPE) == "WARN"
    for options, level in (
        ({"defaultLogLevel": "INFO", "roleArn": ROLE}, "INFO"),
        ({"disableAllLogs": True}, "DISABLED"),
    ):
        set_v2_logging_options(SCOPE, options)
        assert log_level.log_level(SCOPE) == level


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_levels")
async def test_a_process_follows_a_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_level, "POLL_SECONDS", 0.01)
    following = asyncio.create_task(follow_log_level(SCOPE))
    for level, number in (("DEBUG", logging.DEBUG), ("ERROR", logging.ERROR)):
        await call(set_v2_logging_options, SCOPE, {"defaultLogLevel": level, "roleArn": ROLE})
        await call(_wait_for, number)
    following.cancel()
