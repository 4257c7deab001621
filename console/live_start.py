"""What proves each step of the tutorial, and how what was seen instead is put into words."""

from dataclasses import dataclass, field
from typing import Any

import orjson

from console.live_activity import HANDSHAKE, REFUSED, refusal_in_words
from iot.core.message import Message
from iot.services.kits import alert_topic, telemetry_topic

PATIENCE = 30.0
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Seen:
    """Something that was seen instead of the proof, and what to try."""

    text: str
    advice: str
    detail: str = ""
    policy: str = ""


def filters(step: str, thing_name: str) -> tuple[str, ...]:
    """Answer what to listen to during a step."""
    events = ("$aws/events/presence/+/+", REFUSED, HANDSHAKE)
    found = {
        "kit": ("$changed/certificates/+",),
        "run": events,
        "message": (*events, telemetry_topic(thing_name)),
        "wish": (*events, f"$aws/things/{thing_name}/shadow/update/+"),
        "rule": (*events, telemetry_topic(thing_name), alert_topic(thing_name), "$seen/rule/+"),
    }
    return found.get(step, events)


@dataclass(slots=True)
class Proof:
    """Listens for one step's event; `proven` holds it, the rest is kept as what was seen."""

    step: str
    thing_name: str
    certificate_id: str
    wish: dict[str, Any]
    proven: str | None = None
    topic: str = ""
    messages: int = 0
    _seen: dict[str, Seen] = field(default_factory=dict)

    def take(self, message: Message) -> None:
        """Take a message in."""
        body = _json(message.payload)
        if message.topic.startswith(HANDSHAKE):
            self._note(_handshake(body))
        elif message.topic.startswith(REFUSED):
            if self._ours(body.get("client_id"), body.get("principal")):
                self._note(_refusal(body, telemetry_topic(self.thing_name)))
        elif message.topic.startswith("$aws/events/presence/"):
            self._presence(body)
        elif message.topic.startswith("$seen/rule/"):
            self._rule(body)
        else:
            self._message(message, body)

    def found(self, is_proven: bool) -> None:
        """Take in that the event came before anybody listened."""
        if is_proven and self.proven is None:
            self.proven = _FOUND.get(self.step, "")

    def seen(self) -> tuple[Seen, ...]:
        """Say what was seen; when nothing was, say so."""
        return tuple(self._seen.values()) or (_NOTHING[self.step if self.step in _NOTHING else "run"],)

    def _presence(self, body: dict[str, Any]) -> None:
        if not self._ours(body.get("clientId"), body.get("principalIdentifier")):
            return
        kind = body.get("eventType")
        if kind == "connected":
            if self.step == "run":
                self.proven = f"{body.get('clientId')} connected from {body.get('ipAddress') or 'an unknown address'}."
            else:
                self._note(Seen("The device has just connected.", "It should go on by itself in a few seconds."))
        elif kind == "connect_failed":
            text = f"{body.get('clientId')} reached the gateway, and was not let in."
            self._note(Seen(text, f"Its policy must allow iot:Connect on client/{body.get('clientId')}."))
        elif kind == "disconnected":
            self._note(
                Seen(f"The device disconnected: {body.get('disconnectReason')}.", "Start it again and keep it running.")
            )

    def _message(self, message: Message, body: dict[str, Any]) -> None:
        wanted = {"message": telemetry_topic(self.thing_name), "rule": alert_topic(self.thing_name)}.get(self.step)
        if message.topic == wanted:
            self.proven, self.topic = message.payload[:2000].decode(errors="replace"), message.topic
        elif self.step == "wish" and message.topic.startswith("$aws/things/"):
            self._shadow(message.topic.rpartition("/")[2], body)
        elif message.topic == telemetry_topic(self.thing_name):
            self.messages += 1
            where = "the rule's WHERE has not been true for any of them"
            self._note(Seen(f"{self.messages} messages came from the device; {where}.", _NOTHING["rule"].advice), "in")
        elif message.sender is not None and self._ours(message.sender.client_id, message.sender.principal):
            text = f"The device published to {message.topic}."
            self._note(Seen(text, f"This step waits for a message on {telemetry_topic(self.thing_name)}."))

    def _shadow(self, suffix: str, body: dict[str, Any]) -> None:
        state = body.get("state") if isinstance(body.get("state"), dict) else {}
        reported = (state or {}).get("reported")
        if suffix == "accepted" and isinstance(reported, dict):
            if self.wish and all(reported.get(key) == value for key, value in self.wish.items()):
                self.proven = orjson.dumps(reported).decode()
            else:
                text = f"The device reported {orjson.dumps(reported).decode()[:200]}."
                self._note(Seen(text, "That is not what is wanted; the script answers every delta by reporting it."))
        elif suffix == "delta":
            self._note(Seen("The wish was sent to the device.", "If it is connected, it answers within a second."), "d")
        elif suffix == "rejected":
            self._note(Seen(f"A shadow update was rejected: {body.get('message')}.", "Correct what the device sends."))

    def _rule(self, body: dict[str, Any]) -> None:
        if self.step == "rule" and body.get("outcome") not in (None, "success", "Success", "ok"):
            text = f"Rule {body.get('rule')} ran on {body.get('topic')} and its action failed: {body.get('outcome')}."
            reason = str(body.get("reason") or "")
            self._note(Seen(text, "The rule's page lists the failure with its reason.", reason))

    def _ours(self, client_id: Any, principal: Any) -> bool:
        if principal and self.certificate_id and str(principal).endswith(self.certificate_id):
            return True
        return str(client_id) == self.thing_name or str(client_id).startswith(f"{self.thing_name}-")

    def _note(self, seen: Seen, key: str = "") -> None:
        key = key or seen.text
        self._seen.pop(key, None)
        self._seen[key] = seen
        while len(self._seen) > EXAMPLES:
            self._seen.pop(next(iter(self._seen)))


