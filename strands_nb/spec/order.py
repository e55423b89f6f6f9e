"""What comes before what: the dependencies of tasks, and the ways through a graph."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from strands_nb.spec.step import AgentStep

if TYPE_CHECKING:
    from strands_nb.spec.step import HumanStep, Task

__all__ = ("Dependencies", "Ids", "Named", "Ways", "dependencies", "templates_of")


class Ids(Collection[str]):
    """A set of ids as one number: sets of ancestors of thousands of tasks would fill the memory otherwise."""

    __slots__ = ("_order", "mask")

    def __init__(self, order: Mapping[str, int], mask: int) -> None:
        self._order, self.mask = order, mask

    def __contains__(self, name: object) -> bool:
        return name in self._order and bool(self.mask >> self._order[str(name)] & 1)

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._order if name in self)

    def __len__(self) -> int:
        return self.mask.bit_count()

    @classmethod
    def of(cls, order: Mapping[str, int], names: Iterable[str]) -> Ids:
        """The set of these names."""
        mask = 0
        for name in names:
            mask |= 1 << order[name]
        return cls(order, mask)

    def with_(self, name: str) -> Ids:
        """The same set with one more name."""
        return Ids(self._order, self.mask | 1 << self._order[name])

    def meets(self, other: Ids) -> bool:
        """Whether the two, of the same order, have a name in common."""
        return bool(self.mask & other.mask)


@dataclass(frozen=True, slots=True)
class Named:
    """A task that a template of another names without depending on it."""

    task: str
    field: str
    """The field that the template stands in."""
    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What each task waits for."""

    direct: Mapping[str, tuple[str, ...]]
    """By id, in file order: what it declares, and what its templates name besides."""
    ancestors: Mapping[str, Ids]
    """By id: those, and what they wait for themselves."""
    order: tuple[str, ...]
    """All tasks, each after those it waits for, otherwise in file order."""
    named: tuple[Named, ...]
    """What was added because templates name it."""
    circular: tuple[Named, ...]
    """Names that could not be added: the task they name waits for the one that names it."""
    cycle: tuple[str, ...] = ()
    """Tasks that wait for one another, the first one twice; then nothing else is known."""


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
    graph = {task.id: [dep for dep in task.deps if dep in order] for task in tasks}
    if cycle := _cycle(graph):
        return Dependencies({}, {}, (), (), (), cycle)
    ancestors = _closure(graph, order)
    uses = [use for task in tasks for use in _named(task, order) if use[0].name not in ancestors[task.id]]
    sure = [named for named, guarded in uses if not guarded]
    circular = _added(graph, sure)
    rank = {name: index for index, name in enumerate(TopologicalSorter(graph).static_order())}
    maybe = [named for named, guarded in uses if guarded and rank[named.name] < rank[named.task]]
    _added(graph, maybe)
    direct = {name: tuple(sorted(set(found), key=order.__getitem__)) for name, found in graph.items()}
    named = tuple(use for use in (*sure, *maybe) if use not in circular)
    return Dependencies(direct, _closure(direct, order), _in_order(direct, order), named, tuple(circular))


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


def _named(task: Task, order: Mapping[str, int]) -> Iterator[tuple[Named, bool]]:
    """The tasks that the templates of a task name, and whether they ask first."""
    from strands_nb.errors import TemplateError  # noqa: PLC0415
    from strands_nb.render import template  # noqa: PLC0415 - jinja2 must not load with the language

    for field, text in templates_of(task):
        try:
            references = template(text).references
        except TemplateError:
            continue  # a mistake of its own
        for reference in references:
            match reference.path:
                case ("tasks", str() as name, *_) if name in order and name != task.id:
                    yield Named(task.id, field, name, reference.line), reference.guarded
                case _:
                    pass


def _cycle(graph: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return tuple(reversed(error.args[1]))
    return ()


def _added(graph: dict[str, list[str]], uses: Sequence[Named]) -> list[Named]:
    """Add what is named to the graph; those that close a circle are taken out again and returned."""
    refused: list[Named] = []
    for use in uses:
        graph[use.task].append(use.name)
    while cycle := _cycle(graph):
        around = set(cycle)
        closing = next(use for use in uses if use.task in around and use.name in around and use not in refused)
        refused.append(closing)
        graph[closing.task].remove(closing.name)
    return refused


def _closure(graph: Mapping[str, Sequence[str]], order: Mapping[str, int]) -> dict[str, Ids]:
    masks: dict[str, int] = {}
    for name in TopologicalSorter(graph).static_order():
        mask = 0
        for dep in graph[name]:
            mask |= masks[dep] | 1 << order[dep]
        masks[name] = mask
    return {name: Ids(order, masks[name]) for name in order}


class Ways:
    """The ways through a graph: which nodes can be reached, and what may have been visited before each."""

    def __init__(self, nodes: Iterable[str], edges: Iterable[tuple[str, str]], entry: str) -> None:
        self._order = {name: index for index, name in enumerate(nodes)}
        self._entry = entry
        self._onward: dict[str, list[str]] = {name: [] for name in self._order}
        for source, target in edges:
            if source in self._onward and target in self._onward:
                self._onward[source].append(target)

    @cached_property
    def reachable(self) -> list[str]:
        """The nodes that a run can come to, nearest first."""
        found = {self._entry: None} if self._entry in self._onward else dict[str, None]()
        queue = list(found)
        for name in queue:
            for target in self._onward[name]:
                if target not in found:
                    found[target] = None
                    queue.append(target)
        return queue

    @cached_property
    def before(self) -> dict[str, Ids]:
        """For each node: those that may have been visited before it, itself among them in a loop."""
        masks = dict.fromkeys(self.reachable, 0)
        changed = True
        while changed:  # in the order of reaching, so that only loops need further rounds
            changed = False
            for name in masks:
                passed_on = masks[name] | 1 << self._order[name]
                for target in self._onward[name]:
                    if masks[target] | passed_on != masks[target]:
                        masks[target] |= passed_on
                        changed = True
        return {name: Ids(self._order, masks.get(name, 0)) for name in self._order}

    @cached_property
    def looped(self) -> frozenset[str]:
        """The nodes that are part of a loop or come after one: nobody can say how often a run comes to them."""
        loops = Ids.of(self._order, (name for name, earlier in self.before.items() if name in earlier))
        return frozenset(name for name, earlier in self.before.items() if name in loops or earlier.meets(loops))
