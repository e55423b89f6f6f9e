"""Ways to run a workflow: here, in a coroutine, in the background; with a human at hand or without one."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from strands_nb.app import Workflow
from strands_nb.engine.question import HITLState
from strands_nb.errors import AlreadyAnsweredError, BuildError, ExecutionError
from strands_nb.testing import MemorySessionRepository, ScriptedAgents
from tests.app.support import TWO_AND_A_GATE, agents_of, events_of, flow, prompts, told, until

ONE = "agents: {a: {prompt: A}}\nsteps: [{a: 'Go {{ topic | default(1) }}'}]"


# ---- results --------------------------------------------------------------------------------------------------------


def test_run_parks_at_a_question_whatever_else_is_asked_for() -> None:
    for on_hitl in (None, "ask", "park"):
        result = flow(TWO_AND_A_GATE, on_hitl=on_hitl).run()
        assert (result.status, result.success, result.exit_code, result.agent_id) == ("paused", False, 19, "hitl")


def test_the_fields_of_a_result() -> None:
    result = flow(TWO_AND_A_GATE, {"writer": "A brief."}, session="s-1").run_interactive(
        hitl_handler=lambda _: "ok", topic="fog"
    )
    assert (result.success, result.status, result.exit_code) == (True, "completed", 0)
    assert (result.session_id, result.pattern_type, result.agent_id) == ("s-1", "chain", "writer")
    assert (result.last_response, result.error, result.error_message) == ("A brief.", None, None)
    assert result.token_usage == {"researcher": 10, "writer": 10}
    assert result.usage["steps/0"] == {"tokens": 10, "cost": 0.0, "model": "scripted"}
    assert (result.cost, result.variables, result.artifacts_written) == (0.0, {"topic": "fog"}, [])
    assert result.started_at is not None
    assert result.completed_at is not None
    assert result.started_at <= result.completed_at
    assert result.duration_seconds >= 0
    assert result.steps == result.execution_context["steps"]
    assert result.raise_for_status() is result
    assert result._repr_markdown_() == "A brief."


def test_raise_for_status_raises_the_very_error_of_a_failed_run() -> None:
    result = flow(ONE, {"a": ExecutionError("out of ideas")}).run()
    assert (result.status, result.exit_code, result.last_response) == ("failed", 10, "")
    with pytest.raises(ExecutionError, match="out of ideas") as caught:
        result.raise_for_status()
    assert caught.value is result.failure


def test_raise_for_status_of_a_paused_run_says_what_to_do() -> None:
    with pytest.raises(ExecutionError, match="is paused: resume it with an answer"):
        flow(TWO_AND_A_GATE).run().raise_for_status()


def test_waiting_for_a_human_is_counted_apart_from_working() -> None:
    result = flow(TWO_AND_A_GATE).run_interactive(hitl_handler=lambda _: time.sleep(0.2) or "ok")
    assert result.waiting_seconds >= 0.2
    assert result.duration_seconds < 0.2


# ---- in the background ----------------------------------------------------------------------------------------------


def test_start_returns_at_once_and_an_answer_from_another_thread_reaches_the_run() -> None:
    workflow = flow(TWO_AND_A_GATE, {"researcher": "facts"})
    run = workflow.start()
    until(lambda: run.pending)
    assert (run.status, run.done) == ("running", False)
    threading.Thread(target=run.answer, args=("from a thread",)).start()
    assert run.result(5).last_response == "writer: facts / from a thread"
    with pytest.raises(AlreadyAnsweredError, match="'from a thread', by user"):
        run.answer("again", "steps/1")


def test_a_run_can_be_awaited_and_iterated() -> None:
    async def main() -> tuple[list[str], str]:
        run = flow(TWO_AND_A_GATE, on_hitl="approve").start()
        types = [event.event_type async for event in run if event.durable]
        return types, (await run).status

    types, status = asyncio.run(main())
    assert (types[0], types[-1], status) == ("workflow_start", "workflow_complete", "completed")


# ---- coroutines, loops, threads -------------------------------------------------------------------------------------


def test_run_works_inside_a_running_loop_as_in_a_notebook() -> None:
    async def cell() -> str:
        loop, run = asyncio.get_running_loop(), asyncio.run
        said = flow(ONE, {"a": "done"}).run().last_response
        assert loop is asyncio.get_running_loop()
        assert run is asyncio.run, "nothing patches asyncio"
        return said + (await flow(ONE, {"a": " again"}).run_async()).last_response

    assert asyncio.run(cell()) == "done again"


def test_cancelling_a_coroutine_pauses_the_run_durably_within_two_seconds() -> None:
    async def main(workflow: Workflow) -> float:
        task = asyncio.ensure_future(workflow.run_async())
        await asyncio.to_thread(until, lambda: agents_of(workflow).calls)
        began = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return time.monotonic() - began

    workflow = flow(ONE, agents=ScriptedAgents(latency=30), session="s")
    assert asyncio.run(main(workflow)) < 2
    paused = events_of(workflow, "s")[-1]
    assert (paused.event_type, paused.data["reason"], paused.data["in_flight"]) == (
        "workflow_paused",
        "the caller was cancelled",
        ["steps/0"],
    )
    assert workflow.with_options(agents=ScriptedAgents({"a": "done"})).resume("s").last_response == "done"


def test_cancelling_a_coroutine_that_waits_for_its_handler_pauses_too() -> None:
    async def never(_: HITLState) -> str:
        await asyncio.sleep(60)
        return "never"

    async def main(workflow: Workflow) -> None:
        task = asyncio.ensure_future(workflow.run_interactive_async(hitl_handler=never))
        await asyncio.to_thread(until, lambda: "hitl_pause steps/1" in told(workflow, "s"))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    store = MemorySessionRepository()
    store._logs["s"] = []
    workflow = flow(TWO_AND_A_GATE, session="s", store=store)
    asyncio.run(main(workflow))
    assert told(workflow, "s")[-1] == "workflow_paused"


def test_an_interrupt_while_waiting_pauses_durably_within_two_seconds() -> None:
    """A real SIGINT in a real process, in the middle of a call."""
    code = """
