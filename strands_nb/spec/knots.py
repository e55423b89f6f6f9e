"""Circles: what waits for itself, or leads back to itself, in time that grows with the size of the graph alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

__all__ = ("circle", "knots", "tied")

Graph = Mapping[str, Iterable[str]]
"""Names, each with those it leads to."""


def knots(graph: Graph) -> list[tuple[str, ...]]:
    """The names in groups that lead round to one another, each group after those it leads to.

    Where nothing leads round, every group is one name, and the order is one in which what is needed comes first.

    >>> knots({"a": ["b"], "b": ["c"], "c": ["b", "d"], "d": []})
    [('d',), ('b', 'c'), ('a',)]
    """
    return list(_Walk(graph).groups())


class _Walk:
    """Tarjan's walk, on a list of its own rather than on Python's stack: a chain may have ten thousand links."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.number: dict[str, int] = {}
        self.low: dict[str, int] = {}
        """The lowest number that each name leads back to."""
        self.open: dict[str, None] = {}
        """Names whose group is not complete, in the order of their numbers."""
        self.way: list[tuple[str, Iterator[str]]] = []

    def groups(self) -> Iterator[tuple[str, ...]]:
        for name in self.graph:
            if name not in self.number:
                self.enter(name)
            while self.way:
                yield from self.step()

    def enter(self, name: str) -> None:
        self.number[name] = self.low[name] = len(self.number)
        self.open[name] = None
        self.way.append((name, iter(self.graph[name])))

    def step(self) -> Iterator[tuple[str, ...]]:
        name, rest = self.way[-1]
        for other in rest:
            if other not in self.number:
                self.enter(other)
                return
            if other in self.open:
                self.low[name] = min(self.low[name], self.number[other])
        self.way.pop()
        if self.way:
            before = self.way[-1][0]
            self.low[before] = min(self.low[before], self.low[name])
        if self.low[name] == self.number[name]:
            yield self.close(name)

    def close(self, first: str) -> tuple[str, ...]:
        group: list[str] = []
        while not group or group[-1] != first:
            group.append(self.open.popitem()[0])
        return tuple(reversed(group))


def tied(graph: Graph, knot: tuple[str, ...]) -> bool:
    """Whether a group of `knots` leads round: one name alone does so if it leads to itself."""
    return len(knot) > 1 or any(name in graph[name] for name in knot)


def circle(graph: Graph, knot: tuple[str, ...], first: str) -> tuple[str, ...]:
    """The shortest way round from `first` back to itself, within its group.

    >>> circle({"a": ["b", "c"], "b": ["c"], "c": ["a"]}, ("a", "b", "c"), "a")
    ('a', 'c', 'a')
    """
    inside = set(knot)
    came: dict[str, str] = {}
    names = [first]
    for name in names:
        for other in graph[name]:
            if other == first:
                return (*_back(came, first, name), first)
            if other in inside and other not in came:
                came[other] = name
                names.append(other)
    raise ValueError(first)


def _back(came: Mapping[str, str], first: str, name: str) -> tuple[str, ...]:
    names = [name]
    while names[-1] != first:
        names.append(came[names[-1]])
    return tuple(reversed(names))
