"""What is wrong with the way the parts of a pattern hang together: ids, dependencies, edges."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from strands_nb.spec import pattern as kinds
from strands_nb.spec.base import did_you_mean
from strands_nb.spec.tree import join
from strands_nb.spec.walk import Path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strands_nb.errors import Problem
    from strands_nb.spec.order import Named
    from strands_nb.spec.workflow import Spec

__all__ = ("structure_problems",)

_CONFIG = ("pattern", "config")


def structure_problems(spec: Spec) -> Iterator[Problem]:
    """Ids that are not unique, dependencies in circles, ways that lead nowhere."""
    match spec.pattern:
        case kinds.WorkflowPattern(config=config):
            yield from _tasks(spec, config)
        case kinds.ParallelPattern(config=config):
            seen: set[str] = set()
            for index, branch in enumerate(config.branches):
                if branch.id in seen:
                    at = join((*_CONFIG, "branches", index, "id"))
                    yield spec.problem(at, f"the branch id {branch.id!r} is here twice")
                seen.add(branch.id)
        case kinds.RoutingPattern(config=config):
            for name, route in config.routes.items():
                if not route.then:
                    message = f"the route {name!r} has no steps: the router's answer is its result"
                    at = join((*_CONFIG, "routes", name))
                    yield spec.problem(at, message, at_key=True, severity="warning")
        case kinds.GraphPattern(config=config):
            yield from _graph(spec, config)
        case _:
            return


# ---- tasks ----------------------------------------------------------------------------------------------------------


def _tasks(spec: Spec, config: kinds.WorkflowConfig) -> Iterator[Problem]:
    known = {task.id: index for index, task in enumerate(config.tasks)}
    for index, task in enumerate(config.tasks):
        if known[task.id] != index:
            at = join((*_CONFIG, "tasks", known[task.id], "id"))
            yield spec.problem(at, f"the task id {task.id!r} is here twice")
        for number, dep in enumerate(task.deps):
            if dep not in known:
                at = join((*_CONFIG, "tasks", index, "deps", number))
                yield spec.problem(at, f"unknown task {dep!r}", hint=did_you_mean(dep, known, label="tasks"))
    found = config.dependencies
    if found.cycle:
        first = known[found.cycle[0]]
        around = " waits for ".join(found.cycle)
        at = join((*_CONFIG, "tasks", first, "deps"))
        yield spec.problem(at, f"tasks wait for one another: {around}", at_key=True, hint="take one of them out")
        return
    for named in found.circular:
        message = f"tasks.{named.name} waits for {named.task!r}, which names it here"
        yield _in_template(spec, known[named.task], named, message, severity="error", hint="one must come first")
    for named in dict.fromkeys(found.named):
        message = f"{named.task!r} names tasks.{named.name} and so waits for it"
        hint = f"write `deps: [{named.name}]` to say so"
        yield _in_template(spec, known[named.task], named, message, severity="warning", hint=hint)


def _in_template(spec: Spec, index: int, named: Named, message: str, *, severity: str, hint: str) -> Problem:
    at = join((*_CONFIG, "tasks", index, named.field))
    if spec.source is None:
        return spec.problem(at, message, severity=severity, hint=hint)
    words = [rf"(tasks\s*(?:\.\s*{re.escape(named.name)}\b|\[\s*['\"]{re.escape(named.name)}['\"]))"]
    return spec.source.problem_within(at, message, line=named.line, words=words, severity=severity, hint=hint)


# ---- graph ----------------------------------------------------------------------------------------------------------


def _graph(spec: Spec, config: kinds.GraphConfig) -> Iterator[Problem]:
    wrong = [*_strangers(spec, config)]
    yield from wrong
    if wrong:
        return
    there = config.ways.reachable
    for name in config.nodes.keys() - set(there):
        message = f"no way leads to the node {name!r}"
        hint = f"the graph starts at {config.entry!r}"
        yield spec.problem(join((*_CONFIG, "nodes", name)), message, at_key=True, hint=hint)
    if _going_on(config) >= set(there):
        message = "every node has a way on, so the graph never ends"
        yield spec.problem(join((*_CONFIG, "edges")), message, at_key=True, hint="leave one node without an edge")
    for name, node in config.nodes.items():
        if node.id is not None:
            message = "'id' has no meaning here"
            at = join((*_CONFIG, "nodes", name, "id"))
            yield spec.problem(at, message, at_key=True, severity="warning", hint="a node is named by its key")


def _strangers(spec: Spec, config: kinds.GraphConfig) -> Iterator[Problem]:
    """Ids in edges that no node bears."""
    used: list[tuple[Path, str]] = [(("edges", i, "from"), edge.source) for i, edge in enumerate(config.edges)]
    if config.start is not None:
        used.append((("start",), config.start))
    for i, edge in enumerate(config.edges):
        used += [(("edges", i, "to", n), name) for n, name in enumerate(edge.to or ())]
        used += [(("edges", i, "choose", n, "to"), choice.to) for n, choice in enumerate(edge.choose or ())]
    for path, name in used:
        if name not in config.nodes:
            hint = did_you_mean(name, config.nodes, label="nodes")
            yield spec.problem(join((*_CONFIG, *path)), f"unknown node {name!r}", hint=hint)


def _going_on(config: kinds.GraphConfig) -> set[str]:
    """The nodes that no path ends at: one of their edges is taken in every case."""
    return {edge.source for edge in config.edges if edge.to or any(map(_always, edge.choose or ()))}


def _always(choice: kinds.Choice) -> bool:
    return choice.when.strip("{} \t\n").lower() == "else"
