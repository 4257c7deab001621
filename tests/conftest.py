"""Fixtures of more than one part."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import stack as running
from tests.stack import Stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """A running installation with a database of its own, shared by all tests; they use names of their own."""
    with running.temporary_directory() as directory:
        started = running.start(Path(directory) / "data")
        try:
            yield started
        finally:
            started.stop()
