"""The static picture of a workflow: boxes whose keys are those the run's events will carry."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, assert_never

from strands_nb.engine.unit import key_part
from strands_nb.spec import (
    AgentStep,
    ChainPattern,
    EvaluatorOptimizerPattern,
    GraphPattern,
    OrchestratorWorkersPattern,
    ParallelPattern,
    RoutingPattern,
    WorkflowPattern,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from strands_nb.engine.payloads import OutlineData, OutlineNode
    from strands_nb.spec import (
        EvaluatorOptimizerConfig,
        GraphConfig,
        OrchestratorWorkersConfig,
        ParallelConfig,
        RoutingConfig,
        Spec,
        Step,
        WorkflowConfig,
    )

__all__ = ("Edge", "Node", "Outline", "outline")


@dataclass(frozen=True, slots=True)
class Node:
    """One box. `detail` says in a line what happens there; `parent` is the key of the box around it.

    A `*` in a key stands for a number that is known only in the run: a visit, an iteration, a worker.
    """

    key: str
    role: str
    label: str
    agent: str | None = None
    kind: Literal["agent", "hitl", "scope"] = "agent"
    detail: str = ""
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow; `label` says when it is taken, where that depends."""

    source: str
    target: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Outline:
    """Boxes in file order, and arrows between their keys."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def to_json(self) -> OutlineData:
        """The form in which a run's first event carries it."""
        edges = [[e.source, e.target, e.label] if e.label else [e.source, e.target] for e in self.edges]
        return {"nodes": [_node_data(node) for node in self.nodes], "edges": edges}


def _node_data(node: Node) -> OutlineNode:
    data: OutlineNode = {
        "key": node.key,
        "role": node.role,
        "label": node.label,
        "agent": node.agent,
        "kind": node.kind,
        "detail": node.detail,
    }
    if node.parent is not None:
        data["parent"] = node.parent
    return data


def outline(spec: Spec) -> Outline:
    r"""The picture of a workflow, without running it.

    >>> from strands_nb.spec import parse
    >>> picture = outline(parse("agents: {writer: {prompt: Hi}}\nsteps: [{writer: Draft}, {approve: Good?}]"))
    >>> [(node.key, node.label) for node in picture.nodes], [(edge.source, edge.target) for edge in picture.edges]
    ([('steps/0', 'writer'), ('steps/1', 'approval')], [('steps/0', 'steps/1')])
    """
    pen = _Pen()
    match spec.pattern:
        case ChainPattern(config=config):
            pen.sequence(config.steps, "")
        case WorkflowPattern(config=config):
            _workflow(pen, config)
        case RoutingPattern(config=config):
            _routing(pen, config)
        case ParallelPattern(config=config):
            _parallel(pen, config)
        case EvaluatorOptimizerPattern(config=config):
            _evaluator(pen, config)
        case OrchestratorWorkersPattern(config=config):
            _orchestrator(pen, config)
        case GraphPattern(config=config):
            _graph(pen, config)
        case _:
            assert_never(spec.pattern)
    return Outline(tuple(pen.nodes), tuple(pen.edges))


