"""What all connections of one gateway process share, handed to each."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from iot.core.arn import Scope
from iot.core.message import Message
from iot.core.mqtt.events import ProxyConfig
from iot.gateway.clients import Clients
from iot.gateway.counters import Counters
from iot.gateway.limits import Admission, Limits
from iot.gateway.presence import Presence, Session
from iot.gateway.principals import Principals
from iot.gateway.refusal_log import RefusalLog
from iot.gateway.upstream import Broker


@dataclass(frozen=True, slots=True)
class Shared:
    """`tell_taken` tells other gateways that a client id has come here (with the session, and its clean start)."""

    scope: Scope
    strict: bool
    limits: Limits
    proxy: ProxyConfig
    own_groups: frozenset[str]
    broker: Broker
    principals: Principals
    clients: Clients
    presence: Presence
    refusals: RefusalLog
    counters: Counters
    admission: Admission
    publish: Callable[[Message], Awaitable[None]]
    tell_taken: Callable[[Session, bool], None]
