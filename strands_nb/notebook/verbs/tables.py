"""Sessions that show well in a cell."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from strands_nb.app.tables import html_table, text_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strands_nb.app import SessionSummary
    from strands_nb.app.record import SessionRecord

__all__ = ("SessionPicture", "SessionTable")

_COLUMNS = ("session", "workflow", "status", "steps", "tokens", "updated", "waits for")


class SessionTable:
    """Sessions, most recently updated first; `more` is said below them, `empty` where there are none."""

    def __init__(self, sessions: Sequence[SessionSummary], more: str = "", *, empty: str = "no sessions yet") -> None:
        self.sessions, self.more, self.empty = list(sessions), more, empty

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (
                one.session_id,
                one.workflow,
                one.status,
                f"{one.done}/{one.units}",
                f"{one.tokens:,}",
                f"{one.updated_at.astimezone():%Y-%m-%d %H:%M}",
                " ".join(one.questions[0]["prompt"].split()) if one.questions else one.error or "",
            )
            for one in self.sessions
        ]

    def __repr__(self) -> str:
        if not self.sessions:
            return self.empty
        return "\n".join(filter(None, [text_table(_COLUMNS, self._rows()), self.more]))

    def _repr_html_(self) -> str:
        if not self.sessions:
            return f"<p>{escape(self.empty)}</p>"
        return f"{html_table(_COLUMNS, self._rows())}<p>{escape(self.more)}</p>"


class SessionPicture:
    """One session: the picture that its run leaves behind, and what a list says of it."""

    def __init__(self, record: SessionRecord) -> None:
        self.record = record

    def _note(self) -> str:
        one = self.record.summary
        costs = [f"{each.agent}: {each.tokens:,} tokens ({each.model})" for each in self.record.spending]
        asked = [f"{question['key']} asks: {' '.join(question['prompt'].split())}" for question in one.questions]
        going_on = one.owner is None and one.status in ("paused", "interrupted", "failed")
        how = [f"go on with it: %workflow resume {one.session_id}"] if going_on else []
        running = [f"running in {one.owner}"] if one.owner else []
        return " · ".join([f"session {one.session_id}", *costs, *asked, *running, *how])

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from strands_nb.app.static_output import bundle  # noqa: PLC0415

        del include, exclude
        return bundle(self.record.state, self._note())
