"""Branches at the same time, and one result of all."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from strands_nb.engine.result import Outcome
from strands_nb.engine.unit import Unit
from strands_nb.errors import BudgetExceededError, ExecutionError
from strands_nb.patterns.frame import Frame
from strands_nb.patterns.results import BranchResult
from strands_nb.patterns.sequence import StepSequence
from strands_nb.patterns.steps import Reviewed, Revise, run_step
from strands_nb.spec import HumanStep

if TYPE_CHECKING:
    from strands_nb.engine.context import Context
    from strands_nb.engine.group import Member
    from strands_nb.patterns.frame import Record
    from strands_nb.patterns.results import Result
    from strands_nb.spec import ParallelConfig

__all__ = ("parallel",)


async def parallel(ctx: Context, config: ParallelConfig, record: Record) -> Outcome:
    """Run all branches, then reduce their results; without a reduction they are joined in file order."""
    branches = _Branches(config, record)
    feedback: str | None = None
    for revision in range(1, 1_000_000):
        await branches.run(ctx.at("branches"), revision, feedback)
        if config.reduce is None:
            return Outcome(branches.joined(), branches.last_agent)
        unit = Unit("reduce", "reduce", id=config.reduce.id, revision=revision)
        reviews = Reviewed("branches", branches.joined()) if branches.reviewable else None
        outcome = await run_step(
            ctx.apart(""), config.reduce, unit, branches.names(), otherwise=branches.joined(), reviews=reviews
        )
        if not isinstance(outcome, Revise):
            record.show(reduce=outcome)
            record.names["reduce_response"] = outcome.response
            return branches.end(outcome)
        feedback = outcome.feedback
    raise AssertionError  # the desk allows fewer revisions


class _Branches:
    """The branches of one run, which a question about their results may send back."""

    def __init__(self, config: ParallelConfig, record: Record) -> None:
        self._config, self._record = config, record
        self._sequences = {b.id: StepSequence(b.steps, Frame(record.variables)) for b in config.branches}
        self._members: dict[str, Member[Any]] = {}
        self._results: dict[str, BranchResult] = {}
        self._failures: dict[str, tuple[str, dict[str, Any]]] = {}
        """Of branches that are collected, each with the name of its record."""
        record.show(branches={})

    @property
    def reviewable(self) -> bool:
        """Whether a question about the results can have anything done again."""
        return any(self._can_change(name) for name in self._sequences)

    def _can_change(self, name: str) -> bool:
        return self._completed(name) and self._sequences[name].reviewable

    @property
    def last_agent(self) -> str | None:
        """The agent of the last branch."""
        return self._sequences[self._config.branches[-1].id].frame.last_agent

    async def run(self, scope: Context, revision: int, feedback: str | None) -> None:
        """Run all branches; with `feedback`, the last agent step of each once more."""
        async with scope.group() as group:
            for name, sequence in self._sequences.items():
                unit = Unit(name, "branch", id=name, revision=revision)
                if feedback is None:
                    self._members[name] = group.start(name, self._branch, scope, unit, sequence)
                elif self._can_change(name):
                    sequence.send_back(feedback)
                    self._members[name] = group.again(self._members[name], self._branch, scope, unit, sequence)
        await self._collect()

    async def _collect(self) -> None:
        """Put the failures on record that the rest goes on without: a resumed run goes on from the same results."""
        failed = [self._results[name] for name in self._sequences if not self._completed(name)]
        if failed and len(failed) == len(self._sequences):
            message = f"all {len(failed)} branches failed; {failed[0].id}: {failed[0].error}"
            raise ExecutionError(message, key=f"branches/{failed[0].id}")
        for name, (record, failure) in self._failures.items():
            await self._members[name].ctx.note(record, partial(dict[str, Any], failure))
        self._failures.clear()

    async def _branch(self, ctx: Context, scope: Context, unit: Unit, sequence: StepSequence) -> None:
        # Of this very workflow: in another one it may go well.
        record = f"failure/{unit.revision}/{ctx.edition}"
        failure: dict[str, Any] | None = ctx.recall(record)
        if failure is not None:
            await sequence.run(ctx, until=failure["at"])
        else:
            try:
                async with scope.unit(unit) as watch:
                    await sequence.run(ctx)
                    watch.response, watch.tokens = _last(sequence), sequence.frame.tokens
            except ExecutionError as error:
                if self._config.on_error == "cancel" or isinstance(error, BudgetExceededError):
                    raise
                failure = {"at": sequence.here, "error": str(error)}
                self._failures[unit.key] = record, failure
        self._done(unit.key, sequence, None if failure is None else failure["error"])

    def _done(self, name: str, sequence: StepSequence, failure: str | None) -> None:
        self._results[name] = BranchResult(
            response=_last(sequence) if failure is None else "",
            index=next(i for i, branch in enumerate(self._config.branches) if branch.id == name),
            status="completed" if failure is None else "failed",
            agent=sequence.frame.last_agent,
            tokens=sequence.frame.tokens,
            id=name,
            steps=tuple(sequence.frame.steps),
            error=failure,
        )
        there = {branch.id: self._results[branch.id] for branch in self._config.branches if branch.id in self._results}
        self._record.show(branches=there)

    def joined(self) -> str:
        """The responses in file order."""
        return "\n\n".join(self._results[b.id].response for b in self._config.branches if self._completed(b.id))

    def _completed(self, name: str) -> bool:
        return self._results[name].status == "completed"

    def names(self) -> dict[str, Any]:
        """What the reduction sees."""
        variables, frames = self._record.variables, [self._sequences[b.id].frame for b in self._config.branches]
        names: dict[str, Any] = {**variables, "inputs": variables, "branches": self._record.names["branches"]}
        names["last_response"] = self._results[self._config.branches[-1].id].response
        if any(isinstance(step, HumanStep) for branch in self._config.branches for step in branch.steps):
            answers = [frame.answer for frame in frames if frame.answer is not None]
            names["hitl_response"] = answers[-1] if answers else ""  # a branch can fail before anybody is asked
        return names

    def end(self, reduced: Result) -> Outcome:
        """What the workflow has come to."""
        names = self.names()
        if reduced.type == "hitl":
            names["hitl_response"] = reduced.response
        self._record.names |= {name: names[name] for name in ("hitl_response",) if name in names}
        return Outcome(reduced.response, reduced.agent or self.last_agent)


def _last(sequence: StepSequence) -> str:
    return sequence.frame.last.response if sequence.frame.last else ""
