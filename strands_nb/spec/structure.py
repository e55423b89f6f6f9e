"""What is wrong with the way the parts of a pattern hang together: ids, dependencies, edges."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from strands_nb.spec import pattern as kinds
from strands_nb.spec.base import Hints
from strands_nb.spec.graph import GraphPattern
from strands_nb.spec.tree import join
from strands_nb.spec.walk import sequences_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from strands_nb.errors import Problem
    from strands_nb.spec.graph import GraphConfig
    from strands_nb.spec.order import Circle, Named
    from strands_nb.spec.walk import Path
    from strands_nb.spec.workflow import Spec

__all__ = ("structure_problems",)

_CONFIG: Path = ("pattern", "config")


def structure_problems(spec: Spec) -> Iterator[Problem]:
    """Ids that are not unique, dependencies in circles, ways that lead nowhere."""
    for path, steps in sequences_of(spec.pattern):
        yield from _twice(spec, "step", (((*path, index, "id"), step.id) for index, step in enumerate(steps)))
    match spec.pattern:
        case kinds.WorkflowPattern(config=config):
            yield from _tasks(spec, config)
        case kinds.ParallelPattern(config=config):
            ids = (((*_CONFIG, "branches", index, "id"), branch.id) for index, branch in enumerate(config.branches))
            yield from _twice(spec, "branch", ids)
        case kinds.RoutingPattern(config=config):
            yield from _routes(spec, config)
        case GraphPattern(config=config):
            yield from _graph(spec, config)
        case _:
            return


def _twice(spec: Spec, noun: str, ids: Iterable[tuple[Path, str | None]]) -> Iterator[Problem]:
    seen: set[str] = set()
    for path, name in ids:
        if name in seen:
            yield spec.problem(join(path), f"the {noun} id {name!r} is here twice")
        elif name:
            seen.add(name)


def _routes(spec: Spec, config: kinds.RoutingConfig) -> Iterator[Problem]:
    for name, route in config.routes.items():
        if not route.then:
            message = f"the route {name!r} has no steps: the router's answer is its result"
            yield spec.problem(join((*_CONFIG, "routes", name)), message, at_key=True, severity="warning")


# ---- tasks ----------------------------------------------------------------------------------------------------------


def _tasks(spec: Spec, config: kinds.WorkflowConfig) -> Iterator[Problem]:
    place = {task.id: index for index, task in reversed([*enumerate(config.tasks)])}
    yield from _twice(spec, "task", (((*_CONFIG, "tasks", i, "id"), task.id) for i, task in enumerate(config.tasks)))
    hint = Hints(place, label="tasks")
    for index, task in enumerate(config.tasks):
        for number, dep in enumerate(task.deps):
            if dep not in place:
                at = join((*_CONFIG, "tasks", index, "deps", number))
                yield spec.problem(at, f"unknown task {dep!r}", hint=hint(dep))
    for circle in config.dependencies.circles:
        yield _circle(spec, config, circle, place)
    for named in config.dependencies.named:
        message = f"{named.task!r} names tasks.{named.name} and so waits for it"
        advice = f"write `deps: [{named.name}]` to say so"
        yield _in_template(spec, place[named.task], named, message, severity="warning", hint=advice)


def _circle(spec: Spec, config: kinds.WorkflowConfig, circle: Circle, place: dict[str, int]) -> Problem:
    first, second, *more = circle.tasks
    message = f"tasks wait for one another: {' waits for '.join(circle.tasks)}"
    if not more:
        message = f"the task {first!r} waits for itself"
    if (named := circle.named) is not None:
        hint = f"this makes {named.task!r} wait for {named.name!r}; ask `is defined` first, or leave it out"
        hint = hint if more else "it cannot see its own result"
        return _in_template(spec, place[named.task], named, message, severity="error", hint=hint)
    deps = config.tasks[place[first]].deps
    number = [deps.index(second)] if second in deps else []  # it may be another task of the same id that says so
    at = join((*_CONFIG, "tasks", place[first], "deps", *number))
    return spec.problem(at, message, hint="take one of them out" if more else "take it out")


def _in_template(spec: Spec, index: int, named: Named, message: str, *, severity: str, hint: str) -> Problem:
    at = join((*_CONFIG, "tasks", index, named.field))
    if spec.source is None:
        return spec.problem(at, message, severity=severity, hint=hint)
    words = [rf"(tasks\s*(?:\.\s*{re.escape(named.name)}\b|\[\s*['\"]{re.escape(named.name)}['\"]))"]
    return spec.source.problem_within(at, message, line=named.line, words=words, severity=severity, hint=hint)


# ---- graph ----------------------------------------------------------------------------------------------------------


def _graph(spec: Spec, config: GraphConfig) -> Iterator[Problem]:
    yield from _strangers(spec, config)
    if config.ways.complete:
        yield from _nowhere(spec, config)
    yield from _idle(spec, config)


def _idle(spec: Spec, config: GraphConfig) -> Iterator[Problem]:
    """What is written but does nothing."""
    for name, node in config.nodes.items():
        if node.id is not None:
            at = join((*_CONFIG, "nodes", name, "id"))
            hint = "a node is named by its key"
            yield spec.problem(at, "'id' has no meaning here", at_key=True, severity="warning", hint=hint)
    for index, edge in enumerate(config.edges):
        otherwise = False
        for number, choice in enumerate(edge.choose or ()):
            if otherwise:
                at = join((*_CONFIG, "edges", index, "choose", number, "when"))
                hint = "put `else` last"
                yield spec.problem(at, "this is never looked at: `else` comes before", severity="warning", hint=hint)
            otherwise = otherwise or choice.is_else


def _nowhere(spec: Spec, config: GraphConfig) -> Iterator[Problem]:
    """Nodes that no way leads to, and loops that none leads out of."""
    there = set(config.ways.reachable)
    for name in config.nodes:
        if name not in there:
            at = join((*_CONFIG, "nodes", name))
            hint = f"the graph starts at {config.entry!r}"
            yield spec.problem(at, f"no way leads to the node {name!r}", at_key=True, hint=hint)
    for trap in config.ways.traps(config.ends):
        names = ", ".join(map(repr, trap[:_SHOWN])) + (", …" if len(trap) > _SHOWN else "")
        message = f"no way leads out of {names}, so the graph never ends"
        hint = "leave a node without an edge, or give an edge a condition without `else`"
        yield spec.problem(join((*_CONFIG, "nodes", trap[0])), message, at_key=True, hint=hint)


_SHOWN = 5


def _strangers(spec: Spec, config: GraphConfig) -> Iterator[Problem]:
    """Ids in edges that no node bears."""
    hint = Hints(config.nodes, label="nodes")
    for path, name in _named_nodes(config):
        if name not in config.nodes:
            yield spec.problem(join((*_CONFIG, *path)), f"unknown node {name!r}", hint=hint(name))


def _named_nodes(config: GraphConfig) -> Iterator[tuple[Path, str]]:
    if config.start is not None:
        yield ("start",), config.start
    for index, edge in enumerate(config.edges):
        yield ("edges", index, "from"), edge.source
        for number, name in enumerate(edge.to or ()):
            yield ("edges", index, "to", number), name
        for number, choice in enumerate(edge.choose or ()):
            yield ("edges", index, "choose", number, "to"), choice.to
