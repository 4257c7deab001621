"""The tree's records."""

from dataclasses import FrozenInstanceError

import pytest

from iot.core.sql.nodes import Binary, Literal, Name


def test_nodes_are_compared_by_value_and_never_change() -> None:
    node = Binary("=", Name("a", 0), Literal(1, 4), 2)
    assert node == Binary("=", Name("a", 0), Literal(1, 4), 2)
    with pytest.raises(FrozenInstanceError):
        node.operator = "<>"  # type: ignore[misc]  # the claim of the test
