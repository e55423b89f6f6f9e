"""Nodes and conditional edges, walked in supersteps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from strands_nb.engine.group import Member
from strands_nb.engine.result import Outcome
from strands_nb.engine.unit import Unit, key_part
from strands_nb.errors import ExecutionError, TemplateError
from strands_nb.patterns.frame import inputs_text
from strands_nb.patterns.results import Named, NodeResult, Result
from strands_nb.patterns.steps import Reviewed, Revise, prompt_of, question_of, run_step
from strands_nb.spec import AgentStep, HumanStep

if TYPE_CHECKING:
    from collections.abc import Iterable

    from strands_nb.engine.context import Context
    from strands_nb.patterns.frame import Record
    from strands_nb.spec import GraphConfig
    from strands_nb.spec.graph import Edge

__all__ = ("graph",)


async def graph(ctx: Context, config: GraphConfig, record: Record) -> Outcome:
    """Walk from the first node along the edges that are taken, until none is.

    The nodes of one superstep run at the same time and see the others as of its beginning.
    """
    walk = _Walk(config, record)
    frontier: dict[str, list[str]] = {config.entry: []}
    scope = ctx.at("nodes")
    while frontier:
        walk.enter(frontier)
        await walk.visit(scope, frontier)
        frontier = walk.onward(frontier)
    return walk.end()


@dataclass(slots=True)
class _Superstep:
    """Nodes that run at the same time, each with those that led to it."""

    frontier: Mapping[str, list[str]]
    visits: Mapping[str, int]
    """Which visit of each node this is."""
    mark: int
    """What agents remembered when it began."""
    members: dict[str, Member[Result | Revise]] = field(default_factory=dict[str, Member[Result | Revise]])
    outcomes: dict[str, Result | Revise] = field(default_factory=dict[str, "Result | Revise"])


class _Walk:
    """Where the walk has been, and what the nodes said."""

    def __init__(self, config: GraphConfig, record: Record) -> None:
        self._config, self._record = config, record
        self._place = {name: index for index, name in enumerate(config.nodes)}
        self._edges: dict[str, list[Edge]] = {name: [] for name in config.nodes}
        for edge in config.edges:
            self._edges[edge.source].append(edge)
        self._visits = dict.fromkeys(config.nodes, 0)
        self._revisions: dict[tuple[str, int], int] = {}
        """By node and visit, where it is not the first."""
        self._results: dict[str, NodeResult] = {}
        self._step: _Superstep | None = None
        self._path: list[str] = []
        self._gates = [name for name, node in config.nodes.items() if isinstance(node, HumanStep)]
        nodes = Named(self._results, config.nodes, _unvisited)
        self._names: dict[str, Any] = {**record.variables, "inputs": record.variables, "nodes": nodes}
        record.show(nodes=nodes, execution_path=self._path, terminal_node=None, total_steps=0, iteration_counts={})

    def enter(self, frontier: Iterable[str]) -> None:
        """Count one more visit of each node.

        Raises:
            ExecutionError: of one more than the workflow allows.
        """
        for name in frontier:
            self._visits[name] += 1
            if self._visits[name] > self._config.max_iterations:
                message = (
                    f"the node {name!r} would be visited more than {self._config.max_iterations} times; raise "
                    "max_iterations and resume, or give the loop a way out"
                )
                raise ExecutionError(message, key=f"nodes/{key_part(name)}/{self._visits[name]}")

    # ---- one superstep ------------------------------------------------------------------------------------------

    async def visit(self, scope: Context, frontier: Mapping[str, list[str]]) -> None:
        """Run the nodes of the frontier; again what questions among them send back, and what rests on that."""
        visits = {name: self._visits[name] for name in frontier}
        last = self._step
        self._step = step = _Superstep(frontier, visits, scope.mark())
        again: Iterable[str] = frontier
        while True:
            step.outcomes |= await self._run(scope, step, again, {})
            sent_back = {name: o.feedback for name, o in step.outcomes.items() if isinstance(o, Revise)}
            if not sent_back or last is None:
                break
            again = await self._send_back(scope, last, step, sent_back)
        self._arrive(step)

    async def _send_back(
        self, scope: Context, last: _Superstep, step: _Superstep, sent_back: Mapping[str, str]
    ) -> list[str]:
        """Have what questions are about done again; the nodes of their superstep that must follow."""
        scope.forget(step.mark)
        asked, feedback = self._requests(scope, step), self._feedback(step.frontier, sent_back)
        self._revise(last, feedback)
        last.outcomes |= await self._run(scope, last, feedback, feedback)
        self._arrive(last)
        step.mark, now = scope.mark(), self._requests(scope, step)
        again = [
            name
            for name, came in step.frontier.items()
            if name in sent_back or feedback.keys() & {*came} or asked[name] != now[name]
        ]
        self._revise(step, again)
        return again

    def _requests(self, scope: Context, step: _Superstep) -> dict[str, tuple[str, str]]:
        """What each node is asked now, and what its agent remembers."""
        found: dict[str, tuple[str, str]] = {}
        for name, came in step.frontier.items():
            node, names = self._config.nodes[name], self._seen(name, step.visits[name])
            at = f"{scope.path}{key_part(name)}/{step.visits[name]}"
            if isinstance(node, AgentStep):
                found[name] = prompt_of(node, names, self._said(came), at=at), scope.remembered(node.agent)
            else:
                found[name] = question_of(node, names, at=at, reviews=self._about(scope, came)).fingerprint, ""
        return found

    async def _run(
        self, scope: Context, step: _Superstep, some: Iterable[str], feedback: Mapping[str, str]
    ) -> dict[str, Result | Revise]:
        """Run these nodes of a superstep at the same time; the only one of it without further ado."""
        if len(step.frontier) == 1:
            return {name: await self._node(scope, step, name, feedback.get(name)) for name in some}
        scope.forget(step.mark)
        ran: dict[str, Member[Result | Revise]] = {}
        async with scope.group() as group:
            for name in some:
                args = (self._node, step, name, feedback.get(name))
                again = name in feedback
                ran[name] = group.again(step.members[name], *args) if again else group.beside(name, *args)
        step.members |= ran
        for name in self._in_order(step.members):  # what agents remember must not depend on who was faster
            scope.absorb(step.members[name].ctx)
        return {name: await member for name, member in ran.items()}

    def _revise(self, step: _Superstep, names: Iterable[str]) -> None:
        for name in names:
            visit = name, step.visits[name]
            self._revisions[visit] = self._revisions.get(visit, 1) + 1

    def _feedback(self, frontier: Mapping[str, list[str]], sent_back: Mapping[str, str]) -> dict[str, str]:
        """What each node that is reviewed is told, by all who want it changed."""
        told: dict[str, list[str]] = {}
        for gate, text in sent_back.items():
            for name in self._reviewed(frontier[gate]):
                told.setdefault(name, []).append(text)
        return {name: "\n\n".join(told[name]) for name in self._in_order(told)}

    def _reviewed(self, came: Iterable[str]) -> list[str]:
        """What a question is about: the agents' nodes that led to it."""
        return [name for name in came if isinstance(self._config.nodes[name], AgentStep)]

    def _about(self, ctx: Context, came: list[str]) -> Reviewed | None:
        names = self._reviewed(came)
        keys = [f"{ctx.path}{key_part(name)}/{self._results[name].iteration}" for name in names]
        return Reviewed(", ".join(keys), self._said(names)) if names else None

    async def _node(self, ctx: Context, step: _Superstep, name: str, feedback: str | None) -> Result | Revise:
        node, visit, came = self._config.nodes[name], step.visits[name], step.frontier[name]
        unit = Unit(f"{key_part(name)}/{visit}", "node", visit, name, self._revisions.get((name, visit), 1))
        return await run_step(
            ctx,
            node,
            unit,
            self._seen(name, visit),
            otherwise=self._said(came),
            feedback=feedback,
            reviews=self._about(ctx, came),
        )

    def _seen(self, name: str, visit: int, *, left: bool = False) -> dict[str, Any]:
        """What the templates of a node see, or the conditions of its edges once it was `left`.

        What comes before it on another way, or in a later round, is empty until then, as are nodes.
        """
        before = self._config.ways.before[name]
        before = before.with_(name) if left else before
        empty = {"last_response": ""} if before else dict[str, Any]()
        if any(gate in before for gate in self._gates):
            empty["hitl_response"] = ""
        return {**empty, **self._names, "iteration": visit}

    def _said(self, came: list[str]) -> str:
        """What a node without an input is asked: what the nodes that led to it have said."""
        if not came:
            return inputs_text(self._record.variables)
        if len(came) == 1:
            return self._results[came[0]].response
        return "\n\n".join(f"{name}:\n{self._results[name].response}" for name in came)

    def _arrive(self, step: _Superstep) -> None:
        """What was said in a superstep, put down in file order."""
        for name in self._in_order(step.outcomes):
            said, visit = step.outcomes[name], step.visits[name]
            if isinstance(said, Result):
                if self._results.get(name, _unvisited(name)).iteration < visit:
                    self._path.append(name)
                self._results[name] = _visited(said, visit)
                self._names["last_response"] = said.response
                if said.type == "hitl":
                    self._names["hitl_response"] = said.response
        counts = {name: count for name, count in self._visits.items() if count}
        last = self._path[-1] if self._path else None
        self._record.show(terminal_node=last, total_steps=len(self._path), iteration_counts=counts)

    def _in_order(self, names: Iterable[str]) -> list[str]:
        return sorted(names, key=self._place.__getitem__)

    # ---- from one to the next -----------------------------------------------------------------------------------

    def onward(self, frontier: Iterable[str]) -> dict[str, list[str]]:
        """The next nodes in file order, each with those that led to it."""
        came: dict[str, dict[str, None]] = {}
        for name in frontier:
            names = self._seen(name, self._visits[name], left=True)
            for edge in self._edges[name]:
                for target in _taken(edge, names, at=f"nodes/{key_part(name)}/{self._visits[name]}"):
                    came.setdefault(target, {})[name] = None  # once, however many edges lead there
        return {name: list(came[name]) for name in self._in_order(came)}

    def end(self) -> Outcome:
        """What the walk has come to."""
        last = self._results[self._path[-1]]
        for name in ("last_response", "hitl_response"):
            if name in self._names:
                self._record.names[name] = self._names[name]
        agents = [self._results[name].agent for name in self._path if self._results[name].agent]
        return Outcome(last.response, agents[-1] if agents else None)


def _taken(edge: Edge, names: Mapping[str, Any], *, at: str) -> tuple[str, ...]:
    """Where an edge leads now.

    Raises:
        ExecutionError: a condition cannot be decided; `at` says behind which unit.
    """
    if edge.to is not None:
        return edge.to
    from strands_nb.render import condition  # noqa: PLC0415 - not needed by graphs without conditions

    for choice in edge.choose or ():
        try:
            if condition(choice.when).holds(names):
                return (choice.to,)
        except TemplateError as error:
            raise ExecutionError(f"{at}: the way on to {choice.to!r}: {error}", key=at) from error
    return ()


def _visited(result: Result, iteration: int) -> NodeResult:
    return NodeResult(
        response=result.response,
        index=result.index,
        agent=result.agent,
        tokens=result.tokens,
        id=result.id,
        type=result.type,
        prompt=result.prompt,
        value=result.value,
        iteration=iteration,
    )


def _unvisited(name: str) -> NodeResult:
    return NodeResult(response="", status="waiting", id=name)
