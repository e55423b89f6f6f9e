"""What is written on a box, and how large that makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strands_nb.picture.layout import Extent, even
from strands_nb.picture.words import cut, em

if TYPE_CHECKING:
    from collections.abc import Callable

    from strands_nb.picture.figure import Box, Figure

__all__ = ("LABEL", "NOTE", "POINT", "extents", "fitting", "remark", "tag", "tags")

LABEL: Final = 13
NOTE: Final = 11
"""Sizes of letters, in pixels."""
POINT: Final = 12
"""How far the sides of a gate come out."""
_LONGEST: Final = 216
_ROUND: Final = 14


def extents(figure: Figure, room: int) -> Callable[[Box], Extent]:
    """How large each box is. Their second lines may make them as wide as `room`, in pixels.

    One size for all: pictures of unequal boxes look unequal without a reason.
    """
    boxes = [box for box in figure.boxes.values() if not figure.members[box.key]]
    labels = max((em(_named(box)) * LABEL + _sides(box) for box in boxes), default=0)
    remarks = max((em(remark(box)) * NOTE + _sides(box) for box in boxes if remark(box)), default=0)
    same = Extent(even(min(max(96, labels, min(remarks, room)), _LONGEST)), 48 if remarks else 36)
    return lambda box: _least(box) if figure.members[box.key] else same


def _least(frame: Box) -> Extent:
    """A frame is at least as wide as its name."""
    return Extent(even(min(em(frame.label) * LABEL, _LONGEST) + 28), 0)


def fitting(box: Box, width: int) -> tuple[str, str]:
    """The two lines of a box of that width."""
    room = width - _sides(box)
    return cut(_named(box), room / LABEL, em), cut(remark(box), room / NOTE, em).removesuffix(" ·…")


def _named(box: Box) -> str:
    return f"◆ {box.label}" if box.human else box.label


def remark(box: Box) -> str:
    """Who acts, and what they do."""
    return " · ".join(filter(None, ("human" if box.human else "", box.agent_word, box.detail)))


def tags(room: int) -> Callable[[str], Extent]:
    """How large the labels of arrows are: at most as wide as `room`, in pixels."""
    return lambda label: Extent(even(em(cut(label, (room - _ROUND) / NOTE, em)) * NOTE + _ROUND), 20)


def tag(label: str, width: int) -> str:
    """As much of the label of an arrow as stands in that width."""
    return cut(label, (width - _ROUND) / NOTE, em)


def _sides(box: Box) -> int:
    return 2 * POINT + (12 if box.human else 0)