import os, signal, threading, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever our parent does with it
from strands_nb.testing import MemorySessionRepository, ScriptedAgents
from tests.app.support import flow, agents_of, events_of, until
workflow = flow("agents: {a: {prompt: A}}\\nsteps: [{a: Go}]", agents=ScriptedAgents(latency=30), session="s")
began = []
def interrupt():
    until(lambda: agents_of(workflow).calls)
    began.append(time.monotonic())
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=interrupt).start()
try:
    workflow.run()
except KeyboardInterrupt:
    print(time.monotonic() - began[0] < 2, events_of(workflow, "s")[-1].data)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)  # noqa: S603
    assert done.stdout.startswith("True {'reason': 'interrupted from the keyboard'"), done.stderr


def test_runs_from_many_threads_do_not_see_each_other() -> None:
    workflow = flow(TWO_AND_A_GATE, on_hitl="approve")
    with ThreadPoolExecutor(8) as pool:
        results = [running.result() for running in [pool.submit(workflow.run, topic=f"n{n}") for n in range(24)]]
    assert len({result.session_id for result in results}) == 24
    for n, result in enumerate(results):
        assert result.steps[0]["response"] == f"researcher: Facts about n{n}"
        assert result.variables == {"topic": f"n{n}"}
    assert all(call.history == () for call in agents_of(workflow).calls)


def test_runs_from_many_tasks_do_not_see_each_other() -> None:
    async def main() -> list[str]:
        workflow = flow(ONE)
        results = await asyncio.gather(*(workflow.run_async(topic=n) for n in range(20)))
        return [result.last_response for result in results]

    assert asyncio.run(main()) == [f"a: Go {n}" for n in range(20)]


# ---- inputs ---------------------------------------------------------------------------------------------------------


