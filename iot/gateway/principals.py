"""Who may connect, held in memory: principals with their compiled policies, loaded when first asked for.

A change is told of on `$changed/…` and found again by polling; what it touches is dropped, and reloaded at once where
connections are open. While a load runs a change may overtake it, so a load that was overtaken is made again.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from cryptography import x509

from iot.core import errors
from iot.core.arn import Scope
from iot.core.policy.document import Policy, compile_policy
from iot.core.policy.evaluate import PolicySet
from iot.core.policy.variables import CertificateFacts, ThingFacts
from iot.services import gateway_principals
from iot.services.call import call
from iot.services.certificate_facts import read_facts
from iot.services.gateway_principals import AttachedThing, PrincipalRecord

log = logging.getLogger(__name__)

KEPT = 20_000
BATCH = 256
ATTEMPTS = 5
RETRY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Principal:
    """Who connects: a certificate by its id, a user's access key, or who a custom authorizer says it is.

    `expires` is the moment (epoch seconds) after which it may not connect any more.
    """

    id: str
    policies: PolicySet
    policy_names: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    certificate: CertificateFacts | None = None
    things: tuple[AttachedThing, ...] = ()
    expires: float = float("inf")
    is_certificate: bool = True

    def thing_for(self, client_id: str) -> AttachedThing | None:
        """Answer the thing of a connection: the exclusively attached one, or the attached one of the client's name."""
        return next((thing for thing in self.things if thing.exclusive or thing.name == client_id), None)


Changed = Callable[[str, Principal | None], None]
Read = Callable[[Scope, list[str]], Awaitable[dict[str, PrincipalRecord]]]


class Principals:
    """The principals of a scope; `on_change` hears of each with open connections that changed (None: it is gone)."""

    def __init__(
        self, scope: Scope, is_live: Callable[[str], bool], on_change: Changed, read: Read | None = None
    ) -> None:
        self._scope = scope
        self._read = read or _read_rows
        self._is_live = is_live
        self._on_change = on_change
        self._held: OrderedDict[str, Principal] = OrderedDict()
        self._wanted: dict[str, asyncio.Future[Principal | None]] = {}
        self._changes = 0
        self._loading: asyncio.Task[None] | None = None
        self._reloads: set[asyncio.Task[None]] = set()

    async def find(self, certificate_id: str) -> Principal | None:
        """Answer the principal of a certificate that may connect now; None for any other."""
        held = self._held.get(certificate_id)
        if held is not None:
            self._held.move_to_end(certificate_id)
            return held if held.expires > time.time() else None
        future = self._wanted.get(certificate_id)
        if future is None:
            future = self._wanted[certificate_id] = asyncio.get_running_loop().create_future()
            if self._loading is None or self._loading.done():
                self._loading = asyncio.create_task(self._load_wanted())
        return await asyncio.shield(future)

    def is_current(self, principal: Principal) -> bool:
        """Say whether nothing has changed about a principal since it was found."""
        return not principal.is_certificate or self._held.get(principal.id) is principal

    def forget_expired(self) -> None:
        """Tell of live principals whose certificates have run out."""
        now = time.time()
        for certificate_id, principal in list(self._held.items()):
            if principal.expires <= now:
                del self._held[certificate_id]
                self._on_change(certificate_id, None)

    def apply(self, kind: str, name: str) -> None:
        """Take a notice of change: drop whom it touches, reload those with open connections."""
        self._changes += 1
        touched = [one for one, principal in self._held.items() if _touches(kind, name, principal)]
        self._reload(touched)

    def reload_all(self) -> None:
        """Drop everything, because changes may have been missed."""
        self._changes += 1
        self._reload(list(self._held))

    def _reload(self, touched: Iterable[str]) -> None:
        live = []
        for certificate_id in touched:
            self._held.pop(certificate_id, None)
            if self._is_live(certificate_id):
                live.append(certificate_id)
        if live:
            task = asyncio.create_task(self._reload_live(live))
            self._reloads.add(task)
            task.add_done_callback(self._reloads.discard)

    async def _reload_live(self, live: list[str]) -> None:
        for start in range(0, len(live), BATCH):
            part = live[start : start + BATCH]
            found = await self._find_all(part)
            for certificate_id, principal in zip(part, found, strict=True):
                self._on_change(certificate_id, principal)

    async def _find_all(self, certificate_ids: list[str]) -> list[Principal | None]:
        while True:
            try:
                return await asyncio.gather(*(self.find(certificate_id) for certificate_id in certificate_ids))
            except Exception:
                log.exception("Principals could not be loaded again; trying once more")
                await asyncio.sleep(RETRY_SECONDS)

    async def _load_wanted(self) -> None:
        while self._wanted:
            part = list(self._wanted)[:BATCH]
            try:
                found = await self._load(part)
            except Exception as error:
                for certificate_id in part:
                    _fail(self._wanted.pop(certificate_id), error)
                continue
            for certificate_id in part:
                principal = found.get(certificate_id)
                if principal is not None:
                    self._held[certificate_id] = principal
                future = self._wanted.pop(certificate_id)
                if not future.done():
                    future.set_result(principal)
            self._trim()

    async def _load(self, part: list[str]) -> dict[str, Principal]:
        for _ in range(ATTEMPTS):
            changes = self._changes
            records = await self._read(self._scope, part)
            if changes == self._changes:
                break
        now = time.time()
        principals = (make_principal(record) for record in records.values() if record.active)
        return {one.id: one for one in principals if one.expires > now}

    def _trim(self) -> None:
        for certificate_id in list(self._held)[: max(0, len(self._held) - KEPT)]:
            if not self._is_live(certificate_id):
                del self._held[certificate_id]


async def _read_rows(scope: Scope, certificate_ids: list[str]) -> dict[str, PrincipalRecord]:
    return await call(gateway_principals.load, scope, certificate_ids)


def make_principal(record: PrincipalRecord) -> Principal:
    """Compile a principal from its rows; a certificate that is not valid yet is one that has expired."""
    early = record.not_before.timestamp() > time.time()
    return Principal(
        id=record.certificate_id,
        policies=policy_set(record.documents),
        policy_names=frozenset(name for name, _ in record.documents),
        groups=record.groups,
        certificate=read_facts(record.certificate_id, x509.load_pem_x509_certificate(record.pem.encode())),
        things=record.things,
        expires=0.0 if early else record.not_after.timestamp(),
    )


def thing_facts(thing: AttachedThing | None) -> ThingFacts | None:
    """Answer what policies may ask about a connection's thing."""
    if thing is None:
        return None
    return ThingFacts(thing.name, thing.type_name, dict(thing.attributes), attached=True, exclusive=thing.exclusive)


@lru_cache(maxsize=1024)
def policy_set(documents: tuple[tuple[str, str], ...]) -> PolicySet:
    """Compile policies; principals with the same policies share what is compiled."""
    return PolicySet([_compile(name, text) for name, text in documents])


def _compile(name: str, text: str) -> Policy:
    try:
        return compile_policy(text, name)
    except errors.MalformedPolicyException:
        return Policy(name, ())


def _touches(kind: str, name: str, principal: Principal) -> bool:
    match kind:
        case "certificates":
            return principal.id == name
        case "policies":
            return name in principal.policy_names
        case "groups":
            return name in principal.groups
        case "things":
            return any(thing.name == name for thing in principal.things)
    return False


def _fail(future: asyncio.Future[Principal | None], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
