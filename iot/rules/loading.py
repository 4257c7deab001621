"""Keeps the running rules those of the database: read at the start, at each notice of a change, and by polling."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from iot.core import errors
from iot.core.arn import Scope
from iot.rules.rule import Rule, build
from iot.rules.runner import Runner
from iot.services import local_actions, topic_rules
from iot.services.call import call

if TYPE_CHECKING:
    from iot.models import TopicRule

log = logging.getLogger(__name__)

POLL_SECONDS = 5.0


class Loading:
    """Loads rules into a runner, and tells `listen` which topic filters they need."""

    def __init__(self, scope: Scope, runner: Runner, listen: Callable[[set[str]], Awaitable[None]]) -> None:
        self._scope = scope
        self._runner = runner
        self._listen = listen
        self._seen: object = None
        self._loading = asyncio.Lock()

    async def load(self) -> None:
        """Load all rules."""
        async with self._loading:
            self._seen, rules = await call(read, self._scope)
            self._runner.load(rules)

    async def changed(self, rule_name: str) -> None:
        """Load one rule anew."""
        async with self._loading:
            rule = await call(read_one, self._scope, rule_name)
            self._runner.replace(rule_name, rule)
        await self._listen(self._runner.filters)

    async def poll(self) -> None:
        """Load all rules whenever one has changed without a notice, for ever."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                if await call(topic_rules.last_change, self._scope) != self._seen:
                    await self.load()
                    await self._listen(self._runner.filters)
            except Exception:
                log.exception("The rules could not be loaded")


def read(scope: Scope) -> tuple[object, list[Rule]]:
    """Answer all enabled rules, and the mark of the last change before they were read."""
    seen = topic_rules.last_change(scope)
    local = defaultdict(list)
    for action in local_actions.local_actions(scope):
        local[action.rule].append(local_actions.as_action(action))
    rows = topic_rules.topic_rules(scope, rule_disabled=False)
    return seen, [rule for row in rows if (rule := _build(row, local[row.name])) is not None]


def read_one(scope: Scope, rule_name: str) -> Rule | None:
    """Answer a rule, or None where it does not exist or is disabled."""
    row = topic_rules.topic_rules(scope, rule_disabled=False).filter(name=rule_name).first()
    local = [local_actions.as_action(action) for action in local_actions.local_actions(scope, rule_name=rule_name)]
    return None if row is None else _build(row, local)


def _build(row: "TopicRule", local: list[dict[str, Any]]) -> Rule | None:
    try:
        return build(row.name, row.sql, row.sql_version, [*row.actions, *local], row.error_action)
    except (errors.AwsError, KeyError, TypeError, ValueError):
        log.exception("The rule %s cannot be run", row.name)
        return None
