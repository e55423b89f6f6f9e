"""Who answers the questions of a run, and what becomes of answers that do not fit."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from strands_nb.app.attend import attend
from strands_nb.engine.question import HITLHandler, HITLState, InterruptResponse
from strands_nb.errors import BuildError, InvalidAnswerError
from tests.app.support import TWO_AND_A_GATE, agents_of, flow, told, until

ONE = "agents: {a: {prompt: A}}\nsteps: [{a: Go}]"


# ---- policies -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("policy", "answer"), [("approve", "fine"), ("default", "fine")])
def test_a_policy_answers_without_asking(policy: str, answer: str) -> None:
    asked: list[Any] = []
    workflow = flow(TWO_AND_A_GATE, on_hitl=policy, session="s")
    workflow.on("hitl_answered", asked.append)
    assert workflow.run_interactive().steps[1]["response"] == answer
    assert asked[0].data["by"] == f"policy {policy}"


@pytest.mark.parametrize(("policy", "words"), [("fail", "forbids to ask one"), ("default", "has no default to take")])
def test_a_policy_that_cannot_answer_fails_the_run(policy: str, words: str) -> None:
    workflow = flow("agents: {a: {prompt: A}}\nsteps: [{approve: Ok?}]", on_hitl=policy, session="s")
    result = workflow.run()
    assert (result.status, result.exit_code) == ("failed", 10)
    assert words in str(result.error_message)
    assert workflow.with_options(on_hitl="approve").resume("s").success


def test_a_policy_that_does_not_exist_is_refused_before_the_run() -> None:
    workflow = flow(ONE, on_hitl="aprove")
    with pytest.raises(BuildError, match="on_hitl='aprove' is not known"):
        workflow.run()
    assert agents_of(workflow).calls == []


def _by_option(_: HITLState) -> str:
    return "by option"


@pytest.mark.parametrize("how", ["run", "run_interactive", "start", "resume"])
def test_a_handler_among_the_options_answers_however_the_run_is_made(how: str) -> None:
    workflow = flow(TWO_AND_A_GATE, on_hitl=_by_option, session="s")
    match how:
        case "start":
            result = workflow.start().result(5)
        case "resume":
            workflow.with_options(on_hitl="park").run()
            result = workflow.resume("s")
        case _:
            result = getattr(workflow, how)()
    assert result.steps[1]["response"] == "by option"


# ---- handlers -------------------------------------------------------------------------------------------------------


def test_a_handler_is_shown_all_there_is_to_know_of_a_question() -> None:
    seen: list[HITLState] = []
    text = """
agents: {a: {prompt: A}}
steps:
  - a: Go
  - {type: hitl, id: gate, prompt: "Ok, {{ who }}?", context_display: "{{ steps[0].response }}", default: yes,
     choices: [yes, no], timeout_seconds: 300}
"""
    flow(text, {"a": "said"}, session="s").run_interactive(hitl_handler=lambda s: seen.append(s) or "no", who="Ann")
    (state,) = seen
    assert (state.active, state.prompt, state.context_display, state.default_response) == (
        True,
        "Ok, Ann?",
        "said",
        "yes",
    )
    assert (state.choices, state.timeout_seconds, state.key, state.role) == (["yes", "no"], 300, "steps/1", "step")
    assert (state.session_id, state.user_response, state.schema) == ("s", None, None)
    assert state.question_id.startswith("q-")
    assert state.deadline is not None
    assert state.deadline.tzinfo is not None


def test_a_sync_handler_runs_in_the_thread_that_waits() -> None:
    threads: list[threading.Thread] = []
    flow(TWO_AND_A_GATE).run_interactive(hitl_handler=lambda _: threads.append(threading.current_thread()) or "ok")
    assert threads == [threading.current_thread()]


def test_an_async_handler_serves_a_blocking_run_too() -> None:
    async def handler(state: HITLState) -> InterruptResponse:
        await asyncio.sleep(0)
        return InterruptResponse("approve", f"yes to {state.prompt}")

    assert flow(TWO_AND_A_GATE).run_interactive(hitl_handler=handler).steps[1]["response"] == "yes to Good enough?"


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_coroutine_takes_handlers_of_both_kinds(asynchronous: Any) -> None:
    async def later(_: HITLState) -> str:
        await asyncio.sleep(0.01)
        return "ok"

    handler: HITLHandler = later if asynchronous else _by_option
    result = asyncio.run(flow(TWO_AND_A_GATE).run_interactive_async(hitl_handler=handler))
    assert result.steps[1]["response"] == ("ok" if asynchronous else "by option")


def test_a_rejecting_handler_cancels_the_run() -> None:
    result = flow(TWO_AND_A_GATE).run_interactive(hitl_handler=lambda _: InterruptResponse("reject", "no need"))
    assert (result.status, result.exit_code, result.error) == ("cancelled", 11, "no need")


class BrokenError(Exception):
    """What a user's handler may raise."""


def _raise(error: BaseException) -> Any:
    raise error


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_handler_that_raises_pauses_the_run_and_its_error_goes_on(asynchronous: Any) -> None:
    workflow = flow(TWO_AND_A_GATE, session="s")
    handler: HITLHandler = lambda _: _raise(BrokenError())  # noqa: E731 - as a user would write it
    with pytest.raises(BrokenError):
        _ = (
            asyncio.run(workflow.run_interactive_async(hitl_handler=handler))
            if asynchronous
            else workflow.run_interactive(hitl_handler=handler)
        )
    assert told(workflow, "s")[-1] == "workflow_paused"
    assert workflow.resume("s", "ok").success


@pytest.mark.parametrize("answer", [None, 7, InterruptResponse("modify")])
def test_a_handler_whose_answer_does_not_fit_pauses_the_run_and_hears_why(answer: Any) -> None:
    workflow = flow(TWO_AND_A_GATE, session="s")
    with pytest.raises(InvalidAnswerError, match=r"say what to change|should return a text or an InterruptResponse"):
        workflow.run_interactive(hitl_handler=lambda _: answer)
    assert told(workflow, "s")[-1] == "workflow_paused"


def test_where_nobody_can_be_asked_the_run_parks() -> None:
    result = flow(TWO_AND_A_GATE).run_interactive(hitl_handler=lambda _: _raise(EOFError()))
    assert result.status == "paused"
    result = asyncio.run(flow(TWO_AND_A_GATE).run_interactive_async(hitl_handler=lambda _: _raise(EOFError())))
    assert result.status == "paused"


def test_a_coroutine_that_thinks_beyond_the_deadline_is_given_up() -> None:
    async def slow(_: HITLState) -> str:
        await asyncio.sleep(60)
        return "too late"

    text = TWO_AND_A_GATE.replace("default: fine", "default: fine, timeout_seconds: 0.1")
    assert flow(text).run_interactive(hitl_handler=slow).steps[1]["response"] == "fine"
    assert asyncio.run(flow(text).run_interactive_async(hitl_handler=slow)).steps[1]["response"] == "fine"


def test_an_answer_from_elsewhere_while_a_handler_thinks_counts() -> None:
    workflow = flow(TWO_AND_A_GATE, session="s")
    run = workflow.start()
    until(lambda: run.pending)

    def slow(_: HITLState) -> str:
        run.answer("from elsewhere")
        return "too late"

    assert attend(run, slow).steps[1]["response"] == "from elsewhere"
