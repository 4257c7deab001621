"""The tree from topic filters to whoever holds them: finding costs what matches, not what is held.

Every level of a filter is a step down the tree. A topic walks all steps that fit it at once: the level's own, `+`, and
`#`, which takes the rest. Matching is AWS's unless asked otherwise: `a/#` does not match `a`.
"""

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class _Node(Generic[T]):
    __slots__ = ("children", "here", "rest")

    def __init__(self) -> None:
        self.children: dict[str, _Node[T]] = {}
        self.here: list[T] = []
        self.rest: list[T] = []


class FilterTree(Generic[T]):
    """Topic filters with their holders; a holder may hold several filters, and one filter several holders."""

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, topic_filter: str, holder: T) -> None:
        """Let a holder hold a filter."""
        self._count += 1
        node = self._root
        for level in topic_filter.split("/"):
            if level == "#":
                node.rest.append(holder)
                return
            node = node.children.setdefault(level, _Node())
        node.here.append(holder)

    def remove(self, topic_filter: str, holder: T) -> None:
        """End what `add` began. Raises KeyError where the holder does not hold the filter."""
        path: list[tuple[_Node[T], str]] = []
        node = self._root
        levels = topic_filter.split("/")
        holders = None
        for level in levels:
            if level == "#":
                holders = node.rest
                break
            path.append((node, level))
            node = node.children[level]
        holders = node.here if holders is None else holders
        if holder not in holders:
            raise KeyError(topic_filter)
        holders.remove(holder)
        self._count -= 1
        for parent, level in reversed(path):
            child = parent.children[level]
            if child.children or child.here or child.rest:
                return
            del parent.children[level]

    def find(self, topic: str, *, parent: bool = False) -> list[T]:
        """Answer the holders of all filters that match a topic; `parent` tells whether `a/#` matches `a`."""
        found: list[T] = []
        nodes = [self._root]
        reserved = topic.startswith("$")
        for level in topic.split("/"):
            following = []
            for node in nodes:
                # A wildcard at the beginning does not match a topic that begins with $ [MQTT-4.7.2-1].
                wild = not reserved or node is not self._root
                if wild and node.rest:
                    found += node.rest
                child = node.children.get(level)
                if child is not None:
                    following.append(child)
                if wild and (child := node.children.get("+")) is not None:
                    following.append(child)
            if not following:
                return found
            nodes = following
        for node in nodes:
            found += node.here
            if parent:
                found += node.rest
        return found

    def __iter__(self) -> Iterator[T]:
        waiting = [self._root]
        while waiting:
            node = waiting.pop()
            yield from node.here
            yield from node.rest
            waiting += node.children.values()
