"""Where one device stands with us: who it is, what it may do, and until when; `connection` carries it out.

A principal may change at any time: while the device is being let in it is looked up anew, and an open connection is
judged again, its CONNECT and each of its subscriptions.
"""

import asyncio
import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace

from iot.core.message import Sender
from iot.core.mqtt.events import Cause
from iot.core.mqtt.packets import Connect
from iot.core.mqtt.reason_codes import ReasonCode
from iot.gateway.authenticate import Admitted, Authenticate, NotAuthenticated
from iot.gateway.authorize import Authority, Refused, Will
from iot.gateway.judge import DeviceJudge
from iot.gateway.limits import Bucket
from iot.gateway.presence import Session
from iot.gateway.principals import Principal
from iot.gateway.shared import Shared
from iot.gateway.stream import Stream
from iot.gateway.told import Teller
from iot.services.gateway_principals import AttachedThing

MAXIMUM_CLIENT_ID = 128


class Unwelcome(Exception):
    """The device may not come in, or not stay: the reason code that tells it, AWS's cause, and the reason in words.

    Words that only whoever runs the cloud should read go to the teller instead.
    """

    def __init__(self, code: ReasonCode, cause: Cause, detail: str = "") -> None:
        super().__init__(detail)
        self.code, self.cause, self.detail = code, cause, detail


