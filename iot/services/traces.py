"""What happens to a message, step by step: who was allowed to publish it, who gets it, and what rules make of it.

Decisions and rules are asked again, by the code that the gateway and the bridge run, with what is in force now; what
failed is what the bridge has kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from iot.core.arn import Scope
from iot.core.message import Message
from iot.core.policy.evaluate import Decision
from iot.core.topic import RULES_PREFIX, Area, matches, parse_reserved, split_share
from iot.models import TopicRule
from iot.services import connections, rule_failures, topic_rules
from iot.services.permissions import permissions
from iot.services.rule_trials import Trial, try_rule

SHOWN_RECEIVERS = 12
MOST_CONNECTIONS = 5_000
MOST_RULES = 20
COMPARED_FAILURES = 20


@dataclass(frozen=True, slots=True)
class ActionStep:
    """An action of a rule that fired: its kind, and why it failed, if the bridge has kept that it did."""

    kind: str
    failure: str


@dataclass(frozen=True, slots=True)
class RuleStep:
    """A rule whose FROM matches: what its statement makes of the message, and its actions where they ran."""

    name: str
    trial: Trial
    actions: tuple[ActionStep, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """The way of a message. `decision` is None where no device sent it; `area` is what answers a reserved topic."""

    message: Message
    decision: Decision | None
    receivers: tuple[str, ...]
    more_receivers: int
    area: Area | None
    rules: tuple[RuleStep, ...]


def trace(scope: Scope, message: Message) -> Trace:
    """Follow a message."""
    receivers = list(_receivers(scope, message.topic))
    reserved = parse_reserved(message.topic)
    return Trace(
        message=message,
        decision=_decision(scope, message),
        receivers=tuple(receivers[:SHOWN_RECEIVERS]),
        more_receivers=max(0, len(receivers) - SHOWN_RECEIVERS),
        area=None if reserved is None else reserved.area,
        rules=tuple(_rules(scope, message)),
    )


def _decision(scope: Scope, message: Message) -> Decision | None:
    sender = message.sender
    if sender is None or sender.hops or not sender.principal or len(sender.principal) != 64:
        return None
    principal = scope.arn("cert", sender.principal)
    return permissions(scope, principal=principal, client_id=sender.client_id).decide("iot:Publish", message.topic)


def _receivers(scope: Scope, topic: str) -> Iterator[str]:
    rows = connections.connections(scope).filter(connected=True).exclude(subscriptions={})
    for client_id, subscriptions in rows.values_list("client_id", "subscriptions")[:MOST_CONNECTIONS]:
        if any(matches(split_share(name)[1], topic, parent=False) for name in subscriptions):
            yield client_id


def _rules(scope: Scope, message: Message) -> Iterator[RuleStep]:
    by_name = message.topic.startswith(RULES_PREFIX)
    named = message.topic.removeprefix(RULES_PREFIX).partition("/")[0] if by_name else ""
    found = 0
    for row in topic_rules.topic_rules(scope, rule_disabled=False).order_by("name"):
        pattern = topic_rules.pattern_of(row)
        if (row.name == named) if by_name else (pattern and matches(pattern, message.topic, parent=False)):
            yield _rule(scope, row, message)
            found += 1
        if found >= MOST_RULES:
            return


def _rule(scope: Scope, row: TopicRule, message: Message) -> RuleStep:
    trial = try_rule(scope, sql=row.sql, version=row.sql_version, message=message)
    if not trial.passed:
        return RuleStep(row.name, trial, ())
    failed = _failed(scope, row.name, message)
    kinds = [next(iter(action), "") for action in row.actions]
    return RuleStep(row.name, trial, tuple(ActionStep(kind, failed.get(at, "")) for at, kind in enumerate(kinds)))


def _failed(scope: Scope, rule_name: str, message: Message) -> dict[int, str]:
    rows = rule_failures.failures(scope, rule_name=rule_name).filter(topic=message.topic)[:COMPARED_FAILURES]
    found: dict[int, str] = {}
    for row in rows:
        kept = rule_failures.message_of(row)
        if kept is not None and kept.payload == message.payload:
            found.setdefault(row.action_index, row.reason)
    return found
