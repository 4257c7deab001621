"""What a device may do, in words: a line for each thing that devices do, and its own topics put to the test."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from iot.core.policy.grants import Force, Grant
from iot.services import kits
from iot.services.permissions import Permissions, permissions
from iot.services.simulations import KINDS

DEEDS: tuple[tuple[str, str | Promise], ...] = (
    ("iot:Connect", _("connect as")),
    ("iot:Publish", _("publish to")),
    ("iot:Subscribe", _("subscribe to")),
    ("iot:Receive", _("receive from")),
    ("iot:RetainPublish", _("leave retained messages on")),
    ("iot:GetThingShadow", _("read, over HTTPS, the shadows of")),
    ("iot:UpdateThingShadow", _("change, over HTTPS, the shadows of")),
)
WORDS: dict[Force, str | Promise] = {
    Force.IN_FORCE: "",
    Force.NO_VALUE: _("grants nothing: a variable in it has no value for this client id"),
    Force.NEVER: _("matches nothing: the resource is of another kind, account or region"),
    Force.NOT_NOW: _("not now: a condition does not hold"),
    Force.OVERRULED: _("taken away by a statement that denies"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """One pattern of a line: what it is for, and why it is not in force where it is not."""

    name: str
    others: bool
    fault: str | Promise
    policy: str
    number: int


@dataclass(frozen=True, slots=True)
class Deed:
    """A line: what may be done, to what, and to what never."""

    action: str
    words: str | Promise
    may: tuple[Said, ...]
    never: tuple[Said, ...]

    @property
    def anything(self) -> bool:
        """Whether anything at all is allowed."""
        return any(not said.fault for said in self.may)


@dataclass(frozen=True, slots=True)
class Check:
    """One of a device's own topics put to the test."""

    words: str | Promise
    name: str
    allowed: bool
    url: str


def permissions_in_words(*, principal: str, client_id: str, thing_name: str = "") -> dict[str, object]:
    """Answer the lines for a principal that connects under a client id, and how its own topics fare."""
    held = permissions(settings.SCOPE, principal=principal, client_id=client_id, thing_name=thing_name)
    found = {
        "client_id": client_id,
        "deeds": [_deed(held, action, words) for action, words in DEEDS],
        "any": bool(held.policies.policies),
    }
    if client_id:
        found["checks"] = [_check(held, principal, client_id, *one) for one in _own(client_id)]
    return found


def deeds() -> list[tuple[str, str | Promise, str]]:
    """Answer what a statement may speak of: the action, its words, and how the ARNs of its resources begin."""
    return [(action, words, settings.SCOPE.arn(KINDS[action], "")) for action, words in DEEDS]


def _own(name: str) -> tuple[tuple[str, str, str | Promise], ...]:
    delta = f"$aws/things/{name}/shadow/update/delta"
    return (
        ("iot:Connect", name, _("connect as itself")),
        ("iot:Publish", kits.telemetry_topic(name), _("publish its telemetry")),
        ("iot:Publish", f"$aws/things/{name}/shadow/update", _("report its state")),
        ("iot:Subscribe", delta, _("ask to be told of wishes")),
        ("iot:Receive", delta, _("be told of wishes")),
    )


def _deed(held: Permissions, action: str, words: str | Promise) -> Deed:
    grants = held.of(action)
    may = tuple(_said(grant) for grant in grants if grant.allows)
    never = tuple(_said(grant) for grant in grants if not grant.allows)
    return Deed(action, words, may, never)


def _said(grant: Grant) -> Said:
    statement = grant.statement
    return Said(grant.name, grant.others, WORDS[grant.force], statement.policy, statement.index + 1)


def _check(held: Permissions, principal: str, client_id: str, action: str, name: str, words: str | Promise) -> Check:
    query = {"certificate": principal, "client": client_id, "action": action, "name": name}
    url = f"{reverse('simulator')}?{urlencode({key: value for key, value in query.items() if value})}"
    return Check(words, name, held.decide(action, name).allowed, url)
