"""The operations that are served, and the one list of those that are not."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from botocore import xform_name

from iot.api.model import operations
from iot.core.arn import Scope

Answer = dict[str, Any] | None
Handler = Callable[..., Answer]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the scope that the request is for, the user, their role, and where the request came from."""

    scope: Scope
    principal: str
    role: str
    address: str
    request_id: str
    base_url: str = ""


_HANDLERS: dict[tuple[str, str], Handler] = {}
_GROUPED: set[tuple[str, str]] = set()
_SLOW: set[tuple[str, str]] = set()


def operation(
    name: str, service: str = "iot", *, grouped: bool = False, slow: bool = False
) -> Callable[[Handler], Handler]:
    """Register the function that serves an operation; its keywords are the input members in snake_case.

    A `grouped` one only writes to the database, quickly, and shares a transaction with others that wait; a `slow` one
    computes long or calls out, and keeps nobody else waiting.
    """

    def register(handler: Handler) -> Handler:
        _HANDLERS[service, name] = handler
        if grouped:
            _GROUPED.add((service, name))
        if slow:
            _SLOW.add((service, name))
        return handler

    return register


@lru_cache(maxsize=1)
def served() -> dict[tuple[str, str], Handler]:
    """All served operations by (service, name)."""
    package = import_module("iot.api.operations")
    for module in iter_modules(package.__path__):
        import_module(f"iot.api.operations.{module.name}")
    return _HANDLERS


def is_grouped(service: str, name: str) -> bool:
    """Say whether an operation may share a transaction with others."""
    return (service, name) in _GROUPED


def is_slow(service: str, name: str) -> bool:
    """Say whether an operation needs a thread of its own."""
    return (service, name) in _SLOW


def unserved() -> list[tuple[str, str]]:
    """The operations of the models that answer 501, by (service, name)."""
    return sorted(key for key in operations() if key not in served())


@lru_cache(maxsize=2048)
def keyword(member: str) -> str:
    """The snake_case name of an input member."""
    return str(xform_name(member))
