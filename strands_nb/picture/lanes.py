"""The ways of arrows that go back."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final

from strands_nb.picture.grid import Grid, Path, Spot, without_stops

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strands_nb.picture.rows import Port, Way

__all__ = ("Lanes",)

_LANE: Final = 14
_PILL: Final = 20
_PORTS: Final = 20
_BESIDE: Final = (8, 14, 20)


class Lanes:
    """What goes back: out of the row, along a lane past all rows, and in again."""

    def __init__(self, grid: Grid, ways: Sequence[Way]) -> None:
        self._grid, self._ways = grid, ways
        self._turns = [
            (self._turn(n, way, arriving=False), self._turn(n, way, arriving=True)) for n, way in enumerate(ways)
        ]
        self._spans = [self._span(way, *turns) for way, turns in zip(ways, self._turns, strict=True)]
        self._lane_of = self._lanes()
        self._shifts = self._ports()

    def _turn(self, index: int, way: Way, *, arriving: bool) -> float:
        """Where along the flow it leaves its row for the lane, or comes back from it."""
        item, port = (way.target, way.arrive) if arriving else (way.source, way.leave)
        if item in self._grid.last:
            return self._grid.middle(item).along + port.along
        begin, end = self._grid.bands[self._grid.row_of[item]]
        beside = _BESIDE[index % len(_BESIDE)]
        return begin - beside if arriving else end + beside

    def _span(self, way: Way, here: float, there: float) -> tuple[float, float]:
        """From where to where along the flow, its label included."""
        middle, half = (here + there) / 2, way.label.along / 2 if way.label else _PORTS
        return min(here, there, middle - half), max(here, there, middle + half)

    def _lanes(self) -> list[int]:
        """The first lane where it meets no other; short ways choose first, so that long ones go around them."""
        taken: list[list[tuple[float, float]]] = []
        lane_of = [0] * len(self._ways)
        for index in sorted(range(len(self._ways)), key=lambda i: self._spans[i][1] - self._spans[i][0]):
            begin, end = self._spans[index]
            lane = next((n for n, used in enumerate(taken) if all(end <= b or e <= begin for b, e in used)), len(taken))
            if lane == len(taken):
                taken.append([])
            taken[lane].append((begin, end))
            lane_of[index] = lane
        return lane_of

    def _ports(self) -> dict[tuple[int, bool], float]:
        """How far from the middle of its box each end is, side by side in an order in which no two cross."""
        ends: dict[tuple[int, Port], list[tuple[tuple[int, float, int], int, bool]]] = {}
        for index, (way, (here, there)) in enumerate(zip(self._ways, self._turns, strict=True)):
            lane = self._lane_of[index]
            coming = 0 if way.source == way.target else 1
            ends.setdefault((way.source, way.leave), []).append(((0, -there, lane), index, False))
            ends.setdefault((way.target, way.arrive), []).append(((coming, -here, -lane), index, True))
        shifts: dict[tuple[int, bool], float] = {}
        for (_, port), group in ends.items():
            apart = min(_PORTS, 0.8 * port.size.along / len(group))
            for number, (_, index, arriving) in enumerate(sorted(group)):
                shifts[index, arriving] = (number - (len(group) - 1) / 2) * apart
        return shifts

    def paths(self) -> list[Path]:
        """The way of each, in their order."""
        courses = self._courses()
        return [self._path(index, way, courses[self._lane_of[index]]) for index, way in enumerate(self._ways)]

    def _courses(self) -> list[float]:
        """Where each lane runs; labels begin with it, and the longest tells where the next may begin."""
        thick: dict[int, float] = {}
        for way, lane in zip(self._ways, self._lane_of, strict=True):
            beside = _PILL if way.source == way.target else 0
            thick[lane] = max(thick.get(lane, 0.0), way.label.across + beside if way.label else 0.0)
        begins = accumulate((thick[lane] + _LANE for lane in sorted(thick)), initial=self._grid.end() + _LANE)
        return [begin + _PILL / 2 if thick[lane] else begin for lane, begin in zip(sorted(thick), begins, strict=False)]

    def _path(self, index: int, way: Way, lane: float) -> Path:
        out, back = self._to_lane(index, way, lane, arriving=False), self._to_lane(index, way, lane, arriving=True)
        points = without_stops([*out, *reversed(back)])
        if not way.label:
            return Path(points, None)
        # The turn of a loop on the spot is no longer than its label, which therefore stands past it.
        begin = lane + _PILL / 2 if way.source == way.target else lane - _PILL / 2
        return Path(points, Spot((out[-1].along + back[-1].along) / 2, begin + way.label.across / 2))

    def _to_lane(self, index: int, way: Way, lane: float, *, arriving: bool) -> list[Spot]:
        item, port = (way.target, way.arrive) if arriving else (way.source, way.leave)
        middle = self._grid.middle(item)
        turn = self._turns[index][arriving]
        if item in self._grid.last:
            turn += self._shifts[index, arriving]
            return [Spot(turn, middle.across + port.across + port.size.across / 2), Spot(turn, lane)]
        side = middle.along + port.along + port.size.along / (-2 if arriving else 2)
        across = middle.across + port.across
        return [Spot(side, across), Spot(turn, across), Spot(turn, lane)]
