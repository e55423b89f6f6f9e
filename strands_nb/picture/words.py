"""Labels as they may be drawn: one line, nothing that steers a screen, and as long as there is room."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("cut", "em", "one_line")

_LONGEST: Final = 1_000
# Controls, halves of surrogate pairs, what XML does not take, and what turns the direction of the text around it.
_STEERING: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_JOINERS: Final = "\u200c\u200d\ufe0e\ufe0f"
_NARROW: Final = frozenset("iljIfrt.,:;'|!()[]/\\`- ")
_BROAD: Final = frozenset("mwMW@%&+=<>~…—")


def one_line(text: str, limit: int = _LONGEST) -> str:
    r"""The text in one line of at most `limit` characters; what would command a screen shows as `�`.

    >>> one_line("two\n  lines \x1b[31m"), one_line("abcdef", 4)
    ('two lines �[31m', 'abc…')
    """
    line = _STEERING.sub("\ufffd", " ".join(text[: 4 * limit].split()))
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def cut(text: str, room: float, measure: Callable[[str], float], mark: str = "…") -> str:
    """The text if there is room for it, otherwise as much of its beginning as fits before the mark, if that fits.

    >>> cut("researcher", 6, len), cut("critic", 6, len), cut("critic", 0, len)
    ('resea…', 'critic', '')
    """
    if measure(text) <= room:
        return text
    mark = mark if measure(mark) <= room else ""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle] + mark) <= room else (low, middle - 1)
    kept = text[:low].rstrip().rstrip(_JOINERS)
    while kept and measure(kept + mark) > room:  # a joiner may have joined the mark to what is before it
        kept = kept[:-1]
    return kept + mark


def em(text: str) -> float:
    """How wide the text is in a proportional font, in units of its size.

    A guess for the widest of the usual fonts, so that what is said to fit does.

    >>> em("ill") < em("one") < em("MMM") < em("三三三三")
    True
    """
    return sum(map(_advance, text))


@lru_cache(maxsize=4096)
def _advance(letter: str) -> float:
    if unicodedata.combining(letter) or letter in _JOINERS:
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.3 if unicodedata.category(letter) == "So" else 1.0
    if letter in _NARROW:
        return 0.4
    if letter in _BROAD:
        return 0.97
    return 0.73 if letter.isupper() else 0.63