class Standing:
    """The standing of one device; `judge` and what else follows from its principal are there once it has entered."""

    __slots__ = (
        "_admitted",
        "_authenticate",
        "_deadline",
        "_renew_at",
        "_shared",
        "_stream",
        "connect",
        "judge",
        "teller",
    )

    def __init__(self, shared: Shared, stream: Stream, authenticate: Authenticate) -> None:
        self._shared = shared
        self._stream = stream
        self._authenticate = authenticate
        self._admitted: Admitted | None = None
        self._deadline = 0.0
        self._renew_at = 0.0
        self.connect: Connect | None = None
        self.judge: DeviceJudge | None = None
        self.teller = Teller(shared.refusals, stream.peer.address)

    @property
    def client_id(self) -> str:
        return self.teller.client_id

    @property
    def principal(self) -> str:
        return self.teller.principal

    @property
    def thing(self) -> AttachedThing | None:
        """The thing that the device acts for."""
        return None if self._admitted is None else self._admitted.principal.thing_for(self.client_id)

    @property
    def sender(self) -> Sender:
        return Sender(self.client_id, self.principal, self._stream.peer.address)

    async def enter(self, connect: Connect, known: Callable[[str], None]) -> None:
        """Find who it is and whether it may connect; `known` hears of its principal at once. Raises Unwelcome."""
        self.connect = connect
        self._take_client_id(connect.client_id or f"auto-{secrets.token_hex(12)}")
        try:
            principal = await self._authenticated(connect, known)
        except NotAuthenticated as error:
            self.teller.principal = error.principal
            self._shared.counters.add("Connect.AuthError")
            self.teller.note("iot:Connect", str(error))
            raise Unwelcome(ReasonCode.NOT_AUTHORIZED, Cause.AUTH_ERROR) from None
        authority = self._authority(principal)
        refused = self._may_connect(authority, connect)
        if refused is not None:
            self._shared.counters.add("Connect.AuthError")
            self.teller.refused(refused)
            self._shared.presence.connect_failed(self.open_session())
            raise Unwelcome(ReasonCode.NOT_AUTHORIZED, Cause.AUTH_ERROR, refused.why.value)
        limits = self._shared.limits
        rate = Bucket(limits.publishes, limits.publishes * limits.burst_seconds)
        self.judge = DeviceJudge(authority, rate, strict=self._shared.strict)

    def open_session(self) -> Session:
        """Begin a session in the sense of lifecycle events."""
        thing = self.thing
        return self._shared.presence.open_session(
            self.client_id,
            self.principal,
            self._stream.peer.address,
            thing.name if thing is not None and thing.exclusive else None,
        )

    def reauthorize(self, principal: Principal | None, subscriptions: Iterable[str]) -> Unwelcome | None:
        """Decide anew, because the principal has changed or is gone; answers why the device cannot stay."""
        connect, admitted, judge = self.connect, self._admitted, self.judge
        if connect is None or admitted is None or judge is None:
            return None  # it is being let in, and will not be if this is not its principal any more
        if principal is None:
            detail = "The certificate is not active any more"
            return Unwelcome(ReasonCode.ADMINISTRATIVE_ACTION, Cause.AUTH_ERROR, detail)
        self._admitted = replace(admitted, principal=principal)
        judge.authority = authority = self._authority(principal)
        refused = self._may_connect(authority, connect)
        for topic_filter in subscriptions:
            if refused is None:
                refused = authority.may_subscribe(topic_filter)
        if refused is None:
            return None
        self.teller.refused(refused)
        return Unwelcome(ReasonCode.NOT_AUTHORIZED, Cause.AUTH_ERROR, "Policies forbid the connection by now")

    def run_out(self, now: float) -> Unwelcome | None:
        """Answer why the device cannot stay, once its authentication has run out."""
        if not self._deadline or now <= self._deadline or self._admitted is None:
            return None
        return Unwelcome(ReasonCode.MAXIMUM_CONNECT_TIME, self._admitted.at_end, "The authentication has run out")

    def is_due(self, now: float) -> bool:
        """Say whether it is time to `renew`."""
        return bool(self._renew_at) and now > self._renew_at

    async def renew(self, subscriptions: Iterable[str]) -> Unwelcome | None:
        """Ask the authorizer anew; the connection's end stays where it was. Answers why the device cannot stay."""
        self._renew_at = 0.0
        admitted = self._admitted
        if admitted is None or admitted.renew is None:
            return None
        try:
            found = await admitted.renew()
        except NotAuthenticated as error:
            self.teller.note("iot:Connect", str(error))
            return Unwelcome(ReasonCode.NOT_AUTHORIZED, Cause.AUTH_ERROR)
        self._admitted = replace(found, at_end=admitted.at_end)
        self._renew_after(found.renew_after)
        return self.reauthorize(found.principal, subscriptions)

    def _take_client_id(self, client_id: str) -> None:
        self.teller.client_id = client_id
        if not _is_usable(client_id):
            self.teller.note("iot:Connect", "The client id is not one that can be used")
            raise Unwelcome(ReasonCode.CLIENT_IDENTIFIER_NOT_VALID, Cause.CLIENT_ERROR)
        if not self._shared.admission.admit_client(client_id):
            self._shared.counters.add("Connect.ClientIDThrottle")
            self.teller.note("iot:Connect", "The client id connects too often")
            raise Unwelcome(ReasonCode.QUOTA_EXCEEDED, Cause.THROTTLED)

    async def _authenticated(self, connect: Connect, known: Callable[[str], None]) -> Principal:
        while True:
            admitted = self._admitted = await self._authenticate(connect, self._stream.peer)
            principal = admitted.principal
            self.teller.principal = principal.id
            known(principal.id)
            if self._shared.principals.is_current(principal):
                break
        if admitted.seconds is not None:
            self._deadline = asyncio.get_running_loop().time() + admitted.seconds
        self._renew_after(admitted.renew_after)
        return principal

    def _renew_after(self, seconds: float | None) -> None:
        self._renew_at = asyncio.get_running_loop().time() + seconds if seconds else 0.0

    def _authority(self, principal: Principal) -> Authority:
        return Authority(
            self._shared.scope,
            principal,
            client_id=self.client_id,
            address=self._stream.peer.address,
            own_groups=self._shared.own_groups,
        )

    def _may_connect(self, authority: Authority, connect: Connect) -> Refused | None:
        expiry = connect.properties.session_expiry_interval or 0
        persistent = expiry > 0 if connect.version == 5 else not connect.clean_start
        will = None if connect.will is None else Will(connect.will.topic, connect.will.retain)
        return authority.may_connect(self._stream.peer.address, self.client_id, persistent=persistent, will=will)


def _is_usable(client_id: str) -> bool:
    """AWS takes at most 128 bytes, and no `$` at the start; such ids are our own processes'."""
    return len(client_id.encode()) <= MAXIMUM_CLIENT_ID and not client_id.startswith("$") and client_id.isprintable()
