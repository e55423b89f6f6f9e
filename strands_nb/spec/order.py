"""What comes before what: the dependencies of tasks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from heapq import heappop, heappush
from itertools import pairwise
from typing import TYPE_CHECKING

from strands_nb.spec.ids import Ids
from strands_nb.spec.knots import circle, knots, tied
from strands_nb.spec.step import AgentStep

if TYPE_CHECKING:
    from strands_nb.spec.step import HumanStep, Task

__all__ = ("Circle", "Dependencies", "Named", "dependencies", "templates_of")


@dataclass(frozen=True, slots=True)
class Named:
    """A task that a template of another names without depending on it."""

    task: str
    field: str
    """The field that the template stands in."""
    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Circle:
    """Tasks that wait for one another."""

    tasks: tuple[str, ...]
    """Each waits for the next; the first, which is the first in the file, is the last as well."""
    named: Named | None
    """The first of them that waits because of a template; None where all say so themselves."""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What each task waits for."""

    direct: Mapping[str, tuple[str, ...]]
    """By id, in file order: what it declares, and what its templates name besides."""
    ancestors: Mapping[str, Ids]
    """By id: those, and what they wait for themselves."""
    order: tuple[str, ...]
    """All tasks, each after those it waits for, otherwise in file order; none where there are circles."""
    named: tuple[Named, ...]
    """What was added because templates name it; none where there are circles."""
    circles: tuple[Circle, ...]
    """What cannot run: from each group of tasks that wait for one another, one way round."""


def templates_of(step: AgentStep | HumanStep) -> Iterator[tuple[str, str]]:
    """The templates of a step, by field."""
    fields = ("input",) if isinstance(step, AgentStep) else ("prompt", "context_display", "default")
    for field in fields:
        if (text := getattr(step, field)) is not None:
            yield field, text


def dependencies(tasks: Sequence[Task]) -> Dependencies:
    """The dependencies of all tasks.

    A template that names a task adds a dependency on it, also where it asks first whether it is there: otherwise it
    would find it there by chance. One that asks first and would close a circle adds none.
    """
    order = {name: index for index, name in enumerate(dict.fromkeys(task.id for task in tasks))}
    graph: dict[str, list[str]] = {name: [] for name in order}
    for task in tasks:
        graph[task.id] += [dep for dep in task.deps if dep in order]
    ancestors = _closure(graph, order)
    uses = [use for task in tasks for use in _named(task, order) if use[0].name not in ancestors[task.id]]
    sure = [named for named, guarded in uses if not guarded]
    _add(graph, sure)
    rank = {name: index for index, knot in enumerate(knots(graph)) for name in knot}
    maybe = [named for named, guarded in uses if guarded and rank[named.name] < rank[named.task]]
    _add(graph, maybe)
    direct = {name: tuple(sorted(set(found), key=order.__getitem__)) for name, found in graph.items()}
    circles = tuple(_circles(direct, order, sure))
    named = () if circles else tuple(dict.fromkeys((*sure, *maybe)))
    return Dependencies(direct, _closure(direct, order), () if circles else _in_order(direct, order), named, circles)


def _named(task: Task, order: Mapping[str, int]) -> Iterator[tuple[Named, bool]]:
    """The tasks that the templates of a task name, and whether they ask first."""
    from strands_nb.errors import TemplateError  # noqa: PLC0415
    from strands_nb.render import template  # noqa: PLC0415 - jinja2 must not load with the language

    for field, text in templates_of(task):
        try:
            references = template(text).references if "tasks" in text else ()
        except TemplateError:
            continue  # a mistake of its own
        for reference in references:
            match reference.path:
                case ("tasks", str() as name, *_) if name in order:
                    yield Named(task.id, field, name, reference.line), reference.guarded
                case _:
                    pass


def _add(graph: Mapping[str, list[str]], uses: Iterable[Named]) -> None:
    for use in uses:
        graph[use.task].append(use.name)


def _circles(graph: Mapping[str, Sequence[str]], order: Mapping[str, int], uses: Sequence[Named]) -> Iterator[Circle]:
    by_edge = {(use.task, use.name): use for use in reversed(uses)}
    for knot in knots(graph):
        if tied(graph, knot):
            around = circle(graph, knot, min(knot, key=order.__getitem__))
            named = next(filter(None, map(by_edge.get, pairwise(around))), None)
            yield Circle(around, named)


def _closure(graph: Mapping[str, Sequence[str]], order: Mapping[str, int]) -> dict[str, Ids]:
    """All that is waited for, directly or not; by those in a circle, each of them."""
    masks: dict[str, int] = {}
    for knot in knots(graph):
        mask = 0
        for name in knot:
            for dep in graph[name]:
                mask |= masks.get(dep, 0) | 1 << order[dep]
        masks |= dict.fromkeys(knot, mask)
    return {name: Ids(order, masks[name]) for name in order}


def _in_order(graph: Mapping[str, Sequence[str]], order: Mapping[str, int]) -> tuple[str, ...]:
    names, sorter = list(order), TopologicalSorter(graph)
    sorter.prepare()
    ready: list[int] = []
    found: list[str] = []
    while sorter.is_active():
        for name in sorter.get_ready():
            heappush(ready, order[name])
        found.append(names[heappop(ready)])
        sorter.done(found[-1])
    return tuple(found)
