"""Questions in all seven patterns: asked, answered in another process, sent back, refused, forgotten."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from strands_nb.engine import events as ev
from strands_nb.engine.question import InterruptResponse
from strands_nb.errors import HumanInputRequired, SessionError
from strands_nb.stores import FileSessionRepository
from strands_nb.testing import ScriptedAgents
from tests.engine.support import VirtualTime
from tests.patterns.example import said
from tests.patterns.gates import FEEDBACK, GATES
from tests.patterns.seven import EVALUATOR, SAYS, SEVEN
from tests.patterns.support import (
    SESSION,
    agents_of,
    anew,
    answer_all,
    events_of,
    finished,
    flow,
    launch,
    only_question,
    park_at,
    remembered,
    script,
    with_gates,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strands_nb.app import Workflow
    from strands_nb.engine.call import Call
    from strands_nb.engine.question import HITLState
    from strands_nb.engine.result import RunResult
    from strands_nb.engine.run import Run
    from tests.patterns.example import Example
    from tests.patterns.gates import Gate

ROOT = Path(__file__).parents[2]
each_gate = pytest.mark.parametrize("gate", GATES.values(), ids=GATES)
each_pattern = pytest.mark.parametrize("seven", SEVEN.values(), ids=SEVEN)


def reply(key: str) -> str:
    return SAYS.get(key) or said(key)


def unattended(gate: Gate) -> tuple[RunResult, list[str]]:
    """What comes of the workflow where nobody has to wait, and its calls."""
    workflow = flow(gate.text, on_hitl="approve")
    return workflow.run(), agents_of(workflow).keys


# ---- pause and resume -----------------------------------------------------------------------------------------------


@each_gate
def test_a_run_parks_at_a_question_with_all_that_does_not_wait_for_it_done(gate: Gate) -> None:
    workflow = flow(gate.text)
    run = park_at(workflow, gate.key)
    question = only_question(run)
    assert (question.key, question.prompt, question.context_display) == (gate.key, gate.prompt, gate.context)
    assert (finished(run).exit_code, finished(run).agent_id) == (19, "hitl")
    _, calls = unattended(gate)
    assert sorted(agents_of(workflow).keys + gate.after.split()) == sorted(calls)


@pytest.fixture(scope="module")
def another_process(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a process that is gone has left on the disk: by gate, a session that waits for its answer."""
    folder = tmp_path_factory.mktemp("parked")
    command = [sys.executable, "-m", "tests.patterns.parked", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=50)  # noqa: S603 - our own module
    return folder


@pytest.mark.parametrize("name", GATES)
def test_another_process_goes_on_with_the_answer_and_repeats_no_call(another_process: Path, name: str) -> None:
    gate = GATES[name]
    workflow = flow(gate.text, store=FileSessionRepository(another_process / name))
    result, (expected, _) = answer_all(workflow, approve=True), unattended(gate)
    assert (result.status, result.last_response) == ("completed", expected.last_response)
    assert (result.execution_context, result.agent_id) == (expected.execution_context, expected.agent_id)
    assert (result.token_usage, result.usage) == (expected.token_usage, expected.usage)
    assert sorted(agents_of(workflow).keys) == sorted(gate.after.split())


# ---- modify ---------------------------------------------------------------------------------------------------------


def parked_at(gate: Gate) -> tuple[Workflow, Workflow]:
    """The workflow as the process had it that is parked at the gate, and as the next one has it."""
    workflow = flow(gate.text)
    park_at(workflow, gate.key)
    return workflow, anew(workflow)


def send_back(workflow: Workflow, gate: Gate) -> Run:
    """Answer with feedback, and give the questions on the way back to the gate their defaults."""
    run = workflow.reopened(SESSION, feedback=FEEDBACK)
    for key in gate.passes.split():
        assert only_question(run).key.startswith(f"{key}~")
        run = workflow.reopened(SESSION, approve=True)
    finished(run)
    return run


def texts(call: Call) -> list[str]:
    """The conversation before a call."""
    return [message["content"][0]["text"] for message in call.history]


