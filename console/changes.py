"""The audit of what people change in the console: one row a change, whether it succeeded or was refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from console.roles import ConsoleRequest
from iot.core.errors import AwsError
from iot.services import audit


@dataclass(slots=True)
class Change:
    """A change under way; set `before` and `after` to what the audit should show, never secrets or payloads."""

    resource: str
    before: Any = None
    after: Any = None


@contextmanager
def changing(request: ConsoleRequest, operation: str, resource: str = "", before: Any = None) -> Iterator[Change]:
    """Record a change under AWS's name of the operation, with its outcome, when the block ends."""
    change = Change(resource, before)
    outcome = "ok"
    try:
        yield change
    except AwsError as error:
        outcome = error.code
        raise
    finally:
        audit.record(
            settings.SCOPE,
            actor=request.user.get_username(),
            channel="console",
            operation=operation,
            resource=change.resource,
            address=request.META.get("REMOTE_ADDR") or "",
            outcome=outcome,
            before=change.before,
            after=change.after,
        )
