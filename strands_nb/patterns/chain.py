"""Steps, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strands_nb.patterns.frame import Frame
from strands_nb.patterns.sequence import StepSequence, ended

if TYPE_CHECKING:
    from strands_nb.engine.context import Context
    from strands_nb.engine.result import Outcome
    from strands_nb.patterns.frame import Record
    from strands_nb.spec import ChainConfig

__all__ = ("chain",)


async def chain(ctx: Context, config: ChainConfig, record: Record) -> Outcome:
    """Run the steps in order; the last response is the result."""
    frame = Frame(record.variables)
    record.show(steps=frame.steps)
    await StepSequence(config.steps, frame).run(ctx)
    return ended(frame, record)
