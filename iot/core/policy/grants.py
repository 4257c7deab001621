"""What policies grant and deny for an action, pattern by pattern, as they stand for one connection: for people to read.

Whether a pattern can match at all, and whether a denial takes away again what it allows, is asked of the evaluation
itself, with a resource whose wildcards are filled in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from iot.core.policy.document import Statement
from iot.core.policy.evaluate import Effect, PolicySet
from iot.core.policy.variables import Context, Pattern

_FILLING = "x"


class Force(StrEnum):
    """Whether what a pattern says is so: in force; without a value for its variable; never, as no resource of the
    action's kind matches it; not now, as a condition does not hold; or overruled by a statement that denies."""

    IN_FORCE = "in force"
    NO_VALUE = "no value"
    NEVER = "never"
    NOT_NOW = "not now"
    OVERRULED = "overruled"


@dataclass(frozen=True, slots=True)
class Grant:
    """What one pattern of a statement says: `name` is the client, topic, filter or thing it stands for.

    With `others` it speaks of everything but the name (NotResource).
    """

    allows: bool
    name: str
    others: bool
    force: Force
    statement: Statement


def grants(policies: PolicySet, action: str, arn_of: Callable[[str], str], context: Context) -> tuple[Grant, ...]:
    """Say what policies grant and deny for an action; `arn_of` makes the ARN of its kind of resource from a name."""
    prefix = arn_of("")
    return tuple(
        Grant(
            allows=statement.allows,
            name=_name(pattern, prefix, context),
            others=statement.not_resources,
            force=_force(policies, statement, pattern, action, prefix, context),
            statement=statement,
        )
        for statement in policies.statements(action)
        for pattern in statement.resources
    )


def _name(pattern: Pattern, prefix: str, context: Context) -> str:
    text = pattern.render(context) or pattern.text
    kind = prefix.rpartition(":")[2]
    head, found, name = text.partition(f":{kind}")
    return name if found and head.startswith("arn:") else text


def _force(
    policies: PolicySet, statement: Statement, pattern: Pattern, action: str, prefix: str, context: Context
) -> Force:
    resolved = pattern.resolve(context)
    if resolved is None:
        return Force.NO_VALUE
    if not all(condition.holds(context) for condition in statement.conditions):
        return Force.NOT_NOW
    if statement.not_resources:
        return Force.IN_FORCE
    resource = _sample(resolved, prefix)
    if not pattern.matches(resource, context):
        return Force.NEVER
    if statement.allows and policies.decide(action, resource, context).effect is Effect.EXPLICIT_DENY:
        return Force.OVERRULED
    return Force.IN_FORCE


def _sample(resolved: tuple[tuple[str, str], ...], prefix: str) -> str:
    """Answer a resource of the wanted kind that the pattern would match, if it can match one."""
    text = "".join(_FILLING if kind == "wildcard" else part for kind, part in resolved)
    kind = prefix.rpartition(":")[2]
    _head, found, name = text.partition(f":{kind}")
    return prefix + (name if found else _FILLING)
