"""A cell that was edited and is run again: only what has changed, or all of it anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strands_nb.agents import StrandsAgents
from strands_nb.app.models import factory
from strands_nb.engine.question import Question
from strands_nb.engine.result import Outcome
from strands_nb.engine.run import Run
from strands_nb.engine.session import Plan
from strands_nb.engine.store import MemorySessionRepository

if TYPE_CHECKING:
    from strands_nb.app import Workflow
    from strands_nb.engine.context import Context
    from strands_nb.engine.payloads import OutlineData
    from strands_nb.engine.result import RunResult

__all__ = ("Offer",)

REUSE, ANEW = "run only what changed", "start anew"
_KEY: Final = "edited"
_PICTURE: OutlineData = {
    "nodes": [{"key": _KEY, "role": "step", "label": "edited", "agent": None, "kind": "hitl", "detail": ""}],
    "edges": [],
}


class Offer:
    """The question what an edited cell is to do with the session that it made before; a run of its own."""

    def __init__(self, workflow: Workflow, session_id: str, changes: list[str]) -> None:
        self._workflow, self._session_id, self._changes = workflow, session_id, changes
        # Under the id of the session that it is about: the card takes the place of that of the session.
        plan = Plan(self._ask, StrandsAgents({}, factory), workflow.name, outline=_PICTURE)
        self.run = Run(plan, MemorySessionRepository(), session_id)

    async def _ask(self, ctx: Context) -> Outcome:
        changes = "\n".join(f"- {line}" for line in self._changes)
        question = Question(
            "This workflow has run before, and was edited since. What is done of it can be kept.",
            context_display=changes,
            default=REUSE,
            choices=(REUSE, ANEW),
        )
        return Outcome((await ctx.ask(question, key=_KEY)).text)

    def taken(self, result: RunResult | None = None) -> Workflow | None:
        """The workflow as it is to be started; where nobody has answered, with all that is paid for.

        None where a human wants neither.
        """
        if result is not None and result.status == "cancelled":
            return None
        if result is not None and result.last_response == ANEW:
            return self._workflow
        return self._workflow.with_options(session=self._session_id, on_change="reuse_unchanged")
