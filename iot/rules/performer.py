"""Performs the actions of rules that fired, and sees to what fails.

All requests of a rule and message are tried at once. What failed for good goes to the error action in one document
and is kept as a dead letter; what may succeed later is kept for a retry. Only then is the message released.
"""

import asyncio
import logging
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from iot.bridge.batches import Batches
from iot.bridge.client import Delivery
from iot.core import errors
from iot.core.arn import Scope
from iot.core.message import Message
from iot.core.sql import FunctionFailed, Input, RuleError
from iot.rules.action import ActionError, Failed, Fired, Request
from iot.rules.batch_failures import BatchFailures, Member, Together, batch_document, is_batched
from iot.rules.firing import FailedRequest, Firing, error_document, failure_entry, told_of
from iot.rules.lanes import DEFERRED, Lanes
from iot.rules.packing import pack_request
from iot.rules.rule import Bound, Rule
from iot.rules.targets import Targets
from iot.services import metrics, rule_failures
from iot.services.call import call
from iot.services.rule_failures import Failure

log = logging.getLogger(__name__)

NOTICE_SECONDS = 0.2
EVALUATION_SECONDS = 1.0
ROOM_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _Kept:
    """Failures that must be in the database before a message is released."""

    failures: tuple[Failure, ...]
    delivery: Delivery | Together | None


class Performer:
    """Performs actions with `targets`; `run` keeps failures for ever."""

    def __init__(self, scope: Scope, targets: Targets) -> None:
        self._scope = scope
        self._targets = targets
        self.lanes = Lanes(targets)
        self._keeping: Batches[_Kept] = Batches(self._keep, _released)
        self._batches = BatchFailures(self._batch_failed)

    def __len__(self) -> int:
        return len(self.lanes) + len(self._keeping)

    async def run(self) -> None:
        """Keep failures for ever."""
        await self._keeping.run()

    # What succeeds

    def perform(self, rule: Rule, fired: Fired, delivery: Delivery) -> None:
        """Perform the actions of a rule that fired."""
        self.start(self.prepare(rule, fired, delivery))

    def prepare(self, rule: Rule, fired: Fired, delivery: Delivery) -> Firing:
        """Render the requests of a rule's actions; this may ask services, and then belongs into a thread."""
        firing = Firing(rule, fired, delivery, [])
        for bound in rule.actions:
            _render(bound, fired, firing)
        return firing

    def start(self, firing: Firing) -> None:
        """Carry out what was prepared."""
        firing.delivery.hold()
        firing.left = len(firing.requests)
        if not firing.requests:
            self._complete(firing)
            return
        started = time.perf_counter()
        for bound, request in firing.requests:
            self.send(bound, request, partial(self._done, firing, bound, request, started))

    def send(self, bound: Bound, request: Request, done: Any) -> None:
        """Carry out one request of an action; `done` hears None or why it failed."""
        post = bound.action.post
        if post is None:
            self.lanes.submit(bound.action, request, done)
            return
        try:
            post(self._targets, request, done)
        except ActionError as error:
            done(Failed(str(error), final=True))

    def _done(self, firing: Firing, bound: Bound, request: Request, started: float, failed: Failed | None) -> None:
        bound.timed(time.perf_counter() - started)
        if failed is None:
            counts = firing.rule.counts
            counts["Success"] = counts.get("Success", 0) + 1
            bound.count("Success")
        else:
            firing.failures.append(FailedRequest(bound, request, failed))
        firing.left -= 1
        if firing.left == 0:
            self._complete(firing)

    def _complete(self, firing: Firing) -> None:
        if not firing.failures:
            if firing.rule.may_notice("success", NOTICE_SECONDS):
                self._notice(firing.rule.name, firing.delivery.message.topic, "success")
            firing.delivery.release()
            return
        self._failed(firing)

    # What fails

    def _failed(self, firing: Firing) -> None:
        message, fired = firing.delivery.message, firing.fired
        kept, final = [], []
        for one in firing.failures:
            if one.failed is not DEFERRED:
                firing.rule.count("Failure")
                one.bound.count("Failure")
            dead = _is_dead(one)
            kept.append(_failure(one, fired, message, dead=dead))
            if dead and firing.rule.error_action is not None and is_batched(one):
                firing.delivery.hold()
                self._batches.add(firing, one)
            elif dead:
                final.append(failure_entry(one.bound, one.failed.reason))
        if firing.rule.may_notice("failure", NOTICE_SECONDS):
            self._notice(firing.rule.name, message.topic, "failure", firing.failures[0].failed.reason)
        self._keeping.add(_Kept(tuple(kept), firing.delivery))
        if final and firing.rule.error_action is not None:
            firing.delivery.hold()
            document = error_document(firing.rule.name, message, fired.run.input.topic, fired.trace, final)
            self.run_error_action(firing.rule.error_action, fired, document, firing.delivery)

    def _batch_failed(self, members: list[Member]) -> None:
        firing, _ = members[-1]
        if firing.rule.error_action is not None:
            together = Together([one.delivery for one, _ in members])
            self.run_error_action(firing.rule.error_action, firing.fired, batch_document(members), together)

    def run_error_action(
        self, bound: Bound, fired: Fired, document: dict[str, Any], delivery: Delivery | Together | None
    ) -> None:
        """Perform a rule's error action with an error document, and release the delivery when that is done or kept."""
        told = told_of(fired, document)
        holder = _ErrorAction(self, bound, told, delivery)
        requests: list[tuple[Bound, Request]] = []
        failed = _try_render(bound, told, requests)
        holder.begin(requests, failed)

    def error_action_done(
        self, bound: Bound, fired: Fired, delivery: Delivery | Together | None, failures: list[FailedRequest]
    ) -> None:
        """Count what came of an error action, and keep what failed."""
        bound.rule.count("ErrorActionFailure" if failures else "ErrorActionSuccess")
        if not failures:
            if delivery is not None:
                delivery.release()
            return
        message = fired.run.input.message
        kept = tuple(_failure(one, fired, message, dead=_is_dead(one)) for one in failures)
        self._keeping.add(_Kept(kept, delivery))

    def evaluation_failed(self, rule: Rule, source: Input, reason: str) -> None:
        """A statement could not be evaluated: counted always, kept once a second."""
        rule.count("ParseError")
        if rule.may_notice("error", EVALUATION_SECONDS):
            self._notice(rule.name, source.topic, "error", reason)
            failure = Failure(rule.name, "", 0, "", "", source.message, b"", reason, dead=True)
            self._keeping.add(_Kept((failure,), None))

    def unknown_rule(self, name: str, message: Message) -> None:
        """Basic Ingest named a rule that does not exist or is disabled."""
        metrics.count("RuleNotFound")

    async def _keep(self, items: list[_Kept]) -> None:
        while not await call(rule_failures.has_room, self._scope):
            log.warning("Too many failures of rules wait for another try: messages stay with the broker")
            await asyncio.sleep(ROOM_SECONDS)
        failures = [failure for item in items for failure in item.failures]
        await call(rule_failures.record, self._scope, failures)

    # What is told

    def _notice(self, rule_name: str, topic: str, outcome: str, reason: str = "") -> None:
        body = {"rule": rule_name, "topic": topic, "outcome": outcome, "at": time.time()}
        if reason:
            body["reason"] = reason[:500]
        self._targets.post(Message(f"$seen/rule/{rule_name}", orjson.dumps(body)), _ignore)

    def settle(self, rule: Rule) -> None:
        """Add a rule's counters to the process's metrics, and set them to nothing."""
        for name, value in rule.counts.items():
            metrics.count(name, rule.name, value)
        rule.counts.clear()
        for bound in (*rule.actions, *([rule.error_action] if rule.error_action else [])):
            for name, seconds in bound.timings.items():
                metrics.count(name, bound.dimension, seconds)
            bound.timings.clear()


