"""Rules in tests: built from a few words, fired for a message, their requests carried out at once."""

import asyncio
import itertools
import time
from collections.abc import Callable
from typing import Any, cast

import orjson

from iot.bridge.client import Client, Delivery
from iot.core.message import NO_PROPERTIES, Message, Properties, Sender
from iot.core.sql import NEW_VERSION, Environment, Input, NoPorts
from iot.rules.action import Failed, Fired, Request, actions
from iot.rules.rule import Rule, build
from iot.rules.targets import Targets

REGION = "us-east-1"
ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/rules"
TRACE = "00000000-0000-4000-8000-000000000001"
SENDER = Sender("device-1", "a" * 64, "192.0.2.1")
DEADLINE = 20.0
_names = itertools.count()


class Posts:
    """A broker that remembers what was published and answers with a reason code."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.code = 0

    def __call__(self, message: Message, done: Callable[[int], None]) -> None:
        self.messages.append(message)
        done(self.code)


def environment(ports: Any = None) -> Environment:
    return Environment(
        clock=lambda: 1_700_000_000_000,
        uuid=lambda: TRACE,
        random=lambda: 0.5,
        account=ACCOUNT,
        ports=ports or NoPorts(),
    )


def message(
    payload: Any,
    topic: str = "dt/a/x",
    *,
    qos: int = 1,
    sender: Sender | None = SENDER,
    properties: Properties = NO_PROPERTIES,
) -> Message:
    body = payload if isinstance(payload, bytes) else orjson.dumps(payload)
    return Message(topic, body, qos, False, properties, sender)


def rule(
    *action_list: dict[str, Any],
    sql: str = "SELECT * FROM 'dt/#'",
    name: str | None = None,
    error_action: dict[str, Any] | None = None,
) -> Rule:
    return build(name or f"rule_{next(_names)}", sql, NEW_VERSION, list(action_list), error_action)


def fire(given: Rule, of: Message, ports: Any = None, trace: str | None = TRACE) -> Fired:
    run = given.statement.evaluate(Input(of), environment(ports), trace=trace)
    assert run.matched
    return Fired(given.name, run, run.output)


def requests(action: dict[str, Any], of: Message, sql: str = "SELECT * FROM 'dt/#'") -> list[Request]:
    """Answer the requests that one action makes of a message."""
    given = rule(action, sql=sql, name="tested")
    return given.actions[0].render(fire(given, of))


def carry_out(targets: Targets, name: str, wanted: list[Request]) -> list[Failed | None]:
    """Carry requests out in one call."""
    send = actions()[name].send
    assert send is not None
    results: Any = send(targets, wanted)
    return list(results)


class Arrived:
    """A delivery as the bridge's client hands it over, and whether it was acknowledged."""

    def __init__(self, of: Message) -> None:
        self.acknowledged = asyncio.Event()
        self.delivery = Delivery(cast(Client, self), of, 1, 1)

    def _finish(self, delivery: Delivery) -> None:
        self.acknowledged.set()

    async def wait(self) -> None:
        """Wait until the message is acknowledged."""
        async with asyncio.timeout(DEADLINE):
            await self.acknowledged.wait()


async def until(condition: Callable[[], Any], what: str = "a condition") -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, f"{what} does not come about"
        await asyncio.sleep(0.01)
