"""Backtests: a rule tried on the last messages that were recorded, newest first; nothing is sent anywhere."""

from collections.abc import Sequence
from dataclasses import dataclass

from iot.core.arn import Scope
from iot.core.message import Message
from iot.core.sql import compile_statement
from iot.services import recorder
from iot.services.rule_trials import Trial, try_rule

MOST_TRIALS = 500


@dataclass(frozen=True, slots=True)
class Past:
    """A recorded message, when it came in epoch seconds, and what the rule makes of it."""

    at: float
    message: Message
    trial: Trial


def backtest(
    scope: Scope,
    *,
    sql: str,
    version: str,
    templates: Sequence[str] = (),
    topic_filter: str | None = None,
    limit: int = 100,
) -> list[Past]:
    """Try a rule on the recorded messages of a filter, or else of its FROM. Raises SqlParseException."""
    wanted = topic_filter or compile_statement(sql, version).topic_filter or ""
    found = recorder.recent(scope, topic_filter=wanted, limit=min(limit, MOST_TRIALS))
    return [
        Past(at, message, try_rule(scope, sql=sql, version=version, message=message, templates=templates))
        for at, message in reversed(found)
    ]
