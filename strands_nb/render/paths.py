"""What a text asks for of the names it is given."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ("Path", "Reference")

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """One use of something outside a template or condition.

    `path` begins with the name: `steps[0].response` is `("steps", 0, "response")`. It ends where the text goes on in a
    way that cannot be told without running it, as in `steps[n]`.
    """

    path: Path
    line: int
    """Line of the text, from 1."""
    guarded: bool = False
    """Whether the text asks first, by `is defined` or `default`."""
