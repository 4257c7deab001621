"""One rule firing for one message: its requests, what came of them, and AWS's document for the error action."""

import base64
from dataclasses import dataclass, field
from typing import Any

from iot.bridge.client import Delivery
from iot.core.message import Message
from iot.rules.action import Failed, Fired, Request
from iot.rules.rule import Bound, Rule


@dataclass(frozen=True, slots=True)
class FailedRequest:
    """A request of an action that failed; there is none where it could not even be rendered."""

    bound: Bound
    request: Request | None
    failed: Failed


@dataclass(slots=True)
class Firing:
    """What `rule` does for a message; `left` counts the requests without an outcome."""

    rule: Rule
    fired: Fired
    delivery: Delivery
    requests: list[tuple[Bound, Request]]
    failures: list[FailedRequest] = field(default_factory=list)
    left: int = 0


def error_document(
    rule_name: str, message: Message, topic: str, trace: str, failures: list[dict[str, str]]
) -> dict[str, Any]:
    """Write what AWS sends to an error action: one document a rule and message."""
    entry = payload_entry(message, trace)
    return {"ruleName": rule_name, "topic": topic, **entry, "failures": failures}


def told_of(fired: Fired, document: dict[str, Any]) -> Fired:
    """Answer the rule as its error action sees it: with the document as its output."""
    return Fired(fired.rule_name, fired.run, document, is_limited=False)


def payload_entry(message: Message, trace: str) -> dict[str, str]:
    """Write what an error document says of a message besides its topic."""
    sender = message.sender
    entry = {
        "cloudwatchTraceId": trace,
        "clientId": "N/A" if sender is None or not sender.client_id else sender.client_id,
        "base64OriginalPayload": base64.b64encode(message.payload).decode(),
    }
    if sender is not None and sender.address:
        entry["sourceIp"] = sender.address
    return entry


def failure_entry(bound: Bound, reason: str) -> dict[str, str]:
    """Write one failure of an error document."""
    return {"failedAction": bound.action.title, "failedResource": bound.resource, "errorMessage": reason}
