"""One turn at writing with one transaction in it, for edges that put several services into one commit."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from iot.models.turns import turn


@contextmanager
def one_commit() -> Iterator[None]:
    """Commit once what is written inside, when it is this process's turn."""
    with turn(), transaction.atomic():
        yield
