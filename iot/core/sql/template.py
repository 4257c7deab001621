"""Substitution templates: text with `${expression}` in it, evaluated against the original payload."""

import re
from dataclasses import dataclass
from typing import Any

from iot.core.sql.checks import check_calls
from iot.core.sql.compiler import Compiler
from iot.core.sql.environment import Run
from iot.core.sql.lexer import parse_error
from iot.core.sql.nodes import Node
from iot.core.sql.parser import parse_expression
from iot.core.sql.runtime import Compiled
from iot.core.sql.values import UNDEFINED, RuleError, to_json, to_string

NO_OBJECT: dict[str, Any] = {}
_INK = re.compile(r"[^\n]")


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled template; `parts` are literal texts and the expressions between them."""

    text: str
    parts: tuple[str | Compiled, ...]

    @property
    def is_constant(self) -> bool:
        return all(isinstance(part, str) for part in self.parts)

    def render(self, run: Run) -> str:
        """Render for a run. Raises RuleError or FunctionFailed."""
        payload = run.input.payload if not self.is_constant else NO_OBJECT
        target = payload if isinstance(payload, dict) else NO_OBJECT
        return "".join(part if isinstance(part, str) else shown(part(target, run)) for part in self.parts)

    def value(self, run: Run) -> Any:
        """Answer the value of a template that is one expression, with its type; otherwise its text."""
        if len(self.parts) == 1 and not isinstance(self.parts[0], str):
            payload = run.input.payload
            return self.parts[0](payload if isinstance(payload, dict) else NO_OBJECT, run)
        return self.render(run)


def compile_template(text: str, version: str, variables: frozenset[str] = frozenset()) -> Template:
    """Compile a template. Raises SqlParseException with a place in the template's text."""
    compiler = Compiler(lambda position, message: parse_error(text, position, message))
    parts: list[str | Compiled] = []
    literal_from = 1 if text.startswith("$$") else 0
    position = text.find("${", literal_from + (literal_from > 0))
    while position >= 0:
        if position > literal_from:
            parts.append(text[literal_from:position])
        end = _closing(text, position + 2)
        try:
            parts.append(compiler.expression(_parsed(text, position + 2, end, version, variables)))
        except RecursionError:
            raise parse_error(text, position, "The expression is nested too deeply: error") from None
        literal_from = end + 1
        position = text.find("${", literal_from)
    if literal_from < len(text):
        parts.append(text[literal_from:])
    return Template(text, tuple(parts))


def shown(value: Any) -> str:
    """Write a value into a text: Undefined as nothing, strings as they are, everything else as JSON."""
    if value is UNDEFINED:
        return ""
    if value is None:
        return "null"
    written = to_string(value)
    if isinstance(written, str):
        return written
    raise RuleError(f"{to_json(value)!r} cannot be written into a text")


def _parsed(text: str, start: int, end: int, version: str, variables: frozenset[str]) -> Node:
    """Parse an expression with blanks for all that stands before it, so that its errors point into the template."""
    node = parse_expression(_INK.sub(" ", text[:start]) + text[start:end], version, variables)
    check_calls(node, version, lambda position, message: parse_error(text, position, message), in_template=True)
    return node


def _closing(text: str, start: int) -> int:
    """Find the brace that closes an expression, braces and quotes inside it counted."""
    depth, quote = 0, ""
    for position in range(start, len(text)):
        character = text[position]
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character == "{":
            depth += 1
        elif character == "}":
            if depth == 0:
                return position
            depth -= 1
    raise parse_error(text, start - 2, "The substitution that begins here is not closed: error")
