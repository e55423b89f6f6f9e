"""Sessions from the outside: open one again without its workflow at hand, or make another one of it."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from strands_nb.app.ids import new_session_id
from strands_nb.app.options import Options
from strands_nb.app.workflow import Workflow
from strands_nb.engine.events import RunResumed, RunStarted
from strands_nb.engine.forking import forked
from strands_nb.engine.store import settled
from strands_nb.errors import SessionError
from strands_nb.spec import validate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from strands_nb.engine.events import Event
    from strands_nb.engine.store import SessionRepository

__all__ = ("fork", "reopen")


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


def _latest(events: Sequence[Event]) -> dict[str, Any]:
    """Workflow, options and variables as of the latest leg; empty where there was none."""
    found: dict[str, Any] = {}
    for event in events:
        if isinstance(event, RunStarted | RunResumed):
            found |= event.data
    return found
