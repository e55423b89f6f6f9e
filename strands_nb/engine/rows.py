"""Where a unit stands among the others that was not drawn beforehand: a visit, an iteration, a worker.

The outline has one box for all of them, with a `*` for each number in their keys. The first one takes its place, those
that follow come after the last of their kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import TypeVar

__all__ = ("forms", "insert_rows")

RowT = TypeVar("RowT")


def forms(key: str) -> Iterator[str]:
    """The keys of boxes that may stand for `key`, the most exact first.

    >>> list(forms("rounds/0/workers/2"))
    ['rounds/*/workers/2', 'rounds/0/workers/*', 'rounds/*/workers/*']
    """
    parts = key.split("/")
    numbers = [at for at, part in enumerate(parts) if part.isdecimal()]
    for count in range(1, len(numbers) + 1):
        for chosen in combinations(numbers, count):
            yield "/".join("*" if at in chosen else part for at, part in enumerate(parts))


def insert_rows(
    rows: Mapping[str, RowT], fresh: Sequence[str], make: Callable[[str, RowT | None], RowT]
) -> dict[str, RowT]:
    """The rows with those of `fresh` in their places; `make(key, like)` makes one, like one of its kind if any.

    >>> insert_rows({"nodes/a/*": "A", "nodes/b/*": "B"}, ["nodes/a/1", "nodes/a/2", "x"], lambda key, like: like)
    {'nodes/a/1': 'A', 'nodes/a/2': 'A', 'nodes/b/*': 'B', 'x': None}
    """
    likes, last = _kinds(rows)
    made: dict[str, RowT] = {}
    replaced: dict[str, str] = {}
    after: dict[str | None, list[str]] = {}
    for key in fresh:
        kind = next((form for form in forms(key) if form in likes), None)
        like = None if kind is None else likes[kind]
        made[key] = make(key, None if like is None else rows[like] if like in rows else made[like])
        if kind is not None and like == kind and kind not in replaced:
            replaced[kind] = key
        else:
            before = None if kind is None else last.get(kind.partition("*")[0])
            after.setdefault(before, []).append(key)
        likes |= dict.fromkeys(forms(key), key)
    placed: dict[str, RowT] = {}
    for key, row in rows.items():
        at = replaced.get(key, key)
        placed[at] = made.get(at, row)
        placed |= {new: made[new] for new in after.get(key, ())}
    return placed | {new: made[new] for new in after.get(None, ())}


def _kinds(rows: Mapping[str, RowT]) -> tuple[dict[str, str], dict[str, str]]:
    """By form, a row of that kind; by prefix, the last row that begins so."""
    likes: dict[str, str] = {}
    last: dict[str, str] = {}
    for key in rows:
        likes |= dict.fromkeys(forms(key), key)
        if "*" in key:
            likes[key] = key
        parts = key.split("/")
        last |= {"/".join(parts[:n]) + "/": key for n in range(1, len(parts))}
    return likes, last
