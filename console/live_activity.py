"""Presence, subscriptions, shadows and refusals as lines that people read: one thing's, or everybody's."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from iot.core.arn import parse_arn
from iot.core.message import Message
from iot.core.topic import Area, parse_reserved

REFUSED = "$seen/refused"
HANDSHAKE = "$seen/handshake"
REASONS: dict[str, str | Promise] = {
    "CLIENT_INITIATED_DISCONNECT": gettext_lazy("it said goodbye"),
    "MQTT_KEEP_ALIVE_TIMEOUT": gettext_lazy("it sent nothing for one and a half keep-alive intervals"),
    "CONNECTION_LOST": gettext_lazy("its connection broke"),
    "DUPLICATE_CLIENTID": gettext_lazy("another connection came with the same client id"),
    "FORBIDDEN_ACCESS": gettext_lazy("it did what its policy does not allow"),
    "AUTH_ERROR": gettext_lazy("its certificate is not active any more"),
    "API_INITIATED_DISCONNECT": gettext_lazy("it was disconnected by an operator"),
    "SERVER_INITIATED_DISCONNECT": gettext_lazy("the gateway ended it"),
    "CLIENT_ERROR": gettext_lazy("it broke the MQTT protocol"),
    "THROTTLED": gettext_lazy("it exceeded a limit"),
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
        return Line(
            at,
            kind,
            "ok",
            client,
            _("connected from %(address)s") % {"address": body.get("ipAddress") or _("an unknown address")},
        )
    if kind == "disconnected":
        reason = str(body.get("disconnectReason", ""))
        tone = "plain" if reason == "CLIENT_INITIATED_DISCONNECT" else "warning"
        return Line(
            at,
            kind,
            tone,
            client,
            _("disconnected: %(reason)s") % {"reason": REASONS.get(reason, reason.lower())},
            reason,
        )
    if kind == "connect_failed":
        return Line(at, kind, "danger", client, _("was not let in: its policies do not allow iot:Connect"))
    if kind in ("subscribed", "unsubscribed"):
        topics = [str(topic) for topic in body.get("topics") or ()]
        text = _("subscribed to %(topics)s") if kind == "subscribed" else _("unsubscribed from %(topics)s")
        return Line(at, kind, "plain", client, text % {"topics": ", ".join(topics)})
    return None


def _shadow(topic: str, body: dict[str, Any]) -> Line | None:
    request, _slash, suffix = topic.rpartition("/")
    found = parse_reserved(request)
    if found is None or found.area is not Area.SHADOW:
        return None
    name = {"name": _("shadow %(name)s") % {"name": found.detail} if found.detail else _("shadow")}
    at = moment_of((body.get("timestamp") or 0) * 1000)
    state = body.get("state")
    if (found.operation, suffix) == ("update", "accepted") and isinstance(state, dict):
        texts = {
            (True, True): _("%(name)s: wanted and reported changed"),
            (True, False): _("%(name)s: wanted changed"),
            (False, True): _("%(name)s: reported changed"),
            (False, False): _("%(name)s: nothing changed"),
        }
        text = texts["desired" in state, "reported" in state]
        return Line(at, "shadow", "ok", found.subject, text % name, _short(state))
    if (found.operation, suffix) == ("update", "delta"):
        return Line(at, "delta", "waiting", found.subject, _("%(name)s: told what differs") % name, _short(state))
    if suffix == "rejected":
        reason = f"{body.get('code', '')} {body.get('message', '')}".strip()
        text = _("%(name)s: %(operation)s was rejected") % {**name, "operation": found.operation}
        return Line(at, "rejected", "danger", found.subject, text, reason)
    if (found.operation, suffix) == ("delete", "accepted"):
        return Line(at, "shadow", "warning", found.subject, _("%(name)s was deleted") % name)
    return None


def _refused(body: dict[str, Any]) -> Line:
    at = moment_of(body.get("time") or body.get("at"))
    client = str(body.get("client_id") or body.get("clientId") or _("a client"))
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
    arn = parse_arn(str(body.get("resource") or ""))
    given = {
        "action": body.get("action") or _("what it asked for"),
        "resource": arn.name if arn is not None and arn.name else body.get("resource"),
        "policy": body.get("policy") or body.get("policy_name"),
    }
    if not given["resource"]:
        return _("was refused %(action)s") % given
    if not given["policy"]:
        return _("was refused %(action)s on %(resource)s") % given
    return _("was refused %(action)s on %(resource)s: policy %(policy)s denies it") % given


def _handshake(body: dict[str, Any]) -> Line:
    text = _("TLS handshake from %(address)s failed") % {"address": body.get("address") or _("an unknown address")}
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
