"""The picture for a terminal: a list that flows downward, with forks, and arrows where that does not say it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from strands_nb.picture.figure import read
from strands_nb.picture.reading import Reading
from strands_nb.picture.words import cut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from strands_nb.picture.figure import Box, Drawable

__all__ = ("to_text",)

_LEAST: Final = 6


@dataclass(frozen=True, slots=True)
class _Signs:
    agent: str = "○"
    gate: str = "◆"
    frame: str = "▾"
    on: str = "▸"
    back: str = "↺"
    end: str = "■"
    rail: str = "│"
    fork: str = "├─"
    last: str = "╰─"
    dot: str = "·"
    cut: str = "…"


_UNICODE: Final = _Signs()
_ASCII: Final = _Signs("o", "?", "v", ">", "^", "#", "|", "|-", "`-", "-", "...")


@dataclass(frozen=True, slots=True)
class _Line:
    """What stands before the label, the label, what is said of it, and a remark in a column of its own."""

    before: str
    label: str = ""
    after: str = ""
    remark: str = ""


def to_text(outline: Drawable, *, width: int = 80, unicode: bool = True) -> str:
    """The picture in lines of at most `width` cells; with ASCII alone unless `unicode`.

    A rail leads from what is above it to all that is below. Where that is not all there is to say, arrows stand below a
    step: `▸` on to another, `↺` back to one, each with its condition.

    >>> nodes = [{"key": "0", "label": "draft"}, {"key": "1", "label": "review", "kind": "hitl", "detail": "Good?"}]
    >>> print(to_text({"nodes": nodes, "edges": [["0", "1"], ["1", "0", "else"]]}))
    ○ draft
    │
    ◆ review [human]  Good?
    ╰─↺ draft         else
    """
    figure = read(outline)
    signs = _UNICODE if unicode else _ASCII
    lines = list(_Writer(Reading(figure), signs).frame(None, "")) or [_Line("", "no steps")]
    if not unicode:
        lines = [_Line(line.before, _ascii(line.label), _ascii(line.after), _ascii(line.remark)) for line in lines]
    return "\n".join(_set(lines, width, signs.cut))


class _Writer:
    def __init__(self, reading: Reading, signs: _Signs) -> None:
        self._reading, self._signs = reading, signs

    def frame(self, key: str | None, rail: str) -> Iterator[_Line]:
        """What is in a frame, stage after stage."""
        reached = True
        stages = self._reading.stages(key)
        for number, items in enumerate(stages):
            leads = self._reading.leads(key, number)
            forked = len(items) > 1 and (reached or leads)
            yield from self._fork(items, rail, more=leads) if forked else self._list(items, rail)
            if number < len(stages) - 1:
                yield _Line(rail + self._signs.rail if leads else rail)
            reached = leads

    def _fork(self, items: Sequence[str], rail: str, *, more: bool) -> Iterator[_Line]:
        """All of them at once: side by side on one rail, which goes on below if there is more."""
        signs = self._signs
        for number, item in enumerate(items, 1):
            goes_on = more or number < len(items)
            below = f"{rail}{signs.rail} " if goes_on else f"{rail}  "
            yield from self._item(item, rail + (signs.fork if goes_on else signs.last), below)

    def _list(self, items: Sequence[str], rail: str) -> Iterator[_Line]:
        for number, item in enumerate(items):
            if number:
                yield _Line(rail)
            yield from self._item(item, rail, rail)

    def _item(self, key: str, first: str, rail: str) -> Iterator[_Line]:
        """A box and, below it, what is in it and where it leads."""
        box = self._reading.figure.boxes[key]
        yield self._box(box, first)
        if self._reading.stages(key):
            yield from self.frame(key, f"{rail}{self._signs.rail} ")
        yield from self._arrows(key, rail)

    def _box(self, box: Box, first: str) -> _Line:
        signs = self._signs
        inside = self._reading.stages(box.key)
        sign = signs.gate if box.human else signs.frame if inside else signs.agent
        after = " (many)" * box.many + " [human]" * box.human
        if who := box.role_word if inside else box.agent_word:
            after += f" {signs.dot} {who}"
        return _Line(f"{first}{sign} ", box.label, after, box.detail)

    def _arrows(self, key: str, rail: str) -> Iterator[_Line]:
        """What leads on or back from a box and is not said by the rails."""
        signs, turns = self._signs, list(self._reading.turns(key))
        straight = self._reading.straight(key)
        for number, turn in enumerate(turns):
            branch = signs.fork if straight or number < len(turns) - 1 else signs.last
            yield _Line(f"{rail}{branch}{signs.back if turn.back else signs.on} ", turn.targets, "", turn.label)
        if self._reading.ends(key):
            yield _Line(f"{rail}{signs.last}{signs.end} ", "end")


def _set(lines: Sequence[_Line], width: int, mark: str) -> Iterator[str]:
    """The lines with their remarks in one column; those too long to end before it push theirs to the right."""
    lefts = [_left(line, width, mark) for line in lines]
    widths = [cell_len(left) for left in lefts]
    column = max((w for w, line in zip(widths, lines, strict=True) if line.remark and w <= width // 2), default=0) + 2
    for line, left, long in zip(lines, lefts, widths, strict=True):
        whole = f"{left}{' ' * max(column - long, 2)}{line.remark}" if line.remark else left.rstrip()
        yield cut(whole, width, cell_len, mark)


def _left(line: _Line, width: int, mark: str) -> str:
    """The line without its remark: deep rails lose their beginning, long labels their end."""
    before = line.before[-(width // 2) :] if len(line.before) > width // 2 else line.before
    room = max(width - cell_len(before) - cell_len(line.after), _LEAST)
    return before + cut(line.label, room, cell_len, mark) + line.after


def _ascii(text: str) -> str:
    """Letters without their accents, and codes for what is not Latin."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return plain.encode("ascii", "backslashreplace").decode("ascii")
