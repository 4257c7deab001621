"""Policy documents: JSON text to statements ready for evaluation.

A document is checked as far as AWS checks it at creation: it must be a JSON object, and where it has statements they
must have an effect, actions and resources. `{}` is a legal document that allows nothing.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from iot.core import errors
from iot.core.policy.conditions import Condition, compile_conditions
from iot.core.policy.variables import Pattern, compile_pattern

MAXIMUM_CHARACTERS = 2048


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement; `index` is its place in the document, counted from zero, `source` its JSON value."""

    allows: bool
    actions: tuple[Pattern, ...]
    not_actions: bool
    resources: tuple[Pattern, ...]
    not_resources: bool
    conditions: tuple[Condition, ...]
    policy: str
    index: int
    sid: str
    source: Mapping[str, Any]

    def covers(self, action: str) -> bool:
        """Say whether the statement speaks of an action."""
        return any(pattern.matches_plain(action.lower()) for pattern in self.actions) is not self.not_actions


@dataclass(frozen=True, slots=True)
class Policy:
    """A compiled policy; `variables` are the names of all policy variables and condition keys it asks for."""

    name: str
    statements: tuple[Statement, ...]
    variables: frozenset[str] = field(default_factory=frozenset)


def compile_policy(text: str, name: str = "") -> Policy:
    """Compile a policy's JSON text. Raises MalformedPolicyException."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise errors.MalformedPolicyException(f"Policy document is not valid JSON: {error}") from None
    if not isinstance(document, dict):
        raise errors.MalformedPolicyException("Policy document is malformed: it must be a JSON object")
    found = document.get("Statement", [])
    sources = found if isinstance(found, list) else [found]
    statements = tuple(_statement(source, name, index) for index, source in enumerate(sources))
    return Policy(name, statements, frozenset(_variables(statements)))


def check_size(text: str) -> None:
    """Demand that a document has at most 2048 characters, white space not counted."""
    if sum(not character.isspace() for character in text) > MAXIMUM_CHARACTERS:
        raise errors.MalformedPolicyException(f"Policy document exceeds {MAXIMUM_CHARACTERS} characters")


def _statement(source: Any, policy: str, index: int) -> Statement:
    if not isinstance(source, dict):
        raise errors.MalformedPolicyException(f"Statement {index} is not a JSON object")
    if source.get("Effect") not in ("Allow", "Deny"):
        raise errors.MalformedPolicyException(f"Statement {index}: Effect must be Allow or Deny")
    not_actions, actions = _either(source, "Action", "NotAction", index)
    not_resources, resources = _either(source, "Resource", "NotResource", index)
    conditions = source.get("Condition") or {}
    if not isinstance(conditions, dict) or not all(isinstance(block, dict) for block in conditions.values()):
        raise errors.MalformedPolicyException(f"Statement {index}: Condition must map operators to keys and values")
    return Statement(
        allows=source["Effect"] == "Allow",
        actions=tuple(compile_pattern(action.lower()) for action in actions),
        not_actions=not_actions,
        resources=tuple(compile_pattern(resource) for resource in resources),
        not_resources=not_resources,
        conditions=compile_conditions(conditions),
        policy=policy,
        index=index,
        sid=str(source.get("Sid", "")),
        source=source,
    )


def _either(source: Mapping[str, Any], name: str, negated: str, index: int) -> tuple[bool, list[str]]:
    if (name in source) == (negated in source):
        raise errors.MalformedPolicyException(f"Statement {index} needs either {name} or {negated}")
    value = source[negated] if negated in source else source[name]
    texts = value if isinstance(value, list) else [value]
    if not all(isinstance(text, str) for text in texts):
        raise errors.MalformedPolicyException(f"Statement {index}: {name} must be a string or a list of strings")
    return negated in source, texts


def _variables(statements: Iterable[Statement]) -> Iterable[str]:
    for statement in statements:
        for pattern in statement.resources:
            yield from pattern.variables
        for condition in statement.conditions:
            yield from condition.variables
