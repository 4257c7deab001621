"""What an action is: how its parameters become requests, and how requests are carried out.

An action is prepared once a rule: its templates are compiled, and a function is left that turns a fired rule into
requests. A request is plain data, so that it can be kept and tried again later by another process, after the rule is
gone; it holds everything that carrying it out needs.
"""

import math
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from iot.core.sql import Run, Template, output_bytes
from iot.core.sql.values import to_json

if TYPE_CHECKING:
    from iot.rules.targets import Targets

Request = dict[str, Any]
Parameters = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a request failed; one that is `final` would fail again and is not retried."""

    reason: str
    final: bool = False


class ActionError(Exception):
    """An action cannot be carried out for a message, now or later."""


@dataclass(slots=True)
class Fired:
    """A rule that fires for a message: what its actions are rendered from.

    An error document is not limited: with the base64 of a large message it is longer than any output may be.
    """

    rule_name: str
    run: Run
    output: Any
    is_limited: bool = True
    _body: bytes | None = field(default=None, init=False)
    _identities: int = field(default=0, init=False)

    @property
    def body(self) -> bytes:
        """The output as bytes, written once. Raises RuleError."""
        if self._body is None:
            self._body = output_bytes(self.output) if self.is_limited else to_json(self.output)
        return self._body

    @property
    def is_json(self) -> bool:
        return not isinstance(self.output, bytes)

    @property
    def trace(self) -> str:
        """The message's trace id."""
        if self.run.trace is None:
            self.run.trace = str(uuid.uuid4())
        return self.run.trace

    def identity(self) -> str:
        """Answer an id for the next request, by which its target knows a second try of it.

        It comes from the trace, but rules and actions share a message's trace, and their requests are not the same.
        """
        self._identities += 1
        return str(uuid.uuid5(uuid.UUID(self.trace), f"{self.rule_name}/{self._identities}"))

    def json_body(self, action: str) -> bytes:
        """The output, where the action takes nothing but JSON. Raises ActionError."""
        if not self.is_json:
            raise ActionError(f"The {action} action does not take a payload that is not JSON: use encode(*, 'base64')")
        return self.body

    def text_body(self, action: str) -> str:
        """The output, where the action takes nothing but text. Raises ActionError."""
        try:
            return self.body.decode()
        except UnicodeDecodeError:
            raise ActionError(
                f"The {action} action does not take a payload that is not text: encode it in base64"
            ) from None


Render = Callable[[Fired], list[Request]]
Text = Callable[[Run], str]
Send = Callable[["Targets", list[Request]], "list[Failed | None] | Awaitable[list[Failed | None]]"]
Done = Callable[[Failed | None], None]


class Templates:
    """The parameters of an action with their substitution templates, compiled by its rule's statement."""

    def __init__(self, parameters: Parameters, compile_text: Callable[[str], Template]) -> None:
        self._parameters = parameters
        self._compile = compile_text

    def text(self, name: str, default: str = "") -> Text:
        """Answer a function that renders a parameter."""
        return self.of(str(self._parameters.get(name, default)))

    def optional(self, name: str) -> Text | None:
        """The same, or None where the parameter is absent."""
        return self.text(name) if self._parameters.get(name) is not None else None

    def of(self, text: str) -> Text:
        """Answer a function that renders a text."""
        template = self._compile(text)
        if template.is_constant:
            constant = "".join(str(part) for part in template.parts)
            return lambda run: constant
        return template.render


def number(text: str, what: str) -> float:
    """Read a number that a parameter is rendered to. Raises ActionError."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise ActionError(f"{what} is not a number: {text!r}")
    return found


@dataclass(frozen=True, slots=True)
class Action:
    """An action by the name that AWS's model has for it; `title` is its name in error documents.

    `prepare` compiles parameters to a render function. Either `post` carries a request out at once and tells when it
    is done, or `send` carries out up to `batch` requests that `lane` says may go together: in a thread, or as a
    coroutine. `send` answers one result a request, in order.
    """

    name: str
    title: str
    prepare: Callable[[Parameters, Templates], Render]
    resource: Callable[[Parameters], str]
    send: Send | None = None
    post: Callable[["Targets", Request, Done], None] | None = None
    lane: Callable[[Request], str] = lambda request: ""
    batch: int = 1
    batch_bytes: int = 256 * 1024
    concurrency: int = 4
    retries: bool = True

    def most(self, request: Request) -> int:
        """How many requests go out together; a request may say so itself."""
        return int(request.get("batch", {}).get("size", self.batch))

    def most_bytes(self, request: Request) -> int:
        return int(request.get("batch", {}).get("bytes", self.batch_bytes))

    def linger(self, request: Request) -> float:
        """Seconds that a request waits for others."""
        return float(request.get("batch", {}).get("open", 0.0))


_ACTIONS: dict[str, Action] = {}


def register(action: Action) -> Action:
    """Make an action known by its name."""
    _ACTIONS[action.name] = action
    return action


@lru_cache(maxsize=1)
def actions() -> Mapping[str, Action]:
    """All actions by name."""
    package = import_module("iot.rules.actions")
    for module in iter_modules(package.__path__):
        import_module(f"iot.rules.actions.{module.name}")
    return _ACTIONS
