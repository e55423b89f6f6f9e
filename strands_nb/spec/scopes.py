"""Which names the templates of each pattern see: the one place that says so, for `check` before a run and in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, assert_never

from strands_nb.spec import pattern as kinds
from strands_nb.spec.graph import GraphPattern
from strands_nb.spec.ids import Ids
from strands_nb.spec.order import templates_of
from strands_nb.spec.shapes import (
    BRANCH,
    EVALUATION,
    ITERATION,
    NODE,
    RESULT,
    ROUTER,
    WORKER,
    Fields,
    Row,
    Scope,
    Shape,
    Table,
    Value,
)
from strands_nb.spec.step import HumanStep
from strands_nb.spec.walk import Path, steps_of

if TYPE_CHECKING:
    from strands_nb.spec.graph import GraphConfig
    from strands_nb.spec.pattern import Pattern
    from strands_nb.spec.step import Step

__all__ = ("Text", "final_scope", "texts_of")

_CONFIG: Path = ("pattern", "config")
_VALUE = Value()
_NOBODY = "nobody is asked before"
_NOTHING = "nothing is done before"
_FIRST = "no worker is done before the first round"


@dataclass(frozen=True, slots=True)
class Text:
    """One template or condition of a workflow."""

    path: Path
    text: str
    scope: Scope
    tolerant: bool = False
    """Whether it is sent as written where it cannot be rendered."""
    kind: Literal["template", "condition"] = "template"


def texts_of(pattern: Pattern) -> Iterator[Text]:
    """Every template and condition of a pattern."""
    match pattern:
        case kinds.ChainPattern(config=config):
            yield from _sequence(config.steps, (*_CONFIG, "steps"), {}, "the chain")
        case kinds.WorkflowPattern(config=config):
            yield from _workflow(config)
        case kinds.RoutingPattern(config=config):
            yield from _routing(config)
        case kinds.ParallelPattern(config=config):
            yield from _parallel(config)
        case kinds.EvaluatorOptimizerPattern(config=config):
            yield from _evaluator(config)
        case kinds.OrchestratorWorkersPattern(config=config):
            yield from _orchestrator(config)
        case GraphPattern(config=config):
            yield from _graph(config)
        case _:
            assert_never(pattern)


def _of_step(step: Step, path: Path, scope: Scope) -> Iterator[Text]:
    own = dict.fromkeys(getattr(step, "vars", ()), _VALUE)
    if own:
        scope = replace(scope, names={**scope.names, **own})
    for field, text in templates_of(step):
        yield Text((*path, field), text, scope, tolerant=field == "prompt")


def _asked(path: Path, text: str | None, scope: Scope) -> Iterator[Text]:
    if text is not None:
        yield Text((*_CONFIG, *path), text, scope)


def _scope(where: str, names: dict[str, Shape], *, answered: bool, done: bool) -> Scope:
    """The names of a place, and what may be said of `hitl_response` and `last_response` there."""
    not_yet: dict[str, str] = {}
    for name, there, why in (("hitl_response", answered, _NOBODY), ("last_response", done, _NOTHING)):
        if there:
            names[name] = _VALUE
        else:
            not_yet[name] = f"{why} {where}"
    return Scope(names, not_yet, where)


def _has_gate(steps: tuple[Step, ...]) -> bool:
    return any(isinstance(step, HumanStep) for step in steps)


# ---- sequences ------------------------------------------------------------------------------------------------------


def _row(steps: tuple[Step, ...], done: int, owner: str, ids: dict[str, int]) -> Row:
    return Row("steps", "step", RESULT, done, len(steps), ids, owner=owner)


def _ids(steps: tuple[Step, ...]) -> dict[str, int]:
    return {step.id: index for index, step in enumerate(steps) if step.id}


def _sequence(
    steps: tuple[Step, ...], path: Path, given: dict[str, Shape], owner: str, *, answered: bool = False
) -> Iterator[Text]:
    """Steps that run one after the other and see besides what their surroundings give them."""
    ids = _ids(steps)
    for index, step in enumerate(steps):
        names: dict[str, Shape] = {**given, "steps": _row(steps, index, owner, ids)}
        yield from _of_step(step, (*path, index), _scope(f"step {index}", names, answered=answered, done=index > 0))
        answered = answered or isinstance(step, HumanStep)


def _routing(config: kinds.RoutingConfig) -> Iterator[Text]:
    yield from _asked(("router", "input"), config.router.input, _scope("the router", {}, answered=False, done=False))
    router: dict[str, Shape] = {"router": Fields("router", ROUTER), "router_response": _VALUE}
    review = config.router.review_router
    if review is not None:
        scope = _scope("the review", {**router}, answered=False, done=True)
        yield from _of_step(review, (*_CONFIG, "router", "review_router"), scope)
    for name, route in config.routes.items():
        path = (*_CONFIG, "routes", name, "then")
        yield from _sequence(route.then, path, router, f"the route {name!r}", answered=review is not None)


def _parallel(config: kinds.ParallelConfig) -> Iterator[Text]:
    for index, branch in enumerate(config.branches):
        yield from _sequence(branch.steps, (*_CONFIG, "branches", index, "steps"), {}, f"the branch {branch.id!r}")
    if config.reduce is not None:
        answered = any(_has_gate(branch.steps) for branch in config.branches)
        scope = _scope("the reduction", {"branches": _branches(config)}, answered=answered, done=True)
        yield from _of_step(config.reduce, (*_CONFIG, "reduce"), scope)


def _branches(config: kinds.ParallelConfig) -> Table:
    ids = tuple(branch.id for branch in config.branches)
    return Table("branch", BRANCH, ids, ids)


# ---- tasks ----------------------------------------------------------------------------------------------------------


def _workflow(config: kinds.WorkflowConfig) -> Iterator[Text]:
    known = config.dependencies.ancestors
    everyone = {name: index for index, name in enumerate(dict.fromkeys(task.id for task in config.tasks))}
    gates = Ids.of(everyone, (task.id for task in config.tasks if isinstance(task, HumanStep)))
    for index, task in enumerate(config.tasks):
        ready = known[task.id]
        names: dict[str, Shape] = {"tasks": Table("task", RESULT, everyone, ready, "it waits for this one")}
        where, answered = f"the task {task.id!r}", ready.meets(gates)
        scope = _scope(where, names, answered=answered, done=bool(ready.mask))
        yield from _of_step(task, (*_CONFIG, "tasks", index), scope)


# ---- loops ----------------------------------------------------------------------------------------------------------


def _evaluator(config: kinds.EvaluatorOptimizerConfig) -> Iterator[Text]:
    gate, rounds = config.review_gate, config.accept.max_iters
    yield from _asked(
        ("producer", "input"), config.producer.input, _scope("the first draft", {}, answered=False, done=False)
    )
    draft = _values("draft", "iteration", "iteration_index", "current_draft", "producer_response")
    judging: dict[str, Shape] = {**draft, "iterations": _rounds(0, rounds)}
    scope = _scope("the evaluation", judging, answered=gate is not None, done=True)
    yield from _asked(("evaluator", "input"), config.evaluator.input, scope)
    verdict = Fields("evaluation", EVALUATION, more=True)
    judged: dict[str, Shape] = {
        **draft,
        "evaluation": verdict,
        "current_evaluation": verdict,
        "iterations": _rounds(1, rounds),
    }
    if gate is not None:
        scope = _scope("the review", {**judged}, answered=rounds > 1, done=True)
        yield from _of_step(gate, (*_CONFIG, "review_gate"), scope)
    scope = _scope("the revision", {**judged}, answered=gate is not None, done=True)
    yield from _asked(("revise_prompt",), config.revise_prompt, scope)


def _rounds(done: int, total: int, *, more: bool = False) -> Row:
    why = "the first time there is only iterations[0]" if done else "nothing is judged before the first verdict"
    return Row("iterations", "iteration", ITERATION, done, total, more=more, owner="the loop", why=why)


def _orchestrator(config: kinds.OrchestratorWorkersConfig) -> Iterator[Text]:
    reviewed = config.decomposition_review is not None
    first = _values("round_count")
    yield from _asked(
        ("orchestrator", "input"),
        config.orchestrator.input,
        _scope("the plan", first, answered=False, done=False),
    )
    planned = first | _values("orchestrator_response", "subtasks", "task_count", "decomposition")
    if config.orchestrator.limits.max_rounds > 1:
        planned |= _worked(config, 0, more=False)  # those of the rounds before
    if config.decomposition_review is not None:
        scope = _scope("the review of the plan", {**planned}, answered=False, done=True)
        yield from _of_step(config.decomposition_review, (*_CONFIG, "decomposition_review"), scope)
    at_work = _scope("the workers", {**planned, "worker": _VALUE}, answered=reviewed, done=True)
    yield from _asked(("worker_template", "input"), config.worker_template.input, at_work)
    done = planned | _worked(config, config.orchestrator.limits.min_workers)
    for field in ("reduce_review", "reduce", "writeup"):
        step: Step | None = getattr(config, field)
        if step is not None:
            scope = _scope(field.replace("_", " "), {**done}, answered=reviewed, done=True)
            yield from _of_step(step, (*_CONFIG, field), scope)
            reviewed = reviewed or isinstance(step, HumanStep)
            if field == "reduce":
                done |= _reduced(step, field)


def _worked(config: kinds.OrchestratorWorkersConfig, least: int, *, more: bool = True) -> dict[str, Shape]:
    limits = config.orchestrator.limits
    most = (limits.max_workers or kinds.MAX_WORKERS) * limits.max_rounds
    workers = Row("workers", "worker", WORKER, least, most, more=more, owner="the plan", why=_FIRST)
    return {"workers": workers, **_values("worker_count", "num_workers")}


# ---- graph ----------------------------------------------------------------------------------------------------------


def _graph(config: GraphConfig) -> Iterator[Text]:
    order = {name: index for index, name in enumerate(config.nodes)}
    gates = Ids.of(order, (name for name, node in config.nodes.items() if isinstance(node, HumanStep)))
    ways = config.ways.before
    for name, node in config.nodes.items():
        scope = _at_node(config, f"the node {name!r}", ways[name], gates)
        yield from _of_step(node, (*_CONFIG, "nodes", name), scope)
    for index, edge in enumerate(config.edges):
        if edge.source in ways:
            passed = ways[edge.source].with_(edge.source)
            scope = _at_node(config, f"the way on from {edge.source!r}", passed, gates)
            for number, choice in enumerate(edge.choose or ()):
                path = (*_CONFIG, "edges", index, "choose", number, "when")
                yield Text(path, choice.when, scope, kind="condition")


def _at_node(config: GraphConfig, where: str, ready: Ids, gates: Ids) -> Scope:
    nodes = Table("node", NODE, config.nodes, ready, "no way leads from it to here")
    names: dict[str, Shape] = {"nodes": nodes, "iteration": _VALUE}
    return _scope(where, names, answered=ready.meets(gates), done=bool(ready.mask))


# ---- the end --------------------------------------------------------------------------------------------------------


def final_scope(pattern: Pattern) -> dict[str, Shape]:
    """What is there when all is done: the names that artifacts can use."""
    names: dict[str, Shape] = {"last_response": _VALUE}
    if any(isinstance(step, HumanStep) for _, step in steps_of(pattern)):
        names["hitl_response"] = _VALUE
    return names | _results(pattern)


def _results(pattern: Pattern) -> dict[str, Shape]:  # noqa: PLR0911 - one for each pattern
    match pattern:
        case kinds.ChainPattern(config=config):
            return {"steps": _row(config.steps, len(config.steps), "the chain", _ids(config.steps))}
        case kinds.WorkflowPattern(config=config):
            ids = tuple(task.id for task in config.tasks)
            return {"tasks": Table("task", RESULT, ids, ids)}
        case kinds.RoutingPattern(config=config):
            router = Fields("router", ROUTER)
            return {**_values("router_response", "chosen_route"), "router": router, "steps": _of_any_route(config)}
        case kinds.ParallelPattern(config=config):
            return {"branches": _branches(config), **_reduced(config.reduce, "reduce")}
        case kinds.EvaluatorOptimizerPattern(config=config):
            rounds = _rounds(1, config.accept.max_iters, more=True)
            seen = {"evaluation": Fields("evaluation", EVALUATION, more=True), "iterations": rounds}
            return {**seen, **_values("draft", "final_score", "accepted", "min_score", "max_iters")}
        case kinds.OrchestratorWorkersPattern(config=config):
            planned = _values("orchestrator_response", "decomposition", "round_count")
            seen = planned | _worked(config, config.orchestrator.limits.min_workers)
            return {**seen, **_reduced(config.reduce, "reduce"), **_reduced(config.writeup, "writeup")}
        case GraphPattern(config=config):
            nodes = Table("node", NODE, config.nodes, config.nodes)
            return {"nodes": nodes, **_values("execution_path", "iteration_counts", "terminal_node", "total_steps")}
        case _:
            assert_never(pattern)


def _of_any_route(config: kinds.RoutingConfig) -> Row:
    """What every route has is there; what only some have may be."""
    routes = [route.then for route in config.routes.values()]
    lengths, ids = [len(steps) for steps in routes], [_ids(steps).keys() for steps in routes]
    least, most = min(lengths), max(lengths)
    known = dict.fromkeys(set[str]().union(*ids), most) | dict.fromkeys(set(ids[0]).intersection(*ids), 0)
    return Row("steps", "step", RESULT, least, most, known, more=True, owner="the longest route")


def _values(*names: str) -> dict[str, Shape]:
    return dict.fromkeys(names, _VALUE)


def _reduced(step: Step | None, field: str) -> dict[str, Shape]:
    return {} if step is None else {f"{field}_response": _VALUE, field: Fields(_NOUNS[field], RESULT)}


_NOUNS = {"reduce": "reduction", "writeup": "writeup"}
