"""Rules beside Python written by hand for the same messages, both on the parsed payload: how many times its cost."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from iot.core.message import Message
from iot.core.sql import Environment, Input, compile_statement
from iot.management.bench.measures import Load, Sample

NUMBER = (int, float)
ROUNDS = 5
EVALUATIONS = 20_000


@dataclass(frozen=True, slots=True)
class Pair:
    """A statement, and a function that makes the same of a message."""

    sql: str
    by_hand: Callable[[Any, str], Any]

    async def __call__(self, load: Load) -> Sample:
        """Take turns some times and compare the best of each, so that what else runs here disturbs least."""
        statement = compile_statement(self.sql, "2016-03-23")
        source = message()
        payload, topic = source.payload, source.topic
        rounds = [
            (_seconds(lambda: statement.evaluate(source, ENVIRONMENT)), _seconds(lambda: self.by_hand(payload, topic)))
            for _ in range(ROUNDS)
        ]
        ours, theirs = zip(*rounds, strict=True)
        return Sample(min(ours) / min(theirs))


ENVIRONMENT = Environment(lambda: 0, lambda: "", lambda: 0.5, "123456789012")


def message() -> Input:
    """Answer a device's message."""
    content = b'{"temperature":21.5,"humidity":41,"pressure":1013.2,"name":"north","state":"running"}'
    return Input(Message("devices/one/telemetry", content))


def four_fields(payload: Any, topic: str) -> dict[str, Any] | None:
    temperature = payload.get("temperature")
    if not isinstance(temperature, NUMBER) or not temperature > 20:
        return None
    output = {"t": temperature}
    if "humidity" in payload:
        output["h"] = payload["humidity"]
    if "pressure" in payload:
        output["p"] = payload["pressure"]
    if "name" in payload:
        output["n"] = payload["name"]
    return output


def case_and_functions(payload: Any, topic: str) -> dict[str, Any]:
    output: dict[str, Any] = {}
    state = payload.get("state")
    if state == "running":
        output["state"] = "on"
    elif state == "stopped":
        output["state"] = "off"
    elif state is not None:
        output["state"] = "unknown"
    name = payload.get("name")
    if isinstance(name, str):
        output["name"] = name.upper()
    temperature = payload.get("temperature")
    if isinstance(temperature, NUMBER):
        output["t"] = math.floor(abs(temperature) + 0.5) * (1 if temperature > 0 else -1)
    levels = topic.split("/")
    if len(levels) > 1:
        output["thing"] = levels[1]
    return output


FOUR_FIELDS = Pair(
    "SELECT temperature AS t, humidity AS h, pressure AS p, name AS n FROM 'devices/+/telemetry' "
    "WHERE temperature > 20",
    four_fields,
)
CASE_AND_FUNCTIONS = Pair(
    "SELECT CASE state WHEN 'running' THEN 'on' WHEN 'stopped' THEN 'off' ELSE 'unknown' END AS state, "
    "upper(name) AS name, round(temperature) AS t, topic(2) AS thing FROM 'devices/+/telemetry'",
    case_and_functions,
)


def _seconds(once: Callable[[], Any]) -> float:
    started = time.process_time()
    for _ in range(EVALUATIONS):
        once()
    return time.process_time() - started
