from collections.abc import Iterator

import pytest

from tests.running_broker import running_broker


@pytest.fixture(scope="session")
def broker_url() -> Iterator[str]:
    """A broker that the tests of this package share."""
    with running_broker() as url:
        yield url
