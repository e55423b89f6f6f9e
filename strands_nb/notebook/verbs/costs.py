"""What sessions have cost, in a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strands_nb.app.tables import html_table, text_table
from strands_nb.engine.state import sum_known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strands_nb.app import SessionSummary
    from strands_nb.app.record import SessionRecord

__all__ = ("CostTable",)

Row = tuple[str, str, int, float | None]


class CostTable:
    """Rows of what was paid for, with their sum below."""

    def __init__(self, first: str, second: str, rows: Sequence[Row]) -> None:
        total: float | None = 0.0
        for *_, cost in rows:
            total = sum_known(total, cost)
        self.total = total
        self._columns = (first, second, "tokens", "US dollars")
        self._rows = [*rows, ("together", "", sum(tokens for _, _, tokens, _ in rows), total)]

    @classmethod
    def of_session(cls, record: SessionRecord) -> CostTable:
        """One session, by agent and model."""
        return cls("agent", "model", [(one.agent, one.model, one.tokens, one.cost) for one in record.spending])

    @classmethod
    def of_all(cls, sessions: Sequence[SessionSummary]) -> CostTable:
        """All of these sessions."""
        return cls("session", "workflow", [(one.session_id, one.workflow, one.tokens, one.cost) for one in sessions])

    def _shown(self) -> list[tuple[str, ...]]:
        return [(*names, f"{tokens:,}", _dollars(cost)) for *names, tokens, cost in self._rows]

    def __repr__(self) -> str:
        return text_table(self._columns, self._shown())

    def _repr_html_(self) -> str:
        return html_table(self._columns, self._shown())


def _dollars(cost: float | None) -> str:
    return "unknown" if cost is None else f"{cost:.4f}"
