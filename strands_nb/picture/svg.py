"""A picture for a notebook: one SVG without scripts, fonts, images or links, in the colours of the page around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from strands_nb.picture.describe import about, describe
from strands_nb.picture.figure import read
from strands_nb.picture.layout import even, lay_out
from strands_nb.picture.lines import head, line, outline_of, touching
from strands_nb.picture.measure import LABEL, NOTE, extents, fitting, remark, tag, tags
from strands_nb.picture.style import CSS, LOOK
from strands_nb.picture.words import cut, em, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strands_nb.picture.figure import Box, Drawable, Figure
    from strands_nb.picture.layout import Direction, Layout, Rect, Route

__all__ = ("to_svg",)

_WIDE: Final = 1024
_MARGIN: Final = 20
_HEADER: Final = 36
_TITLE: Final = 15.4  # 14 pixels, and bold
_TRIES: Final[tuple[tuple[Direction, int, int], ...]] = (
    ("right", 192, 236),
    ("right", 152, 236),
    ("down", 216, 236),
    ("down", 176, 180),
    ("down", 144, 132),
)
"""Which way to read, and how wide a box may be for its second line, and the label of an arrow."""


def to_svg(outline: Drawable, *, title: str) -> str:
    """The picture as one `<svg>` element, the same for the same outline.

    It reads to the right while that fits a cell, otherwise down, and shrinks with the cell. Inside a page it takes the
    theme's colours; as a file or an image it is light or dark as the reader prefers. More than 300 boxes are not drawn:
    the picture then says so.

    >>> to_svg({"nodes": [{"key": "a", "label": "draft"}], "edges": []}, title="Brief").split(">")[2]
    'Brief</title'
    """
    figure = read(outline)
    drawing = _drawing(figure)
    name, summary = one_line(title), figure.summary()
    header = min(em(name) * _TITLE + em(summary) * NOTE + 48, 480)
    width = even(max(320, header, drawing.size.width + 2 * _MARGIN if drawing else 0))
    height = _HEADER + 2 * _MARGIN + (round(drawing.size.height) if drawing and figure.boxes else LABEL)
    root = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="snb-picture" role="img" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="system-ui, sans-serif" fill="none">'
    )
    words = f"<title>{escape(name)}</title>\n<desc>{escape(describe(figure))}</desc>"
    drawn = _body(figure, drawing, width) if drawing and figure.boxes else [_instead(figure)]
    return "\n".join((root, words, f"<style>{CSS}</style>", *_card(width, height, name, summary), *drawn, "</svg>"))


def _drawing(figure: Figure) -> Layout | None:
    """The first try that fits a cell, or else the one that is least wide; None if there is too much to draw."""
    best: Layout | None = None
    for direction, box, label in _TRIES:
        found = lay_out(figure, extents(figure, box), tags(label), direction)
        if found is None or found.size.width + 2 * _MARGIN <= _WIDE:
            return found
        if best is None or found.size.width < best.size.width:
            best = found
    return best


def _card(width: int, height: int, name: str, summary: str) -> Iterator[str]:
    """The paper, and a line that says what is on it."""
    room = width - em(summary) * NOTE - 48
    right, corner = width - 8.5, "a7.5 7.5 0 0 1 7.5"
    yield f'<rect {LOOK["paper"]} x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="8"/>'
    yield f'<path {LOOK["head"]} d="M1 {_HEADER}V8.5{corner}-7.5H{right}{corner} 7.5V{_HEADER}z"/>'
    yield f'<path {LOOK["rule"]} d="M1 {_HEADER}.5H{width - 1}"/>'
    yield _text("title", 14, 23, cut(name, room / _TITLE, em))
    yield _text("note", width - 14, 23, summary, anchor="end")


def _instead(figure: Figure) -> str:
    """What stands where nothing is drawn."""
    words = f"too large to draw: {len(figure.boxes):,} boxes, {len(figure.arrows):,} arrows"
    return _text("note", 14, _HEADER + _MARGIN + LABEL - 2, words if figure.boxes else "no steps")


def _body(figure: Figure, drawing: Layout, width: int) -> Iterator[str]:
    """Frames, arrows over them, boxes over those, and labels over all."""
    left = max(_MARGIN, round(width - drawing.size.width) // 2)
    yield f'<g transform="translate({left} {_HEADER + _MARGIN})">'
    boxes = [(box, drawing.boxes[box.key]) for box in figure.walk()]
    for box, at in boxes:
        if figure.members[box.key]:
            yield from _frame(box, at)
    for route in drawing.routes:
        yield from _arrow(route, figure, drawing)
    for box, at in boxes:
        if not figure.members[box.key]:
            yield from _box(box, at)
    for route in drawing.routes:
        if route.label:
            yield from _tag(route.arrow.label, route.label)
    yield "</g>"


def _frame(box: Box, at: Rect) -> Iterator[str]:
    name = cut(box.label, (at.width - 24) / LABEL, em)
    begin = at.x + 20 + round(em(name) * LABEL)
    said = cut(" · ".join(filter(None, (box.role_word, remark(box)))), (at.x + at.width - 12 - begin) / NOTE, em)
    yield f"<g>{_tooltip(box)}"
    yield f'<rect {LOOK["frame"]} {_place(at)} rx="8"/>'
    yield _text("label", at.x + 12, at.y + 20, name)
    if said:
        yield _text("note", begin, at.y + 20, said)
    yield "</g>"


def _box(box: Box, at: Rect) -> Iterator[str]:
    name, said = fitting(box, at.width)
    middle, base = at.x + at.width // 2, at.y + at.height // 2 + (-3 if said else 5)
    look = LOOK["gate" if box.human else "box"]
    yield f"<g>{_tooltip(box)}"
    if box.many:
        yield f'<path {look} d="{outline_of(box, at, shift=4)}"/>'
    yield f'<path {look} d="{outline_of(box, at)}"/>'
    yield _text("label", middle, base, name, anchor="middle")
    if said:
        yield _text("note", middle, base + 18, said, anchor="middle")
    yield "</g>"


def _arrow(route: Route, figure: Figure, drawing: Layout) -> Iterator[str]:
    boxes, ends = figure.boxes, (route.arrow.source, route.arrow.target)
    source, target = ((boxes[key], drawing.boxes[key]) for key in ends)
    points = (touching(route.points[0], *source), *route.points[1:-1], touching(route.points[-1], *target))
    look = LOOK["back" if route.back else "on"]
    yield f'<path {look} d="{line(points, drawing.direction, cornered=route.back)}"/>'
    yield f'<path {LOOK["tip"]} d="{head(points, drawing.direction, cornered=route.back)}"/>'


def _tag(label: str, at: Rect) -> Iterator[str]:
    yield f"<g><title>{escape(label)}</title>"
    yield f'<rect {LOOK["tag"]} {_place(at)} rx="10"/>'
    yield _text("note", at.x + at.width // 2, at.y + 14, tag(label, at.width), anchor="middle")
    yield "</g>"


def _tooltip(box: Box) -> str:
    return f"<title>{escape(': '.join(filter(None, (about(box), box.detail))))}</title>"


def _place(at: Rect) -> str:
    return f'x="{at.x}" y="{at.y}" width="{at.width}" height="{at.height}"'


def _text(kind: str, x: int, y: int, text: str, *, anchor: str = "") -> str:
    where = f'x="{x}" y="{y}"' + (f' text-anchor="{anchor}"' if anchor else "")
    return f"<text {LOOK[kind]} {where}>{escape(text)}</text>"
