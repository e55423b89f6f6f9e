"""Shapes and lines as SVG paths."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from strands_nb.picture.layout import Point
from strands_nb.picture.measure import POINT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strands_nb.picture.figure import Box
    from strands_nb.picture.layout import Direction, Rect

__all__ = ("head", "line", "outline_of", "touching")

_TIP: Final = 8
_HALF: Final = 4
_CORNER: Final = 10


def outline_of(box: Box, at: Rect, *, shift: int = 0) -> str:
    """A box with round corners; for a gate, one that comes to a point on both sides."""
    x, y, width, height = at.x + shift, at.y + shift, at.width, at.height
    half, flat = height // 2, width - 2 * POINT
    if box.human:
        return f"M{x} {y + half}l{POINT} {-half}h{flat}l{POINT} {half}l{-POINT} {half}h{-flat}z"
    return f"M{x + 6} {y}h{width - 12}q6 0 6 6v{height - 12}q0 6-6 6h{12 - width}q-6 0-6-6v{12 - height}q0-6 6-6z"


def touching(point: Point, box: Box, at: Rect) -> Point:
    """A point at the side of a rectangle, moved to where the shape in it begins."""
    if not box.human or point.x not in {at.x, at.x + at.width}:
        return point
    off = abs(point.y - at.y - at.height / 2) / (at.height / 2)
    return Point(point.x + round(POINT * off) * (1 if point.x == at.x else -1), point.y)


def line(points: Sequence[Point], direction: Direction, *, cornered: bool) -> str:
    """From the first point to the foot of the arrow's head, swinging from row to row or turning round corners."""
    dx, dy = _heading(points, direction, cornered=cornered)
    end = points[-1]
    points = [*points[:-1], Point(end.x - dx * (_TIP - 1), end.y - dy * (_TIP - 1))]
    return f"M{points[0].x} {points[0].y}" + (_cornered(points) if cornered else _swinging(points, direction))


def head(points: Sequence[Point], direction: Direction, *, cornered: bool) -> str:
    """A triangle with its tip at the last point."""
    (dx, dy), (x, y) = _heading(points, direction, cornered=cornered), points[-1]
    foot = Point(x - dx * _TIP, y - dy * _TIP)
    one, other = (Point(foot.x + side * dy * _HALF, foot.y + side * dx * _HALF) for side in (1, -1))
    return f"M{x} {y}L{one.x} {one.y}L{other.x} {other.y}z"


def _heading(points: Sequence[Point], direction: Direction, *, cornered: bool) -> tuple[int, int]:
    """In which direction it arrives."""
    if not cornered:
        return (1, 0) if direction == "right" else (0, 1)
    before, last = points[-2:]
    return _sign(last.x - before.x), _sign(last.y - before.y)


def _swinging(points: Sequence[Point], direction: Direction) -> str:
    parts: list[str] = []
    for (x, y), (to_x, to_y) in pairwise(points):
        if (y == to_y) if direction == "right" else (x == to_x):
            parts.append(f"L{to_x} {to_y}")
        elif direction == "right":
            middle = (x + to_x) // 2
            parts.append(f"C{middle} {y} {middle} {to_y} {to_x} {to_y}")
        else:
            middle = (y + to_y) // 2
            parts.append(f"C{x} {middle} {to_x} {middle} {to_x} {to_y}")
    return "".join(parts)


def _cornered(points: Sequence[Point]) -> str:
    parts: list[str] = []
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        reach = min(_CORNER, _far(before, here) // 2, _far(here, after) // 2)
        into, out = (_towards(here, other, reach) for other in (before, after))
        parts.append(f"L{into.x} {into.y}Q{here.x} {here.y} {out.x} {out.y}")
    return f"{''.join(parts)}L{points[-1].x} {points[-1].y}"


def _towards(here: Point, other: Point, reach: int) -> Point:
    return Point(here.x + reach * _sign(other.x - here.x), here.y + reach * _sign(other.y - here.y))


def _far(one: Point, other: Point) -> int:
    return abs(one.x - other.x) + abs(one.y - other.y)


def _sign(length: int) -> int:
    return (length > 0) - (length < 0)
