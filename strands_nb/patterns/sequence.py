"""Steps, one after the other, that can be sent back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strands_nb.engine.result import Outcome
from strands_nb.engine.unit import Unit
from strands_nb.patterns.frame import inputs_text
from strands_nb.patterns.steps import Reviewed, Revise, run_step
from strands_nb.spec import AgentStep

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from strands_nb.engine.context import Context
    from strands_nb.patterns.frame import Frame, Record
    from strands_nb.spec import Step

__all__ = ("StepSequence", "ended", "reviewed")


class StepSequence:
    """A chain, a route, a branch: runs its steps in order, results go to the frame.

    A question reviews the nearest agent step before it. When its answer is to modify, the sequence goes back there:
    that step is revised with the feedback, and whatever came after it is asked again.
    """

    def __init__(self, steps: Sequence[Step], frame: Frame, first: str | None = None) -> None:
        self.steps, self.frame = steps, frame
        self._first = first
        self._revisions = [1] * len(steps)
        self._at = 0
        self._feedback: str | None = None
        self.here = ""
        """Which of its units it has come to: the key below `steps/`."""

    @property
    def reviewable(self) -> bool:
        """Whether there is an agent step to send it back to once it is done."""
        return reviewed(self.steps, len(self.steps)) is not None

    def send_back(self, feedback: str) -> None:
        """Have its last agent step revised: the next `run` goes on there."""
        back = reviewed(self.steps, len(self.steps))
        if back is not None:
            self._back(back, len(self.steps) - 1, feedback)

    async def run(self, ctx: Context, until: str | None = None) -> None:
        """Go on to the end, or to the unit `until`; keys are `steps/<n>` below `ctx`."""
        scope = ctx.at("steps")
        while self._at < len(self.steps):
            at, back = self._at, reviewed(self.steps, self._at)
            step = self.steps[at]
            unit = Unit(str(at), "step", at, step.id, self._revisions[at])
            self.here = unit.revised
            if self.here == until:
                return
            outcome = await run_step(
                scope,
                step,
                unit,
                self.frame.names(),
                otherwise=self._otherwise(),
                feedback=self._feedback,
                reviews=None if back is None else Reviewed(f"{scope.path}{back}", self.frame.steps[back].response),
            )
            if not isinstance(outcome, Revise):
                self.frame.add(outcome)
                self._at, self._feedback = at + 1, None
            elif back is not None:
                self._back(back, at, outcome.feedback)

    def _back(self, to: int, at: int, feedback: str) -> None:
        for again in range(to, at + 1):
            self._revisions[again] += 1
        self.frame.cut(to)
        self._at, self._feedback = to, feedback

    def _otherwise(self) -> str:
        """A step without an input gets what the step before said; the first one, what the sequence is about."""
        if self.frame.last is not None:
            return self.frame.last.response
        names: Mapping[str, Any] = self.frame.names()
        return self._first if self._first is not None else inputs_text(names["inputs"])


def ended(frame: Frame, record: Record) -> Outcome:
    """What a workflow that ends with a sequence has come to."""
    seen = frame.names()
    record.names |= {name: seen[name] for name in ("last_response", "hitl_response") if name in seen}
    return Outcome(frame.last.response if frame.last else "", frame.last_agent)


def reviewed(steps: Sequence[Step], at: int) -> int | None:
    """Which step a question at `at` is about: the nearest agent step before it."""
    return next((i for i in range(at - 1, -1, -1) if isinstance(steps[i], AgentStep)), None)
