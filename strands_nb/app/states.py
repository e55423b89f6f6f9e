"""A session as its owner sees it: what it is, how it stands, what it waits for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from strands_nb.app.tables import html_table, text_table
from strands_nb.engine.question import HITLState
from strands_nb.engine.state import RunStatus

if TYPE_CHECKING:
    from strands_nb.app.listing import SessionSummary

__all__ = ("SessionList", "SessionMetadata", "SessionState")

_COLUMNS: Final = ("session", "workflow", "status", "steps", "tokens", "updated", "waits for")


@dataclass(frozen=True, slots=True)
class SessionMetadata:
    """What is known of a session without its contents. Times are aware."""

    session_id: str
    workflow_name: str
    pattern_type: str
    status: RunStatus
    created_at: datetime | None
    """None where the record is damaged at its beginning."""
    updated_at: datetime
    spec_hash: str = ""
    """Stands for the workflow it was last run with."""
    error: str | None = None
    interrupt_metadata: HITLState | None = None
    """The question it waits for, the oldest where there are several: `.prompt`, `.choices`, `.deadline`, ..."""


@dataclass(frozen=True, slots=True, repr=False)
class SessionState:
    """How a session stands. It is a picture of that moment: it does not change, and changing it changes nothing.

    `status` is `running`, `paused`, `completed`, `failed`, `cancelled`, or `interrupted`: unfinished, and nobody runs
    it. The last of these, `paused` and `failed` can be resumed.
    """

    session_id: str
    status: RunStatus
    metadata: SessionMetadata
    variables: dict[str, Any] = field(default_factory=dict[str, Any])
    token_usage: dict[str, int] = field(default_factory=dict[str, int])
    """Tokens by agent."""
    artifacts_written: list[str] = field(default_factory=list[str])
    pending: tuple[HITLState, ...] = ()
    """The open questions, oldest first."""
    done: int = 0
    """How many units of work are done ..."""
    units: int = 0
    """... of how many that there are."""
    cost: float | None = None
    """US dollars; None where it is unknown."""
    owner: str | None = None
    """Who runs it now."""

    def __repr__(self) -> str:
        return f"SessionState({self.session_id!r}, {self.workflow_name!r}, {self.status}, {self.done}/{self.units})"

    @classmethod
    def of(cls, summary: SessionSummary) -> SessionState:
        """The state of a line of a list."""
        pending = tuple(HITLState.of(question, summary.session_id) for question in summary.questions)
        metadata = SessionMetadata(
            session_id=summary.session_id,
            workflow_name=summary.workflow,
            pattern_type=summary.pattern_type,
            status=summary.status,
            created_at=summary.created_at,
            updated_at=summary.updated_at,
            spec_hash=summary.spec_hash,
            error=summary.error,
            interrupt_metadata=pending[0] if pending else None,
        )
        return cls(
            session_id=summary.session_id,
            status=summary.status,
            metadata=metadata,
            variables=dict(summary.variables),
            token_usage=dict(summary.token_usage),
            artifacts_written=list(summary.artifacts_written),
            pending=pending,
            done=summary.done,
            units=summary.units,
            cost=summary.cost,
            owner=summary.owner,
        )

    @property
    def workflow_name(self) -> str:
        """The same as in `metadata`."""
        return self.metadata.workflow_name

    @property
    def pattern_type(self) -> str:
        """The same as in `metadata`."""
        return self.metadata.pattern_type

    @property
    def created_at(self) -> datetime | None:
        """The same as in `metadata`."""
        return self.metadata.created_at

    @property
    def updated_at(self) -> datetime:
        """The same as in `metadata`."""
        return self.metadata.updated_at

    @property
    def error(self) -> str | None:
        """The same as in `metadata`."""
        return self.metadata.error


class SessionList(list[SessionState]):
    """A list of sessions that shows as a table."""

    def __repr__(self) -> str:
        return text_table(_COLUMNS, self._rows()) if self else "[]"

    def _repr_html_(self) -> str:
        return html_table(_COLUMNS, self._rows()) if self else "<p>no sessions</p>"

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (
                one.session_id,
                one.workflow_name,
                one.status,
                f"{one.done}/{one.units}",
                f"{sum(one.token_usage.values()):,}",
                f"{one.updated_at.astimezone():%Y-%m-%d %H:%M}",
                " ".join(one.pending[0].prompt.split()) if one.pending else one.error or "",
            )
            for one in self
        ]
