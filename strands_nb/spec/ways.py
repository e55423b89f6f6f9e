"""The ways through a graph: which nodes a run can come to, and what it may have visited before each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, reduce
from itertools import accumulate

from strands_nb.spec.ids import Ids
from strands_nb.spec.knots import knots, tied

__all__ = ("Ways",)

Exit = tuple[str, Sequence[str]]
"""A node, and nodes of which one edge leads to at most one: what different exits lead to may come at the same time."""


class Ways:
    """The ways through a graph.

    >>> ways = Ways("abcd", [("a", "b"), ("a", "c"), ("c", "d")], "a")
    >>> ways.reachable, list(ways.before["d"])
    (['a', 'b', 'c', 'd'], ['a', 'b', 'c'])

    `b` leads nowhere, but is visited at the same time as `c`, and so before `d`.
    """

    def __init__(self, nodes: Iterable[str], exits: Iterable[Exit], entry: str) -> None:
        self._order = {name: index for index, name in enumerate(nodes)}
        self._entry = entry
        self._exits: dict[str, list[Sequence[str]]] = {name: [] for name in self._order}
        self.complete = entry in self._order
        """Whether all that is named exists: otherwise nothing can be said of what comes before what."""
        for source, targets in exits:
            if {source, *targets} <= self._order.keys():
                self._exits[source].append(targets)
            else:
                self.complete = False
        self._onward = {
            name: list(dict.fromkeys(target for targets in ways for target in targets))
            for name, ways in self._exits.items()
        }

    @cached_property
    def reachable(self) -> list[str]:
        """The nodes that a run can come to, nearest first."""
        return list(self._earliest)

    @cached_property
    def _earliest(self) -> dict[str, int]:
        """After how many steps each of these can be visited first."""
        found = {self._entry: 0} if self._entry in self._onward else dict[str, int]()
        queue = list(found)
        for name in queue:
            for target in self._onward[name]:
                if target not in found:
                    found[target] = found[name] + 1
                    queue.append(target)
        return found

    @cached_property
    def _knots(self) -> list[tuple[str, ...]]:
        """The nodes that can be reached, in groups that lead round, each after those it leads to."""
        return knots({name: self._onward[name] for name in self.reachable})

    @cached_property
    def looped(self) -> frozenset[str]:
        """The nodes that are part of a loop or come after one: nobody can say how often a run comes to them."""
        found: set[str] = set()
        for knot in reversed(self._knots):
            if knot[0] in found or tied(self._onward, knot):
                found.update(knot, *(self._onward[name] for name in knot))
        return frozenset(found)

    def traps(self, ends: Iterable[str]) -> list[tuple[str, ...]]:
        """Groups that a run can come to and never leave, where only `ends` have no way on in every case."""
        ending = set(ends)
        return [
            tuple(sorted(knot, key=self._order.__getitem__))
            for knot in self._knots
            if not ending & {*knot} and all(target in knot for name in knot for target in self._onward[name])
        ]

    @cached_property
    def before(self) -> dict[str, Ids]:
        """For each node: those that may have been visited before it, itself among them in a loop.

        For one that cannot be reached, which is a mistake of its own, all.
        """
        everything = (1 << len(self._order)) - 1
        masks = self._visited_before() if self.complete else dict[str, int]()
        return {name: Ids(self._order, masks.get(name, everything)) for name in self._order}

    def _visited_before(self) -> dict[str, int]:
        """What an edge comes from, and what is done at the same time as that."""
        masks = self._flow(lambda name, _: 1 << self._order[name])
        if all(len(exits) < 2 for exits in self._exits.values()):  # noqa: PLR2004 - nothing is done at the same time
            return masks
        beside, sooner = self._flow(self._siblings()), self._sooner()
        return {name: mask | (beside[name] & sooner[name]) for name, mask in masks.items()}

    def _flow(self, gain: Callable[[str, str], int]) -> dict[str, int]:
        """What comes along the edges to each node, where every edge passes on what it was given and its own gain."""
        masks = dict.fromkeys(self.reachable, 0)
        for knot in reversed(self._knots):
            inside, whole = set(knot), 0
            for name in knot:
                whole |= masks[name]
                for target in inside.intersection(self._onward[name]):
                    whole |= gain(name, target)
            for name in knot:
                masks[name] = whole
                for target in self._onward[name]:
                    if target not in inside:
                        masks[target] |= whole | gain(name, target)
        return masks

    def _siblings(self) -> Callable[[str, str], int]:
        """For each edge: all that can be visited by way of the other exits of the node it leaves."""
        reach = self._reach()
        masks: dict[tuple[str, str], int] = {}
        for name in self.reachable:
            ahead = [_union(reach[target] for target in targets) for targets in self._exits[name]]
            former = accumulate(ahead, _or, initial=0)
            latter = reversed([*accumulate(reversed(ahead[1:]), _or, initial=0)])
            for targets, one, other in zip(self._exits[name], former, latter, strict=False):
                for target in targets:
                    masks[name, target] = masks.get((name, target), 0) | one | other
        return lambda name, target: masks[name, target]

    def _reach(self) -> dict[str, int]:
        """For each node: itself and all that can be visited after it."""
        masks: dict[str, int] = {}
        for knot in self._knots:
            whole = _union(1 << self._order[name] for name in knot)
            whole |= _union(masks.get(target, 0) for name in knot for target in self._onward[name])
            masks |= dict.fromkeys(knot, whole)
        return masks

    def _sooner(self) -> dict[str, int]:
        """For each node: those whose first visit can come before its last one."""
        depth = max(self._earliest.values()) + 1
        at = [0] * depth
        for name, steps in self._earliest.items():
            at[steps] |= 1 << self._order[name]
        before = [*accumulate(at, _or, initial=0)]
        return {name: before[min(steps, depth)] for name, steps in self._latest().items()}

    def _latest(self) -> dict[str, int]:
        """After how many steps each can be visited last; in a loop and after one, after as many as there are nodes."""
        found = dict.fromkeys(self.reachable, 0)
        for knot in reversed(self._knots):
            last = len(self._order) if tied(self._onward, knot) else found[knot[0]]
            found |= dict.fromkeys(knot, last)
            for name in knot:
                for target in self._onward[name]:
                    found[target] = max(found[target], last + 1)
        return found


def _or(one: int, other: int) -> int:
    return one | other


def _union(masks: Iterable[int]) -> int:
    return reduce(_or, masks, 0)
