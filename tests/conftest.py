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


@pytest.fixture(scope="session")
def queue_port(stack: Stack) -> int:
    """Where the installation looks for SQS; a test that wants a queue serves one there."""
    from tests.running_broker import free_port

    port = free_port()
    program = (
        "from django.conf import settings; from iot.services import aws_targets; "
        f"aws_targets.set_aws_target(settings.SCOPE, service='sqs', endpoint_url='http://127.0.0.1:{port}', "
        "region_name='us-east-1', access_key_id='k', secret_access_key='s')"
    )
    assert stack.manage("shell", "-c", program).returncode == 0
    return port
