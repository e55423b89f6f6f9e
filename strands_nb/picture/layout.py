"""Where everything stands: boxes, the frames around them, and the way of every arrow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from strands_nb.picture.figure import Arrow, Box, Figure, Link
from strands_nb.picture.flow import Flow, flow
from strands_nb.picture.grid import Spot
from strands_nb.picture.place import Placed, place
from strands_nb.picture.rows import Port, Size, Way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ("MAX_BOXES", "Direction", "Extent", "Layout", "Point", "Rect", "Route", "even", "lay_out")

MAX_BOXES: Final = 300
"""More than a picture can show; so are twice as many arrows, and arrows that pass too many rows."""
_MAX_CELLS: Final = 6_000
_INSET: Final = 14
_HEAD: Final = 30

Direction: TypeAlias = Literal["right", "down"]


class Extent(NamedTuple):
    """Width and height in pixels."""

    width: float
    height: float


class Point(NamedTuple):
    """A place in pixels from the upper left corner."""

    x: int
    y: int


class Rect(NamedTuple):
    """A rectangle in pixels from the upper left corner."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Route:
    """The way of one arrow, from the edge of one box to the edge of another."""

    arrow: Arrow
    points: tuple[Point, ...]
    back: bool
    label: Rect | None


@dataclass(frozen=True, slots=True)
class Layout:
    """A figure with places. No two boxes overlap but for a frame and what it is around."""

    boxes: Mapping[str, Rect]
    routes: tuple[Route, ...]
    size: Extent
    direction: Direction


def lay_out(
    figure: Figure, extent: Callable[[Box], Extent], label: Callable[[str], Extent], direction: Direction
) -> Layout | None:
    """Give every box and arrow its place; None if there is too much to draw.

    `extent` tells how large a box is, and for a frame how large at least; `label` how large the label of an arrow.
    """
    if len(figure.boxes) > MAX_BOXES or len(figure.arrows) > 2 * MAX_BOXES:
        return None
    flows = {frame: flow(figure, frame) for frame in figure.members}
    if sum(map(_cells, flows.values())) > _MAX_CELLS:
        return None
    return _Layouter(figure, flows, extent, label, direction).layout()


def _cells(inside: Flow) -> int:
    stage = {item: number for number, items in enumerate(inside.stages) for item in items}
    return sum(2 * (stage[link.target] - stage[link.source]) for link in inside.onward)


class _Layouter:
    """Frames from the inside out: each is placed on its own, and is then a box like any other in the one around it."""

    def __init__(
        self,
        figure: Figure,
        flows: Mapping[str | None, Flow],
        extent: Callable[[Box], Extent],
        label: Callable[[str], Extent],
        direction: Direction,
    ) -> None:
        self._figure, self._flows, self._extent, self._label = figure, flows, extent, label
        self._direction: Direction = direction
        self._sizes: dict[str, Size] = {}
        self._placed: dict[str | None, Placed] = {}
        self._corners: dict[str, Spot] = {}
        """The corner of each member in the frame around it."""

    def layout(self) -> Layout:
        frames = [box for box in self._figure.walk() if self._figure.members[box.key]]
        self._sizes = {box.key: self._turned(self._extent(box)) for box in self._figure.boxes.values()}
        for box in reversed(frames):
            self._place(box.key)
            self._sizes[box.key] = self._framed(self._placed[box.key].size, self._sizes[box.key])
        self._place(None)
        origins: dict[str | None, Spot] = {None: Spot(0, 0)}
        boxes: dict[str, Rect] = {}
        for box in self._figure.walk():
            corner = _sum(origins[box.around[-1] if box.around else None], self._corners[box.key])
            origins[box.key] = _sum(corner, self._inset())
            boxes[box.key] = self._rect(corner, self._sizes[box.key])
        routes = [route for frame, origin in origins.items() for route in self._routes(frame, origin)]
        return Layout(boxes, tuple(routes), self._extent_of(self._placed[None].size), self._direction)

    def _place(self, frame: str | None) -> None:
        """Place the members of a frame, the frames among them in step with each other."""
        inside, members = self._flows[frame], self._figure.members[frame]
        for items in inside.stages:
            self._stretch([item for item in items if self._figure.members[item]])
        number = {key: n for n, key in enumerate(members)}
        placed = place(
            [self._sizes[key] for key in members],
            [[number[key] for key in items] for items in inside.stages],
            [self._way(link, number) for link in inside.onward],
            [self._way(link, number) for link in inside.back],
        )
        self._placed[frame] = placed
        self._corners.update(zip(members, placed.items, strict=True))

    def _stretch(self, frames: Iterable[str]) -> None:
        longest = max((self._sizes[key].along for key in frames), default=0)
        self._sizes.update({key: Size(longest, self._sizes[key].across) for key in frames})

    def _way(self, link: Link, number: Mapping[str, int]) -> Way:
        arrow = link.arrow
        return Way(
            number[link.source],
            number[link.target],
            self._port(link.source, arrow.source),
            self._port(link.target, arrow.target),
            self._turned(self._label(arrow.label)) if arrow.label else None,
        )

    def _port(self, member: str, key: str) -> Port:
        """The box of that key, as seen from the middle of the member it is in."""
        size, outer = self._sizes[key], self._sizes[member]
        at = Spot(size.along / 2, size.across / 2)
        inside = (*self._figure.boxes[key].around, key)[len(self._figure.boxes[member].around) + 1 :]
        for each in inside:
            at = _sum(_sum(at, self._corners[each]), self._inset())
        return Port(at.along - outer.along / 2, at.across - outer.across / 2, size)

    def _inset(self) -> Spot:
        """From the corner of a frame to what is in it."""
        return Spot(_INSET, _HEAD) if self._direction == "right" else Spot(_HEAD, _INSET)

    def _framed(self, size: Size, least: Size) -> Size:
        inset = self._inset()
        along, across = size.along + inset.along + _INSET, size.across + inset.across + _INSET
        return Size(even(max(along, least.along)), even(max(across, least.across)))

    def _routes(self, frame: str | None, origin: Spot) -> Iterable[Route]:
        inside, placed = self._flows[frame], self._placed.get(frame)
        if placed is None:
            return
        pairs = zip((*inside.onward, *inside.back), (*placed.onward, *placed.back), strict=True)
        for number, (link, path) in enumerate(pairs):
            label = None
            if path.label:
                size = self._turned(self._label(link.arrow.label))
                middle = _sum(path.label, origin)
                label = self._rect(Spot(middle.along - size.along / 2, middle.across - size.across / 2), size)
            points = tuple(self._point(_sum(point, origin)) for point in path.points)
            yield Route(link.arrow, points, number >= len(inside.onward), label)

    # ---- from the flow to the page, and back --------------------------------------------------------------------

    def _turned(self, extent: Extent) -> Size:
        width, height = extent
        return Size(width, height) if self._direction == "right" else Size(height, width)

    def _extent_of(self, size: Size) -> Extent:
        return Extent(*size) if self._direction == "right" else Extent(size.across, size.along)

    def _point(self, spot: Spot) -> Point:
        along, across = round(spot.along), round(spot.across)
        return Point(along, across) if self._direction == "right" else Point(across, along)

    def _rect(self, corner: Spot, size: Size) -> Rect:
        return Rect(*self._point(corner), *map(round, self._extent_of(size)))


def _sum(one: Spot, other: Spot) -> Spot:
    return Spot(one.along + other.along, one.across + other.across)


def even(length: float) -> int:
    """The next even number: with even lengths every middle is a whole pixel, and what is to be straight is."""
    return 2 * ceil(length / 2)
