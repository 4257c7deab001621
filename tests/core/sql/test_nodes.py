"""The tree's records."""

from dataclasses import FrozenInstanceError

import pytest

from iot.core.sql.nodes import Binary, Call, Literal, Name, Star, walk


def test_nodes_are_compared_by_value_and_never_change() -> None:
    node = Binary("=", Name("a", 0), Literal(1, 4), 2)
    assert node == Binary("=", Name("a", 0), Literal(1, 4), 2)
    with pytest.raises(FrozenInstanceError):
        node.operator = "<>"  # type: ignore[misc]  # the claim of the test


def test_a_tree_is_walked_down_to_its_leaves() -> None:
    tree = Call("f", (Binary("=", Name("a", 0), Literal(1, 4), 2), Star(6)), 0)
    assert [type(node).__name__ for node in walk(tree)] == ["Call", "Binary", "Name", "Literal", "Star"]
