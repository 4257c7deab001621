"""Operations of our own about what happened: all served, documented, and for viewers."""

import orjson
import pytest

from iot.api import openapi, permissions, registry
from iot.api.extensions import SERVICE
from iot.api.model import own_operations
from iot.api.watch_extensions import OPERATIONS


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_served_documented_and_only_reads(name: str) -> None:
    assert (SERVICE, name) in registry.served()
    assert permissions.may("viewer", own_operations()[SERVICE, name])
    document = orjson.loads(openapi.document("http://cloud.test/api"))
    assert name in {one["operationId"] for methods in document["paths"].values() for one in methods.values()}
