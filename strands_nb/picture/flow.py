"""In which order things happen: what goes back, and in which stage the rest stands."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from strands_nb.picture.figure import Arrow, Figure, Link

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

__all__ = ("Flow", "flow", "going_back", "returning", "stages")

Item = TypeVar("Item", bound="Hashable")


@dataclass(frozen=True, slots=True)
class Flow:
    """The members of one frame in stages, and which of its links go on and which go back."""

    stages: tuple[tuple[str, ...], ...]
    onward: tuple[Link, ...]
    back: tuple[Link, ...]


def flow(figure: Figure, frame: str | None) -> Flow:
    """What happens inside a frame, or in the whole figure for None."""
    items, links = figure.members[frame], figure.links[frame]
    ends = [(link.source, link.target) for link in links]
    back = going_back(items, ends)
    onward = [link for index, link in enumerate(links) if index not in back]
    found = stages(items, [(link.source, link.target) for link in onward])
    return Flow(found, tuple(onward), tuple(links[index] for index in sorted(back)))


def returning(figure: Figure) -> set[Arrow]:
    """All arrows of a figure that go back."""
    return {link.arrow for frame in figure.members for link in flow(figure, frame).back}


def going_back(items: Sequence[Item], ends: Sequence[tuple[Item, Item]]) -> set[int]:
    """Which of the links close a circle: their places in `ends`.

    A walk in file order, first from where nothing leads to, meets them as links to where it came from.

    >>> going_back("abc", [("a", "b"), ("b", "c"), ("c", "a"), ("b", "b")])
    {2, 3}
    """
    leaving = _leaving(items, ends)
    entered = {target for source, target in ends if source != target}
    back: set[int] = set()
    done: dict[Item, bool] = {}
    for first in sorted(items, key=lambda item: item in entered):
        if first not in done:
            _explore(first, leaving, done, back)
    return back


def _explore(
    first: Item, leaving: Mapping[Item, Sequence[tuple[int, Item]]], done: dict[Item, bool], back: set[int]
) -> None:
    """Walk depth first without recursion: a chain may be longer than Python's stack."""
    trail = [(first, iter(leaving[first]))]
    done[first] = False
    while trail:
        here, ahead = trail[-1]
        index, there = next(ahead, (-1, here))
        if index < 0:
            done[here] = True
            trail.pop()
        elif there not in done:
            done[there] = False
            trail.append((there, iter(leaving[there])))
        elif not done[there]:
            back.add(index)


def stages(items: Sequence[Item], ends: Sequence[tuple[Item, Item]]) -> tuple[tuple[Item, ...], ...]:
    """The items by the longest way that leads to them, each stage in file order. There must be no circle.

    >>> stages("abcd", [("a", "b"), ("b", "d"), ("a", "d")])
    (('a', 'c'), ('b',), ('d',))
    """
    leaving = _leaving(items, ends)
    missing = dict.fromkeys(items, 0)
    for _, target in ends:
        missing[target] += 1
    stage = dict.fromkeys(items, 0)
    ready = deque(item for item in items if not missing[item])
    while ready:
        here = ready.popleft()
        for _, there in leaving[here]:
            missing[there] -= 1
            if not missing[there]:  # stages come off the queue in order, so the last to lead to it is the latest
                stage[there] = stage[here] + 1
                ready.append(there)
    return _grouped(items, stage)


def _grouped(items: Iterable[Item], stage: Mapping[Item, int]) -> tuple[tuple[Item, ...], ...]:
    groups: list[list[Item]] = [[] for _ in range(max(stage.values(), default=-1) + 1)]
    for item in items:
        groups[stage[item]].append(item)
    return tuple(tuple(group) for group in groups)


def _leaving(items: Sequence[Item], ends: Sequence[tuple[Item, Item]]) -> dict[Item, list[tuple[int, Item]]]:
    found: dict[Item, list[tuple[int, Item]]] = {item: [] for item in items}
    for index, (source, target) in enumerate(ends):
        found[source].append((index, target))
    return found
