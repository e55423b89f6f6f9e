"""Members of a frame in rows across the flow, arranged so that few arrows cross."""

from __future__ import annotations

from bisect import bisect_right, insort
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("Port", "Rows", "Size", "Way", "arrange", "in_rows")

_SWEEPS: Final = 4
_THREAD: Final = 8


class Size(NamedTuple):
    """How much room something takes, along the flow and across it."""

    along: float
    across: float


class Port(NamedTuple):
    """The box an arrow touches, seen from the middle of the member that it is or that it stands in."""

    along: float
    across: float
    size: Size


@dataclass(frozen=True, slots=True)
class Way:
    """An arrow between two members, told by their numbers; `label` is the room that its label takes."""

    source: int
    target: int
    leave: Port
    arrive: Port
    label: Size | None = None


@dataclass(slots=True)
class Rows:
    """Cells in rows. Those past the members hold labels, and places where a long arrow passes a row."""

    rows: list[list[int]]
    sizes: list[Size]
    items: int
    """How many of the cells are members: the first ones."""
    chains: list[list[int]]
    """For every way the cells it goes through, both ends included."""
    before: list[list[tuple[int, float]]]
    """For every cell those in the row before it that it is tied to, and how far it would stand from them."""
    after: list[list[tuple[int, float]]]
    passing: set[int]
    """The cells where an arrow passes between members."""

    def gap(self, one: int, other: int) -> float:
        """The room between two neighbours of a row, from middle to middle."""
        between = 18 if one < self.items and other < self.items else 12
        return (self.sizes[one].across + self.sizes[other].across) / 2 + between


def in_rows(sizes: Sequence[Size], stages: Sequence[Sequence[int]], ways: Sequence[Way]) -> Rows:
    """Put members into one row for each stage, and labels into rows of their own between them."""
    stage = {item: number for number, items in enumerate(stages) for item in items}
    speaking = {stage[way.source] for way in ways if way.label}
    row_of = [number + sum(each < number for each in speaking) for number in range(len(stages))]
    rows = Rows([[] for _ in range(len(stages) + len(speaking))], list(sizes), len(sizes), [], [], [], set())
    for number, items in enumerate(stages):
        rows.rows[row_of[number]].extend(items)
    place = {item: number for items in stages for number, item in enumerate(items)}
    chains = {
        index: _chain(rows, way, row_of[stage[way.source]], row_of[stage[way.target]])
        for index, way in sorted(enumerate(ways), key=lambda each: place[each[1].target])
    }
    rows.chains.extend(chains[index] for index in range(len(ways)))
    _tie(rows, ways)
    return rows


def _chain(rows: Rows, way: Way, first: int, last: int) -> list[int]:
    chain = [way.source]
    for row in range(first + 1, last):
        if rows.rows[row] and rows.rows[row][0] < rows.items:
            rows.passing.add(len(rows.sizes))
        rows.rows[row].append(len(rows.sizes))
        chain.append(len(rows.sizes))
        rows.sizes.append(way.label if way.label and row == first + 1 else Size(0, _THREAD))
    return [*chain, way.target]


def _tie(rows: Rows, ways: Sequence[Way]) -> None:
    rows.before, rows.after = ([[] for _ in rows.sizes] for _ in range(2))
    for way, chain in zip(ways, rows.chains, strict=True):
        port = {way.source: way.leave.across, way.target: way.arrive.across}
        for one, other in pairwise(chain):
            shift = port.get(one, 0) - port.get(other, 0)
            rows.after[one].append((other, -shift))
            rows.before[other].append((one, shift))


def arrange(rows: Rows) -> None:
    """Order every row by where its cells are tied to, the file's order where that crosses no more."""
    best, fewest = [list(row) for row in rows.rows], _crossings(rows)
    for sweep in range(2 * _SWEEPS):
        if fewest == 0:
            break
        ahead = sweep % 2 == 0
        _sweep(rows.rows if ahead else rows.rows[::-1], rows.before if ahead else rows.after)
        if (crossings := _crossings(rows)) < fewest:
            best, fewest = [list(row) for row in rows.rows], crossings
    rows.rows = best


def _sweep(rows: list[list[int]], ties: Sequence[Sequence[tuple[int, float]]]) -> None:
    """Sort each row by the mean place, in the row before, of what its cells are tied to."""
    for former, row in pairwise(rows):
        place = {cell: number for number, cell in enumerate(former)}
        wish = {
            cell: sum(place[other] for other, _ in ties[cell]) / len(ties[cell]) if ties[cell] else number
            for number, cell in enumerate(row)
        }
        row.sort(key=wish.__getitem__)


def _crossings(rows: Rows) -> int:
    """How many pairs of arrows cross between neighbouring rows."""
    count = 0
    for row, following in pairwise(rows.rows):
        place = {cell: number for number, cell in enumerate(following)}
        seen: list[int] = []
        for cell in row:
            ends = sorted(place[other] for other, _ in rows.after[cell])
            count += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return count
