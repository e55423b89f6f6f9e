"""What has run before, when its cell is run: to go on with it, or to begin anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strands_nb.agents import StrandsAgents
from strands_nb.app.models import factory
from strands_nb.app.unfinished import standing
from strands_nb.engine.question import Question
from strands_nb.engine.result import Outcome
from strands_nb.engine.run import Run
from strands_nb.engine.session import Plan
from strands_nb.engine.store import MemorySessionRepository

if TYPE_CHECKING:
    from strands_nb.app import SessionSummary, Workflow
    from strands_nb.engine.context import Context
    from strands_nb.engine.payloads import OutlineData
    from strands_nb.engine.result import RunResult

__all__ = ("Offer", "of_edited", "of_unfinished")

REUSE, RESUME, ANEW = "run only what changed", "resume it", "start anew"
_KEY: Final = "before"
_PICTURE: OutlineData = {
    "nodes": [{"key": _KEY, "role": "step", "label": "before", "agent": None, "kind": "hitl", "detail": ""}],
    "edges": [],
}


class Offer:
    """The question what a cell is to do with a session that there is already; a run of its own."""

    def __init__(
        self, session_id: str, question: Question, workflow: Workflow, kept: Workflow, unanswered: Workflow
    ) -> None:
        self._question, self._workflow, self._kept, self._unanswered = question, workflow, kept, unanswered
        # Under the id of the session that it is about: the card takes the place of that of the session.
        plan = Plan(self._ask, StrandsAgents({}, factory), workflow.name, outline=_PICTURE)
        self.run = Run(plan, MemorySessionRepository(), session_id)

    async def _ask(self, ctx: Context) -> Outcome:
        return Outcome((await ctx.ask(self._question, key=_KEY)).text)

    def taken(self, result: RunResult | None = None) -> Workflow | None:
        """The workflow as it is to be started; None where a human wants neither."""
        if result is None or result.status not in ("completed", "cancelled"):
            return self._unanswered
        if result.status == "cancelled":
            return None
        return self._workflow if result.last_response == ANEW else self._kept


def of_edited(workflow: Workflow, session_id: str, changes: list[str]) -> Offer:
    """The cell has run before in this kernel and was edited since; where nobody answers, nothing is paid twice."""
    question = Question(
        "This workflow has run before, and was edited since. What is done of it can be kept.",
        context_display="\n".join(f"- {line}" for line in changes),
        default=REUSE,
        choices=(REUSE, ANEW),
    )
    kept = workflow.with_options(session=session_id, on_change="reuse_unchanged")
    return Offer(session_id, question, workflow, kept, unanswered=kept)


def of_unfinished(workflow: Workflow, found: SessionSummary, *, reuse: bool) -> Offer:
    """Another kernel has left a session of this very workflow; it is a human's to say that it was meant."""
    question = Question(
        f"Found a {found.status} run of this workflow ({standing(found)}).",
        default=RESUME,
        choices=(RESUME, ANEW),
    )
    kept = workflow.with_options(session=found.session_id)
    return Offer(found.session_id, question, workflow, kept, unanswered=kept if reuse else workflow)
