"""Evaluates SQL for tests: a statement or an expression, a payload, and what a message carries beside it."""

import json
from typing import Any

from iot.core.message import Message, Properties, Sender
from iot.core.sql.environment import Environment, NoPorts, Ports, Run
from iot.core.sql.payload import Input
from iot.core.sql.statement import NEW_VERSION, compile_statement
from iot.core.sql.values import UNDEFINED

STANDARD = {"i": 5, "d": 2.5, "b": True, "s": "abc", "num": "7", "arr": [1, 2, 3], "obj": {"k": 1}, "n": None}
CLOCK = 1_700_000_000_000
CLIENT = Sender("device", "fingerprint", "192.0.2.1")


def environment(ports: Ports | None = None) -> Environment:
    return Environment(
        clock=lambda: CLOCK,
        uuid=lambda: "a-uuid",
        random=lambda: 0.25,
        account="123456789012",
        ports=ports or NoPorts(),
    )


def source(
    payload: Any = STANDARD, *, topic: str = "a/b", sender: Sender | None = CLIENT, properties: Properties | None = None
) -> Input:
    content = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Input(Message(topic, content, sender=sender, properties=properties or Properties()))


def run(
    sql: str,
    payload: Any = STANDARD,
    *,
    version: str = NEW_VERSION,
    ports: Ports | None = None,
    sender: Sender | None = CLIENT,
    properties: Properties | None = None,
) -> Run:
    given = source(payload, sender=sender, properties=properties)
    return compile_statement(sql, version).evaluate(given, environment(ports))


def value(expression: str, payload: Any = STANDARD, **more: Any) -> Any:
    """Answer an expression's value; UNDEFINED where it has none."""
    return run(f"SELECT {expression} AS r", payload, **more).output.get("r", UNDEFINED)
