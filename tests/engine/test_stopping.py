"""Pausing, cancelling and resuming, from anywhere and at any moment."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from strands_nb.engine.events import (
    RunPaused,
    RunResumed,
)
from strands_nb.engine.result import Outcome
from strands_nb.errors import (
    SessionError,
    StrandsNbError,
)
from strands_nb.stores import FileSessionRepository
from strands_nb.testing import ScriptedAgents
from tests.engine.support import (
    HeldAgents,
    asking,
    asks,
    begin,
    log_of,
    of_kind,
    park,
    until,
)

if TYPE_CHECKING:
    from pathlib import Path

    from strands_nb.engine.call import Call, Reply
    from strands_nb.engine.context import Context
    from strands_nb.engine.run import Run
    from strands_nb.engine.store import SessionRepository


def test_a_pause_in_the_middle_of_a_call_names_it_and_the_resume_runs_just_it(store: SessionRepository) -> None:
    agents = HeldAgents("finish")
    run = begin(asks(), agents, store=store)
    asking(run)
    run.answer("ok")
    agents.await_call("finish")
    run.pause("lunch")
    assert run.result(10).status == "paused"
    paused = of_kind(store, RunPaused)[0].data
    assert paused == {"reason": "lunch", "questions": [], "in_flight": ["finish"]}
    assert run.steps["finish"].status == "interrupted"
    assert run.resume().result(10).last_response == "a: finish: ok"
    assert agents.keys == ["draft", "finish"], "a call that was given up has not answered"


def test_a_pause_at_a_question_keeps_it_open(store: SessionRepository) -> None:
    run = begin(asks(), store=store)
    asking(run)
    run.pause()
    assert (run.status, len(run.pending)) == ("paused", 1)
    run.answer("ok")
    assert run.result(10).success


def test_a_pause_right_after_the_start_is_not_lost(store: SessionRepository) -> None:
    for n in range(20):
        run = begin(asks(), HeldAgents("draft"), store=store, session_id=f"s{n}")
        run.pause()
        assert run.status == "paused"
        assert run.result(10).status == "paused"


def test_a_cancel_right_after_the_start_is_not_lost(store: SessionRepository) -> None:
    for n in range(20):
        run = begin(asks(), HeldAgents("draft"), store=store, session_id=f"s{n}")
        run.cancel("changed my mind")
        assert run.result(10).status == "cancelled"


@pytest.mark.parametrize("hows", [("pause", "pause"), ("pause", "cancel"), ("cancel", "cancel")])
def test_stopping_twice_at_once_stops_once(store: SessionRepository, hows: tuple[str, str]) -> None:
    for n in range(10):
        run = begin(asks(), HeldAgents("draft"), store=store, session_id=f"s{n}")
        barrier = threading.Barrier(2)

        def stop(how: str, run: Run = run, barrier: threading.Barrier = barrier) -> None:
            barrier.wait(10)
            getattr(run, how)()

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(stop, hows))
        expected = "cancelled" if "cancel" in hows else "paused"
        until(lambda run=run: run.status != "running")
        assert (run.status, run.result(10).status in (expected, "paused")) == (expected, True)
        kinds = [event.event_type for event in log_of(store, f"s{n}")]
        assert kinds.count("workflow_cancelled") == ("cancel" in hows)


class Reluctant(ScriptedAgents):
    """Tidies up when a call of it is given up, until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.tidying, self.go = threading.Event(), threading.Event(), Future[None]()

    async def call(self, call: Call) -> Reply:
        self.begun.set()
        try:
            return await asyncio.Future()
        finally:
            self.tidying.set()
            await asyncio.wrap_future(self.go)


def test_stopping_twice_leaves_no_call_behind(store: SessionRepository) -> None:
    """The second stop does not hurry the first one: what is given up ends before the run does."""

    async def branch(ctx: Context) -> None:
        await ctx.agent("a", "x", key="work")

    async def program(ctx: Context) -> Outcome:
        async with ctx.group() as group:
            group.start("m", branch)
        return Outcome("")

    agents = Reluctant()
    run = begin(program, agents, store=store)
    assert agents.begun.wait(10)
    first, second = threading.Thread(target=run.pause), threading.Thread(target=run.pause)
    first.start()
    assert agents.tidying.wait(10)
    second.start()
    second.join(0.05)
    assert not run.done
    agents.go.set_result(None)
    first.join(10)
    second.join(10)
    assert run.result(10).status == "paused"
    assert [event.event_type for event in log_of(store)][-2:] == ["spend", "workflow_paused"]


def test_a_cancelled_run_is_over(store: SessionRepository) -> None:
    agents = HeldAgents("draft")
    run = begin(asks(), agents, store=store)
    agents.await_call("draft")
    run.cancel("no more")
    result = run.result(10)
    assert (result.status, result.error, result.exit_code) == ("cancelled", "no more", 11)
    with pytest.raises(SessionError, match="no more"):
        run.resume().result(10)
    assert agents.keys == []


def test_a_parked_run_can_be_cancelled_and_takes_no_answer_then(store: SessionRepository) -> None:
    run = begin(asks(), store=store, on_question=park)
    run.result(10)
    run.cancel("nobody cares")
    assert (run.status, run.pending) == ("cancelled", [])
    with pytest.raises(StrandsNbError, match=r"nobody cares|no question is open"):
        run.answer("wait!")
    assert run.status == "cancelled"


def test_a_session_of_another_process_can_be_cancelled(store: SessionRepository) -> None:
    begin(asks(), store=store, on_question=park).result(10)
    other = begin(asks(), store=store, resume=True, on_question=park)
    other.result(10)
    other.cancel("from here")
    assert log_of(store)[-1].event_type == "workflow_cancelled"


def test_cancelling_what_has_ended_changes_nothing(store: SessionRepository) -> None:
    run = begin(asks(), store=store)
    asking(run)
    run.answer("ok")
    run.result(10)
    before = len(log_of(store))
    run.cancel()
    run.pause()
    assert (run.status, len(log_of(store))) == ("completed", before)


def test_pausing_what_is_paused_changes_nothing(store: SessionRepository) -> None:
    run = begin(asks(), store=store, on_question=park)
    run.result(10)
    before = len(log_of(store))
    run.pause()
    assert (run.status, len(log_of(store))) == ("paused", before)


def test_two_resumes_at_once_are_one(store: SessionRepository) -> None:
    run = begin(asks(), store=store, on_question=park)
    run.result(10)
    with ThreadPoolExecutor(4) as pool:
        for resumed in [pool.submit(run.resume) for _ in range(4)]:
            assert resumed.result(10) is run
    run.result(10)
    run.answer("ok")
    assert run.result(10).success
    assert 2 <= len(of_kind(store, RunResumed)) <= 5


def test_the_same_session_does_not_run_twice_at_once(tmp_path: Path) -> None:
    store = FileSessionRepository(tmp_path)
    first = begin(asks(), store=store)
    asking(first)
    agents = ScriptedAgents()
    second = begin(asks(), agents, store=FileSessionRepository(tmp_path), resume=True)
    with pytest.raises(SessionError, match="this process"):
        second.result(10)
    assert agents.keys == []
    first.answer("ok")
    assert first.result(10).success
