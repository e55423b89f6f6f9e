"""What stays in the notebook: the run as inert HTML, Markdown and text, the same whenever and wherever it ran.

No script, no widget (a saved one shows "model not found" to the next reader), and nothing that differs from run to
run: no ids, times or costs. So a saved notebook is complete, and a test may compare it.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from strands_nb.engine.state import RunState, UnitState, UnitStatus

__all__ = ("MOVED", "PARKED", "bundle")

PARKED = "Waiting for an answer: %workflow answer approve, or later %workflow resume."
MOVED = "Went on in a later cell."

_SIGNS: dict[UnitStatus, str] = {
    "waiting": "○",
    "running": "◉",
    "asking": "◆",
    "completed": "✓",
    "failed": "✕",
    "interrupted": "‖",
}
_STATUS = {
    "running": "running",
    "paused": "paused",
    "interrupted": "interrupted",
    "completed": "done",
    "failed": "failed",
    "cancelled": "cancelled",
}
# Colours that are readable on white and on black: JupyterLab drops every style with a variable in it from a notebook
# it does not trust yet, which is every one that was just downloaded.
_COLORS = {"✓": "#2da44e", "✕": "#e5534b", "◆": "#c69026", "◉": "#539bf5"}
# Raw HTML is escaped and images are off: nothing in a reply is ever fetched or run.
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["image", "html_inline", "html_block"])
_HEADING, _HEADING_END = re.compile("<h[1-6]>"), re.compile("</h[1-6]>")
_CARD = (
    "border:1px solid #8c959f66;border-radius:8px;overflow:hidden;font-family:system-ui,sans-serif;font-size:13px;"
    "line-height:1.5"
)
_HEAD = "padding:8px 12px;border-bottom:1px solid #8c959f66;background-color:#8c959f1f"
_OPEN = "border-left:2px solid #8c959f66;padding:2px 0 2px 12px;margin:2px 0 6px 26px"


def bundle(state: RunState, note: str = "") -> dict[str, str]:
    """The run as `text/html`, `text/markdown` and `text/plain`."""
    return {
        "text/html": _html(state, note),
        "text/markdown": _text(state, note, bold="**"),
        "text/plain": _text(state, note, bold=""),
    }


def _html(state: RunState, note: str) -> str:
    rows = "".join(_row(unit) for unit in state.units.values())
    error = f'<div style="padding:6px 12px;color:#e5534b">{escape(state.error)}</div>' if state.error else ""
    foot = f'<div style="padding:6px 12px">{escape(note)}</div>' if note else ""
    return (
        f'<section style="{_CARD}" aria-label="{escape(state.spec_name)}"><div style="{_HEAD}">'
        f"<b>{escape(state.spec_name)}</b>&ensp;<span>{_STATUS[state.status]}</span></div>{rows}{error}{foot}</section>"
    )


def _row(unit: UnitState) -> str:
    sign = _SIGNS[unit.status]
    color = _COLORS.get(sign, "#8d96a0")
    said = unit.detail if unit.status == "waiting" else unit.error or ""
    line = (
        f'<div style="padding:5px 12px"><span style="color:{color};display:inline-block;width:26px">{sign}</span>'
        f'<b style="font-weight:500">{escape(unit.label)}</b>&ensp;<span style="opacity:.7">{escape(said)}</span>'
    )
    body = unit.response if unit.response is not None else unit.text
    opened = f'<div style="{_OPEN}">{_rendered(body)}</div>' if body else ""
    return f"{line}{opened}</div>"


def _rendered(text: str) -> str:
    """Markdown as HTML; links open elsewhere and tell nobody where from."""
    html = _markdown.render(text).replace("<a href=", '<a target="_blank" rel="noopener noreferrer" href=')
    # A reply's headings are no headings of the notebook: they would tower over the card and enter its outline.
    html = _HEADING.sub('<p style="font-weight:600;margin:6px 0 2px">', html)
    return _HEADING_END.sub("</p>", html)


def _text(state: RunState, note: str, *, bold: str) -> str:
    lines = [f"{bold}{state.spec_name}{bold}: {_STATUS[state.status]}"]
    for unit in state.units.values():
        lines += ["", f"{_SIGNS[unit.status]} {bold}{unit.label}{bold}"]
        body = unit.error or (unit.response if unit.response is not None else unit.text)
        if body:
            lines += ["", body.strip()]
    lines += ["", state.error] if state.error else []
    lines += ["", note] if note else []
    return "\n".join(lines)
