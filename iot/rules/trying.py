"""Tries one action once for a message that somebody typed: nothing is counted, kept or tried again."""

import asyncio
import base64
import logging
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from iot.core import errors
from iot.core.message import Message, Properties, Sender
from iot.core.sql import Environment, FunctionFailed, Input, RuleError, start_run
from iot.rules.action import ActionError, Failed, Fired, Request
from iot.rules.firing import error_document, told_of
from iot.rules.lanes import DEFERRED
from iot.rules.packing import pack_request
from iot.rules.performer import Performer
from iot.rules.rule import Bound, Rule, build
from iot.rules.targets import Targets
from iot.services.action_trials import BRIDGE_SECONDS
from iot.services.call import call
from iot.services.rule_trials import input_of

log = logging.getLogger(__name__)

SHOWN_REQUESTS = 5
SHOWN_BYTES = 8192
SAMPLE_FAILURE = {
    "failedAction": "SampleAction",
    "failedResource": "sample",
    "errorMessage": "Nothing has failed: the error action is tried out",
}


@dataclass(frozen=True, slots=True)
class _Prepared:
    bound: Bound
    requests: list[Request]


class Trying:
    """Answers the orders of services.action_trials, where an order names a topic for the answer."""

    def __init__(self, targets: Targets, performer: Performer, environment: Environment) -> None:
        self._targets = targets
        self._performer = performer
        self._environment = environment

    async def __call__(self, message: Message) -> None:
        """Carry an order out and answer it: its `outcome` is done, failed, or filtered (WHERE is not true)."""
        answer_to = message.properties.response_topic
        if not answer_to:
            return
        answer = await self._try(message)
        self._targets.post(Message(answer_to, orjson.dumps(answer)), lambda code: None)

    async def _try(self, message: Message) -> dict[str, Any]:
        try:
            prepared = await call(self._prepare, orjson.loads(message.payload))
        except KeyError as error:
            return _failed(f"The action has no {error.args[0]}")
        except (RuleError, FunctionFailed, ActionError, errors.AwsError, TypeError, ValueError) as error:
            return _failed(str(error))
        except Exception as error:
            log.exception("An action could not be tried")
            return _failed(f"{type(error).__name__}: {error}")
        if prepared is None:
            return {"outcome": "filtered"}
        shown = [pack_request(request)[:SHOWN_BYTES].decode(errors="replace") for request in prepared.requests]
        answer = {"requests": shown[:SHOWN_REQUESTS], "count": len(shown)}
        return answer | await self._carry_out(prepared)

    def _prepare(self, order: dict[str, Any]) -> _Prepared | None:
        """Evaluate and render, which may ask services; None where the rule does not fire."""
        is_error_action = bool(order.get("isErrorAction"))
        action = order["action"]
        rule = build(
            order["rule"],
            order["sql"],
            order["version"],
            [] if is_error_action else [action],
            action if is_error_action else None,
        )
        topic: str = order["topic"]
        pairs = tuple((str(key), str(value)) for key, value in order["userProperties"])
        message = Message(
            topic,
            base64.b64decode(order["payload"]),
            qos=1,
            properties=Properties(user_properties=pairs),
            sender=Sender(client_id=order["clientId"]),
        )
        source = input_of(message)
        if rule.error_action is not None:
            return _Prepared(rule.error_action, rule.error_action.render(self._told(rule, source)))
        run = rule.statement.evaluate(source, self._environment)
        if not run.matched:
            return None
        bound = rule.actions[0]
        return _Prepared(bound, bound.render(Fired(rule.name, run, run.output)))

    def _told(self, rule: Rule, source: Input) -> Fired:
        """The rule as its error action would see it if an action had failed."""
        fired = Fired(rule.name, start_run(source, self._environment, rule.statement.version), None)
        return told_of(fired, error_document(rule.name, source.message, source.topic, fired.trace, [SAMPLE_FAILURE]))

    async def _carry_out(self, prepared: _Prepared) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        results: list[asyncio.Future[Failed | None]] = []
        for request in prepared.requests:
            result: asyncio.Future[Failed | None] = loop.create_future()
            results.append(result)
            self._performer.send(prepared.bound, request, partial(_resolve, result))
        try:
            async with asyncio.timeout(BRIDGE_SECONDS):
                found = await asyncio.gather(*results)
        except TimeoutError:
            return _failed(f"The destination has not answered within {BRIDGE_SECONDS:g} seconds")
        failed = next((one for one in found if one is not None), None)
        if failed is DEFERRED:
            return _failed("The destination is slow: other requests wait for it")
        return {"outcome": "done"} if failed is None else _failed(failed.reason)


def _failed(reason: str) -> dict[str, Any]:
    return {"outcome": "failed", "reason": reason}


def _resolve(result: "asyncio.Future[Failed | None]", failed: Failed | None) -> None:
    if not result.done():
        result.set_result(failed)
