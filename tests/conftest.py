"""Fixtures of more than one part."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from tests.stack import Stack

# A busy machine is no fault of what is tested
settings.register_profile(
    "house",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,  # a change is judged by the same examples, a person's run by new ones
)
settings.load_profile("house")


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """A running installation with a database of its own, shared by all tests; they use names of their own."""
    from tests import stack as running  # not for tests of the core, which need no boto3

    with running.temporary_directory() as directory:
        started = running.start(Path(directory) / "data")
        try:
            yield started
        finally:
            started.stop()
