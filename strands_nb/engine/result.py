"""What a run comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from typing import TYPE_CHECKING, Any

from strands_nb.clean import as_html, as_markdown, escaped
from strands_nb.engine import events as ev
from strands_nb.engine.state import EMPTY, END_STATUS, RunState, RunStatus, fold, sum_known
from strands_nb.engine.table import table_of
from strands_nb.errors import BudgetExceededError, ExecutionError, StorageError

if TYPE_CHECKING:
    from pandas import DataFrame

    from strands_nb.engine import payloads as pay
    from strands_nb.engine.session import Session  # for types only: at run time a session imports us

__all__ = ("EXIT_CODES", "Outcome", "RunResult", "result_of")

EXIT_CODES: Mapping[RunStatus, int] = {"completed": 0, "failed": 10, "cancelled": 11, "paused": 19, "interrupted": 19}
BUDGET_EXIT_CODE = 20
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a program returns."""

    response: str
    agent: str | None = None
    artifacts: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RunResult:
    """How a run ended, also if it paused or failed: those have `success=False`.

    Durations are in seconds: `duration_seconds` of work, `waiting_seconds` of waiting for people.
    """

    status: RunStatus
    session_id: str
    pattern_type: str
    last_response: str = ""
    agent_id: str | None = None
    """The last agent; `"hitl"` when paused at a question."""
    exit_code: int = 0
    error_message: str | None = None
    duration_seconds: float = 0.0
    waiting_seconds: float = 0.0
    started_at: datetime | None = None
    completed_at: datetime | None = None
    artifacts_written: list[str] = field(default_factory=list[str])
    token_usage: dict[str, int] = field(default_factory=dict[str, int])
    """Tokens by agent."""
    usage: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """By unit key: `tokens`, `cost`, `model`."""
    cost: float | None = None
    """US dollars; None where the price of any call is unknown."""
    execution_context: dict[str, Any] = field(default_factory=dict[str, Any])
    variables: dict[str, Any] = field(default_factory=dict[str, Any])
    notice: str | None = None
    """What the store had to mend when it opened the session, for people."""
    failure: ExecutionError | StorageError | None = field(default=None, compare=False)
    events: tuple[ev.Event, ...] = field(default=(), compare=False)
    """All that was on record when the leg ended."""

    def __repr__(self) -> str:
        said = " ".join((self.last_response if self.success else self.error_message or "").split())
        brief = f"{said[:_SHOWN]}…" if len(said) > _SHOWN else said
        return f"RunResult({self.status}, {brief!r})" if brief else f"RunResult({self.status})"

    @property
    def success(self) -> bool:
        """Whether it completed."""
        return self.status == "completed"

    @property
    def error(self) -> str | None:
        """The same as `error_message`."""
        return self.error_message

    @property
    def steps(self) -> list[dict[str, Any]]:
        """The units in the order of the workflow, where the pattern has steps."""
        return list(self.execution_context.get("steps", ()))

    @property
    def state(self) -> RunState:
        """The picture of the run when the leg ended."""
        return fold(EMPTY, self.events)

    def to_dataframe(self) -> DataFrame:
        """A row for each unit of work, in the order of the workflow; needs pandas.

        Raises:
            CapabilityError: pandas is not installed.
        """
        return table_of(self.events)

    def raise_for_status(self) -> RunResult:
        """Return the result of a completed run.

        Raises:
            ExecutionError, StorageError: it did not complete; the very error of the run where there is one.
        """
        if self.success:
            return self
        if self.failure is not None:
            raise self.failure
        hint = "resume it with an answer" if self.status == "paused" else "see its error"
        message = f"run {self.session_id} is {self.status}: {self.error_message or hint}"
        raise ExecutionError(message)

    def to_dict(self) -> dict[str, Any]:
        """The result as plain JSON: what the command line prints."""
        return {
            "success": self.success,
            "status": self.status,
            "exit_code": self.exit_code,
            "session_id": self.session_id,
            "pattern_type": self.pattern_type,
            "agent_id": self.agent_id,
            "last_response": self.last_response,
            "error_message": self.error_message,
            "duration_seconds": round(self.duration_seconds, 3),
            "waiting_seconds": round(self.waiting_seconds, 3),
            "started_at": self.started_at.isoformat() if self.started_at else None,
            "completed_at": self.completed_at.isoformat() if self.completed_at else None,
            "artifacts_written": self.artifacts_written,
            "token_usage": self.token_usage,
            "usage": self.usage,
            "cost": self.cost,
            "execution_context": self.execution_context,
            "variables": self.variables,
        }

    def _repr_markdown_(self) -> str:
        if self.success:
            return as_markdown(self.last_response)
        return f"**{self.status}** {escaped(self.error_message or '')}\n\n{as_markdown(self.last_response)}".strip()

    def _repr_html_(self) -> str:
        return as_html(self._repr_markdown_())


def result_of(
    session: Session,
    *,
    context: dict[str, Any],
    artifacts: list[str],
    notice: str | None,
    failure: ExecutionError | StorageError | None,
) -> RunResult:
    """The result of a leg that has ended; from the record, so that nobody has to draw a picture nobody looks at."""
    journal, ledger = session.journal, session.ledger
    stalled = failure if isinstance(failure, StorageError) else None
    end = None if stalled else journal.end
    said: pay.RunEndData | None = None if end is None or isinstance(end, ev.RunPaused) else end.data
    # A leg writes its end down where it can; without one, nobody runs what the record says is running.
    status: RunStatus = END_STATUS[type(end)] if end is not None else "paused" if stalled else "interrupted"
    over_budget = said is not None and said["error_type"] == BudgetExceededError.__name__
    costs = [spend.cost for spend in ledger.by_unit.values()]
    return RunResult(
        status=status,
        session_id=session.session_id,
        pattern_type=session.plan.pattern_type,
        last_response=said["result"] if said else "",
        agent_id=said["agent"] if said else "hitl" if end is not None and journal.questions else None,
        exit_code=BUDGET_EXIT_CODE if over_budget else EXIT_CODES[status],
        error_message=said["error"] if said else str(stalled) if stalled else None,
        duration_seconds=said["duration"] if said else ledger.worked,
        waiting_seconds=said["waiting"] if said else ledger.waited,
        started_at=journal.started.timestamp if journal.started else None,
        completed_at=end.timestamp if end is not None else None,
        artifacts_written=artifacts,
        token_usage={agent: tokens for agent, tokens in ledger.by_agent.items() if tokens},
        usage={
            key: {"tokens": spend.tokens, "cost": spend.cost, "model": spend.model}
            for key, spend in ledger.by_unit.items()
        },
        cost=reduce(sum_known, costs, 0.0),
        execution_context=context,
        variables=session.plan.variables,
        notice=notice,
        failure=failure,
        events=tuple(session.log),
    )
