"""From a workflow to the coroutine that runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strands_nb.engine.result import Outcome
from strands_nb.patterns.chain import chain
from strands_nb.spec import ChainPattern

if TYPE_CHECKING:
    from strands_nb.engine.context import Context
    from strands_nb.engine.session import Program
    from strands_nb.patterns.frame import Frame
    from strands_nb.spec import Spec

__all__ = ("program_of",)


def program_of(spec: Spec, frame: Frame) -> Program:
    """The coroutine of the workflow's pattern; its results go to `frame`."""

    async def program(ctx: Context) -> Outcome:
        match spec.pattern:
            case ChainPattern(config=config):
                await chain(ctx, config.steps, frame)
        last = frame.last
        return Outcome(last.response if last else "", frame.last_agent)

    return program
