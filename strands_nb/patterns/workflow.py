"""Tasks, each of which starts as soon as those it depends on are done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from strands_nb.engine.result import Outcome
from strands_nb.engine.unit import Unit
from strands_nb.patterns.frame import inputs_text
from strands_nb.patterns.results import Named, Result
from strands_nb.patterns.steps import Reviewed, Revise, prompt_of, run_step
from strands_nb.spec import AgentTask, HumanTask

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from strands_nb.engine.context import Context
    from strands_nb.engine.group import Group, Member
    from strands_nb.patterns.frame import Record
    from strands_nb.spec import Task, WorkflowConfig

__all__ = ("workflow",)


async def workflow(ctx: Context, config: WorkflowConfig, record: Record) -> Outcome:
    """Run all tasks; the result is that of the last task in file order that no other waits for."""
    scope = ctx.at("tasks")
    board = _Board(config, record)
    async with scope.group() as group:
        board.start_ready(scope, group)
        async for member in group:
            board.take(member)
            await board.send_back(scope)
            board.start_ready(scope, group)
    return board.end()


@dataclass(frozen=True, slots=True)
class _Feedback:
    """What a human wants changed; `anew` where the task must also be asked its input again, since that has changed."""

    text: str
    anew: bool


class _Board:
    """Which tasks are done, which can start, and which have to be done again."""

    def __init__(self, config: WorkflowConfig, record: Record) -> None:
        self._tasks = {task.id: task for task in config.tasks}
        self._index = {name: index for index, name in enumerate(self._tasks)}
        self._deps, self._record = config.dependencies, record
        self._gates = [name for name in self._deps.order if isinstance(self._tasks[name], HumanTask)]
        self._children: dict[str, list[str]] = {name: [] for name in self._tasks}
        for name, deps in self._deps.direct.items():
            for dep in deps:
                self._children[dep].append(name)
        self._results: dict[str, Result] = {}
        self._members: dict[str, Member[Any]] = {}
        self._revisions = dict.fromkeys(self._tasks, 1)
        self._feedback: dict[str, _Feedback] = {}
        self._sent_back: dict[tuple[str, int], str] = {}
        """By question and its revision, what its human wants changed."""
        self._done_again: dict[str, frozenset[str]] = {}
        """By question, all that it can have done again."""
        self._open = {name: len(deps) for name, deps in self._deps.direct.items()}
        """How many of those that each task waits for are not done."""
        self._ready = [name for name, count in self._open.items() if not count]
        record.show(tasks=Named(self._results, self._tasks))

    def start_ready(self, scope: Context, group: Group) -> None:
        """Start what can start; questions first, since an answer that is recorded may send others back."""
        listed = self._listed(scope)
        ready, self._ready = [name for name in self._ready if not self._in_vain(name, listed)], []
        for name in sorted(ready, key=lambda name: isinstance(self._tasks[name], AgentTask)):
            args = (self._run, self._tasks[name], self._revisions[name])
            # An agent that is asked to change its own reply must remember it; one whose basis has changed begins anew.
            again = name in self._feedback and not self._feedback[name].anew
            begin = group.again(self._members[name], *args) if again else group.start_here(name, *args)
            self._members[name] = begin

    async def _run(self, ctx: Context, task: Task, revision: int) -> tuple[int, Result | Revise | None]:
        if not self._is_at(task.id, revision):
            return revision, None  # sent back before it has begun
        unit = self._unit(task.id)
        names, otherwise = self._names(task.id), self._otherwise(task.id)
        feedback = self._feedback.pop(task.id, None)
        asked = None if feedback is None else feedback.text
        if feedback is not None and feedback.anew and isinstance(task, AgentTask):
            prompt = prompt_of(task, names, otherwise, at=f"{ctx.path}{unit.revised}")
            asked = f"{prompt}\n\n{feedback.text}"
        outcome = await run_step(
            ctx, task, unit, names, otherwise=otherwise, feedback=asked, reviews=self._about(ctx, task.id)
        )
        if isinstance(outcome, Result) and self._is_at(task.id, revision):
            self._finish(task.id, outcome)
        return revision, outcome

    def _about(self, ctx: Context, gate: str) -> Reviewed | None:
        names = self._reviewed(gate)
        said = "\n\n".join(self._results[name].response for name in names)
        return Reviewed(", ".join(f"{ctx.path}{name}" for name in names), said) if names else None

    def _unit(self, name: str) -> Unit:
        return Unit(name, "task", self._index[name], name, self._revisions[name])

    def _finish(self, name: str, result: Result) -> None:
        self._results[name] = result
        for child in self._children[name]:
            self._open[child] -= 1
            if not self._open[child]:
                self._ready.append(child)

    # ---- what a task sees ---------------------------------------------------------------------------------------

    def _names(self, name: str) -> Mapping[str, Any]:
        """Inputs and ancestors; of these, the latest in file order are what was said last."""
        variables, ancestors = self._record.variables, self._deps.ancestors[name]
        names = {**variables, "inputs": variables, "tasks": Named(self._results, ancestors)}
        if direct := self._deps.direct[name]:
            names["last_response"] = self._results[direct[-1]].response
        if answered := [gate for gate in self._gates if gate in ancestors]:
            names["hitl_response"] = self._results[answered[-1]].response
        return names

    def _otherwise(self, name: str) -> str:
        """What a task without an input is asked: what it waits for has said."""
        said = [(dep, self._results[dep].response) for dep in self._deps.direct[name]]
        if len(said) > 1:
            return "\n\n".join(f"{dep}:\n{response}" for dep, response in said)
        return said[0][1] if said else inputs_text(self._record.variables)

    # ---- doing it again -----------------------------------------------------------------------------------------

    def _reviewed(self, gate: str) -> list[str]:
        """The agents' tasks that a question is about: those it waits for, through other questions."""
        found: dict[str, None] = {}
        for dep in self._deps.direct[gate] if isinstance(self._tasks[gate], HumanTask) else ():
            again = [dep] if isinstance(self._tasks[dep], AgentTask) else self._reviewed(dep)
            found |= dict.fromkeys(again)
        return sorted(found, key=self._index.__getitem__)

    def take(self, member: Member[Any]) -> None:
        """Keep what a human wants changed, until its turn comes."""
        match member.outcome:
            case int(revision), Revise(withdrawn=False) as outcome:
                self._sent_back[member.key, revision] = outcome.feedback
            case _:
                pass

    async def send_back(self, scope: Context) -> None:
        """Have done again what humans want changed, in the order in which they are on record."""
        while (due := self._due(scope)) is not None:
            await self._do_again(scope, due, self._sent_back[due, self._revisions[due]])

    def _due(self, scope: Context) -> str | None:
        """The question whose turn it is, if its answer is here: on a resume those answered later may come first."""
        listed = self._listed(scope)
        for name, revision in self._sent_back:
            if self._is_at(name, revision) and ((name, revision) not in listed or (name, revision) == listed[0]):
                return name
        return None

    def _listed(self, scope: Context) -> list[tuple[str, int]]:
        """The questions on record by which work was sent back, and which have not had their turn."""
        return [one for one in scope.sent_back() if one[0] in self._tasks and one[1] >= self._revisions[one[0]]]

    def _in_vain(self, name: str, listed: list[tuple[str, int]]) -> bool:
        """Whether it is on record that what a task rests on is done again, before anybody has need of it."""
        for gate, _ in listed:
            if name == gate or name in self._deps.ancestors[gate]:
                return False
            if name in self._behind(gate):
                return True
        return False

    def _behind(self, gate: str) -> frozenset[str]:
        if gate not in self._done_again:
            self._done_again[gate] = frozenset(self._resting_on(self._reviewed(gate)))
        return self._done_again[gate]

    def _is_at(self, name: str, revision: int) -> bool:
        """Whether this is the latest revision of a task, and not one on a basis that has changed."""
        return self._revisions[name] == revision

    async def _do_again(self, scope: Context, gate: str, feedback: str) -> None:
        """Have what a question is about done again, and all that rests on it."""
        told = await self._told(scope, gate, feedback)
        resting = self._resting_on(told)
        for name in resting:
            self._revisions[name] += 1
            self._results.pop(name, None)
            self._feedback.pop(name, None)
        # What has become ready while its basis was still good is not ready any more.
        self._ready = [name for name in self._ready if name not in resting]
        for name in resting:
            self._open[name] = sum(dep not in self._results for dep in self._deps.direct[name])
        for name, text in told.items():
            self._feedback[name] = _Feedback(text, anew=self._open[name] > 0)
            if not self._open[name]:
                self._ready.append(name)

    async def _told(self, scope: Context, gate: str, feedback: str) -> dict[str, str]:
        """What each task that is done again is told: also by humans who have sent back what rests on it meanwhile.

        Whoever has not is not waited for: what was asked makes no sense any more.
        """
        said = {gate: feedback}
        asked = [gate]
        while True:
            targets = sorted({name for one in said for name in self._reviewed(one)}, key=self._index.__getitem__)
            waiting = [name for name in self._resting_on(targets) if self._waits(name) and name not in asked]
            if not waiting:
                break
            for name in waiting:
                text = await scope.withdraw(self._unit(name), f"{', '.join(targets)}: done again")
                said |= {name: text} if text is not None else {}
            asked += waiting
        gates = sorted(said, key=self._index.__getitem__)
        return {name: "\n\n".join(said[one] for one in gates if name in self._reviewed(one)) for name in targets}

    def _waits(self, name: str) -> bool:
        return isinstance(self._tasks[name], HumanTask) and name not in self._results

    def _resting_on(self, names: Iterable[str]) -> list[str]:
        """These tasks and all that depend on them, in order."""
        found = set(names)
        for name in self._deps.order:
            if any(dep in found for dep in self._deps.direct[name]):
                found.add(name)
        return [name for name in self._deps.order if name in found]

    # ---- the end ------------------------------------------------------------------------------------------------

    def end(self) -> Outcome:
        """What the workflow has come to."""
        last = next(name for name in reversed(self._tasks) if not self._children[name])
        if self._gates:
            self._record.names["hitl_response"] = self._results[self._gates[-1]].response
        return Outcome(self._results[last].response, self._results[last].agent or self._last_agent())

    def _last_agent(self) -> str | None:
        agents = [self._results[name].agent for name in self._deps.order if self._results[name].agent]
        return agents[-1] if agents else None
