"""From a workflow to the coroutine that runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from strands_nb.patterns.chain import chain
from strands_nb.patterns.evaluator import evaluator_optimizer
from strands_nb.patterns.graph import graph
from strands_nb.patterns.orchestrator import orchestrator_workers
from strands_nb.patterns.parallel import parallel
from strands_nb.patterns.routing import routing
from strands_nb.patterns.workflow import workflow
from strands_nb.spec import (
    ChainPattern,
    EvaluatorOptimizerPattern,
    GraphPattern,
    OrchestratorWorkersPattern,
    ParallelPattern,
    RoutingPattern,
    WorkflowPattern,
)

if TYPE_CHECKING:
    from strands_nb.engine.context import Context
    from strands_nb.engine.result import Outcome
    from strands_nb.engine.session import Program
    from strands_nb.patterns.frame import Record
    from strands_nb.spec import Spec

__all__ = ("program_of",)


def program_of(spec: Spec, record: Record) -> Program:
    """The coroutine of the workflow's pattern; its results go to `record`."""

    async def program(ctx: Context) -> Outcome:  # noqa: PLR0911 - one for each pattern
        match spec.pattern:
            case ChainPattern(config=config):
                return await chain(ctx, config, record)
            case WorkflowPattern(config=config):
                return await workflow(ctx, config, record)
            case RoutingPattern(config=config):
                return await routing(ctx, config, record)
            case ParallelPattern(config=config):
                return await parallel(ctx, config, record)
            case EvaluatorOptimizerPattern(config=config):
                return await evaluator_optimizer(ctx, config, record)
            case OrchestratorWorkersPattern(config=config):
                return await orchestrator_workers(ctx, config, record)
            case GraphPattern(config=config):
                return await graph(ctx, config, record)
            case _:
                assert_never(spec.pattern)

    return program