@each_gate
def test_feedback_is_one_more_turn_after_the_reply_it_is_about(gate: Gate) -> None:
    workflow, later = parked_at(gate)
    send_back(later, gate)
    before = {call.key: call for call in agents_of(workflow).calls}
    again = {call.key: call for call in agents_of(later).calls}
    for key in gate.reviewed.split():
        call, former = again[f"{key}~2"], before[key]
        assert (call.prompt, call.agent, call.schema) == (FEEDBACK, former.agent, former.schema)
        assert texts(call) == [*texts(former), former.prompt, reply(key)]


@each_gate
def test_an_agent_without_memory_is_reminded_of_the_reply_alone(gate: Gate) -> None:
    workflow = flow(gate.text, ScriptedAgents(script(), remembers=False))
    park_at(workflow, gate.key)
    later = anew(workflow, ScriptedAgents(script(), remembers=False))
    send_back(later, gate)
    before = {call.key: call.prompt for call in agents_of(workflow).calls}
    again = {call.key: call for call in agents_of(later).calls}
    for key in gate.reviewed.split():
        assert texts(again[f"{key}~2"]) == [before[key], reply(key)]


@each_gate
def test_the_question_is_asked_again_and_shows_the_new_reply(gate: Gate) -> None:
    _, later = parked_at(gate)
    question = only_question(send_back(later, gate))
    context = gate.context
    for key in gate.reviewed.split():
        context = context.replace(reply(key), reply(f"{key}~2"))
    assert (question.key, question.context_display) == (f"{gate.key}~2", context)


@each_gate
def test_what_rests_on_the_reply_is_done_again_and_nothing_else(gate: Gate) -> None:
    workflow, later = parked_at(gate)
    send_back(later, gate)
    result = answer_all(later, approve=True)
    assert result.success
    assert sorted(agents_of(later).keys) == sorted(gate.modified.split())
    assert not set(agents_of(workflow).keys) & set(agents_of(later).keys)
    if gate.shows is not None:
        key, prompt = gate.shows
        assert {call.key: call.prompt for call in agents_of(later).calls}[key] == prompt
    if gate.recalls is not None:
        key, replies = gate.recalls
        assert remembered(later)[key] == [said(other) for other in replies.split()]
    assert anew(workflow).run().execution_context == result.execution_context


@each_gate
def test_work_can_be_sent_back_again_and_again(gate: Gate) -> None:
    workflow, later = parked_at(gate)
    send_back(later, gate)
    last = anew(workflow)
    question = only_question(send_back(last, gate))
    assert question.key == f"{gate.key}~3"
    calls = {call.key: call for call in agents_of(last).calls}
    for key in gate.reviewed.split():
        assert texts(calls[f"{key}~3"])[-3:] == [reply(key), FEEDBACK, reply(f"{key}~2")]
    assert answer_all(last, approve=True).success


@each_gate
def test_a_handler_that_sends_work_back_comes_to_the_same_as_two_processes(gate: Gate) -> None:
    def handler(state: HITLState) -> InterruptResponse:
        return InterruptResponse("modify", FEEDBACK) if state.key == gate.key else InterruptResponse("approve")

    _, later = parked_at(gate)
    send_back(later, gate)
    live = flow(gate.text, on_hitl=handler)
    result, expected = live.run(), answer_all(later, approve=True)
    assert (result.last_response, result.execution_context) == (expected.last_response, expected.execution_context)
    assert len(set(agents_of(live).keys)) == len(agents_of(live).keys)


# ---- reject ---------------------------------------------------------------------------------------------------------


@each_gate
def test_a_refusal_ends_the_run_for_good_and_nothing_more_is_called(gate: Gate) -> None:
    _, later = parked_at(gate)
    result = later.resume(SESSION, reject=True, feedback="too late")
    assert (result.status, result.exit_code, result.error) == ("cancelled", 11, "too late")
    with pytest.raises(SessionError, match="was cancelled"):
        later.resume(SESSION)
    assert agents_of(later).keys == []


# ---- words that mean something --------------------------------------------------------------------------------------


