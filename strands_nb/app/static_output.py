"""What stays in the notebook: the run as inert HTML, Markdown and text, the same whenever and wherever it ran.

No script, no widget (a saved one shows "model not found" to the next reader), and nothing that differs from run to
run: no ids, times or costs. So a saved notebook is complete, and a test may compare it.
"""

from __future__ import annotations

from html import escape
from textwrap import indent
from typing import TYPE_CHECKING

from strands_nb.app.shown import UNREACHED, decision_text, heading_text, revision_text, shown_rows
from strands_nb.app.terminal import printable
from strands_nb.clean import as_html, as_markdown, escaped

if TYPE_CHECKING:
    from strands_nb.app.shown import ShownRow, ShownStatus
    from strands_nb.engine.state import RunState

__all__ = ("MOVED", "PARKED", "bundle")

PARKED = "Waiting for an answer: %workflow answer approve, or later %workflow resume."
MOVED = "Went on in a later cell."

_SIGNS: dict[ShownStatus, str] = {
    "waiting": "○",
    "running": "◉",
    "asking": "◆",
    "completed": "✓",
    "failed": "✕",
    "interrupted": "‖",
    "unknown": "?",
    "unreached": "◌",
}
_STATUS = {
    "running": "running",
    "paused": "paused",
    "interrupted": "interrupted",
    "completed": "done",
    "failed": "failed",
    "cancelled": "cancelled",
}
# Colours of signs, seen on white and on black; a text would be too pale on one of them. JupyterLab drops every style
# with a variable in it from a notebook it does not trust yet, which is every one that was just downloaded.
_COLORS = {"✓": "#2da44e", "✕": "#e5534b", "◆": "#c69026", "◉": "#539bf5"}
# A front end would set what stands between two prices as a formula, and formulas can hold links.
_NO_MATH = "mathjax_ignore tex2jax_ignore"
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
        "text/markdown": _markdown(state, note),
        "text/plain": printable(_plain(state, note)),
    }


def _html(state: RunState, note: str) -> str:
    rows = "".join(_row(row, state) for row in shown_rows(state))
    error = f'<div style="padding:6px 12px">{_sign("✕")}{escape(state.error)}</div>' if state.error else ""
    foot = f'<div style="padding:6px 12px">{escape(note)}</div>' if note else ""
    return (
        f'<section class="{_NO_MATH}" style="{_CARD}" aria-label="{escape(state.spec_name)}"><div style="{_HEAD}">'
        f"<b>{escape(state.spec_name)}</b>&ensp;<span>{_STATUS[state.status]}</span></div>{rows}{error}{foot}</section>"
    )


def _row(row: ShownRow, state: RunState) -> str:
    sign, unit = _SIGNS[row.status], row.unit
    weight = 700 if row.heading else 500
    room = f"5px 12px 5px {12 + 18 * row.depth}px" if row.depth else "5px 12px"
    said = "" if row.heading else unit.detail if row.status == "waiting" else unit.error or ""
    beside = " · ".join(filter(None, [_beside(row, state), said]))
    line = (
        f'<div style="padding:{room}">{_sign(sign)}'
        f'<b style="font-weight:{weight}">{escape(row.name)}</b>&ensp;<span style="opacity:.7">{escape(beside)}</span>'
    )
    body = _body(row)
    opened = f'<div style="{_OPEN}">{as_html(body)}</div>' if body else ""
    return f"{line}{opened}</div>"


def _sign(sign: str) -> str:
    return f'<span style="color:{_COLORS.get(sign, "#8d96a0")};display:inline-block;width:26px">{sign}</span>'


def _beside(row: ShownRow, state: RunState) -> str:
    """What stands in the line of its name, in every form."""
    note = UNREACHED if row.status == "unreached" else heading_text(row, state) if row.heading else ""
    decided = decision_text(row.unit.role, row.unit.value)
    return " · ".join(filter(None, [revision_text(row.unit), decided, note]))


def _body(row: ShownRow) -> str:
    """What was said; a heading leaves that to its rows."""
    if row.heading or row.status == "unreached":
        return ""
    return row.unit.response if row.unit.response is not None else row.unit.text


def _markdown(state: RunState, note: str) -> str:
    parts = [f"**{escaped(state.spec_name)}**: {_STATUS[state.status]}"]
    for row in shown_rows(state):
        named = f"{_SIGNS[row.status]} **{escaped(row.name)}**"
        parts.append("&emsp;" * row.depth + " · ".join(filter(None, [named, escaped(_beside(row, state))])))
        failed = "" if row.heading else row.unit.error
        parts.append(escaped(failed) if failed else as_markdown(_body(row)))
    return "\n\n".join(filter(None, [*parts, escaped(state.error or ""), note]))


def _plain(state: RunState, note: str) -> str:
    parts = [f"{state.spec_name}: {_STATUS[state.status]}"]
    for row in shown_rows(state):
        inset = "  " * row.depth
        parts.append(inset + " · ".join(filter(None, [f"{_SIGNS[row.status]} {row.name}", _beside(row, state)])))
        parts.append(indent(("" if row.heading else row.unit.error or _body(row)).strip(), inset))
    return "\n\n".join(filter(None, [*parts, state.error, note]))
