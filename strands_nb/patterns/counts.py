"""How often agents are called at most, before anything is run."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, assert_never

from strands_nb.spec import (
    MAX_WORKERS,
    AgentStep,
    ChainPattern,
    EvaluatorOptimizerPattern,
    GraphPattern,
    OrchestratorWorkersPattern,
    ParallelPattern,
    RoutingPattern,
    WorkflowPattern,
    steps_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from strands_nb.spec import GraphConfig, OrchestratorWorkersConfig, RoutingConfig, Spec, Step

__all__ = ("calls_at_most",)


def calls_at_most(spec: Spec) -> tuple[int, Counter[str]]:
    r"""Calls of all agents together, and of each; not counting retries and what a human has done again.

    The sum may be less than its parts: only one route is taken, but nobody knows which.

    >>> from strands_nb.spec import parse
    >>> calls_at_most(parse("agents: {w: {prompt: Hi}}\nsteps: [{w: Draft}, {approve: Good?}, {w: Finish}]"))
    (2, Counter({'w': 2}))
    """
    match spec.pattern:
        case ChainPattern() | WorkflowPattern() | ParallelPattern():
            return _whole(_agents(step for _, step in steps_of(spec.pattern)))
        case RoutingPattern(config=config):
            return _routing(config)
        case EvaluatorOptimizerPattern(config=config):
            times = config.accept.max_iters
            return _whole(Counter({config.producer.agent: times}) + Counter({config.evaluator.agent: times}))
        case OrchestratorWorkersPattern(config=config):
            return _whole(_orchestrator(config))
        case GraphPattern(config=config):
            return _whole(_graph(config))
        case _:
            assert_never(spec.pattern)


def _whole(calls: Counter[str]) -> tuple[int, Counter[str]]:
    return calls.total(), calls


def _agents(steps: Iterable[Step | None]) -> Counter[str]:
    return Counter(step.agent for step in steps if isinstance(step, AgentStep))


def _routing(config: RoutingConfig) -> tuple[int, Counter[str]]:
    routes = [_agents(route.then) for route in config.routes.values()]
    most: Counter[str] = Counter()
    for calls in routes:
        most |= calls
    longest = max((calls.total() for calls in routes), default=0)
    return 1 + longest, most + Counter({config.router.agent: 1})


def _orchestrator(config: OrchestratorWorkersConfig) -> Counter[str]:
    limits = config.orchestrator.limits
    workers = limits.max_rounds * (limits.max_workers or MAX_WORKERS)
    calls = Counter({config.orchestrator.agent: limits.max_rounds})
    calls += Counter({config.worker_template.agent: workers})
    return calls + _agents([config.reduce, config.writeup])


def _graph(config: GraphConfig) -> Counter[str]:
    """A node may be visited once for each length of a way to it, and as often as is allowed where ways have no end."""
    calls: Counter[str] = Counter()
    lengths = _lengths(config)
    for name, node in config.nodes.items():
        if isinstance(node, AgentStep):
            known = config.max_iterations if name in config.ways.looped else lengths[name].bit_count()
            calls[node.agent] += min(known, config.max_iterations)
    return calls


def _lengths(config: GraphConfig) -> dict[str, int]:
    """The lengths of all ways to each node that no loop leads to, as bits."""
    onward: dict[str, list[str]] = {name: [] for name in config.nodes}
    waiting = Counter[str]()
    for edge in config.edges:
        for target in set(edge.targets):
            if not config.ways.looped & {edge.source, target}:
                onward[edge.source].append(target)
                waiting[target] += 1
    lengths = dict.fromkeys(config.nodes, 0) | {config.entry: 1}
    ready = [name for name in config.nodes if not waiting[name]]
    for name in ready:
        for target in onward[name]:
            lengths[target] |= lengths[name] << 1
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return lengths
