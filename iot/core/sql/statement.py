"""A compiled rule statement: what the rest of the system uses of the SQL engine."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from iot.core import errors
from iot.core.sql.checks import check_calls
from iot.core.sql.compiler import NOT_TRUE, Compiler
from iot.core.sql.environment import MAXIMUM_RESULT_BYTES, Environment, Run, start_run
from iot.core.sql.functions import FUNCTIONS
from iot.core.sql.lexer import parse_error
from iot.core.sql.nodes import Binary, Node, Not, Query
from iot.core.sql.parser import OLD_VERSION, VERSIONS, parse
from iot.core.sql.payload import Input
from iot.core.sql.runtime import Compiled
from iot.core.sql.template import NO_OBJECT, Template, compile_template
from iot.core.sql.values import UNDEFINED, FunctionFailed, RuleError, to_json
from iot.core.topic import matches

NEW_VERSION = "2016-03-23"
NO_VARIABLES: dict[str, Any] = {}
UNMATCHED = Run()
UNMATCHED.matched = False
UNMATCHED.output = None


@dataclass(frozen=True, slots=True)
class Term:
    """A part of a WHERE with its value, for people: text positions and `value` (UNDEFINED where it has none)."""

    position: int
    operator: str
    left: Any
    right: Any
    value: Any


class Statement:
    """A statement, compiled once; evaluating it changes nothing in it, so threads may share it."""

    __slots__ = (
        "_asks_run",
        "_assignments",
        "_keeps_fractions",
        "_query",
        "_select",
        "_terms",
        "asks_payload",
        "sql",
        "topic_filter",
        "version",
    )

    def __init__(self, sql: str, version: str, query: Query) -> None:
        self.sql = sql
        check_calls(query, version, self._refuse)
        compiler = Compiler(self._refuse)
        self.version = version
        self._keeps_fractions = version == OLD_VERSION
        self.topic_filter = query.topic_filter
        self._query = query
        self._assignments = [(name, compiler.expression(node)) for name, node in query.assignments]
        self._select = compiler.selection(query.where, query.select)
        self._asks_run = compiler.asks_run or bool(query.assignments)
        self.asks_payload = compiler.asks_payload
        self._terms: list[tuple[Binary, Compiled, Compiled, Compiled]] | None = None

    @property
    def variables(self) -> frozenset[str]:
        """The names of the SET variables, for the templates of the rule's actions."""
        return frozenset(name for name, _ in self._query.assignments)

    def matches(self, topic: str) -> bool:
        """Say whether FROM matches a topic; a statement without FROM matches only by Basic Ingest."""
        return self.topic_filter is not None and matches(self.topic_filter, topic, parent=False)

    def evaluate(self, source: Input, environment: Environment, trace: str | None = None) -> Run:
        """Evaluate for a message whose topic is known to match. Raises FunctionFailed or RuleError."""
        if self._keeps_fractions:
            source = source.with_fractions
        payload = (source.parsed or source.payload) if self.asks_payload else NO_OBJECT
        target = payload if type(payload) is dict else NO_OBJECT
        try:
            if self._asks_run:
                run = start_run(source, environment, self.version, trace)
                if self._assignments:
                    self._assign(run, target)
                output = self._select(target, run)
                if output is NOT_TRUE:
                    return UNMATCHED
            else:
                output = self._select(target, None)
                if output is NOT_TRUE:
                    return UNMATCHED
                run = Run()
                run.environment = environment
                run.input = source
                run.matched = True
                run.trace = trace
                run.variables = NO_VARIABLES
                run.version = self.version
        except RecursionError:
            raise RuleError("The message is nested too deeply for the statement") from None
        # Undefined by itself is written as an empty text.
        run.output = b"" if output is UNDEFINED else output
        return run

    def _assign(self, run: Run, target: Any) -> None:
        total = 0
        for name, compiled in self._assignments:
            value = run.variables[name] = compiled(target, run)
            total += _size(name, value)
            if total > MAXIMUM_RESULT_BYTES:
                raise RuleError(f"The variables up to {name} have more than {MAXIMUM_RESULT_BYTES} bytes")

    def _refuse(self, position: int, message: str) -> errors.SqlParseException:
        return parse_error(self.sql, position, message)

    def explain(self, source: Input, environment: Environment) -> list[Term]:
        """Answer the comparisons of WHERE with the values of their sides, in the order of the text."""
        if self._terms is None:
            compiler = Compiler(self._refuse)
            self._terms = [
                (node, compiler.expression(node.left), compiler.expression(node.right), compiler.expression(node))
                for node in _comparisons(self._query.where)
            ]
        payload = source.payload
        target = payload if isinstance(payload, dict) else NO_OBJECT
        run = start_run(source, environment, self.version)
        self._assign(run, target)
        found = []
        for node, left, right, whole in self._terms:
            try:
                found.append(
                    Term(node.position, node.operator, left(target, run), right(target, run), whole(target, run))
                )
            except (FunctionFailed, RuleError):
                found.append(Term(node.position, node.operator, UNDEFINED, UNDEFINED, UNDEFINED))
        return found

    def template(self, text: str) -> Template:
        """Compile a substitution template of one of this rule's actions. Raises SqlParseException."""
        return compile_template(text, self.version, self.variables)


def compile_statement(sql: str, version: str = OLD_VERSION) -> Statement:
    """Compile a rule's SQL. Raises SqlParseException with `line` and `column` among its members."""
    try:
        return Statement(sql, version, parse(sql, version))
    except RecursionError:
        raise errors.SqlParseException("The statement is nested too deeply", line=1, column=1) from None


def catalogue() -> list[Mapping[str, str]]:
    """List the functions of the language for people: name, signature, and a line of explanation."""
    listed = [{"name": one.name, "signature": one.signature, "summary": one.summary} for one in FUNCTIONS.values()]
    listed += [
        {"name": "cast", "signature": "cast(Any as Type)", "summary": "A value as another type."},
        {
            "name": "get_or_default",
            "signature": "get_or_default(Any, [Any])",
            "summary": "A default where a value is Null, Undefined, or its function fails.",
        },
    ]
    return sorted(listed, key=lambda entry: entry["name"].lower())


def _size(name: str, value: Any) -> int:
    """Answer the length of a variable's value as JSON."""
    if isinstance(value, bytes):
        raise RuleError(f"{name} cannot hold a payload that is not JSON: encode it first")
    return 0 if value is UNDEFINED else len(to_json(value))


def _comparisons(node: Node | None) -> list[Binary]:
    if isinstance(node, Not):
        return _comparisons(node.value)
    if isinstance(node, Binary) and node.operator in ("AND", "OR"):
        return [*_comparisons(node.left), *_comparisons(node.right)]
    return [node] if isinstance(node, Binary) else []


__all__ = ["NEW_VERSION", "VERSIONS", "Statement", "Term", "catalogue", "compile_statement"]
