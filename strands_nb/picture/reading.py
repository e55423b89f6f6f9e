"""A figure as it is read from top to bottom: what a list says by its order, and what has to be said besides."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from strands_nb.picture.flow import Flow, flow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from strands_nb.picture.figure import Arrow, Figure, Link

__all__ = ("Reading", "Turn")

_NAMES = 4


class Turn(NamedTuple):
    """Where it goes from a box other than straight on, and when; several targets only without a condition."""

    targets: str
    label: str
    back: bool


class Reading:
    """What stands in which stage, and which arrows say no more than that: from all of a stage to all of the next."""

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self._flows = {frame: flow(figure, frame) for frame in figure.members}
        self._stage = {
            item: number
            for inside in self._flows.values()
            for number, items in enumerate(inside.stages)
            for item in items
        }
        self._straight: set[str] = set()
        self._said: set[Arrow] = set()
        for inside in self._flows.values():
            self._read(inside)
        self._back = {link.arrow for inside in self._flows.values() for link in inside.back}
        self._leaving = {key for arrow in figure.arrows for key in self._left(arrow)}
        self._turns: dict[str, list[Arrow]] = {key: [] for key in figure.boxes}
        for arrow in figure.arrows:
            if arrow not in self._said:
                self._turns[arrow.source].append(arrow)
        self._labels = Counter(box.label for box in figure.boxes.values())

    def stages(self, frame: str | None) -> tuple[tuple[str, ...], ...]:
        """The members of a frame."""
        return self._flows[frame].stages

    def leads(self, frame: str | None, number: int) -> bool:
        """Whether it goes from a stage to all of the next."""
        return any(item in self._straight for item in self._flows[frame].stages[number])

    def straight(self, key: str) -> bool:
        """Whether it goes from this box to all of the next stage."""
        return key in self._straight

    def ends(self, key: str) -> bool:
        """Whether it goes nowhere from here although other boxes follow."""
        around = self.figure.boxes[key].around
        last = len(self._flows[around[-1] if around else None].stages) - 1
        return self._stage[key] < last and key not in self._leaving

    def turns(self, key: str) -> Iterator[Turn]:
        """Every other way it goes from here, those that go back at the end."""
        onward = [arrow for arrow in self._turns[key] if arrow not in self._back]
        plain = [self._name(arrow.target) for arrow in onward if not arrow.label]
        for begin in range(0, len(plain), _NAMES):
            yield Turn(", ".join(plain[begin : begin + _NAMES]), "", back=False)
        for arrow in onward:
            if arrow.label:
                yield Turn(self._name(arrow.target), arrow.label, back=False)
        for arrow in self._turns[key]:
            if arrow in self._back:
                yield Turn(self._name(arrow.target), arrow.label, back=True)

    def _read(self, inside: Flow) -> None:
        leaving: dict[str, list[Link]] = {}
        for link in inside.onward:
            if not link.arrow.label and self._is_plain(link):
                leaving.setdefault(link.source, []).append(link)
        for items, following in pairwise(inside.stages):
            self._read_stage(items, set(following), leaving)

    def _read_stage(self, items: Sequence[str], following: set[str], leaving: dict[str, list[Link]]) -> None:
        for item in items:
            links = [link for link in leaving.get(item, ()) if link.target in following]
            if len({link.target for link in links}) == len(following):
                self._straight.add(item)
                self._said.update(link.arrow for link in links)

    def _is_plain(self, link: Link) -> bool:
        """Whether the arrow leaves at the end of its source and arrives at the beginning of its target."""
        return self._stands(link.arrow.source, link.source, -1) and self._stands(link.arrow.target, link.target, 0)

    def _stands(self, key: str, member: str, at: int) -> bool:
        path = (*self.figure.boxes[key].around, key)
        inner = path[path.index(member) :]
        return all(each in self._flows[frame].stages[at] for frame, each in pairwise(inner))

    def _left(self, arrow: Arrow) -> Iterator[str]:
        """The boxes that an arrow leads out of."""
        entered = {*self.figure.boxes[arrow.target].around, arrow.target}
        return (key for key in (*self.figure.boxes[arrow.source].around, arrow.source) if key not in entered)

    def _name(self, key: str) -> str:
        label = self.figure.boxes[key].label
        return label if self._labels[label] == 1 else f"{label} ({key})"
