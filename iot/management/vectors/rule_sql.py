"""Runs one rules SQL vector."""

import base64
import json
import math
import uuid
from typing import Any

from iot.core import errors
from iot.core.message import Message, Properties, Sender
from iot.core.sql import Environment, FunctionFailed, Input, NoPorts, RuleError, compile_statement

_CLOCK = 1_700_000_000_000


class _Fixtures(NoPorts):
    """Answers the functions that ask, from the context of a vector."""

    def __init__(self, context: dict[str, Any]) -> None:
        self._shadows = context.get("shadows", {})
        self._things = context.get("things", {})

    def get_thing_shadow(self, thing_name: str, shadow_name: str) -> Any:
        try:
            return self._shadows[thing_name][shadow_name]
        except KeyError:
            raise FunctionFailed(f"{thing_name} has no such shadow") from None

    def get_registry_data(self, api: str, thing_name: str) -> Any:
        if api != "DescribeThing" or thing_name not in self._things:
            raise FunctionFailed(f"{api} of {thing_name} failed")
        return self._things[thing_name]


def handles(case: dict[str, Any]) -> bool:
    """Say whether a case is a rules SQL vector."""
    return "sql" in case


def failure(case: dict[str, Any]) -> str | None:
    """Run a case; answer None if it passed, else what was expected and what came."""
    expect = case["expect"]
    try:
        got = _run(case)
    except (errors.SqlParseException, RuleError, FunctionFailed) as error:
        got = {"error": str(error)}
        if not expect.get("matched", True) and isinstance(error, FunctionFailed):
            got = {"matched": False}
    if _fits(expect, got):
        return None
    return f"expected {json.dumps(expect)}, got {got}"


def _run(case: dict[str, Any]) -> dict[str, Any]:
    context = case.get("context", {})
    version = case.get("sql_version", "2016-03-23")
    statement = compile_statement(case["sql"], version)
    topic = case.get("topic", "a/b")
    message = Message(topic, _payload(case.get("payload")), 0, False, _properties(context), _sender(context))
    environment = Environment(
        clock=lambda: int(context.get("timestamp", _CLOCK)),
        uuid=lambda: str(uuid.uuid4()),
        random=lambda: 0.5,
        account=context.get("accountid", "123456789012"),
        ports=_Fixtures(context),
    )
    ingest = f"$aws/rules/{context.get('rule_name', '')}/"
    basic = topic.startswith(ingest)
    source = Input(message, topic[len(ingest) :] if basic else None)
    if not basic and not statement.matches(topic):
        return {"matched": False}
    run = statement.evaluate(source, environment, trace=context.get("traceid"))
    if not run.matched:
        return {"matched": False}
    got: dict[str, Any] = {"matched": True}
    if "template" in case:
        got["rendered"] = statement.template(case["template"]).render(run)
    written = run.output_bytes()
    if isinstance(run.output, bytes):
        got["output_base64"] = base64.b64encode(written).decode()
    else:
        got["output"] = json.loads(written)
    return got


def _payload(payload: Any) -> bytes:
    if isinstance(payload, dict) and set(payload) == {"base64"}:
        return base64.b64decode(payload["base64"])
    return json.dumps(payload, ensure_ascii=False).encode()


def _sender(context: dict[str, Any]) -> Sender:
    return Sender(
        client_id=context.get("clientid", ""),
        principal=context.get("principal", ""),
        address=context.get("sourceip", ""),
        protocol=context.get("protocol", "mqtt"),
    )


def _properties(context: dict[str, Any]) -> Properties:
    given = context.get("mqtt5", {})
    correlation = given.get("correlation_data_b64")
    return Properties(
        content_type=given.get("content_type"),
        response_topic=given.get("response_topic"),
        correlation_data=None if correlation is None else base64.b64decode(correlation),
        payload_format={"UTF8_DATA": 1, "UNSPECIFIED_BYTES": 0}.get(given.get("format_indicator", "")),
        user_properties=tuple((key, value) for key, value in given.get("user_properties", [])),
    )


def _fits(expect: dict[str, Any], got: dict[str, Any]) -> bool:
    if "error" in expect:
        return "error" in got
    if got.get("matched") != expect["matched"]:
        return False
    if "rendered" in expect and got["rendered"] != expect["rendered"]:
        return False
    if "output_base64" in expect:
        return bool(got.get("output_base64") == expect["output_base64"])
    return "output" not in expect or (
        "output" in got and _close(expect["output"], got["output"], expect.get("approx", 0))
    )


def _close(wanted: Any, got: Any, tolerance: float) -> bool:
    if isinstance(wanted, bool) or isinstance(got, bool):
        return wanted is got
    if isinstance(wanted, int | float) and isinstance(got, int | float):
        return wanted == got or math.isclose(wanted, got, rel_tol=tolerance, abs_tol=tolerance)
    if isinstance(wanted, dict) and isinstance(got, dict):
        return wanted.keys() == got.keys() and all(_close(value, got[key], tolerance) for key, value in wanted.items())
    if isinstance(wanted, list) and isinstance(got, list):
        return len(wanted) == len(got) and all(_close(a, b, tolerance) for a, b in zip(wanted, got, strict=True))
    return bool(wanted == got)
