"""Trying a rule on a message without running its actions: what matches, what WHERE compares, what comes out."""

import random
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from iot.core import errors
from iot.core.arn import Scope
from iot.core.message import Message
from iot.core.sql import (
    UNDEFINED,
    Environment,
    FunctionFailed,
    Input,
    RuleError,
    Run,
    Statement,
    compile_statement,
)
from iot.core.sql.values import to_json
from iot.core.topic import RULES_PREFIX
from iot.services.rule_ports import OurPorts

MAXIMUM_TEXT = 32 * 1024


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison of WHERE: its text position, operator, and the values of its sides as JSON text."""

    line: int
    operator: str
    left: str
    right: str
    passed: bool


@dataclass(frozen=True, slots=True)
class Rendered:
    """A substitution template of an action with what becomes of it, or why it fails."""

    text: str
    value: str = ""
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule makes of a message. `fault` is the parser's complaint, with its place; `failure` evaluation's."""

    fault: str = ""
    line: int = 0
    column: int = 0
    topic_filter: str | None = None
    topic_matches: bool = False
    payload_is_json: bool = True
    comparisons: tuple[Comparison, ...] = ()
    passed: bool = False
    output: str = ""
    output_is_json: bool = True
    failure: str = ""
    templates: tuple[Rendered, ...] = ()


def try_rule(scope: Scope, *, sql: str, version: str, message: Message, templates: Sequence[str] = ()) -> Trial:
    """Evaluate a statement for a message, and an action's templates for the result; nothing is sent anywhere."""
    try:
        statement = compile_statement(sql, version)
    except errors.SqlParseException as error:
        line, column = (int(str(error.members.get(name, 1))) for name in ("line", "column"))
        return Trial(fault=error.message, line=line, column=column)
    source = input_of(message)
    environment = Environment(
        clock=lambda: int(time.time() * 1000),
        uuid=lambda: str(uuid.uuid4()),
        random=random.random,
        account=scope.account,
        ports=OurPorts(scope),
    )
    known = Trial(
        topic_filter=statement.topic_filter,
        topic_matches=source.topic != message.topic or statement.matches(message.topic),
        payload_is_json=source.payload is not UNDEFINED,
    )
    try:
        comparisons = _comparisons(sql, statement, source, environment)
        run = statement.evaluate(source, environment)
    except (FunctionFailed, RuleError) as error:
        return replace(known, failure=str(error))
    if not run.matched:
        return replace(known, comparisons=comparisons)
    output, is_json = _written(run.output)
    rendered = tuple(_render(statement, text, run) for text in templates)
    return replace(
        known, comparisons=comparisons, passed=True, output=output, output_is_json=is_json, templates=rendered
    )


def input_of(message: Message) -> Input:
    """Answer a message as rules see it: by Basic Ingest the topic is what follows the rule's name."""
    if message.topic.startswith(RULES_PREFIX):
        return Input(message, message.topic[len(RULES_PREFIX) :].partition("/")[2])
    return Input(message)


def _comparisons(sql: str, statement: Statement, source: Input, environment: Environment) -> tuple[Comparison, ...]:
    return tuple(
        Comparison(
            sql.count("\n", 0, term.position) + 1,
            term.operator,
            shown(term.left),
            shown(term.right),
            term.value is True,
        )
        for term in statement.explain(source, environment)
    )


def _render(statement: Statement, text: str, run: Run) -> Rendered:
    try:
        return Rendered(text, statement.template(text).render(run))
    except errors.SqlParseException as error:
        return Rendered(text, failure=error.message)
    except (FunctionFailed, RuleError) as error:
        return Rendered(text, failure=str(error))


def shown(value: Any) -> str:
    """Write a value of the language for people."""
    if value is UNDEFINED:
        return "Undefined"
    if isinstance(value, bytes):
        return value[:MAXIMUM_TEXT].hex(" ")
    return to_json(value).decode()[:MAXIMUM_TEXT]


def _written(output: Any) -> tuple[str, bool]:
    if isinstance(output, bytes):
        try:
            return output.decode()[:MAXIMUM_TEXT], False
        except UnicodeDecodeError:
            return output[:MAXIMUM_TEXT].hex(" "), False
    return to_json(output).decode()[:MAXIMUM_TEXT], True
