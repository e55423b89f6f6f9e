"""What holds for all seven patterns, one row after the other."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.engine import events as ev
from strands_nb.engine.state import EMPTY, fold
from strands_nb.errors import BudgetExceededError, ExecutionError, ProviderError
from strands_nb.testing import ScriptedAgents
from tests.app.support import told
from tests.patterns.example import said
from tests.patterns.seven import SAYS, SEVEN
from tests.patterns.support import SESSION, agents_of, anew, answer_all, events_of, flow, remembered, script

if TYPE_CHECKING:
    from pathlib import Path

    from strands_nb.app import Workflow
    from strands_nb.engine.call import Call, Reply
    from tests.patterns.example import Example

pytestmark = pytest.mark.parametrize("seven", SEVEN.values(), ids=SEVEN)


def attended(seven: Example, agents: ScriptedAgents | None = None, **options: Any) -> Workflow:
    """The workflow in a run whose questions get their defaults at once."""
    return flow(seven.text, agents, on_hitl="approve", **options)


def parked(seven: Example) -> Workflow:
    """The workflow in a run that has parked at each of its questions, and was gone on with by other agents."""
    workflow = flow(seven.text)
    workflow.run()
    answer_all(anew(workflow), approve=True)
    return workflow


# ---- the result -----------------------------------------------------------------------------------------------------


def test_the_result_is_the_last_response_of_the_last_agent_and_what_each_agent_took(seven: Example) -> None:
    result = attended(seven).run()
    assert (result.status, result.exit_code, result.error) == ("completed", 0, None)
    assert (result.last_response, result.agent_id) == (said(seven.last), seven.agent)
    assert result.token_usage == seven.tokens


def test_every_agent_is_asked_once_in_the_order_of_the_workflow(seven: Example) -> None:
    workflow = attended(seven)
    workflow.run()
    assert agents_of(workflow).keys == seven.calls.split()


def test_the_execution_context_has_the_shape_of_its_pattern(seven: Example) -> None:
    context = attended(seven).run().execution_context
    assert context == seven.context
    assert json.loads(json.dumps(context)) == context


def test_the_result_is_the_same_live_after_the_run_and_after_a_resume(seven: Example) -> None:
    workflow, later = attended(seven), parked(seven)
    live, again, resumed = workflow.run(), anew(workflow).run(), anew(later).run()
    for result in (again, resumed):
        assert result.execution_context == live.execution_context
        assert (result.last_response, result.agent_id) == (live.last_response, live.agent_id)
        assert (result.token_usage, result.usage) == (live.token_usage, live.usage)


def test_a_paused_run_shows_what_was_said_and_nothing_else(seven: Example) -> None:
    workflow = flow(seven.text)
    result = workflow.run()
    assert (result.status, result.agent_id) == ("paused", "hitl")
    shown = re.findall(r'"response": "(<.*?>)"', json.dumps(result.execution_context))
    assert set(shown) <= {said(call.key) for call in agents_of(workflow).calls}


def test_the_sections_of_its_pattern_are_there_from_the_beginning(seven: Example) -> None:
    broken = flow(seven.text, ScriptedAgents(dict.fromkeys("abj", RuntimeError("broken")))).run()
    for result in (broken, flow(seven.text).run()):
        assert seven.context.keys() - result.execution_context.keys() <= {"reduce", "writeup"}


# ---- the events -----------------------------------------------------------------------------------------------------


def test_the_events_come_in_order(seven: Example) -> None:
    workflow = attended(seven)
    workflow.run()
    assert told(workflow, SESSION) == ["workflow_start", *seven.events, "workflow_complete"]


def test_a_resume_repeats_no_event(seven: Example) -> None:
    once = Counter(told(parked(seven), SESSION))
    legs = {"workflow_paused", "workflow_resume"}
    assert once.keys() - legs == {"workflow_start", *seven.events, "workflow_complete"}
    assert {event for event, count in once.items() if count > 1} <= legs


def test_a_finished_run_that_is_run_again_calls_nobody_and_tells_nothing(seven: Example) -> None:
    workflow = attended(seven)
    workflow.run()
    before, again = told(workflow, SESSION), anew(workflow)
    assert again.run().success
    assert agents_of(again).keys == []
    assert told(workflow, SESSION) == before


# ---- budgets --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", ["max_steps", "max_tokens"])
def test_a_budget_stops_the_run_and_a_larger_one_goes_on_without_repeating(seven: Example, limit: str) -> None:
    small, large = (2, 99) if limit == "max_steps" else (15, 999)
    workflow = attended(seven, budgets={limit: small})
    stopped = workflow.run()
    assert (stopped.status, stopped.exit_code) == ("failed", 20)
    assert isinstance(stopped.failure, BudgetExceededError)
    assert len(agents_of(workflow).keys) == 2, "the call that goes beyond the limit is the last"
    kept = {event.key for event in events_of(workflow, ev.UnitCompleted) if event.data["agent"]}
    assert kept == set(agents_of(workflow).keys), "and it is kept"

    poorer = anew(workflow, budgets={limit: small})
    assert poorer.run().exit_code == 20
    assert agents_of(poorer).keys == [], "what was spent counts on a resume"

    richer = anew(workflow, budgets={limit: large})
    result = richer.run()
    assert (result.last_response, result.token_usage) == (said(seven.last), seven.tokens)
    assert sorted(agents_of(workflow).keys + agents_of(richer).keys) == sorted(seven.calls.split())


# ---- failures -------------------------------------------------------------------------------------------------------


class Flaky(ScriptedAgents):
    """Every call fails so many times for a passing reason."""

    def __init__(self, times: int) -> None:
        super().__init__(script())
        self.times = times

    async def call(self, call: Call) -> Reply:
        if call.attempt <= self.times:
            self.calls.append(call)
            message = f"busy: attempt {call.attempt}"
            raise ProviderError(message, key=call.key, retryable=True)
        return await super().call(call)


@pytest.mark.parametrize("times", [1, 2])
def test_what_fails_in_passing_is_tried_again(seven: Example, times: int) -> None:
    workflow = attended(seven, Flaky(times))
    result = workflow.run()
    assert (result.last_response, result.token_usage) == (said(seven.last), seven.tokens)
    calls = seven.calls.split()
    assert Counter(agents_of(workflow).keys) == dict.fromkeys(calls, times + 1)
    retries = [(event.key, event.data["attempt"]) for event in events_of(workflow, ev.Retried)]
    assert sorted(retries) == sorted((key, n) for key in calls for n in range(1, times + 1))


def test_what_fails_once_too_often_ends_the_run_and_a_resume_goes_on_from_there(seven: Example) -> None:
    workflow = attended(seven, Flaky(3))
    failed = workflow.run()
    assert (failed.status, failed.exit_code) == ("failed", 10)
    assert isinstance(failed.failure, ProviderError)
    tried = Counter(agents_of(workflow).keys)
    assert tried[seven.calls.split()[0]] == 3, "attempts are retries and one"
    healed = anew(workflow)
    assert healed.run().last_response == said(seven.last)
    assert sorted(agents_of(healed).keys) == sorted(seven.calls.split())


class Broken(ScriptedAgents):
    """One call fails for good."""

    def __init__(self, key: str) -> None:
        super().__init__(script())
        self.key = key

    async def call(self, call: Call) -> Reply:
        if call.key == self.key:
            message = "broken"
            raise RuntimeError(message)
        return await super().call(call)


def test_wherever_a_run_fails_a_resume_makes_that_call_and_no_recorded_one_in_the_same_conversations(
    seven: Example,
) -> None:
    for key in (calls := seven.calls.split()):
        workflow = attended(seven, Broken(key))
        failed = workflow.run()
        assert isinstance(failed.failure, ExecutionError)
        assert (failed.status, failed.failure.key) == ("failed", key)
        healed = anew(workflow)
        result = healed.run()
        assert (result.status, result.error, result.execution_context) == ("completed", None, seven.context)
        assert Counter(agents_of(workflow).keys + agents_of(healed).keys) == dict.fromkeys(calls, 1)
        assert remembered(workflow) | remembered(healed) == expected_memory(seven)
        assert all(len(call.history) == 2 * len(remembered(healed)[call.key]) for call in agents_of(healed).calls), (
            "nobody is asked the same twice in one conversation"
        )
        state = fold(EMPTY, events_of(workflow))
        assert {unit.status for unit in state.units.values()} <= {"completed", "waiting"}, "no error stays on show"
        assert {unit.error for unit in state.units.values()} == {None}


# ---- edits ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", ["", "'"], ids=["the replies stay", "the replies change"])
def test_after_an_edit_only_what_depends_on_it_is_done_again(seven: Example, mark: str) -> None:
    workflow = attended(seven)
    workflow.run()
    edited = attended(
        replace(seven, config=seven.config.replace(seven.edit.old, seven.edit.new)),
        ScriptedAgents(script(mark)),
        store=workflow.store,
        on_change="reuse_unchanged",
    )
    result = edited.run()
    again = seven.edit.told if mark else seven.edit.asked
    assert sorted(agents_of(edited).keys) == sorted(again.split())
    assert result.success
    assert result.last_response == said(seven.last) + (mark if seven.last in again.split() else "")


# ---- memory ---------------------------------------------------------------------------------------------------------


def expected_memory(seven: Example) -> dict[str, list[str]]:
    replies = {key: SAYS.get(key) or said(key) for key in seven.calls.split()}
    return {key: [replies[other] for other in seven.remembers.get(key, "").split()] for key in replies}


def test_agents_remember_what_they_said_in_the_same_sequence_and_nothing_else(seven: Example) -> None:
    workflow = attended(seven)
    workflow.run()
    assert remembered(workflow) == expected_memory(seven)


def test_agents_remember_the_same_after_a_resume(seven: Example) -> None:
    workflow = flow(seven.text)
    workflow.run()
    later = anew(workflow)
    answer_all(later, approve=True)
    assert remembered(workflow) | remembered(later) == expected_memory(seven)


@pytest.mark.parametrize("memory", ["scope", "none"])
def test_memory_is_what_the_workflow_says(seven: Example, memory: str, tmp_path: Path) -> None:
    rules = [
        {"agent": "j", "prompt": "where", "reply": {"route": "Sea"}},
        {"agent": "j", "prompt": "judge", "reply": {"score": 60}},
        {"agent": "j", "prompt": "plan", "reply": '["ebb", "flow"]'},
        {"reply": ["I am new", "I remember"]},
    ]
    (tmp_path / "script.json").write_text(json.dumps({"rules": rules}))
    text = seven.text.replace("prompt: You", f"memory: {memory}, prompt: You")
    workflow = flow(text, model=f"scripted:{tmp_path / 'script.json'}", on_hitl="approve")
    assert workflow.run().success
    replies = {
        e.key: e.data["response"] for e in events_of(workflow, ev.UnitCompleted) if e.data["agent"] in ("a", "b")
    }
    for key in [key for key in seven.calls.split() if key in replies]:
        knows = memory == "scope" and key in seven.remembers
        assert replies[key] == ("I remember" if knows else "I am new"), key
