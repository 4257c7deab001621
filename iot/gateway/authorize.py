"""May it? The decisions for one connection, made by the policy core and remembered.

A decision depends on the policies and on the values of the variables that these policies use, so connections that agree
in both share what is remembered. When policies change, connections get another object and the old one is dropped whole.
"""

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from weakref import WeakValueDictionary

from iot.core.arn import Scope
from iot.core.policy.document import Statement
from iot.core.policy.evaluate import Decision, PolicySet
from iot.core.policy.variables import Context, Value, make_context
from iot.core.topic import is_publishable, split_share
from iot.gateway.principals import Principal, thing_facts
from iot.gateway.reserved_topics import is_deliverable, is_subscribable

REMEMBERED = 1024


class Why(Enum):
    """Why something is refused, as it is shown to people."""

    POLICY_DENIES = "A statement denies it"
    NO_POLICY_ALLOWS = "No statement allows it"
    RESERVED = "The topic is reserved"


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal: what of, and the statement that decided (None: no statement allows it)."""

    action: str
    resource: str
    why: Why
    statement: Statement | None = None


@dataclass(frozen=True, slots=True)
class Will:
    """What a will asks for."""

    topic: str
    retain: bool


class Decisions:
    """What was decided with one set of policies and one set of values."""

    __slots__ = ("__weakref__", "_context", "_found", "_policies", "publishable", "receivable")

    def __init__(self, policies: PolicySet, context: Context) -> None:
        self._policies = policies
        self._context = context
        self._found: dict[tuple[str, str], Decision] = {}
        self.publishable: dict[str, bool] = {}
        self.receivable: dict[str, bool] = {}

    def decide(self, action: str, resource: str) -> Decision:
        key = (action, resource)
        found = self._found.get(key)
        if found is None:
            if len(self._found) >= REMEMBERED:
                self._found.clear()
            found = self._found[key] = self._policies.decide(action, resource, self._context)
        return found


_shared: WeakValueDictionary[tuple[PolicySet, tuple[Value | None, ...]], Decisions] = WeakValueDictionary()


class Authority:
    """What one connection may do. `own_groups` are the shared groups of our own processes."""

    __slots__ = ("_client", "_decisions", "_filter", "_groups", "_principal", "_topic")

    def __init__(
        self,
        scope: Scope,
        principal: Principal,
        *,
        client_id: str | None,
        address: str,
        own_groups: frozenset[str] = frozenset(),
        mqtt: bool = True,
    ) -> None:
        self._principal = principal
        self._client = scope.arn("client", client_id or "")
        self._topic, self._filter = _prefixes(scope)
        self._groups = own_groups
        thing = principal.thing_for(client_id) if mqtt and client_id is not None else None
        self._decisions = _decisions(
            principal.policies,
            make_context(
                client_id=client_id,
                source_ip=address,
                mqtt=mqtt,
                thing=thing_facts(thing),
                certificate=principal.certificate,
            ),
        )

    def publishes(self, topic: str) -> bool:
        """Say whether a message that is not to be retained may be published: the question of every message."""
        known = self._decisions.publishable
        found = known.get(topic)
        if found is None:
            found = _remember(known, topic, self.may_publish(topic, False) is None)
        return found

    def receives(self, topic: str) -> bool:
        """Say whether a message may be delivered: the question of every delivery."""
        known = self._decisions.receivable
        found = known.get(topic)
        if found is None:
            found = _remember(known, topic, self.may_receive(topic) is None)
        return found

    def may_connect(self, address: str, client_id: str, *, persistent: bool, will: Will | None) -> Refused | None:
        """Check iot:Connect with its condition keys, then what the will needs."""
        attributes = [name for name, on in (("PersistentConnect", persistent), ("LastWill", will is not None)) if on]
        context = make_context(
            client_id=client_id,
            source_ip=address,
            thing=thing_facts(self._principal.thing_for(client_id)),
            certificate=self._principal.certificate,
            connect_attributes=attributes,
            last_will_topic=None if will is None else self._topic + will.topic,
        )
        decision = self._principal.policies.decide("iot:Connect", self._client, context)
        if not decision.allowed:
            return _refused("iot:Connect", self._client, decision)
        return None if will is None else self.may_publish(will.topic, will.retain)

    def may_publish(self, topic: str, retain: bool) -> Refused | None:
        """Check iot:Publish, and iot:RetainPublish for a message to be retained."""
        resource = self._topic + topic
        if topic.startswith("$") and (retain or not is_publishable(topic)):
            return Refused("iot:Publish", resource, Why.RESERVED)
        decision = self._decisions.decide("iot:Publish", resource)
        if not decision.allowed:
            return _refused("iot:Publish", resource, decision)
        if not retain:
            return None
        decision = self._decisions.decide("iot:RetainPublish", resource)
        return None if decision.allowed else _refused("iot:RetainPublish", resource, decision)

    def may_subscribe(self, topic_filter: str) -> Refused | None:
        """Check iot:Subscribe; of a shared subscription the inner filter counts."""
        if not is_subscribable(topic_filter, self._groups):
            return Refused("iot:Subscribe", self._filter + topic_filter, Why.RESERVED)
        _, inner = split_share(topic_filter)
        resource = self._filter + inner
        decision = self._decisions.decide("iot:Subscribe", resource)
        return None if decision.allowed else _refused("iot:Subscribe", resource, decision)

    def may_receive(self, topic: str) -> Refused | None:
        """Check iot:Receive."""
        resource = self._topic + topic
        if not is_deliverable(topic):
            return Refused("iot:Receive", resource, Why.RESERVED)
        decision = self._decisions.decide("iot:Receive", resource)
        return None if decision.allowed else _refused("iot:Receive", resource, decision)

    def may(self, action: str, kind: str, name: str, scope: Scope) -> Refused | None:
        """Check any other action, such as iot:GetThingShadow on a thing."""
        resource = scope.arn(kind, name)
        decision = self._decisions.decide(action, resource)
        return None if decision.allowed else _refused(action, resource, decision)


@lru_cache
def _prefixes(scope: Scope) -> tuple[str, str]:
    return scope.arn("topic", ""), scope.arn("topicfilter", "")


def _remember(known: dict[str, bool], topic: str, found: bool) -> bool:
    if len(known) >= REMEMBERED:
        known.clear()
    known[topic] = found
    return found


def _decisions(policies: PolicySet, context: Context) -> Decisions:
    key = (policies, tuple(context.value(name) for name in sorted(policies.variables)))
    found = _shared.get(key)
    if found is None:
        found = _shared[key] = Decisions(policies, context)
    return found


def _refused(action: str, resource: str, decision: Decision) -> Refused:
    why = Why.NO_POLICY_ALLOWS if decision.statement is None else Why.POLICY_DENIES
    return Refused(action, resource, why, decision.statement)