_FOUND = {
    "kit": "The kit is made: a certificate, its policy, and the thing are attached to each other.",
    "run": "The device is connected.",
    "wish": "The device has reported what was wanted.",
}
_NOTHING = {
    "kit": Seen("No kit has been made yet.", "Download the kit, or start a simulated device."),
    "run": Seen(
        "No connection has reached the gateway.",
        "Look at the terminal that runs the script. The device must be able to reach the address and port below; "
        "a firewall or a wrong host name is the usual cause.",
    ),
    "message": Seen(
        "No message has come from the device.",
        "Is the script still running? Start it again: it publishes every three seconds.",
    ),
    "wish": Seen(
        "Neither a wish nor an answer has passed.",
        "Send a wish with the button. If the device is not connected, it gets the wish as soon as it is.",
    ),
    "rule": Seen(
        "Nothing has come out of the rule.",
        "The rule passes what its WHERE lets through; the script's temperature goes up and down between 20 and 30.",
    ),
}


def _handshake(body: dict[str, Any]) -> Seen:
    text = f"A TLS handshake from {body.get('address') or 'an unknown address'} failed."
    reason = str(body.get("reason") or "")
    return Seen(
        text, "Use ca.pem, certificate.pem.crt and private.pem.key of one and the same kit, and this host name.", reason
    )


def _refusal(body: dict[str, Any], topic: str) -> Seen:
    policy = str(body.get("policy") or "")
    advice = "Correct what the device asks for, or its policy; the refusals page suggests a statement."
    if body.get("action") == "iot:Publish":
        advice = f"The script publishes to {topic}, which the kit's policy allows. {advice}"
    statement = body.get("statement")
    detail = orjson.dumps(statement).decode() if statement else str(body.get("reason") or "")
    return Seen(f"{body.get('client_id')} {refusal_in_words(body)}.", advice, detail, policy)


def _json(payload: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}