def test_inputs_of_any_name_can_be_given() -> None:
    text = "agents: {a: {prompt: A}}\nsteps: [{a: '{{ self_ }} {{ path }} {{ hitl_handler }} {{ model }}'}]"
    workflow = flow(text)
    workflow.run(variables={"hitl_handler": 1, "self_": 2}, path=3, model=4)
    workflow.run_interactive(variables={"hitl_handler": 5}, self_=6, path=7, model=8)
    workflow.start(variables={"hitl_handler": 1, "self_": 2, "path": 3, "model": 4}).result(5)
    assert prompts(workflow) == ["2 3 1 4", "6 7 5 8", "2 3 1 4"]


def test_a_variable_called_self_is_like_any_other() -> None:
    workflow = flow("agents: {a: {prompt: A}}\nsteps: [{a: '{{ inputs.self }}'}]")
    workflow.run(self="me")
    assert prompts(workflow) == ["me"]


def test_variables_are_seen_as_they_are_stored() -> None:
    """A tuple is a list in every leg: else the second would ask for something else than the first."""
    text = "agents: {a: {prompt: A}}\nsteps: [{a: '{{ sizes }}'}, {approve: Ok?}, {a: '{{ sizes }}'}]"
    workflow = flow(text, session="s")
    workflow.run(sizes=(1, 2))
    assert (
        Workflow(workflow.spec, variables={"sizes": [1, 2]})
        .with_options(store=workflow.store, agents=agents_of(workflow))
        .resume("s", "ok")
        .success
    )
    assert prompts(workflow) == ["[1, 2]", "[1, 2]"]


# ---- events ---------------------------------------------------------------------------------------------------------


def test_handlers_of_events_are_added_by_call_or_decorator_and_removed() -> None:
    workflow, seen = flow(ONE), list[str]()

    @workflow.on("step_complete")
    def note(event: Any) -> None:
        seen.append(event.response)

    def everything(event: Any) -> None:
        seen.append(event.type)

    assert workflow.on("*", everything) is everything
    workflow.off("*", everything)
    workflow.run()
    assert seen == ["a: Go 1"]
    workflow.off("step_complete", note)
    workflow.run()
    assert len(seen) == 1


def test_handlers_have_seen_the_end_when_run_returns_and_cannot_fail_it() -> None:
    workflow, seen = flow(ONE), list[str]()

    @workflow.on("*")
    def slow(event: Any) -> None:
        time.sleep(0.01)
        seen.append(event.type)
        raise ValueError("as handlers do")

    assert workflow.run().success
    assert seen[0] == "workflow_start"
    assert seen[-1] == "workflow_complete"


def test_a_copy_keeps_the_handlers_unless_it_is_given_a_bus() -> None:
    from strands_nb.engine.bus import EventBus

    workflow, seen = flow(ONE), list[str]()

    def note(event: Any) -> None:
        seen.append(event.type)

    workflow.on("workflow_complete", note)
    workflow.with_options(session="a").run()
    workflow.with_options(event_bus=EventBus()).run()
    assert seen == ["workflow_complete"]


# ---- options --------------------------------------------------------------------------------------------------------


def test_with_options_returns_a_copy() -> None:
    workflow = flow(ONE)
    other = workflow.with_options(session="x", lenient=True)
    assert (workflow._options.session, other._options.session) == (None, "x")
    assert other.spec is workflow.spec


def test_with_options_refuses_names_it_does_not_know() -> None:
    with pytest.raises(TypeError, match=r"no option 'sesion'; did you mean 'session'\?"):
        flow(ONE).with_options(sesion="x")


def test_an_unknown_budget_is_refused() -> None:
    with pytest.raises(BuildError, match="no budget 'max_token'"):
        flow(ONE).with_options(budgets={"max_token": 5})


def test_scripts_run_a_workflow_by_asyncio_run() -> None:
    assert asyncio.run(flow(ONE, {"a": "done"}).run_async()).last_response == "done"
    assert asyncio.run(flow(ONE, {"a": "done"}).run_async()).last_response == "done"
