"""Fixtures of the API's tests: clients as boto3 makes them, and an authority to issue certificates with."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from iot.services import pki
from tests.api import harness


@pytest.fixture(autouse=True)
def _forgetful() -> Iterator[None]:
    harness.forget()
    yield
    harness.forget()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a certificate authority."""
    directory = tmp_path_factory.mktemp("data")
    pki.create_authority(directory)
    return directory


@pytest.fixture(autouse=True)
def _data_directory(authority: Path, settings: Any) -> None:
    settings.DATA_DIR = authority


@pytest.fixture
def iot(db: None) -> Any:
    """A boto3 client of the control plane."""
    return harness.client()


@pytest.fixture
def data(db: None) -> Any:
    """A boto3 client of the data plane."""
    return harness.client("iot-data")
