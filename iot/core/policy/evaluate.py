"""The decision: explicit deny before allow before implicit deny, over the union of all policies that apply."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from iot.core.policy.document import Policy, Statement
from iot.core.policy.variables import Context


class Effect(StrEnum):
    """A decision, in the words of TestAuthorization."""

    ALLOWED = "ALLOWED"
    EXPLICIT_DENY = "EXPLICIT_DENY"
    IMPLICIT_DENY = "IMPLICIT_DENY"


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision and the statement that made it; an implicit denial has none."""

    effect: Effect
    statement: Statement | None = None

    @property
    def allowed(self) -> bool:
        return self.effect is Effect.ALLOWED


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one statement says to a request: whether each of its parts matched, and what its variables stood for."""

    statement: Statement
    action_matched: bool
    resource_matched: bool
    conditions: tuple[tuple[str, str, bool], ...]
    values: tuple[tuple[str, str | None], ...]

    @property
    def matched(self) -> bool:
        return self.action_matched and self.resource_matched and all(met for _, _, met in self.conditions)


IMPLICIT_DENY = Decision(Effect.IMPLICIT_DENY)


class PolicySet:
    """The policies in force for a principal, arranged by action on first use."""

    __slots__ = ("_by_action", "policies", "variables")

    def __init__(self, policies: Sequence[Policy]) -> None:
        self.policies = tuple(policies)
        self.variables = frozenset(name for policy in policies for name in policy.variables)
        self._by_action: dict[str, tuple[Statement, ...]] = {}

    def statements(self, action: str) -> tuple[Statement, ...]:
        """Answer the statements that speak of an action, denials first."""
        found = self._by_action.get(action)
        if found is None:
            chosen = [one for policy in self.policies for one in policy.statements if one.covers(action)]
            found = tuple(sorted(chosen, key=lambda statement: statement.allows))
            self._by_action[action] = found
        return found

    def decide(self, action: str, resource: str, context: Context) -> Decision:
        """Decide whether an action (`iot:Publish`) on a resource (an ARN, or `*`) is allowed."""
        for statement in self.statements(action):
            if _matches_resource(statement, resource, context) and all(
                condition.holds(context) for condition in statement.conditions
            ):
                return Decision(Effect.ALLOWED if statement.allows else Effect.EXPLICIT_DENY, statement)
        return IMPLICIT_DENY

    def explain(self, action: str, resource: str, context: Context) -> tuple[Explanation, ...]:
        """Say for every statement what matched and what its variables stood for."""
        return tuple(
            Explanation(
                statement=statement,
                action_matched=statement.covers(action),
                resource_matched=_matches_resource(statement, resource, context),
                conditions=tuple((one.operator, one.key, one.holds(context)) for one in statement.conditions),
                values=tuple((name, _shown(context, name)) for name in _names(statement)),
            )
            for policy in self.policies
            for statement in policy.statements
        )


def evaluate(policies: Sequence[Policy], action: str, resource: str, context: Context) -> Decision:
    """Decide once; keep a PolicySet where many decisions are made with the same policies."""
    return PolicySet(policies).decide(action, resource, context)


def _matches_resource(statement: Statement, resource: str, context: Context) -> bool:
    if not statement.not_resources:
        return any(pattern.matches(resource, context) for pattern in statement.resources)
    if any(pattern.resolve(context) is None for pattern in statement.resources):
        return False
    return not any(pattern.matches(resource, context) for pattern in statement.resources)


def _names(statement: Statement) -> list[str]:
    names = [name for pattern in statement.resources for name in pattern.variables]
    names += [name for condition in statement.conditions for name in condition.variables]
    return list(dict.fromkeys(names))


def _shown(context: Context, name: str) -> str | None:
    value = context.value(name)
    return ", ".join(value) if isinstance(value, tuple) else value
