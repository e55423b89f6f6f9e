"""What a comparison of two runs says, and how it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from strands_nb.app.difference import Piece
from strands_nb.app.terminal import printable
from strands_nb.clean import escaped

if TYPE_CHECKING:
    from strands_nb.app.difference import Change

__all__ = ("Comparison", "Field", "Side", "UnitChange", "UnitComparison")

UnitChange: TypeAlias = Literal["same", "changed", "added", "removed"]
_SIGNS: Final[dict[UnitChange, str]] = {"same": "=", "changed": "≠", "added": "+", "removed": "✕"}
# Readable on white and on black, without a variable of any theme; and by sign, for whom colours are no help.
_STYLES: Final[dict[Change, str]] = {
    "same": "",
    "gone": "background-color:#e5534b33;text-decoration:line-through",
    "new": "background-color:#2da44e33;text-decoration:underline",
}
_TAGS: Final[dict[Change, str]] = {"same": "span", "gone": "del", "new": "ins"}
_KEPT: Final = 160
"""Of a long text that is the same, so much is shown before and after what is not."""
_TEXT: Final = "white-space:pre-wrap;border-left:2px solid #8c959f66;padding:2px 0 2px 12px;margin:2px 0 8px 26px"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two runs as a whole; `seconds` of work, `cost` in US dollars, None where they are not known."""

    session_id: str
    workflow: str
    status: str
    seconds: float | None
    tokens: int
    cost: float | None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that differs: what it was, and what it is."""

    name: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.name}: {self.before or 'none'} → {self.after or 'none'}"


@dataclass(frozen=True, slots=True)
class UnitComparison:
    """One unit of work in both runs. `prompt` and `reply` are in pieces where they differ, and empty where not."""

    key: str
    name: str
    change: UnitChange
    fields: tuple[Field, ...] = ()
    prompt: tuple[Piece, ...] = ()
    reply: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Comparison:
    """What differs between two runs; made by `compare`."""

    before: Side
    after: Side
    changes: tuple[str, ...] = ()
    """Of the workflow, its inputs and its models, a line each."""
    result: tuple[Piece, ...] = ()
    """What the runs have come to, in pieces; empty where that is the same."""
    units: tuple[UnitComparison, ...] = ()

    @property
    def same(self) -> bool:
        """Whether nothing differs but times, tokens and prices."""
        alike = all(unit.change == "same" for unit in self.units)
        return alike and not self.changes and not self.result and self.before.status == self.after.status

    @property
    def overall(self) -> tuple[Field, ...]:
        """Status, seconds, tokens and cost of both, whether they differ or not."""
        pairs = zip(_figures(self.before), _figures(self.after), strict=True)
        return tuple(Field(name, was, now) for (name, was), (_, now) in pairs)

    def to_json(self) -> dict[str, Any]:
        """All of it as plain JSON."""
        overall = [asdict(field) for field in self.overall]
        return {**asdict(self), "same": self.same, "overall": overall}

    def to_markdown(self) -> str:
        """A report: what is gone is ~~struck out~~, what is new **bold**; long texts that are the same are cut."""
        lines = [f"# {_line(self.after.workflow)}: two runs", "", "| | before | after |", "|---|---|---|"]
        lines += [f"| {field.name} | {_line(field.before)} | {_line(field.after)} |" for field in self.overall]
        lines += ["", *(f"- {escaped(change)}" for change in self.changes)]
        for unit in self.units:
            lines += ["", f"## {_SIGNS[unit.change]} {escaped(unit.name)} ({unit.change})"]
            lines += [f"- {escaped(str(field))}" for field in unit.fields]
            lines += _parts(unit, lambda pieces: _quoted(_marked(pieces)))
        return "\n".join(lines).rstrip() + "\n"

    def to_html(self) -> str:
        """The same as HTML that stands by itself: no script, no style sheet, every text escaped."""
        rows = "".join(
            f"<tr><td>{field.name}</td><td>{escape(field.before)}</td><td>{escape(field.after)}</td></tr>"
            for field in self.overall
        )
        head = '<th></th><th style="text-align:left">before</th><th style="text-align:left">after</th>'
        listed = "".join(f"<li>{escape(change)}</li>" for change in self.changes)
        units = "".join(map(_unit_html, self.units))
        return (
            f'<section aria-label="Comparison"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
            f"{f'<ul>{listed}</ul>' if listed else ''}{units}</section>"
        )

    def __str__(self) -> str:
        lines = [f"{field.name:8} {field.before:>14} → {field.after}" for field in self.overall]
        lines += ["", *self.changes] if self.changes else []
        for unit in self.units:
            lines += ["", f"{_SIGNS[unit.change]} {unit.name}", *(f"  {field}" for field in unit.fields)]
            lines += _parts(unit, _plain)
        return printable("\n".join(lines))

    def __repr__(self) -> str:
        counts = {kind: sum(unit.change == kind for unit in self.units) for kind in _SIGNS}
        said = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
        edited = f"; {len(self.changes)} change{'s'[: len(self.changes) != 1]} of the workflow" if self.changes else ""
        return f"Comparison({self.after.workflow}: {said or 'nothing to compare'}{edited})"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        del include, exclude
        return {"text/html": self.to_html(), "text/markdown": self.to_markdown(), "text/plain": str(self)}


def _figures(side: Side) -> Iterator[tuple[str, str]]:
    yield "session", side.session_id
    yield "status", side.status
    yield "seconds", "unknown" if side.seconds is None else f"{side.seconds:.1f}"
    yield "tokens", f"{side.tokens:,}"
    yield "cost", "unknown" if side.cost is None else f"${side.cost:.4f}"


def _parts(unit: UnitComparison, shown: Callable[[Iterable[Piece]], Iterable[str]]) -> Iterator[str]:
    for name, pieces in (("prompt", unit.prompt), ("reply", unit.reply)):
        if pieces:
            yield from ("", f"{name}:", *shown(pieces))


def _unit_html(unit: UnitComparison) -> str:
    title = f"{_SIGNS[unit.change]} <b>{escape(unit.name)}</b> <span style='opacity:.7'>{unit.change}</span>"
    fields = "".join(f"<div style='margin-left:26px'>{escape(str(field))}</div>" for field in unit.fields)
    parts = "".join(_parts(unit, lambda pieces: [f'<div style="{_TEXT}">{"".join(map(_html, _cut(pieces)))}</div>']))
    return f"<div style='padding:3px 0'>{title}{fields}{parts}</div>"


def _html(piece: Piece) -> str:
    tag, style = _TAGS[piece.change], _STYLES[piece.change]
    return f'<{tag} style="{style}">{escape(piece.text)}</{tag}>' if style else escape(piece.text)


def _cut(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The pieces, with the middle of long ones that are the same left out."""
    for piece in pieces:
        if piece.change != "same" or len(piece.text) <= 3 * _KEPT:
            yield piece
        else:
            yield Piece("same", f"{piece.text[:_KEPT]} […] {piece.text[-_KEPT:]}")


def _plain(pieces: Iterable[Piece]) -> Iterator[str]:
    signs: dict[Change, tuple[str, str]] = {"same": ("", ""), "gone": ("[-", "-]"), "new": ("{+", "+}")}
    marked = "".join(signs[piece.change][0] + piece.text + signs[piece.change][1] for piece in _cut(pieces))
    return (f"  {line}" for line in marked.splitlines())


def _marked(pieces: Iterable[Piece]) -> str:
    tags: dict[Change, str] = {"same": "", "gone": "~~", "new": "**"}
    return "".join(_wrapped(escaped(piece.text), tags[piece.change]) for piece in _cut(pieces))


def _wrapped(text: str, tag: str) -> str:
    """Marked line by line, and never around blanks, where a mark is none."""
    if not tag:
        return text
    lines = ((line, line.strip()) for line in text.splitlines(keepends=True))
    return "".join(line.replace(words, f"{tag}{words}{tag}", 1) if words else line for line, words in lines)


def _quoted(text: str) -> Iterator[str]:
    yield ""
    yield from (f"> {line}".rstrip() for line in text.splitlines())


def _line(text: str) -> str:
    return escaped(" ".join(text.split()))
