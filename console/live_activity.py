"""Presence, subscriptions, shadows and refusals as lines that people read: one thing's, or everybody's."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from iot.core.arn import parse_arn
from iot.core.message import Message
from iot.core.topic import Area, parse_reserved

REFUSED = "$seen/refused"
HANDSHAKE = "$seen/handshake"
REASONS = {
    "CLIENT_INITIATED_DISCONNECT": "it said goodbye",
    "MQTT_KEEP_ALIVE_TIMEOUT": "it sent nothing for one and a half keep-alive intervals",
    "CONNECTION_LOST": "its connection broke",
    "DUPLICATE_CLIENTID": "another connection came with the same client id",
    "FORBIDDEN_ACCESS": "it did what its policy does not allow",
    "AUTH_ERROR": "its certificate is not active any more",
    "API_INITIATED_DISCONNECT": "it was disconnected by an operator",
    "SERVER_INITIATED_DISCONNECT": "the gateway ended it",
    "CLIENT_ERROR": "it broke the MQTT protocol",
    "THROTTLED": "it exceeded a limit",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `tone` is ok, waiting, warning, danger or plain; `subject` is the client or thing that it is about.

    `resource` is the ARN of what was refused.
    """

    at: datetime
    kind: str
    tone: str
    subject: str
    text: str
    detail: str = ""
    resource: str = ""


def filters(thing_name: str) -> tuple[str, ...]:
    """Answer what to subscribe to for one thing, or for all where the name is empty."""
    who = thing_name or "+"
    return (
        f"$aws/events/presence/+/{who}",
        f"$aws/events/subscriptions/+/{who}",
        f"$aws/things/{who}/shadow/+/+",
        f"$aws/things/{who}/shadow/name/+/+/+",
        REFUSED,
        HANDSHAKE,
    )


def read(message: Message) -> Line | None:
    """Read a message as a line; None for one that tells people nothing."""
    body = object_of(message.payload)
    if message.topic.startswith("$aws/events/"):
        return _event(body)
    if message.topic.startswith(REFUSED):
        return _refused(body)
    if message.topic.startswith(HANDSHAKE):
        return _handshake(body)
    return _shadow(message.topic, body)


def concerns(line: Line, subjects: frozenset[str], body: Mapping[str, Any]) -> bool:
    """Say whether a line is about one of some names (things, client ids, certificates); a handshake has no name."""
    if not subjects or line.kind == "handshake" or line.subject in subjects:
        return True
    return str(body.get("principal", "")) in subjects


def _event(body: dict[str, Any]) -> Line | None:
    kind, client = str(body.get("eventType", "")), str(body.get("clientId", ""))
    at = moment_of(body.get("timestamp"))
    if kind == "connected":
        return Line(at, kind, "ok", client, f"connected from {body.get('ipAddress') or 'an unknown address'}")
    if kind == "disconnected":
        reason = str(body.get("disconnectReason", ""))
        tone = "plain" if reason == "CLIENT_INITIATED_DISCONNECT" else "warning"
        return Line(at, kind, tone, client, f"disconnected: {REASONS.get(reason, reason.lower())}", reason)
    if kind == "connect_failed":
        return Line(at, kind, "danger", client, "was not let in: its policies do not allow iot:Connect")
    if kind in ("subscribed", "unsubscribed"):
        topics = [str(topic) for topic in body.get("topics") or ()]
        return Line(at, kind, "plain", client, f"{kind} {'to' if kind == 'subscribed' else 'from'} {', '.join(topics)}")
    return None


def _shadow(topic: str, body: dict[str, Any]) -> Line | None:
    request, _, suffix = topic.rpartition("/")
    found = parse_reserved(request)
    if found is None or found.area is not Area.SHADOW:
        return None
    name = f"shadow {found.detail}" if found.detail else "shadow"
    at = moment_of((body.get("timestamp") or 0) * 1000)
    state = body.get("state")
    if (found.operation, suffix) == ("update", "accepted") and isinstance(state, dict):
        parts = [part for part in ("desired", "reported") if part in state]
        words = " and ".join({"desired": "wanted", "reported": "reported"}[part] for part in parts) or "nothing"
        return Line(at, "shadow", "ok", found.subject, f"{name}: {words} changed", _short(state))
    if (found.operation, suffix) == ("update", "delta"):
        return Line(at, "delta", "waiting", found.subject, f"{name}: told what differs", _short(state))
    if suffix == "rejected":
        reason = f"{body.get('code', '')} {body.get('message', '')}".strip()
        return Line(at, "rejected", "danger", found.subject, f"{name}: {found.operation} was rejected", reason)
    if (found.operation, suffix) == ("delete", "accepted"):
        return Line(at, "shadow", "warning", found.subject, f"{name} was deleted")
    return None


def _refused(body: dict[str, Any]) -> Line:
    at = moment_of(body.get("time") or body.get("at"))
    client = str(body.get("client_id") or body.get("clientId") or "a client")
    return Line(
        at,
        "refused",
        "danger",
        client,
        refusal_in_words(body),
        str(body.get("reason") or ""),
        str(body.get("resource", "")),
    )


def refusal_in_words(body: Mapping[str, Any]) -> str:
    """Say what was refused and by what, as the console does everywhere."""
    asked = f"was refused {body.get('action') or 'what it asked for'}"
    if body.get("resource"):
        arn = parse_arn(str(body["resource"]))
        asked += f" on {arn.name if arn is not None and arn.name else body['resource']}"
    policy = body.get("policy") or body.get("policy_name")
    if policy:
        return f"{asked}: policy {policy} denies it"
    return asked


def _handshake(body: dict[str, Any]) -> Line:
    text = f"TLS handshake from {body.get('address') or 'an unknown address'} failed"
    return Line(moment_of(body.get("at")), "handshake", "danger", "", text, str(body.get("reason") or ""))


def object_of(payload: bytes) -> dict[str, Any]:
    """Read a JSON object; anything else is an empty one."""
    try:
        body = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def moment_of(value: Any) -> datetime:
    """Read a time: seconds or milliseconds since the epoch, or now for anything else."""
    if not isinstance(value, int | float) or value <= 0:
        return datetime.now(UTC)
    seconds = value / 1000 if value > 100_000_000_000 else value
    return datetime.fromtimestamp(min(seconds, time.time() + 86_400), UTC)


def _short(value: Any) -> str:
    text = orjson.dumps(value).decode() if value is not None else ""
    return text if len(text) <= 300 else text[:299] + "…"
