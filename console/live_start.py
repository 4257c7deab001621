"""What proves each step of the tutorial, and how what was seen instead is put into words."""

from dataclasses import dataclass, field
from typing import Any

import orjson
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

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
                self._note(_refusal(body, self.thing_name))
        elif message.topic.startswith("$aws/events/presence/"):
            self._presence(body)
        elif message.topic.startswith("$seen/rule/"):
            self._rule(body)
        else:
            self._message(message, body)

    def found(self, is_proven: bool) -> None:
        """Take in that the event came before anybody listened."""
        if is_proven and self.proven is None:
            self.proven = _found().get(self.step, "")

    def seen(self) -> tuple[Seen, ...]:
        """Say what was seen; when nothing was, say so."""
        return tuple(self._seen.values()) or (_nothing().get(self.step, _nothing()["run"]),)

    def _presence(self, body: dict[str, Any]) -> None:
        if not self._ours(body.get("clientId"), body.get("principalIdentifier")):
            return
        kind = body.get("eventType")
        if kind == "connected":
            if self.step == "run":
                given = {"client": body.get("clientId"), "address": body.get("ipAddress") or _("an unknown address")}
                self.proven = _("%(client)s connected from %(address)s.") % given
            else:
                self._note(Seen(_("The device has just connected."), _("It should go on by itself in a few seconds.")))
        elif kind == "connect_failed":
            given = {"client": body.get("clientId"), "thing": self.thing_name}
            text = _("%(client)s reached the gateway, and was not let in.") % given
            if given["client"] == self.thing_name:
                advice = _("Its policy must allow iot:Connect on client/%(thing)s.")
            else:
                advice = _("The kit's policy lets it connect as %(thing)s alone: use that as the client id.")
            self._note(Seen(text, advice % given))
        elif kind == "disconnected":
            text = _("The device disconnected: %(reason)s.") % {"reason": body.get("disconnectReason")}
            self._note(Seen(text, _("Start it again and keep it running.")))

    def _message(self, message: Message, body: dict[str, Any]) -> None:
        wanted = {"message": telemetry_topic(self.thing_name), "rule": alert_topic(self.thing_name)}.get(self.step)
        if message.topic == wanted:
            self.proven, self.topic = message.payload[:2000].decode(errors="replace"), message.topic
        elif self.step == "wish" and message.topic.startswith("$aws/things/"):
            self._shadow(message.topic.rpartition("/")[2], body)
        elif message.topic == telemetry_topic(self.thing_name):
            self.messages += 1
            text = ngettext(
                "%(count)s message came from the device; the rule's WHERE has not been true for it.",
                "%(count)s messages came from the device; the rule's WHERE has not been true for any of them.",
                self.messages,
            )
            self._note(Seen(text % {"count": self.messages}, _nothing()["rule"].advice), "in")
        elif message.sender is not None and self._ours(message.sender.client_id, message.sender.principal):
            text = _("The device published to %(topic)s.") % {"topic": message.topic}
            advice = _("This step waits for a message on %(topic)s.") % {"topic": telemetry_topic(self.thing_name)}
            self._note(Seen(text, advice))

    def _shadow(self, suffix: str, body: dict[str, Any]) -> None:
        state = body.get("state") if isinstance(body.get("state"), dict) else {}
        reported = (state or {}).get("reported")
        if suffix == "accepted" and isinstance(reported, dict):
            if self.wish and all(reported.get(key) == value for key, value in self.wish.items()):
                self.proven = orjson.dumps(reported).decode()
            else:
                text = _("The device reported %(state)s.") % {"state": orjson.dumps(reported).decode()[:200]}
                advice = _("That is not what is wanted; the script answers every delta by reporting it.")
                self._note(Seen(text, advice))
        elif suffix == "delta":
            advice = _("If it is connected, it answers within a second.")
            self._note(Seen(_("The wish was sent to the device."), advice), "d")
        elif suffix == "rejected":
            text = _("A shadow update was rejected: %(reason)s.") % {"reason": body.get("message")}
            self._note(Seen(text, _("Correct what the device sends.")))

    def _rule(self, body: dict[str, Any]) -> None:
        if self.step == "rule" and body.get("outcome") not in (None, "success", "Success", "ok"):
            text = _("Rule %(rule)s ran on %(topic)s and its action failed: %(outcome)s.")
            given = {name: body.get(name) for name in ("rule", "topic", "outcome")}
            reason = str(body.get("reason") or "")
            self._note(Seen(text % given, _("The rule's page lists the failure with its reason."), reason))

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


def _found() -> dict[str, str]:
    return {
        "kit": _("The kit is made: a certificate, its policy, and the thing are attached to each other."),
        "run": _("The device is connected."),
        "wish": _("The device has reported what was wanted."),
    }


def _nothing() -> dict[str, Seen]:
    return {
        "kit": Seen(_("No kit has been made yet."), _("Download the kit, or start a simulated device.")),
        "run": Seen(
            _("No connection has reached the gateway."),
            _(
                "Look at the terminal that runs the script. The device must be able to reach the address and port "
                "below; a firewall or a wrong host name is the usual cause."
            ),
        ),
        "message": Seen(
            _("No message has come from the device."),
            _("Is the script still running? Start it again: it publishes every three seconds."),
        ),
        "wish": Seen(
            _("Neither a wish nor an answer has passed."),
            _("Send a wish with the button. If the device is not connected, it gets the wish as soon as it is."),
        ),
        "rule": Seen(
            _("Nothing has come out of the rule."),
            _(
                "The rule passes what its WHERE lets through; the script's temperature goes up and down "
                "between 20 and 30."
            ),
        ),
    }


def _handshake(body: dict[str, Any]) -> Seen:
    text = _("A TLS handshake from %(address)s failed.") % {"address": body.get("address") or _("an unknown address")}
    advice = _("Use ca.pem, certificate.pem.crt and private.pem.key of one and the same kit, and this host name.")
    return Seen(text, advice, str(body.get("reason") or ""))


def _refusal(body: dict[str, Any], thing_name: str) -> Seen:
    policy = str(body.get("policy") or "")
    given = {"thing": thing_name, "topic": telemetry_topic(thing_name)}
    advice = _("Correct what the device asks for, or its policy; the refusals page suggests a statement.")
    if body.get("action") == "iot:Publish":
        advice = _("The script publishes to %(topic)s, which the kit's policy allows.") % given + f" {advice}"
    elif "certificate" in str(body.get("reason")).lower():
        advice = _("It showed another certificate than the kit's: use certificate.pem.crt and private.pem.key of it.")
    elif body.get("action") == "iot:Connect":
        advice = _("The kit's policy lets it connect as %(thing)s alone: use that as the client id.") % given
    statement = body.get("statement")
    detail = orjson.dumps(statement).decode() if statement else str(body.get("reason") or "")
    return Seen(f"{body.get('client_id')} {refusal_in_words(body)}.", advice, detail, policy)


def _json(payload: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}
