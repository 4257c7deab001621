"""How functions are declared: a name, parameters with their conversions, and a line for people.

The compiler converts the arguments before the body sees them, and answers Undefined where one cannot be converted or
their number does not fit; so a body checks nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from iot.core.sql.values import UNDEFINED, is_number, to_number, to_string, truncated

Body = Callable[..., Any]
Convert = Callable[[Any], Any]


def text(value: Any) -> Any:
    """A String by the standard conversions."""
    return to_string(value)


def number(value: Any) -> Any:
    """An Int or Decimal, or a string of one."""
    found = to_number(value)
    return found if is_number(found) else UNDEFINED


def whole(value: Any) -> Any:
    """A number, its fraction dropped."""
    found = to_number(value)
    return truncated(found) if is_number(found) else UNDEFINED


@dataclass(frozen=True, slots=True)
class Function:
    """A declared function; one without `parameters` takes all values as they are, `run` takes the run before them.

    One that is `raw` gets the payload's bytes for `*`, any other its value. `fixed` are the arguments, counted as
    Python does, that say a role or a mode and may not be variables.
    """

    name: str
    signature: str
    summary: str
    body: Body
    parameters: tuple[Convert, ...] | None = None
    optional: int = 0
    run: bool = True
    new: bool = False
    outside: bool = False
    raw: bool = False
    fixed: tuple[int, ...] = ()


FUNCTIONS: dict[str, Function] = {}


def function(
    signature: str,
    summary: str,
    *parameters: Convert,
    optional: int = 0,
    run: bool = False,
    new: bool = False,
) -> Callable[[Body], Body]:
    """Declare a function with fixed parameters; the last `optional` ones may be missing, `run` hands the run over."""

    def declare(body: Body) -> Body:
        name = signature.partition("(")[0]
        FUNCTIONS[name.lower()] = Function(name, signature, summary, body, parameters, optional, run, new)
        return body

    return declare


def raw_function(signature: str, summary: str, **more: Any) -> Callable[[Body], Body]:
    """Declare a function whose body sees the run and all arguments as they are, Undefined included."""

    def declare(body: Body) -> Body:
        name = signature.partition("(")[0]
        FUNCTIONS[name.lower()] = Function(name, signature, summary, body, **more)
        return body

    return declare