def test_a_reviewer_who_says_stop_takes_the_draft_as_it_is() -> None:
    workflow = flow(EVALUATOR.text)
    park_at(workflow, "iterations/0/review")
    result = workflow.resume(SESSION, "stop")
    assert (result.status, result.last_response) == ("completed", said("iterations/0/produce"))
    assert result.execution_context["accepted"]
    assert result.execution_context["final_score"] == 60
    assert len(agents_of(workflow).calls) == 2


@pytest.mark.parametrize(("answer", "prompt"), [("continue", "revise"), ("with the moon", "revise with the moon")])
def test_a_reviewer_who_says_continue_adds_nothing(answer: str, prompt: str) -> None:
    workflow = flow(EVALUATOR.text.replace("{{ draft }} {{ evaluation.issues | join }} {{ hitl_response }}", ""))
    park_at(workflow, "iterations/0/review")
    assert workflow.resume(SESSION, answer).success
    asked = {call.key: call.prompt for call in agents_of(workflow).calls}["iterations/1/produce"]
    assert asked.replace("A reviewer adds:", "").split() == prompt.split()


# ---- deadlines ------------------------------------------------------------------------------------------------------


@each_gate
@pytest.mark.parametrize("mark", ["", "'"], ids=["the same", "other words"])
def test_an_approval_is_of_the_words_it_was_given_to_and_of_no_others(gate: Gate, mark: str) -> None:
    text = with_gates(gate.text, prompt="Good?", context_display=None)
    workflow = flow(text, on_hitl="approve", on_change="reuse_unchanged")
    assert workflow.run().success
    edited = anew(workflow, ScriptedAgents(script(mark), version="2")).with_options(model="scripted:2")
    assert edited.run().success
    changed = mark and gate.reviewed.split()[0] not in SAYS
    asked = [event.key for event in events_of(workflow, ev.HitlRequested)]
    assert asked.count(gate.key) == (2 if changed else 1)


@pytest.fixture
def times() -> Iterator[list[VirtualTime]]:
    """Three processes whose seconds pass in no time, each of which begins an hour after the one before."""
    some = [VirtualTime() for _ in range(3)]
    for hours, time in enumerate(some):
        time._jumping.moment = hours * 3600.0
    yield some
    for time in some:
        time.stop()


@each_pattern
def test_at_the_deadline_the_default_is_the_answer(seven: Example, times: list[VirtualTime]) -> None:
    workflow = flow(with_gates(seven.text, timeout_seconds=60))
    result = finished(launch(workflow, times[0], on_hitl="ask"))
    assert (result.last_response, result.execution_context) == (said(seven.last), seven.context)
    asked = {event.key: event.timestamp for event in events_of(workflow, ev.HitlRequested)}
    lapsed = {event.key: event.timestamp for event in events_of(workflow, ev.HitlTimedOut)}
    assert lapsed == {key: moment + timedelta(seconds=60) for key, moment in asked.items()}


@each_pattern
def test_a_deadline_passes_while_no_process_lives(seven: Example, times: list[VirtualTime]) -> None:
    workflow = flow(with_gates(seven.text, timeout_seconds=60))
    results = [finished(launch(workflow, time, on_hitl="park", resume=leg > 0)) for leg, time in enumerate(times)]
    assert (results[0].status, results[-1].status) == ("paused", "completed")
    assert results[-1].execution_context == seven.context
    assert sorted(agents_of(workflow).keys) == sorted(seven.calls.split())


@each_pattern
def test_without_a_default_the_deadline_fails_the_run_and_a_resume_asks_again(
    seven: Example, times: list[VirtualTime]
) -> None:
    workflow = flow(with_gates(seven.text, timeout_seconds=60, default=None))
    failed = finished(launch(workflow, times[0], on_hitl="ask"))
    assert (failed.status, failed.exit_code) == ("failed", 10)
    assert isinstance(failed.failure, HumanInputRequired)
    later = anew(workflow)
    result = finished(launch(later, times[1], on_hitl="approve", resume=True))
    assert result.last_response == said(seven.last)
    assert sorted(agents_of(workflow).keys + agents_of(later).keys) == sorted(seven.calls.split())
    requested = [event.key for event in events_of(workflow, ev.HitlRequested)]
    assert requested.count(str(failed.failure.key)) == 2
