"""Sessions from the outside: open one again without its workflow at hand."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from strands_nb.app.listing import SessionSummary, summaries
from strands_nb.app.options import Options
from strands_nb.app.workflow import Workflow
from strands_nb.engine.events import RunResumed, RunStarted
from strands_nb.errors import SessionError
from strands_nb.spec import validate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from strands_nb.engine.events import Event
    from strands_nb.engine.store import SessionRepository

__all__ = ("SessionSummary", "reopen", "summaries")


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
