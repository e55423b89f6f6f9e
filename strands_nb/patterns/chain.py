"""Steps, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from strands_nb.engine.unit import Unit
from strands_nb.patterns.steps import Revise, run_step
from strands_nb.spec import AgentStep

if TYPE_CHECKING:
    from strands_nb.engine.context import Context
    from strands_nb.patterns.frame import Frame
    from strands_nb.spec import Step

__all__ = ("chain",)


async def chain(ctx: Context, steps: Sequence[Step], frame: Frame) -> None:
    """Run the steps in order; results go to the frame.

    A question reviews the nearest agent step before it. When its answer is to modify, the chain goes back there:
    that step is revised with the feedback, and whatever came after it is asked again.
    """
    scope, revisions = ctx.at("steps"), [1] * len(steps)
    at, feedback = 0, None
    while at < len(steps):
        unit = Unit(str(at), "step", at, steps[at].id, revisions[at])
        back = reviewed(steps, at)
        reviews = None if back is None else f"{scope.path}{back}"
        outcome = await run_step(scope, steps[at], unit, frame, feedback, reviews)
        if isinstance(outcome, Revise) and back is not None:
            for again in range(back, at + 1):
                revisions[again] += 1
            frame.cut(back)
            at, feedback = back, outcome.feedback
        elif not isinstance(outcome, Revise):
            frame.add(outcome)
            at, feedback = at + 1, None


def reviewed(steps: Sequence[Step], at: int) -> int | None:
    """Which step a question at `at` is about: the nearest agent step before it."""
    return next((i for i in range(at - 1, -1, -1) if isinstance(steps[i], AgentStep)), None)
