"""Every step and every agent that a pattern names, with its place: for whoever looks at all of them alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from strands_nb.spec.graph import GraphPattern
from strands_nb.spec.pattern import (
    ChainPattern,
    EvaluatorOptimizerPattern,
    OrchestratorWorkersPattern,
    ParallelPattern,
    RoutingPattern,
    WorkflowPattern,
)
from strands_nb.spec.step import AgentStep

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from strands_nb.spec.pattern import Pattern
    from strands_nb.spec.step import HumanStep, Step

__all__ = ("Path", "agents_of", "sequences_of", "steps_of")

Path = tuple[str | int, ...]

_CONFIG: Path = ("pattern", "config")


def steps_of(pattern: Pattern) -> Iterator[tuple[Path, AgentStep | HumanStep]]:
    """Every step, task, node and gate of a pattern, in the order of the language."""
    match pattern:
        case ChainPattern(config=config):
            yield from _listed(("steps",), config.steps)
        case WorkflowPattern(config=config):
            yield from _listed(("tasks",), config.tasks)
        case RoutingPattern(config=config):
            yield from _there((("router", "review_router"), config.router.review_router))
            for name, route in config.routes.items():
                yield from _listed(("routes", name, "then"), route.then)
        case ParallelPattern(config=config):
            for index, branch in enumerate(config.branches):
                yield from _listed(("branches", index, "steps"), branch.steps)
            yield from _there((("reduce",), config.reduce))
        case EvaluatorOptimizerPattern(config=config):
            yield from _there((("review_gate",), config.review_gate))
        case OrchestratorWorkersPattern(config=config):
            names = ("decomposition_review", "reduce_review", "reduce", "writeup")
            yield from _there(*(((name,), getattr(config, name)) for name in names))
        case GraphPattern(config=config):
            yield from _there(*((("nodes", name), node) for name, node in config.nodes.items()))
        case _:
            assert_never(pattern)


def sequences_of(pattern: Pattern) -> Iterator[tuple[Path, tuple[Step, ...]]]:
    """Every list of steps that run one after the other."""
    match pattern:
        case ChainPattern(config=config):
            yield (*_CONFIG, "steps"), config.steps
        case RoutingPattern(config=config):
            for name, route in config.routes.items():
                yield (*_CONFIG, "routes", name, "then"), route.then
        case ParallelPattern(config=config):
            for index, branch in enumerate(config.branches):
                yield (*_CONFIG, "branches", index, "steps"), branch.steps
        case _:
            return


def agents_of(pattern: Pattern) -> Iterator[tuple[Path, str]]:
    """Every place that names an agent, and the name."""
    for name in ("router", "producer", "evaluator", "orchestrator", "worker_template"):
        if (part := getattr(pattern.config, name, None)) is not None:
            yield (*_CONFIG, name, "agent"), part.agent
    for path, step in steps_of(pattern):
        if isinstance(step, AgentStep):
            yield (*path, "agent"), step.agent


def _listed(path: Path, steps: Iterable[AgentStep | HumanStep]) -> Iterator[tuple[Path, AgentStep | HumanStep]]:
    for index, step in enumerate(steps):
        yield (*_CONFIG, *path, index), step


def _there(
    *parts: tuple[Path, AgentStep | HumanStep | None],
) -> Iterator[tuple[Path, AgentStep | HumanStep]]:
    for path, step in parts:
        if step is not None:
            yield (*_CONFIG, *path), step
