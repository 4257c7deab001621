"""Fixtures of the services' tests."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from iot.bridge import outbox
from iot.services import pki
from tests.rules.listening import Listener, listening
from tests.services.broker import Broker


@pytest.fixture
def broker(transactional_db: None) -> Iterator[Broker]:
    """A broker in memory that hears what is committed."""
    made = Broker()
    made.attach()
    yield made
    outbox.detach()


@pytest.fixture
def data_directory(tmp_path: Path, settings: Any) -> Path:
    """A data directory with an authority."""
    pki.create_authority(tmp_path)
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as started:
        yield started
