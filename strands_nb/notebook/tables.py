"""Lists that show well in a cell."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strands_nb.app import SessionSummary

__all__ = ("SessionTable",)

_COLUMNS = ("session", "workflow", "status", "steps", "tokens", "updated", "waits for")


class SessionTable:
    """Sessions, most recently updated first."""

    def __init__(self, sessions: Sequence[SessionSummary]) -> None:
        self.sessions = list(sessions)

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (
                one.session_id,
                one.workflow,
                one.status,
                f"{one.done}/{one.units}",
                f"{one.tokens:,}",
                f"{one.updated_at.astimezone():%Y-%m-%d %H:%M}",
                one.questions[0]["prompt"].strip().splitlines()[0] if one.questions else one.error or "",
            )
            for one in self.sessions
        ]

    def __repr__(self) -> str:
        if not self.sessions:
            return "no sessions yet"
        rows = [_COLUMNS, *self._rows()]
        widths = [max(len(row[i]) for row in rows) for i in range(len(_COLUMNS))]
        return "\n".join("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows)

    def _repr_html_(self) -> str:
        if not self.sessions:
            return "<p>no sessions yet</p>"
        head = "".join(f'<th style="text-align:left">{name}</th>' for name in _COLUMNS)
        body = "".join(
            "<tr>" + "".join(f'<td style="text-align:left">{escape(cell)}</td>' for cell in row) + "</tr>"
            for row in self._rows()
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