class _Pen:
    """Draws boxes and arrows in order."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.edges: list[Edge] = []

    def box(
        self, key: str, role: str, agent: str, detail: str | None, *, label: str = "", parent: str | None = None
    ) -> str:
        """A box of an agent; its key."""
        self.nodes.append(Node(key, role, label or agent, agent, "agent", _first_line(detail or ""), parent))
        return key

    def step(self, key: str, role: str, step: Step, *, label: str | None = None, parent: str | None = None) -> str:
        """A box of a step; its key."""
        if isinstance(step, AgentStep):
            return self.box(key, role, step.agent, step.input, label=label or step.id or "", parent=parent)
        detail = _first_line(step.prompt)
        self.nodes.append(Node(key, role, label or step.id or "approval", None, "hitl", detail, parent))
        return key

    def scope(self, key: str, role: str, label: str, detail: str = "") -> str:
        """A box around others; its key."""
        self.nodes.append(Node(key, role, label, kind="scope", detail=detail))
        return key

    def sequence(self, steps: Sequence[Step], prefix: str, parent: str | None = None) -> list[str]:
        """Boxes one after the other; their keys."""
        keys = [self.step(f"{prefix}steps/{i}", "step", step, parent=parent) for i, step in enumerate(steps)]
        self.edges += [Edge(a, b) for a, b in pairwise(keys)]
        return keys

    def arrows(self, sources: Iterable[str], target: str, label: str = "") -> None:
        """Arrows from each of these boxes to another."""
        self.edges += [Edge(source, target, label) for source in sources]

    def line(self, *keys: str) -> str:
        """Arrows from one to the next; the last key."""
        self.edges += [Edge(a, b) for a, b in pairwise(keys)]
        return keys[-1]


def _workflow(pen: _Pen, config: WorkflowConfig) -> None:
    for task in config.tasks:
        pen.step(f"tasks/{task.id}", "task", task, label=task.id)
    for name, deps in config.dependencies.direct.items():
        pen.arrows([f"tasks/{dep}" for dep in deps], f"tasks/{name}")


def _routing(pen: _Pen, config: RoutingConfig) -> None:
    last = pen.box("router", "router", config.router.agent, config.router.input)
    if config.router.review_router is not None:
        last = pen.line(last, pen.step("review", "review", config.router.review_router))
    for name, route in config.routes.items():
        key = f"routes/{key_part(name)}"
        scope = pen.scope(key, "route", name)
        steps = pen.sequence(route.then, f"{key}/", scope)
        pen.arrows([last], steps[0] if steps else scope, name)


def _parallel(pen: _Pen, config: ParallelConfig) -> None:
    ends: list[str] = []
    for branch in config.branches:
        scope = pen.scope(f"branches/{branch.id}", "branch", branch.id)
        ends.append(pen.sequence(branch.steps, f"branches/{branch.id}/", scope)[-1])
    if config.reduce is not None:
        pen.arrows(ends, pen.step("reduce", "reduce", config.reduce))


def _evaluator(pen: _Pen, config: EvaluatorOptimizerConfig) -> None:
    loop = pen.scope("iterations/*", "iteration", "iteration", f"at most {config.accept.max_iters}")
    producer, evaluator = config.producer, config.evaluator
    produce = pen.box(f"{loop}/produce", "producer", producer.agent, producer.input, parent=loop)
    judge = pen.box(f"{loop}/evaluate", "evaluator", evaluator.agent, evaluator.input, parent=loop)
    last, why = pen.line(produce, judge), f"score < {config.accept.min_score}"
    if config.review_gate is not None:
        gate = pen.step(f"{loop}/review", "review", config.review_gate, parent=loop)
        pen.arrows([last], gate, why)
        last, why = gate, ""
    pen.arrows([last], produce, why)


def _orchestrator(pen: _Pen, config: OrchestratorWorkersConfig) -> None:
    orchestrator, worker, limits = config.orchestrator, config.worker_template, config.orchestrator.limits
    once = limits.max_rounds == 1
    scope = None if once else pen.scope("rounds/*", "round", "round", f"at most {limits.max_rounds}")
    prefix = "rounds/0" if once else "rounds/*"
    plan = last = pen.box(f"{prefix}/plan", "orchestrator", orchestrator.agent, orchestrator.input, parent=scope)
    if config.decomposition_review is not None:
        last = pen.line(last, pen.step(f"{prefix}/review", "review", config.decomposition_review, parent=scope))
    last = pen.line(last, pen.box(f"{prefix}/workers/*", "worker", worker.agent, worker.input, parent=scope))
    if not once:
        pen.arrows([last], plan, "more to do")
    for field in ("reduce_review", "reduce", "writeup"):
        step: Step | None = getattr(config, field)
        if step is not None:
            last = pen.line(last, pen.step(field, field.removeprefix("reduce_"), step))


def _graph(pen: _Pen, config: GraphConfig) -> None:
    keys = {name: f"nodes/{key_part(name)}/*" for name in config.nodes}
    for name, node in config.nodes.items():
        pen.step(keys[name], "node", node, label=name)
    for edge in config.edges:
        source = keys[edge.source]
        for target in edge.to or ():
            pen.arrows([source], keys[target])
        for choice in edge.choose or ():
            when = choice.when.strip().removeprefix("{{").removesuffix("}}").strip()
            pen.arrows([source], keys[choice.to], when)


def _first_line(text: str, limit: int = 80) -> str:
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= limit else line[: limit - 1] + "…"
