"""Quotas."""

from iot.api.model import operations
from iot.api.throttles import QUOTAS


def test_quotas_are_of_operations_that_exist() -> None:
    assert {name for _, name in operations()} >= set(QUOTAS)
    assert all(quota > 0 for quota in QUOTAS.values())
