"""Runs of the seven workflows: attended by a policy, parked at a question, in virtual time."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from strands_nb.app import Workflow
from strands_nb.app.plan import Prepared
from strands_nb.engine import events as ev
from strands_nb.engine.run import Run
from strands_nb.spec import parse, to_data
from strands_nb.testing import MemorySessionRepository, ScriptedAgents
from tests.engine.support import PATIENCE, VirtualTime, log_of
from tests.patterns.example import said
from tests.patterns.seven import SAYS

if TYPE_CHECKING:
    from strands_nb.app.options import OnHitl
    from strands_nb.engine.call import Call
    from strands_nb.engine.question import HITLState
    from strands_nb.engine.result import RunResult
    from strands_nb.testing import Said

SESSION = "s"


def script(mark: str = "") -> dict[str, Said]:
    """What all agents say: their key, or the JSON that is wanted; `mark` makes their prose other than it was."""

    def say(call: Call) -> str:
        return SAYS.get(call.key) or said(call.key) + mark

    return dict.fromkeys("abj", say)


def flow(text: str, agents: ScriptedAgents | None = None, **options: Any) -> Workflow:
    """A workflow of scripted agents, unless a `model` is named; its session is in memory, unless `store` says where."""
    given: dict[str, Any] = {"store": MemorySessionRepository(), "session": SESSION, **options}
    if "model" not in options:
        given["agents"] = agents or ScriptedAgents(script())
    return Workflow.from_yaml(text).with_options(**given)


def agents_of(workflow: Workflow) -> ScriptedAgents:
    """The agents it was made with."""
    return cast("ScriptedAgents", workflow._options.agents)


def anew(workflow: Workflow, agents: ScriptedAgents | None = None, **options: Any) -> Workflow:
    """The same workflow as another process would have it: with agents that know nothing yet."""
    return workflow.with_options(agents=agents or ScriptedAgents(script()), **options)


def remembered(workflow: Workflow) -> dict[str, list[str]]:
    """By call, what its agent has said before, as far as it remembers."""
    return {
        call.key: [message["content"][0]["text"] for message in call.history if message["role"] == "assistant"]
        for call in agents_of(workflow).calls
    }


def events_of(workflow: Workflow, *kinds: type[ev.Event]) -> list[Any]:
    """What is recorded of its session, of these kinds alone if there are any."""
    return [event for event in log_of(workflow.store, SESSION) if not kinds or isinstance(event, kinds)]


def finished(run: Run) -> RunResult:
    """The result of its leg, which is waited for but not for ever."""
    return run.result(PATIENCE)


def park_at(workflow: Workflow, key: str) -> Run:
    """Run to the question `key`, with the defaults of those before, and let the run park there."""
    run = workflow.with_options(on_hitl="park").start()
    while (question := only_question(run)).key != key:
        run = workflow.reopened(SESSION, approve=True, question=question.question_id)
    return run


def only_question(run: Run) -> HITLState:
    """The one question at which the run is parked."""
    result = finished(run)
    assert result.status == "paused", result
    (question,) = run.pending
    return question


def answer_all(workflow: Workflow, **answer: Any) -> RunResult:
    """Give this answer to the open question, and the default to all that follow."""
    run = workflow.reopened(SESSION, **answer)
    while finished(run).status == "paused":
        run = workflow.reopened(SESSION, approve=True, question=run.pending[0].question_id)
    return finished(run)


def with_gates(text: str, **fields: Any) -> str:
    """The workflow with other fields in all its questions; None takes one away."""

    def changed(step: dict[str, Any]) -> dict[str, Any]:
        if step.get("type") != "hitl":
            return step
        return {name: value for name, value in {**step, **fields}.items() if value is not None}

    return json.dumps(json.loads(json.dumps(to_data(parse(text))), object_hook=changed))


def launch(workflow: Workflow, time: VirtualTime, *, on_hitl: OnHitl = "approve", resume: bool = False) -> Run:
    """Start its session, or go on with it, in virtual time."""
    prepared = Prepared(workflow._blueprint, workflow._given, workflow._options, on_hitl)
    plan = replace(prepared.plan, clock=time)
    run = Run(plan, workflow.store, SESSION, context=prepared.execution_context, loop=time)
    return run.launch(resume=resume)
