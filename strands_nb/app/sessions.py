"""Sessions from the outside: list them, and open one again without its workflow at hand."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from strands_nb.app.ids import new_session_id
from strands_nb.app.options import Options
from strands_nb.app.shown import progress
from strands_nb.app.workflow import Workflow
from strands_nb.engine.events import RunResumed, RunStarted
from strands_nb.engine.forking import forked
from strands_nb.engine.payloads import QuestionData
from strands_nb.engine.state import EMPTY, RunStatus, fold
from strands_nb.engine.store import settled
from strands_nb.errors import SessionCorruptedError, SessionError, SessionNotFoundError
from strands_nb.spec import validate
from strands_nb.stores import FileSessionRepository

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from strands_nb.engine.events import Event
    from strands_nb.engine.store import SessionEntry, SessionRepository

__all__ = ("SessionSummary", "fork", "reopen", "summaries")


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """One line of a listing."""

    session_id: str
    workflow: str
    pattern_type: str
    status: RunStatus
    updated_at: datetime
    done: int
    units: int
    tokens: int
    questions: tuple[QuestionData, ...]
    owner: str | None = None
    error: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The line as plain JSON."""
        return {
            "session_id": self.session_id,
            "workflow": self.workflow,
            "pattern_type": self.pattern_type,
            "status": self.status,
            "updated_at": self.updated_at.isoformat(),
            "units_done": self.done,
            "units": self.units,
            "tokens": self.tokens,
            "questions": [
                {"question_id": q["question_id"], "key": q["key"], "prompt": q["prompt"]} for q in self.questions
            ],
            "owner": self.owner,
            "error": self.error,
        }


async def summaries(store: SessionRepository) -> list[SessionSummary]:
    """All sessions of a store, most recently updated first."""
    return [summary for entry in await store.list() if (summary := await _summary(store, entry)) is not None]


async def _summary(store: SessionRepository, entry: SessionEntry) -> SessionSummary | None:
    damage: str | None = None
    try:
        try:
            events = await store.read(entry.session_id)
        except SessionCorruptedError as error:
            damage = str(error)
            events = await _readable(store, entry.session_id)
    except SessionNotFoundError:
        return None  # deleted meanwhile, never begun, or no session at all
    state = fold(EMPTY, events)
    if state.seq < 0 and damage is None:
        return None  # a process that died before its first record
    done, units = progress(state)
    return SessionSummary(
        entry.session_id,
        state.spec_name,
        state.pattern_type,
        "interrupted" if state.status == "running" and entry.owner is None else state.status,
        entry.updated_at,
        done,
        units,
        state.tokens,
        tuple(state.questions.values()),
        entry.owner,
        damage or state.error,
    )


async def _readable(store: SessionRepository, session_id: str) -> Sequence[Event]:
    """What can be read of a damaged session."""
    return (await store.salvage(session_id)).events if isinstance(store, FileSessionRepository) else []


async def fork(store: SessionRepository, session_id: str, from_step: str | None = None) -> str:
    """A new, paused session that has done what this one has done, and paid nothing for it; its id.

    With `from_step` (a key, an id, or the number of a step in a chain) that unit is to be done again there, and what
    its new outcome changes.

    Raises:
        SessionNotFoundError, SessionCorruptedError: it cannot be read.
        SessionError: it has no such unit.
    """
    other = new_session_id()
    events = forked(await store.read(session_id), other, from_step)
    await store.claim(other)
    try:
        durables = [store.append(other, event) for event in events]
        await settled(durables[-1])
    finally:
        await store.release(other)
    return other


async def reopen(
    store: SessionRepository,
    session_id: str,
    *,
    budgets: Mapping[str, float] | None = None,
    **more: Any,  # noqa: ANN401 - fields of Options
) -> Workflow:
    """The workflow of a stored session, with the options and variables it was last run with.

    `budgets` go before the stored ones, and so do `more` options.

    Raises:
        SessionNotFoundError: no such session.
        SessionError: it was started from Python without a workflow, so only that program can go on with it.
    """
    latest = _latest(await store.read(session_id))
    if latest.get("spec") is None:
        message = f"session {session_id} holds no workflow; resume it from the program that started it"
        raise SessionError(message, session_id=session_id)
    known = {field.name for field in fields(Options)}  # another version may have stored more
    options = {name: value for name, value in latest["options"].items() if name in known and value is not None}
    options["budgets"] = {**options.get("budgets", {}), **(budgets or {})}
    workflow = Workflow(validate(latest["spec"]), variables=latest["variables"])
    return workflow.with_options(store=store, **{**options, **more})


def _latest(events: Sequence[Event]) -> dict[str, Any]:
    """Workflow, options and variables as of the latest leg; empty where there was none."""
    found: dict[str, Any] = {}
    for event in events:
        if isinstance(event, RunStarted | RunResumed):
            found |= event.data
    return found
