"""Rows with places: how far each reaches along the flow, and where an arrow goes from row to row.

`along` grows in the direction of the flow, `across` from the first of a row to the last; turned one way or the other
this becomes a picture that reads to the right or down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from strands_nb.picture.rows import Rows, Way

__all__ = ("Grid", "Path", "Spot", "without_stops")

_GAP: Final = 40
_LABEL_GAP: Final = 28


class Spot(NamedTuple):
    """A place, along the flow and across it."""

    along: float
    across: float


class Path(NamedTuple):
    """Where an arrow goes, and the middle of its label."""

    points: list[Spot]
    label: Spot | None


class Grid:
    """Rows with their places: `bands[row]` is where it begins and ends along the flow, `middles[cell]` lies across."""

    def __init__(self, rows: Rows, middles: list[float]) -> None:
        self.rows, self.middles = rows, middles
        self.row_of = {cell: number for number, row in enumerate(rows.rows) for cell in row}
        self.bands = self._bands()
        self.last = {next(cell for cell in reversed(row) if cell < rows.items) for row in rows.rows if self._full(row)}
        """The members with no other past them in their row."""

    def _full(self, row: list[int]) -> bool:
        return any(cell < self.rows.items for cell in row)

    def _bands(self) -> list[tuple[float, float]]:
        bands: list[tuple[float, float]] = []
        full = [self._full(row) for row in self.rows.rows]
        at = 0.0
        for number, row in enumerate(self.rows.rows):
            if number:
                at += _GAP if full[number] and full[number - 1] else _LABEL_GAP
            end = at + max(self.rows.sizes[cell].along for cell in row)
            bands.append((at, end))
            at = end
        return bands

    def middle(self, cell: int) -> Spot:
        """Where a cell has its middle."""
        begin, end = self.bands[self.row_of[cell]]
        return Spot((begin + end) / 2, self.middles[cell])

    def end(self) -> float:
        """How far across the last cell reaches."""
        return max((self.middles[cell] + size.across / 2 for cell, size in enumerate(self.rows.sizes)), default=0.0)

    def path(self, way: Way, chain: Sequence[int]) -> Path:
        """Straight through each row, and from one to the next as the picture likes."""
        points: list[Spot] = []
        for cell in chain:
            begin, end = self.bands[self.row_of[cell]]
            across = self.middles[cell]
            if cell == way.source:
                across += way.leave.across
                begin = self.middle(cell).along + way.leave.along + way.leave.size.along / 2
            elif cell == way.target:
                across += way.arrive.across
                end = self.middle(cell).along + way.arrive.along - way.arrive.size.along / 2
            points += [Spot(begin, across), Spot(end, across)]
        return Path(without_stops(points), self.middle(chain[1]) if way.label else None)


def without_stops(points: Iterable[Spot]) -> list[Spot]:
    """The points without those that only repeat the one before."""
    kept: list[Spot] = []
    for point in points:
        if not kept or kept[-1] != point:
            kept.append(point)
    return kept
