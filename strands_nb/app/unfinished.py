"""The session that somebody may have meant who starts a workflow anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strands_nb.app.listing import SessionSummary, Wanted, summaries
from strands_nb.stores import FileSessionRepository

if TYPE_CHECKING:
    from strands_nb.app.workflow import Workflow

__all__ = ("standing", "unfinished")

_LOOKED_AT: Final = 20


async def unfinished(workflow: Workflow) -> SessionSummary | None:
    """The latest session of this very workflow, its inputs and models, that rests unfinished while nobody runs it.

    Only where sessions lie in a folder, whose index is cheap to ask.
    """
    store = workflow.store
    if not isinstance(store, FileSessionRepository):
        return None
    found: list[SessionSummary] = []
    for status in ("paused", "interrupted"):
        found += await summaries(store, Wanted(status, workflow.name, limit=_LOOKED_AT))
    own = workflow.spec_hash() if found else ""
    fitting = [one for one in found if one.owner is None and one.spec_hash == own]
    return max(fitting, key=lambda one: one.updated_at, default=None)


def standing(one: SessionSummary) -> str:
    """How it stands, on one line: when it stopped, what it waits for, what is done and paid."""
    waits = f"waiting at {one.questions[0]['key']}" if one.questions else one.status
    price = f", ${one.cost:,.4f}" if one.cost else ""
    spent = f"{one.tokens:,} tokens{price} spent"
    return f"{one.updated_at.astimezone():%Y-%m-%d %H:%M}, {waits}; {one.done} of {one.units} steps done, {spent}"
