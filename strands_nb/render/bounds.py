"""How much a template may do: the sandbox keeps it from reaching out, these limits from using up the machine.

Sizes are worked out before anything is made: `'a' * 10**9` is refused, not cut short.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Sized
from typing import Any, cast

from strands_nb.errors import TemplateError

__all__ = ("MAX_OUTPUT", "METER", "allow_items", "allow_size", "binary", "join", "replaced", "weighed")

MAX_OUTPUT = 10_000_000
"""Most characters a template may render, or hold in one value."""
_MAX_TOTAL = 3 * MAX_OUTPUT
"""Most characters in all that it makes on the way."""
_MAX_TURNS = 200_000
"""Most turns of its loops and calls of its macros, together."""
_MAX_SECONDS = 5.0
_MAX_BITS = 20_000
"""Largest whole number; Python refuses to print anything near it anyway."""
_MAX_ITEMS = 1_000_000


class _Meter(threading.local):
    """What the rendering of this thread has used so far."""

    turns = 0
    chars = 0
    deadline = 0.0

    def start(self) -> None:
        self.turns = self.chars = 0
        self.deadline = 0.0

    def turn(self, count: int = 1) -> None:
        """Count turns of a loop, calls, or operations."""
        self.turns += count
        if self.turns > _MAX_TURNS:
            raise TemplateError(f"more than {_MAX_TURNS:,} turns of loops in one template")
        now = time.monotonic()
        self.deadline = self.deadline or now + _MAX_SECONDS
        if now > self.deadline:
            raise TemplateError(f"this takes more than {_MAX_SECONDS:g} s")


METER = _Meter()


def allow_size(size: int) -> None:
    """Refuse to make a text of `size` characters if that is too long."""
    METER.chars += max(0, size)
    if size > MAX_OUTPUT or METER.chars > _MAX_TOTAL:
        raise TemplateError(f"a template may not make more than {MAX_OUTPUT:,} characters")


def allow_items(size: int) -> None:
    """Refuse to make a list of `size` items if that is too long."""
    if size > _MAX_ITEMS:
        raise TemplateError(f"a template may not make a list of more than {_MAX_ITEMS:,} items")


def weighed(value: Any) -> Any:  # noqa: ANN401 - whatever a filter makes
    """The value, counted against the limits."""
    if isinstance(value, str):
        allow_size(len(value))
    elif isinstance(value, (list, tuple)):
        allow_items(len(cast("Sized", value)))
    return cast("Any", value)


def join(pieces: Any) -> str:  # noqa: ANN401 - any iterable of text; Jinja gives lists and generators
    """`"".join`, within bounds."""
    texts: list[str] = list(pieces)
    allow_size(sum(map(len, texts)))
    return "".join(texts)


def replaced(text: str, old: str, new: str, count: int = -1) -> None:
    """Refuse `text.replace(old, new, count)` if the result would be too long."""
    times = text.count(old) if count < 0 else min(count, text.count(old))
    allow_size(len(text) + times * (len(new) - len(old)))


def binary(operator: str, left: Any, right: Any) -> None:  # noqa: ANN401 - operands of a template
    """Refuse an operation whose result would be too large."""
    METER.turn()
    match operator:
        case "*":
            _product(left, right)
        case "**":
            if isinstance(left, int) and isinstance(right, int):
                _allow_bits(left.bit_length() * max(0, right))
        case "+":
            if isinstance(left, str) and isinstance(right, str):
                allow_size(len(left) + len(right))
            elif isinstance(left, Sized) and isinstance(right, Sized):
                allow_items(len(left) + len(right))
        case _:
            if operator == "%" and isinstance(left, str):
                allow_format(left)


def _product(left: Any, right: Any) -> None:  # noqa: ANN401
    if isinstance(left, int) and isinstance(right, int):
        _allow_bits(left.bit_length() + right.bit_length())
        return
    for text, times in ((left, right), (right, left)):
        if isinstance(text, str) and isinstance(times, int):
            allow_size(len(text) * times)
        elif isinstance(text, Sized) and isinstance(times, int):
            allow_items(len(text) * times)


def _allow_bits(bits: int) -> None:
    if bits > _MAX_BITS:
        raise TemplateError("a template may not compute numbers this large")


def allow_format(text: str) -> None:
    """Refuse a printf-style format with a width of five digits or more, or one taken from the arguments."""
    if _WIDE_FORMAT.search(text):
        raise TemplateError("a template may not pad to that width")


# Every part of it can be followed by the next in one way only, so it cannot run away.
_WIDE_FORMAT = re.compile(r"%(?:\([^()]*\))?[#0 +-]*(?:[0-9]*(?:\.[0-9]*)?\*|[0-9]{5}|[0-9]*\.[0-9]{5})")
