"""What differs between two texts: line by line, and within lines word by word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal, TypeAlias

__all__ = ("Change", "Piece", "difference")

Change: TypeAlias = Literal["same", "gone", "new"]
_WORD: Final = re.compile(r"\s+|\w+|[^\w\s]")
_MOST: Final = 2_000
"""Words, or lines, on either side: what is longer is not looked into, since that takes time with its square."""
_ALIKE: Final = 0.3
"""Texts that have less in common are told apart as a whole: their words would only be mixed up."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of two texts."""

    change: Change
    text: str


def difference(before: str, after: str) -> list[Piece]:
    """The two texts in pieces: what is `same` and `gone` makes up the first, what is `same` and `new` the second.

    >>> [(piece.change, piece.text) for piece in difference("Tides are slow.", "Tides are strong.")]
    [('same', 'Tides are '), ('gone', 'slow'), ('new', 'strong'), ('same', '.')]
    """
    if before == after:
        return [Piece("same", before)] if before else []
    return _joined(_by_lines(before.splitlines(keepends=True), after.splitlines(keepends=True)))


def _by_lines(before: Sequence[str], after: Sequence[str]) -> Iterator[Piece]:
    if max(len(before), len(after)) > _MOST:
        yield from (Piece("gone", "".join(before)), Piece("new", "".join(after)))
        return
    for same, old, new in _stretches(SequenceMatcher(None, before, after), before, after):
        yield from [Piece("same", old)] if same else _by_words(old, new)


def _by_words(before: str, after: str) -> Iterator[Piece]:
    old_words: list[str] = _WORD.findall(before)
    new_words: list[str] = _WORD.findall(after)
    if max(len(old_words), len(new_words)) > _MOST or not _alike(old_words, new_words):
        yield from (Piece("gone", before), Piece("new", after))
        return
    for same, old, new in _stretches(SequenceMatcher(None, old_words, new_words), old_words, new_words):
        yield from [Piece("same", old)] if same else (Piece("gone", old), Piece("new", new))


def _alike(*texts: Sequence[str]) -> bool:
    before, after = (Counter(word for word in words if not word.isspace()) for words in texts)
    return 2 * (before & after).total() >= _ALIKE * (before.total() + after.total())


def _stretches(
    matcher: SequenceMatcher[str], before: Sequence[str], after: Sequence[str]
) -> Iterator[tuple[bool, str, str]]:
    """Parts of both texts, and whether they are the same."""
    for tag, i, j, k, m in matcher.get_opcodes():
        yield tag == "equal", "".join(before[i:j]), "".join(after[k:m])


def _joined(pieces: Iterator[Piece]) -> list[Piece]:
    """Neighbours of a kind as one, and nothing that is empty."""
    found: list[Piece] = []
    for piece in pieces:
        if not piece.text:
            continue
        if found and found[-1].change == piece.change:
            found[-1] = Piece(piece.change, found[-1].text + piece.text)
        else:
            found.append(piece)
    return found