class _ErrorAction:
    """An error action under way, and the outcomes that it waits for."""

    def __init__(self, performer: Performer, bound: Bound, fired: Fired, delivery: Delivery | Together | None) -> None:
        self._performer, self._bound, self._fired, self._delivery = performer, bound, fired, delivery
        self._failures: list[FailedRequest] = []
        self._left = 0

    def begin(self, requests: list[tuple[Bound, Request]], failed: Failed | None) -> None:
        if failed is not None:
            self._failures.append(FailedRequest(self._bound, None, failed))
        self._left = len(requests)
        if not requests:
            self._finish()
        for bound, request in requests:
            self._performer.send(bound, request, partial(self._done, request))

    def _done(self, request: Request, failed: Failed | None) -> None:
        if failed is not None:
            self._failures.append(FailedRequest(self._bound, request, failed))
        self._left -= 1
        if self._left == 0:
            self._finish()

    def _finish(self) -> None:
        self._performer.error_action_done(self._bound, self._fired, self._delivery, self._failures)


def _render(bound: Bound, fired: Fired, firing: Firing) -> None:
    failed = _try_render(bound, fired, firing.requests)
    if failed is not None:
        firing.failures.append(FailedRequest(bound, None, failed))


def _try_render(bound: Bound, fired: Fired, requests: list[tuple[Bound, Request]]) -> Failed | None:
    try:
        requests += [(bound, request) for request in bound.render(fired)]
    except (ActionError, FunctionFailed, RuleError, errors.AwsError) as error:
        return Failed(str(error), final=True)
    except Exception as error:
        log.exception("The action %s of the rule %s cannot be rendered", bound.action.name, bound.rule.name)
        return Failed(f"{type(error).__name__}: {error}", final=True)
    return None


def _is_dead(one: FailedRequest) -> bool:
    """Say whether a request is given up: it would fail again, or AWS does not try this action again."""
    return one.failed is not DEFERRED and (one.failed.final or not one.bound.action.retries)


def _failure(one: FailedRequest, fired: Fired, message: Message, *, dead: bool) -> Failure:
    return Failure(
        rule=one.bound.rule.name,
        action=one.bound.action.name,
        action_index=one.bound.index,
        resource=one.bound.resource,
        trace=fired.trace,
        message=message,
        request=b"" if one.request is None else pack_request(one.request),
        reason=one.failed.reason,
        dead=dead,
        attempts=0 if one.failed is DEFERRED else 1,
        due_at_once=one.failed is DEFERRED,
    )


def _released(item: _Kept) -> None:
    if item.delivery is not None:
        item.delivery.release()


def _ignore(code: int) -> None:
    pass
