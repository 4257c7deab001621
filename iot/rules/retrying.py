"""Tries again what is kept: claims what is due, carries it out, writes what came of it; the error action at the end."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress

from django.conf import settings

from iot.bridge.crash import crash_point
from iot.core.arn import Scope
from iot.core.message import Message
from iot.core.sql import Environment, FunctionFailed, RuleError, start_run
from iot.rules.action import ActionError, Failed, Fired, Request, actions
from iot.rules.firing import error_document
from iot.rules.packing import unpack_request
from iot.rules.performer import Performer
from iot.rules.rule import ERROR_ACTION, Rule, action_dimension
from iot.rules.targets import Targets
from iot.services import metrics, rule_failures
from iot.services.call import call
from iot.services.rule_failures import Claimed, Tried
from iot.services.rule_trials import input_of

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
CLAIMS = 50


class Retrying:
    """The worker of one process; of a SQLite database there should be no second."""

    def __init__(
        self,
        scope: Scope,
        targets: Targets,
        performer: Performer,
        environment: Environment,
        rule_of: Callable[[str], Rule | None],
    ) -> None:
        self._scope = scope
        self._targets = targets
        self._performer = performer
        self._environment = environment
        self._rule_of = rule_of

    async def run(self) -> None:
        """Work for ever."""
        while True:
            try:
                found = await self.work()
            except Exception:
                log.exception("Kept requests could not be tried again")
                found = 0
            if found < CLAIMS:
                await asyncio.sleep(POLL_SECONDS)

    async def work(self) -> int:
        """Try once what is due; answers how many."""
        claimed = await call(rule_failures.claim, self._scope, limit=CLAIMS)
        if not claimed:
            return 0
        crash_point("after-claim")
        outcomes = await self._try(claimed)
        crash_point("after-action")
        given_up = await call(rule_failures.settle, self._scope, outcomes, give_up_after=settings.RULE_RETRY_SECONDS)
        for outcome in outcomes:
            one = outcome.claimed
            for dimension in (one.rule, action_dimension(one.rule, one.action_index, one.action)):
                metrics.count("Retried", dimension)
                metrics.count("Failure" if outcome.reason else "Success", dimension)
        reasons = {outcome.claimed.id: outcome.reason for outcome in outcomes}
        for one in given_up:
            self._run_error_action(one, reasons[one.id])
        return len(claimed)

    async def _try(self, claimed: list[Claimed]) -> list[Tried]:
        """Hand requests to their lanes, so that those of one destination go out together, and wait for all."""
        outcomes: list[Tried] = []
        waiting: list[asyncio.Future[Tried]] = []
        groups: dict[str, list[tuple[Claimed, Request]]] = defaultdict(list)
        for one in claimed:
            if one.action not in actions():
                outcomes.append(Tried(one, f"The action {one.action} is not performed here", final=True))
            elif not one.request:
                outcomes.append(Tried(one, "The request could not be rendered", final=True))
            else:
                groups[one.action].append((one, unpack_request(one.request)))
        for name, members in groups.items():
            waiting += [self._begin(name, one, request) for one, request in members]
        return [*outcomes, *await asyncio.gather(*waiting)]

    def _begin(self, action_name: str, claimed: Claimed, request: Request) -> "asyncio.Future[Tried]":
        future: asyncio.Future[Tried] = asyncio.get_running_loop().create_future()
        action = actions()[action_name]

        def done(failed: Failed | None) -> None:
            if not future.done():
                reason = "" if failed is None else failed.reason or "failed"
                future.set_result(Tried(claimed, reason, failed is not None and (failed.final or not action.retries)))

        try:
            if action.post is not None:
                action.post(self._targets, request, done)
            else:
                self._performer.lanes.submit(action, request, done, patient=True)
        except ActionError as error:
            done(Failed(str(error), final=True))
        return future

    def _run_error_action(self, claimed: Claimed, reason: str) -> None:
        rule = self._rule_of(claimed.rule)
        if rule is None or rule.error_action is None or claimed.action_index == ERROR_ACTION or claimed.message is None:
            return
        fired = self._fire(rule, claimed.message, claimed.trace)
        if fired is None:
            return
        title = actions()[claimed.action].title if claimed.action in actions() else claimed.action
        entry = {"failedAction": title, "failedResource": claimed.resource, "errorMessage": reason}
        topic = fired.run.input.topic
        document = error_document(rule.name, claimed.message, topic, claimed.trace, [entry])
        self._performer.run_error_action(rule.error_action, fired, document, None)

    def _fire(self, rule: Rule, message: Message, trace: str) -> Fired | None:
        """Evaluate the rule again, for what the templates of its error action need."""
        source = input_of(message)
        run = start_run(source, self._environment, rule.statement.version, trace)
        if not rule.asks_outside:
            with suppress(RuleError, FunctionFailed):
                found = rule.statement.evaluate(source, self._environment, trace=trace)
                run = found if found.matched else run
        return Fired(rule.name, run, run.output)
