"""The inside of one frame: where its members stand and which way its arrows go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from strands_nb.picture.grid import Grid, Path, Spot
from strands_nb.picture.lanes import Lanes
from strands_nb.picture.rows import Size, Way, arrange, in_rows
from strands_nb.picture.spread import spread

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("Placed", "place")


@dataclass(slots=True)
class Placed:
    """All measured from the corner where flow and rows begin."""

    items: list[Spot]
    """The corner of each member."""
    onward: list[Path]
    back: list[Path]
    size: Size


def place(sizes: Sequence[Size], stages: Sequence[Sequence[int]], onward: Sequence[Way], back: Sequence[Way]) -> Placed:
    """Put members in rows and arrows between them; what goes back runs in lanes past the last of a row."""
    rows = in_rows(sizes, _returning_last(stages, back), onward)
    arrange(rows)
    grid = Grid(rows, spread(rows))
    paths = [grid.path(way, chain) for way, chain in zip(onward, rows.chains, strict=True)]
    loops = Lanes(grid, back).paths()
    return _from_corner(grid, paths, loops, [way.label for way in (*onward, *back)])


def _returning_last(stages: Sequence[Sequence[int]], back: Sequence[Way]) -> list[list[int]]:
    """The last of a row is next to the lanes, so what goes back had best stand there."""
    ends = {end for way in back for end in (way.source, way.target)}
    return [sorted(stage, key=lambda item: item in ends) for stage in stages]


def _from_corner(grid: Grid, onward: list[Path], back: list[Path], labels: list[Size | None]) -> Placed:
    """Everything moved so that the smallest place is the corner."""
    corners = [_corner(grid.middle(item), size) for item, size in enumerate(grid.rows.sizes[: grid.rows.items])]
    far = [Spot(c.along + s.along, c.across + s.across) for c, s in zip(corners, grid.rows.sizes, strict=False)]
    for path, label in zip((*onward, *back), labels, strict=True):
        far += path.points
        if path.label and label:
            begin = _corner(path.label, label)
            far += [begin, Spot(begin.along + label.along, begin.across + label.across)]
    spots = [*corners, *far] or [Spot(0, 0)]
    first = Spot(min(spot.along for spot in spots), min(spot.across for spot in spots))
    size = Size(max(s.along for s in spots) - first.along, max(s.across for s in spots) - first.across)
    onward, back = ([_moved(path, first) for path in paths] for paths in (onward, back))
    return Placed([_less(corner, first) for corner in corners], onward, back, size)


def _corner(middle: Spot, size: Size) -> Spot:
    return Spot(middle.along - size.along / 2, middle.across - size.across / 2)


def _moved(path: Path, first: Spot) -> Path:
    return Path([_less(point, first) for point in path.points], _less(path.label, first) if path.label else None)


def _less(spot: Spot, first: Spot) -> Spot:
    return Spot(spot.along - first.along, spot.across - first.across)
