"""The handle on a run: from any thread and any loop, running or not."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.engine.events import Token
from strands_nb.engine.result import Outcome
from strands_nb.engine.run import Run
from strands_nb.engine.session import Plan
from strands_nb.engine.state import EMPTY, fold
from strands_nb.errors import ExecutionError, ProviderError, SessionNotFoundError, StorageError
from strands_nb.testing import MemorySessionRepository, ScriptedAgents, TickingClock, collect, timeless
from tests.engine.support import PATIENCE, HeldAgents, asking, asks, begin, branches, log_of, park, steps, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from strands_nb.engine.context import Context
    from strands_nb.engine.events import Event
    from strands_nb.engine.store import SessionRepository

ALL = [
    "workflow_start",
    "step_start steps/0",
    "token steps/0",
    "spend steps/0",
    "step_complete steps/0",
    "workflow_complete",
]


async def events_of(run: Run) -> list[Event]:
    return [event async for event in run]


def durable(events: list[Event]) -> list[int]:
    return [event.seq for event in events if event.durable]


# ---- waiting -----------------------------------------------------------------------------------------------------


def test_a_run_can_be_awaited_on_another_loop(store: SessionRepository) -> None:
    async def main() -> str:
        return (await begin(steps("x"), store=store)).last_response

    assert asyncio.run(main()) == "a: x"


def test_a_run_can_be_awaited_several_times_at_once() -> None:
    async def main() -> list[str]:
        agents = HeldAgents("steps/0")
        run = begin(steps("x"), agents)
        waiting = [asyncio.ensure_future(_result(run)) for _ in range(3)]
        await asyncio.to_thread(agents.let_go, "steps/0")
        return [await each for each in waiting]

    async def _result(run: Run) -> str:
        return (await run).last_response

    assert asyncio.run(main()) == ["a: x"] * 3


def test_giving_up_the_wait_does_not_give_up_the_run() -> None:
    agents = HeldAgents("steps/0")

    async def main(run: Run) -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(_wait(run), 0.01)

    async def _wait(run: Run) -> None:
        await run

    run = begin(steps("x"), agents)
    asyncio.run(main(run))
    with pytest.raises(TimeoutError):
        run.result(0.01)
    assert not run.wait(0.01)
    assert run.status == "running"
    agents.let_go("steps/0")
    assert run.result(10).success
    assert run.wait(0)


def test_waiting_on_the_engine_thread_for_the_engine_thread_is_refused() -> None:
    errors: list[str] = []

    async def program(_: Context) -> Outcome:
        try:
            run.result()
        except RuntimeError as error:
            errors.append(str(error))
        return Outcome("")

    ready = threading.Event()

    async def waits(ctx: Context) -> Outcome:
        await asyncio.to_thread(ready.wait, 10)
        return await program(ctx)

    run = begin(waits)
    ready.set()
    run.result(10)
    assert "await run" in errors[0]


def test_a_failed_run_returns_a_result_and_raises_only_when_asked() -> None:
    result = begin(steps("x"), ScriptedAgents({"a": ProviderError("down")})).result(10)
    assert (result.success, result.status, result.exit_code, result.error) == (False, "failed", 10, "down")
    with pytest.raises(ProviderError, match="down"):
        result.raise_for_status()


def test_a_paused_run_raises_when_asked_for_success() -> None:
    run = begin(asks(), on_question=park)
    with pytest.raises(ExecutionError, match="paused"):
        run.result(10).raise_for_status()


def test_an_error_of_the_program_itself_fails_the_run_and_is_its_cause() -> None:
    async def program(_: Context) -> Outcome:
        raise ZeroDivisionError("oops")

    result = begin(program).result(10)
    assert result.error == "ZeroDivisionError: oops"
    with pytest.raises(ExecutionError) as caught:
        result.raise_for_status()
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


# ---- watching ----------------------------------------------------------------------------------------------------


def test_iterating_gives_all_events_from_the_start_and_ends_at_the_end() -> None:
    agents = HeldAgents("steps/0")

    async def main() -> list[str]:
        events: list[Event] = []
        async for event in begin(steps("x"), agents):
            if event.event_type == "step_start":
                agents.let_go("steps/0")
            events.append(event)
        return timeless(events)

    assert asyncio.run(main()) == ALL


def test_iterating_a_finished_run_gives_what_is_recorded(store: SessionRepository) -> None:
    run = begin(steps("x", "y"), store=store)
    assert durable(collect(run)) == [event.seq for event in log_of(store)]
    assert not any(isinstance(event, Token) for event in collect(run))


def test_two_iterators_at_once_see_the_same() -> None:
    agents = HeldAgents("steps/1")

    async def main() -> tuple[list[Event], list[Event]]:
        run = begin(steps("x", "y"), agents)
        first = asyncio.ensure_future(events_of(run))
        await asyncio.to_thread(agents.await_call, "steps/1")
        second = asyncio.ensure_future(events_of(run))
        agents.let_go("steps/1")
        return await first, await second

    first, second = asyncio.run(main())
    assert durable(first) == durable(second) == list(range(len(durable(first))))


def test_iterating_a_resumed_session_begins_at_its_very_start(store: SessionRepository) -> None:
    begin(asks(), store=store, on_question=park).result(10)

    async def main() -> list[Event]:
        return await events_of(begin(asks(), store=store, resume=True, on_question=park))

    assert durable(asyncio.run(main())) == [event.seq for event in log_of(store)]


def test_breaking_out_of_an_iteration_harms_nobody() -> None:
    agents = HeldAgents("steps/1")
    run = begin(steps("x", "y"), agents)

    async def main() -> str:
        async for event in run:
            if event.key == "steps/0":
                return event.event_type
        return ""

    assert asyncio.run(main()) == "step_start"
    agents.let_go("steps/1")
    assert run.result(10).success


def test_a_reader_whose_loop_is_closed_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    agents = HeldAgents("steps/0")
    run = begin(steps("x"), agents)
    loop = asyncio.new_event_loop()
    iterator = run.__aiter__()
    loop.run_until_complete(anext(iterator))
    loop.close()
    agents.let_go("steps/0")
    assert run.result(10).success
    assert caplog.records == []


def test_a_listener_that_raises_ends_no_run(caplog: pytest.LogCaptureFixture) -> None:
    def listener(_: Event) -> None:
        raise ValueError("a view is broken")

    assert begin(steps("x"), listener=listener).result(10).success
    assert "a view is broken" in caplog.text


def test_a_listener_may_stop_listening() -> None:
    seen: list[str] = []
    agents = HeldAgents("steps/0")
    run = begin(steps("x"), agents)
    forget = run.listen(lambda event: seen.append(event.event_type), replay=True)
    agents.await_call("steps/0")
    forget()
    agents.let_go("steps/0")
    run.result(10)
    assert seen == ["workflow_start", "step_start"]


def test_on_done_calls_back_at_the_end_of_each_leg() -> None:
    ends: list[str] = []
    run = begin(asks(), on_question=park)
    run.result(10)
    run.on_done(lambda: ends.append("end"))
    assert ends == ["end"]
    run.answer("ok")
    run.result(10)
    until(lambda: len(ends) == 2)


# ---- state -------------------------------------------------------------------------------------------------------


def test_the_state_is_the_fold_of_the_events(store: SessionRepository) -> None:
    run = begin(branches("x", "y"), store=store)
    run.result(10)
    assert run.state == fold(EMPTY, log_of(store))
    assert [key for key in run.steps if key.startswith("x")] == ["x/0", "x/1"]
    assert run.steps["x/1"].response == "a: x 1"


def test_the_status_follows_the_run() -> None:
    agents = HeldAgents("finish")
    run = begin(asks(), agents, on_question=park)
    assert run.result(10).status == run.status == "paused"
    run.answer("ok")
    agents.await_call("finish")
    assert (run.status, run.done) == ("running", False)
    assert run.steps["finish"].status == "running"
    agents.let_go("finish")
    assert run.result(10).status == run.status == "completed"
    assert repr(run) == "Run('workflow', completed)"


class Killed(BaseException):
    """What ends a process without a word."""


def test_a_run_that_died_is_interrupted_and_can_be_resumed(store: SessionRepository) -> None:
    agents = ScriptedAgents({"a": ["one", _raises(Killed())]})
    run = begin(steps("x", "y"), agents, store=store)
    with pytest.raises(Killed):
        run.result(10)
    assert run.status == "interrupted"
    run.plan.agents.script["a"] = "two"  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    assert run.resume().result(10).last_response == "two"
    assert agents.keys == ["steps/0", "steps/1", "steps/1"]


def _raises(error: BaseException) -> Callable[[Any], str]:
    def say(_: object) -> str:
        raise error

    return say


def test_a_completed_run_stays_as_it_is(store: SessionRepository) -> None:
    agents = ScriptedAgents()
    run = begin(steps("x"), agents, store=store)
    run.result(10)
    before = len(log_of(store))
    assert run.resume().result(10).last_response == "a: x"
    assert (agents.keys, len(log_of(store))) == (["steps/0"], before)


def test_resuming_what_is_not_there_raises(store: SessionRepository) -> None:
    with pytest.raises(SessionNotFoundError, match="'s'"):
        begin(steps("x"), store=store, resume=True).result(10)
    assert asyncio.run(store.list()) == []


def test_a_named_session_is_begun_or_gone_on_with(store: SessionRepository) -> None:
    plan = Plan(steps("x"), ScriptedAgents(), spec_hash="one")
    for _ in range(2):
        run = Run(plan, store, "mine").launch(resume=True, create=True)
        assert run.result(10).last_response == "a: x"
    assert plan.agents.keys == ["steps/0"]  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


def test_a_disk_that_is_full_pauses_the_run_with_an_error_that_says_so() -> None:
    class FullStore(MemorySessionRepository):
        full = True

        def append(self, session_id: str, event: Event) -> None:
            if self.full and event.seq >= 5:
                raise OSError(28, "No space left on device")
            super().append(session_id, event)

    store = FullStore()
    run = begin(steps("x", "y"), store=store)
    result = run.result(10)
    assert (result.status, run.status) == ("paused", "paused")
    with pytest.raises(StorageError, match="No space left"):
        result.raise_for_status()
    store.full = False
    assert run.resume().result(10).success


# ---- many threads ------------------------------------------------------------------------------------------------


def test_a_run_can_be_handled_from_many_threads_at_once(store: SessionRepository) -> None:
    """Readers read while others answer, pause and resume; at the end everything is there once."""

    async def program(ctx: Context) -> Outcome:
        from strands_nb.engine.question import Question

        texts = [(await ctx.ask(Question(f"{i}?"), key=f"gate/{i}")).text for i in range(12)]
        return Outcome(" ".join(texts))

    run = begin(program, store=store)
    over = threading.Event()

    def read() -> int:
        count = 0
        while not over.is_set():
            assert run.status in ("running", "paused", "interrupted", "completed")
            assert run.state.seq >= -1
            count += len(run.pending) + len(run.steps)
        return count

    def stop_and_go() -> None:
        for _ in range(6):
            run.pause()
            run.resume()

    def answer() -> None:
        for i in range(12):
            until(lambda i=i: any(state.key == f"gate/{i}" for state in run.pending))
            run.answer(str(i), f"gate/{i}")

    with ThreadPoolExecutor(6) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        try:
            working = [pool.submit(stop_and_go), pool.submit(answer)]
            for each in working:
                each.result(30)
            until(lambda: run.status in ("completed", "paused"))
            if run.status != "completed":
                run.resume()
            assert run.result(10).last_response == " ".join(map(str, range(12)))
        finally:
            over.set()
        assert all(reader.result(10) > 0 for reader in readers)
    assert [event.seq for event in log_of(store)] == list(range(len(log_of(store))))


def test_many_runs_share_the_engine(store: SessionRepository) -> None:
    runs = [begin(asks(), store=store, session_id=f"s{i}") for i in range(50)]
    for i in reversed(range(50)):
        asking(runs[i])
        runs[i].answer(f"to {i}")
    assert [run.result(10).last_response for run in runs] == [f"a: finish: to {i}" for i in range(50)]


def test_a_finished_run_that_is_run_again_has_taken_the_time_it_took() -> None:
    store = MemorySessionRepository()
    run = begin(asks(), store=store, clock=TickingClock())
    asking(run)
    run.answer("yes")
    took = run.result(PATIENCE)
    assert took.duration_seconds > 0
    assert took.waiting_seconds > 0
    again = begin(asks(), store=store, clock=TickingClock(), resume=True).result(PATIENCE)
    assert (again.duration_seconds, again.waiting_seconds) == (took.duration_seconds, took.waiting_seconds)
