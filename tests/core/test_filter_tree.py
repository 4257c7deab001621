import itertools

import pytest

from iot.core.filter_tree import FilterTree
from iot.core.topic import matches

LEVELS = ["a", "b", "+", ""]
FILTERS = [
    "/".join(levels) + tail
    for size in (1, 2, 3)
    for levels in itertools.product(LEVELS, repeat=size)
    for tail in ("", "/#")
] + ["#", "$aws/+", "$aws/#", "+/x"]
TOPICS = ["/".join(levels) for size in (1, 2, 3) for levels in itertools.product(["a", "b", "c", ""], repeat=size)]
TOPICS += ["$aws", "$aws/x", "$aws/x/y"]


def full() -> FilterTree[str]:
    tree: FilterTree[str] = FilterTree()
    for topic_filter in FILTERS:
        tree.add(topic_filter, topic_filter)
    return tree


@pytest.mark.parametrize("parent", [False, True])
def test_it_finds_exactly_the_filters_that_match(parent: bool) -> None:
    tree = full()
    for topic in TOPICS:
        wanted = sorted(one for one in FILTERS if matches(one, topic, parent=parent) and one != topic)
        found = sorted(one for one in tree.find(topic, parent=parent) if one != topic)
        assert found == wanted, topic


def test_it_counts_and_lists_what_it_holds() -> None:
    tree = full()
    assert len(tree) == len(FILTERS)
    assert sorted(tree) == sorted(FILTERS)


def test_two_holders_of_one_filter_are_both_found() -> None:
    tree: FilterTree[int] = FilterTree()
    tree.add("a/+", 1)
    tree.add("a/+", 2)
    tree.add("a/#", 3)
    assert sorted(tree.find("a/b")) == [1, 2, 3]
    tree.remove("a/+", 1)
    assert sorted(tree.find("a/b")) == [2, 3]


def test_what_is_removed_is_not_found_and_leaves_nothing_behind() -> None:
    tree = full()
    for topic_filter in FILTERS:
        tree.remove(topic_filter, topic_filter)
    assert len(tree) == 0
    assert list(tree) == []
    assert tree._root.children == {}


@pytest.mark.parametrize("topic_filter", ["a/b/c", "a", "a/#"])
def test_it_refuses_to_remove_what_is_not_held(topic_filter: str) -> None:
    tree: FilterTree[str] = FilterTree()
    tree.add("a/b", "holder")
    with pytest.raises(KeyError):
        tree.remove(topic_filter, "holder")
