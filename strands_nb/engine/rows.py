"""Where a row stands that was not drawn beforehand: a visit, an iteration, a worker.

A picture has one row for all of a kind, with a `*` in its key for the number. The first number that comes takes the
place of the `*`, in this row and in all below it; the numbers that follow come after it and are named like it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ("Placed", "arrange")


class Placed(NamedTuple):
    """A row in its place."""

    key: str
    was: str | None = None
    """The key it had before; None for a new row."""
    like: str | None = None
    """The key, before, of the row that it is named like: of itself, of the first of its kind, or of none."""


def arrange(keys: Iterable[str], fresh: Iterable[str]) -> list[Placed]:
    """The rows `keys`, with those of `fresh` in their places.

    A new row stands after all that share the longest beginning with it, part by part. It makes no difference whether
    new rows come one by one or all at once, and it takes time in proportion to the number of rows.

    >>> [row.key for row in arrange(["iterations/*", "iterations/*/judge", "reduce"], ["iterations/0", "iterations/1"])]
    ['iterations/0', 'iterations/0/judge', 'iterations/1', 'reduce']
    >>> arrange(["nodes/a/*", "nodes/b/*"], ["nodes/a/1", "nodes/a/2"])[1]
    Placed(key='nodes/a/2', was=None, like='nodes/a/*')
    """
    top = _Place()
    for key in keys:
        place = top.at(key.split("/"))
        place.there, place.was, place.like = True, key, key
    for key in fresh:
        parts = key.split("/")
        like = top.like_of(parts)
        place = top.take(parts)
        if not place.there:
            place.there, place.like = True, like
    return list(top.rows())


@dataclass(slots=True, eq=False)
class _Place:
    """What stands at one part of the keys, and what is below it."""

    there: bool = False
    was: str | None = None
    like: str | None = None
    below: dict[str, _Place] = field(default_factory=dict[str, "_Place"])
    first: _Place | None = None
    """Of those below, the first that a number or a `*` tells from others of its kind."""

    def at(self, parts: Sequence[str]) -> _Place:
        """The place of a key."""
        place = self
        for part in parts:
            place = place.below.get(part) or place.add(part)
        return place

    def take(self, parts: Sequence[str]) -> _Place:
        """The same for a new key: its numbers take the place of a `*`."""
        place = self
        for part in parts:
            if part not in place.below and "*" in place.below and _is_number(part):
                place.below = {part if name == "*" else name: below for name, below in place.below.items()}
            place = place.below.get(part) or place.add(part)
        return place

    def add(self, part: str) -> _Place:
        """A new place below, after all others."""
        place = self.below[part] = _Place()
        if self.first is None and (part == "*" or _is_number(part)):
            self.first = place
        return place

    def like_of(self, parts: Sequence[str]) -> str | None:
        """What is named like the row of this key: what stands at its place, or there under other numbers."""
        places: list[_Place] = [self]
        for part in parts:
            found: dict[_Place, None] = {}  # each once, the nearest first
            for place in places:
                if (below := place.below.get(part)) is not None:
                    found[below] = None
                if place.first is not None and _is_number(part):
                    found[place.first] = None
            places = list(found)
        return next((place.like for place in places if place.there), None)

    def rows(self) -> Iterator[Placed]:
        """All rows in order."""
        stack = self.inside("")
        while stack:
            key, place = stack.pop()
            if place.there:
                yield Placed(key, place.was, place.like)
            stack += place.inside(f"{key}/")

    def inside(self, path: str) -> list[tuple[str, _Place]]:
        """What is below by its key, the last first."""
        return [(path + name, place) for name, place in reversed(self.below.items())]


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdecimal()
