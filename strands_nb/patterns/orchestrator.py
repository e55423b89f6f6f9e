"""An agent splits the work; others do its parts at the same time; the results are put together."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any, cast

from strands_nb.engine import events as ev
from strands_nb.engine.result import Outcome
from strands_nb.engine.unit import Unit
from strands_nb.patterns.frame import inputs_text
from strands_nb.patterns.results import WorkerResult
from strands_nb.patterns.steps import Reviewed, Revise, ask_human, fill, result_of, run_step
from strands_nb.render.plain_json import plain_json
from strands_nb.spec import MAX_WORKERS, AgentStep
from strands_nb.spec.toolset import variant_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from strands_nb.engine.context import Context
    from strands_nb.engine.group import Member
    from strands_nb.patterns.frame import Record
    from strands_nb.patterns.results import Result
    from strands_nb.spec import HumanStep, OrchestratorWorkersConfig, Step

__all__ = ("orchestrator_workers",)

_MORE = """These are the results so far:

{{ results }}

List the tasks that are still to be done, or none."""
_SCAFFOLD = "orchestrator/1"
"""Version of this text: it stands for it in fingerprints."""


async def orchestrator_workers(ctx: Context, config: OrchestratorWorkersConfig, record: Record) -> Outcome:
    """Plan, work, plan again while there is something left to do, then review, reduce and write up."""
    crew = _Crew(config, record)
    if config.orchestrator.limits.max_rounds == 1:
        await crew.round(ctx.at("rounds/0"), 0)
    else:
        await _rounds(ctx, config.orchestrator.limits.max_rounds, crew)
    return await crew.put_together(ctx)


async def _rounds(ctx: Context, most: int, crew: _Crew) -> None:
    """Several rounds, each a unit of its own, until one has nothing to do."""
    for number in range(most):
        before = crew.tokens
        async with ctx.unit(Unit(f"rounds/{number}", "round", number)) as unit:
            responses = await crew.round(ctx.at(f"rounds/{number}"), number)
            unit.response, unit.tokens = "\n\n".join(responses), crew.tokens - before
        if number and not responses:
            return


class _Crew:
    """The plan, the workers and their results."""

    def __init__(self, config: OrchestratorWorkersConfig, record: Record) -> None:
        self._config, self._record = config, record
        self._plan: list[Any] = []
        self._workers: dict[int, WorkerResult] = {}
        self._members: list[Member[Any]] = []
        self._revision = 1
        self._names: dict[str, Any] = {**record.variables, "inputs": record.variables}
        self._last_agent: str | None = None
        self.tokens = 0
        """What planning and working have taken."""
        self._show()

    async def round(self, ctx: Context, number: int) -> list[str]:
        """Plan and have the plan carried out; what the workers said."""
        first, tasks = len(self._members), await self.plan(ctx, number)
        await self.work(ctx, tasks)
        return [self._workers[index].response for index in range(first, len(self._members))]

    # ---- planning -----------------------------------------------------------------------------------------------

    async def plan(self, ctx: Context, number: int) -> list[Any]:
        """The tasks of one round, after their review if there is one."""
        config, gate = self._config.orchestrator, self._config.decomposition_review
        self._names["round_count"], revision = number + 1, 1
        asked, scaffold = self._request(number)
        while True:
            unit = Unit("plan", "orchestrator", number, revision=revision)
            schema = self._schema(least=config.limits.min_workers if number == 0 else 0)
            again = revision > 1
            reply = await ctx.agent(config.agent, asked, key=unit, schema=schema, follows_up=again, scaffold=scaffold)
            self.tokens += reply.usage.total
            tasks = self._planned(reply.value, reply.text)
            if gate is None or (number and not tasks):
                break
            answer = await self._reviewed(ctx, gate, number, revision)
            if isinstance(answer, list):
                tasks = self._planned(answer, json.dumps(answer, ensure_ascii=False))
            if not isinstance(answer, Revise):
                break
            revision, asked, scaffold = revision + 1, answer.feedback, ""
        await ctx.tell(ev.PlanCreated, "plan", {"tasks": tasks})
        self._plan += tasks
        self._show()
        return tasks

    def _request(self, number: int) -> tuple[str, str]:
        text, at = self._config.orchestrator.input, f"rounds/{number}/plan"
        if number == 0:
            return (inputs_text(self._record.variables) if text is None else fill(text, self._names, at=at)), ""
        results = self._joined()
        return fill(_MORE, {"results": results}, at=at), f"{_SCAFFOLD} {results}"

    def _schema(self, *, least: int) -> dict[str, Any]:
        limits = self._config.orchestrator.limits
        text = {"type": "string", "minLength": 1}
        kinds = [{"type": "object", "properties": {name: text}, "required": [name]} for name in ("task", "description")]
        most = limits.max_workers or MAX_WORKERS
        return {"type": "array", "items": {"anyOf": [*kinds, text]}, "minItems": least, "maxItems": most}

    def _planned(self, tasks: list[Any], response: str) -> list[Any]:
        self._names |= {"orchestrator_response": response, "last_response": response}
        self._names |= {"subtasks": tasks, "decomposition": tasks, "task_count": len(tasks)}
        self._last_agent = self._config.orchestrator.agent
        return tasks

    async def _reviewed(self, ctx: Context, gate: HumanStep, number: int, revision: int) -> Revise | list[Any] | None:
        """What a human says of the plan: another plan, what to change about it, or nothing against it."""
        unit = Unit("review", "review", number, gate.id, revision)
        plan = self._schema(least=0)
        either = {"anyOf": [plan, {"type": "object", "properties": {"tasks": plan}, "required": ["tasks"]}]}
        about = Reviewed(f"{ctx.path}plan", self._names["orchestrator_response"], either)
        answer, _ = await ask_human(ctx, gate, unit, self._names, reviews=about)
        if answer.action == "modify":
            return Revise(answer.text)
        self._names["hitl_response"] = answer.text
        return _plan_in(answer.text)

    # ---- working ------------------------------------------------------------------------------------------------

    async def work(self, ctx: Context, tasks: Sequence[Any]) -> None:
        """Have all tasks done at the same time."""
        first = len(self._members)
        async with ctx.at("workers").group() as group:
            for index, task in enumerate(tasks):
                unit = Unit(str(index), "worker", first + index)
                prompt = self._worker_prompt(task, first + index, at=f"{ctx.path}workers/{index}")
                self._members.append(group.start_here(str(index), self._worker, unit, prompt, _text_of(task)))

    async def _worker(self, ctx: Context, unit: Unit, prompt: str, task: str) -> None:
        template, index = self._config.worker_template, unit.index or 0
        agent = template.agent if template.tools is None else variant_id(template.agent, template.tools)
        reply = await ctx.agent(agent, prompt, key=unit, follows_up=unit.revision > 1)
        self.tokens += reply.usage.total
        result = result_of(reply, unit, agent=template.agent, prompt=prompt)
        self._workers[index] = WorkerResult(
            **{field.name: getattr(result, field.name) for field in fields(result)}, task=task
        )
        self._show()

    def _worker_prompt(self, task: Any, index: int, *, at: str) -> str:  # noqa: ANN401 - as the orchestrator wrote it
        template = self._config.worker_template.input
        if template is None:
            return _text_of(task)
        worker = {**_details(task), "task": _text_of(task), "index": index}
        return fill(template, {**self._names, "worker": worker}, at=at)

    async def _work_again(self, ctx: Context, feedback: str) -> None:
        """Have every worker change what it has done."""
        self._revision += 1
        async with ctx.group() as group:
            for index, member in enumerate(self._members):
                unit = Unit(member.key, "worker", index, revision=self._revision)
                task = self._workers[index].task
                self._members[index] = group.again(member, self._worker, unit, feedback, task)
        self._names["last_response"] = self._joined()

    # ---- putting together ---------------------------------------------------------------------------------------

    async def put_together(self, ctx: Context) -> Outcome:
        """Review, reduce and write up, as far as the workflow says so; else the results are joined."""
        names = ("reduce_review", "reduce", "writeup")
        steps: list[tuple[str, Step]] = [(f, step) for f in names if (step := getattr(self._config, f)) is not None]
        revisions, at, feedback = [1] * len(steps), 0, None
        self._names["last_response"] = result = self._joined()
        while at < len(steps):
            back = next((i for i in range(at - 1, -1, -1) if isinstance(steps[i][1], AgentStep)), None)
            reviews = self._about(None if back is None else steps[back][0])
            outcome = await self._step(ctx, *steps[at], revisions[at], feedback, reviews)
            feedback = None
            if not isinstance(outcome, Revise):
                result, at = self._put(steps[at][0], outcome), at + 1
                continue
            if back is None:
                await self._work_again(ctx, outcome.feedback)
            else:
                feedback = outcome.feedback
            for again in range(back or 0, at + 1):
                revisions[again] += 1
            at = back or 0
        return Outcome(result, self._last_agent)

    async def _step(  # noqa: PLR0917 - a step is all of these
        self, ctx: Context, field: str, step: Step, revision: int, feedback: str | None, reviews: Reviewed
    ) -> Result | Revise:
        unit = Unit(field, field.removeprefix("reduce_"), id=step.id, revision=revision)
        otherwise = self._names["last_response"] or self._joined()
        return await run_step(ctx, step, unit, self._names, otherwise=otherwise, feedback=feedback, reviews=reviews)

    def _about(self, field: str | None) -> Reviewed:
        """What a question reviews: the step before it, or the work of all."""
        return Reviewed("workers", self._joined()) if field is None else Reviewed(field, self._names[field].response)

    def _put(self, field: str, result: Result) -> str:
        """Keep the result of a step; what the workflow has come to with it."""
        if result.type == "hitl":
            self._names["hitl_response"] = result.response
        if field == "reduce_review":
            return self._joined()
        self._last_agent = result.agent or self._last_agent
        self._names |= {field: result, f"{field}_response": result.response, "last_response": result.response}
        self._record.show(**{field: result})
        self._record.names[f"{field}_response"] = result.response
        return result.response

    def _joined(self) -> str:
        return "\n\n".join(worker.response for _, worker in sorted(self._workers.items()))

    def _show(self) -> None:
        workers = [worker for _, worker in sorted(self._workers.items())]
        counts = {"num_workers": len(workers), "worker_count": len(workers)}
        self._names |= {"workers": workers, **counts}
        rounds = self._names.get("round_count", 0)
        self._record.show(workers=workers, decomposition=self._plan, num_workers=len(workers), round_count=rounds)
        more = ("orchestrator_response", "hitl_response")
        self._record.names |= {"worker_count": len(workers), **{n: self._names[n] for n in more if n in self._names}}


def _details(task: Any) -> dict[str, Any]:  # noqa: ANN401 - as the orchestrator wrote it
    """What the plan says of a task, where it says more than a text."""
    return dict(cast("Mapping[str, Any]", task)) if isinstance(task, dict) else {}


def _text_of(task: Any) -> str:  # noqa: ANN401 - as the orchestrator wrote it
    """What a worker is asked: the task, and what else the plan says about it."""
    parts = _details(task)
    if not parts:
        return str(task)
    text = str(parts.pop("task", None) or parts.pop("description"))
    rest = [f"{name}: {_plain(value)}" for name, value in parts.items() if value not in (None, "", [], {})]
    return "\n".join([text, *rest])


def _plain(value: Any) -> str:  # noqa: ANN401 - any JSON
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _plan_in(text: str) -> list[Any] | None:
    """The plan that an answer holds, if it is one."""
    try:
        plan = plain_json(text)
    except ValueError:
        return None
    tasks = _details(plan).get("tasks", plan)
    if not isinstance(tasks, list):
        return None
    listed = cast("list[Any]", tasks)
    return listed if all(map(_is_task, listed)) else None


def _is_task(task: Any) -> bool:  # noqa: ANN401 - any JSON
    details = _details(task)
    return isinstance(task, str) or bool(details.get("task") or details.get("description"))
