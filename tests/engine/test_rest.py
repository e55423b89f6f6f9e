"""Runs that have waited for people for a while: nothing of them is in memory, and nobody notices."""

from __future__ import annotations

import asyncio
import gc
import random
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.engine import events as ev
from strands_nb.engine import rest
from strands_nb.engine.question import WITHDRAWN, HITLState, Question
from strands_nb.engine.result import Outcome
from strands_nb.engine.run import Run
from strands_nb.errors import AlreadyAnsweredError, ProviderError, SessionBusyError, SessionNotFoundError, StorageError
from strands_nb.stores import FileSessionRepository
from strands_nb.testing import MemorySessionRepository, ScriptedAgents
from tests.engine.support import (
    PATIENCE,
    SlowAgents,
    VirtualTime,
    asking,
    asks,
    begin,
    log_of,
    of_kind,
    one_asks_one_works,
    steps,
    until,
)
from tests.programs import CASES, Case

if TYPE_CHECKING:
    from strands_nb.engine.context import Context
    from strands_nb.engine.store import Durable, SessionRepository

LONG = 3 * rest.REST_AFTER_S


def rests(run: Run) -> bool:
    """Whether nothing of the session is held."""
    return run._holder.session is None and not run.done


def rested(run: Run) -> Run:
    """The run, as soon as it rests."""
    asking(run)
    until(lambda: rests(run), "rest")
    return run


# ---- nobody notices ---------------------------------------------------------------------------------------------


def lived(case: Case, virtual: VirtualTime, *, after: float) -> tuple[list[ev.Event], list[str], int]:
    """What is recorded, which calls were made, how often it rested, where each answer takes so many seconds."""
    store, agents, found = MemorySessionRepository(), SlowAgents({}), [0]

    def answer(state: HITLState) -> None:
        found[0] += rests(runs[0])
        action, text = case.answers[state.key]
        runs[0].respond(state.question_id, action, text, by="script")

    def on_question(state: HITLState) -> None:
        until(lambda: runs, "the handle")
        if state.question_id not in asked:
            asked.add(state.question_id)
            asyncio.get_running_loop().call_later(after * len(asked), answer, state)

    asked, runs = set[str](), list[Run]()
    runs.append(begin(case.program, agents, store=store, loop=virtual, clock=virtual, on_question=on_question))
    runs[0].result(PATIENCE)
    return log_of(store), agents.keys, found[0]


def facts(event: ev.Event) -> str:
    """What an event says, but for its place among those of the same moment."""
    data: dict[str, Any] = {**event.data}
    answer: dict[str, Any] = data.get("answer") or {}
    if answer.get("by") == WITHDRAWN:
        del data["duration"], data["fingerprint"]  # after a rest nobody is left who waits for what is withdrawn
    return repr(replace(event, seq=0, data=data))


@pytest.mark.parametrize("name", sorted(name for name, case in CASES.items() if case.answers))
def test_the_record_of_a_run_that_rested_is_the_one_of_a_run_that_never_did(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def record() -> tuple[list[str], list[str], int]:
        virtual = VirtualTime()
        try:
            log, calls, times = lived(CASES[name], virtual, after=LONG)
        finally:
            virtual.stop()
        return sorted(map(facts, log)), calls, times

    *rested, often = record()
    monkeypatch.setattr(rest, "REST_AFTER_S", 1e9)
    *awake, never = record()
    assert rested == awake
    assert often > never == 0


# ---- what is held -----------------------------------------------------------------------------------------------


def test_nothing_of_a_session_stays_in_memory_while_it_rests(virtual: VirtualTime, tmp_path: Path) -> None:
    kept: list[weakref.ref[Any]] = []

    async def program(ctx: Context) -> Outcome:
        kept.extend(map(weakref.ref, (ctx._session, ctx._session.journal, ctx._session.desk)))
        return Outcome((await ctx.ask(Question("?"), key="gate")).text)

    run = begin(program, store=FileSessionRepository(tmp_path), loop=virtual, clock=virtual)
    rested(run)
    gc.collect()
    assert len(kept) == 3
    assert [one for ref in kept if (one := ref()) is not None] == []
    run.answer("yes")
    assert run.result(PATIENCE).last_response == "yes"


def test_a_run_that_has_ended_holds_no_session_either(store: SessionRepository) -> None:
    run = begin(steps("one", "two"), store=store)
    run.result(PATIENCE)
    assert run._holder.session is None
    seen: list[ev.Event] = []
    run.listen(seen.append, replay=True)
    assert [event for event in seen if event.durable] == log_of(store)


# ---- it is there for whoever comes ------------------------------------------------------------------------------

WAYS: dict[str, tuple[Callable[[Run], Any], str]] = {
    "answer": (lambda run: run.answer("yes"), "completed"),
    "reject": (lambda run: run.reject("no"), "cancelled"),
    "pause": (lambda run: run.pause(), "paused"),
    "cancel": (lambda run: run.cancel(), "cancelled"),
    "park": (lambda run: run.park(), "paused"),
}


@pytest.mark.parametrize("way", WAYS)
def test_whatever_is_done_to_a_run_that_rests_is_done(way: str, store: SessionRepository, virtual: VirtualTime) -> None:
    agents = ScriptedAgents()
    run = rested(begin(asks(), agents, store=store, loop=virtual, clock=virtual))
    act, status = WAYS[way]
    act(run)
    assert run.result(PATIENCE).status == run.status == status
    assert agents.keys == ["draft", "finish"][: 1 + (way == "answer")]
    assert [event.seq for event in log_of(store)] == list(range(len(log_of(store))))
    if status == "paused":
        run.answer("later")
        assert run.result(PATIENCE).success


def test_of_two_who_answer_a_run_that_rests_the_second_is_told_of_the_first(virtual: VirtualTime) -> None:
    run = rested(begin(asks(), loop=virtual, clock=virtual))
    question = run.pending[0].question_id
    both = [run.respond(question, "approve", text, by=text) for text in ("ada", "bob")]
    both[0].result(PATIENCE)
    with pytest.raises(AlreadyAnsweredError, match="by ada"):
        both[1].result(PATIENCE)
    assert run.result(PATIENCE).last_response == "a: finish: ada"


def test_a_deadline_passes_while_the_run_rests(store: SessionRepository, virtual: VirtualTime) -> None:
    run = begin(asks(Question("?", default="take it", timeout_seconds=LONG)), store=store, loop=virtual, clock=virtual)
    assert run.result(PATIENCE).last_response == "a: finish: take it"
    assert run.result().waiting_seconds == LONG


def test_a_deadline_can_be_moved_while_the_run_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest, "REST_AFTER_S", 0.01)
    run = rested(begin(asks(Question("?", timeout_seconds=0.3, default="late"))))
    before = run.pending[0].deadline
    assert before is not None
    assert run.extend(1000) == before + timedelta(seconds=1000)
    time.sleep(0.5)
    rested(run).answer("yes")
    assert run.result(PATIENCE).last_response == "a: finish: yes"


def test_who_comes_to_a_run_that_rests_sees_all_of_it(store: SessionRepository, virtual: VirtualTime) -> None:
    run, seen = rested(begin(asks(), store=store, loop=virtual, clock=virtual)), list[ev.Event]()
    assert run.state.units["draft"].response == "a: draft"
    run.listen(seen.append, replay=True)
    run.answer("yes")
    run.result(PATIENCE)
    assert [event for event in seen if event.durable] == log_of(store)


def test_the_time_of_rest_is_time_of_waiting(virtual: VirtualTime) -> None:
    def on_question(_: HITLState) -> None:
        until(lambda: runs, "the handle")
        virtual.loop.call_later(LONG, lambda: runs[0].respond(None, "approve", "", by="x"))

    agents, runs = SlowAgents({"draft": 2.0, "finish": 3.0}), list[Run]()
    runs.append(begin(asks(), agents, loop=virtual, clock=virtual, on_question=on_question))
    result = runs[0].result(PATIENCE)
    assert (result.duration_seconds, result.waiting_seconds) == (5.0, LONG)


# ---- no moment is a bad one -------------------------------------------------------------------------------------


@pytest.mark.parametrize("turns", range(-2, 25))
def test_an_answer_that_comes_as_the_run_falls_asleep_is_heard(turns: int, virtual: VirtualTime) -> None:
    agents = ScriptedAgents()

    async def answer() -> None:
        await asyncio.sleep(rest.REST_AFTER_S - 1 if turns < 0 else rest.REST_AFTER_S)
        for _ in range(turns):
            await asyncio.sleep(0)
        await runs[0]._answer(None, "approve", "yes", "x")

    def on_question(_: HITLState) -> None:
        until(lambda: runs, "the handle")
        if not answering:
            answering.append(asyncio.ensure_future(answer()))

    answering: list[asyncio.Task[None]] = []
    runs: list[Run] = []
    runs.append(begin(asks(), agents, loop=virtual, clock=virtual, on_question=on_question))
    assert runs[0].result(PATIENCE).last_response == "a: finish: yes"
    assert agents.keys == ["draft", "finish"]


def test_an_answer_that_comes_in_the_very_turn_in_which_the_run_would_fall_asleep_is_heard(
    virtual: VirtualTime,
) -> None:
    def give() -> None:
        session = runs[0]._holder.session
        assert session is not None
        with suppress(StopIteration):
            session.desk.answer(None, "approve", "yes", "x").send(None)

    def on_question(_: HITLState) -> None:
        until(lambda: runs, "the handle")
        virtual.loop.call_at(virtual.loop.time() + rest.REST_AFTER_S, give)

    runs: list[Run] = []
    runs.append(begin(asks(), loop=virtual, clock=virtual, on_question=on_question))
    assert runs[0].result(PATIENCE).last_response == "a: finish: yes"


class SlowStore(MemorySessionRepository):
    """Whose questions are safe after a long time."""

    def append(self, session_id: str, event: ev.Event) -> Durable:
        super().append(session_id, event)
        if not isinstance(event, ev.HitlPaused):
            return None
        safe = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(LONG, safe.set_result, None)
        return safe


def test_a_run_does_not_rest_before_all_of_it_is_safe(virtual: VirtualTime) -> None:
    def look() -> None:
        awake.append(not rests(runs[0]))

    def on_question(_: HITLState) -> None:
        until(lambda: runs, "the handle")
        virtual.loop.call_later(LONG - 1, look)

    awake, runs = list[bool](), list[Run]()
    runs.append(begin(asks(), store=SlowStore(), loop=virtual, clock=virtual, on_question=on_question))
    rested(runs[0]).answer("yes")
    assert runs[0].result(PATIENCE).success
    assert awake[0]


@pytest.mark.parametrize("how", ["pause", "cancel"])
@pytest.mark.parametrize("turns", range(25))
def test_a_run_that_is_stopped_as_it_falls_asleep_is_stopped(turns: int, how: Any, virtual: VirtualTime) -> None:
    async def stop() -> None:
        await asyncio.sleep(rest.REST_AFTER_S)
        for _ in range(turns):
            await asyncio.sleep(0)
        await runs[0]._interrupt(how, "enough")

    def on_question(_: HITLState) -> None:
        until(lambda: runs, "the handle")
        if not stopping:
            stopping.append(asyncio.ensure_future(stop()))

    stopping: list[asyncio.Task[None]] = []
    store, runs = MemorySessionRepository(), list[Run]()
    runs.append(begin(asks(), store=store, loop=virtual, clock=virtual, on_question=on_question))
    assert runs[0].result(PATIENCE).status == {"pause": "paused", "cancel": "cancelled"}[how]
    ends = of_kind(store, ev.RunPaused, ev.RunCancelled)
    assert [type(end) for end in ends] == [{"pause": ev.RunPaused, "cancel": ev.RunCancelled}[how]]


# ---- when it stays awake ----------------------------------------------------------------------------------------


def test_a_run_does_not_rest_while_an_agent_works(virtual: VirtualTime) -> None:
    agents = SlowAgents({"machine/work": 10 * LONG})
    run = begin(one_asks_one_works(), agents, loop=virtual, clock=virtual)
    assert rests(rested(run))
    assert run.state.units["machine/work"].status == "completed"
    run.answer("yes")
    assert run.result(PATIENCE).last_response == "yes a: machine"
    assert agents.keys == ["machine/work"]


def test_a_run_in_which_a_unit_has_failed_stays_awake_since_it_would_be_paid_again(virtual: VirtualTime) -> None:
    agents = ScriptedAgents({"b": ProviderError("no", retryable=False)})

    async def branch(ctx: Context, name: str) -> str:
        if name == "human":
            return (await ctx.ask(Question("?"), key="gate")).text
        return (await ctx.agent("b", name, key="work")).text

    async def program(ctx: Context) -> Outcome:
        async with ctx.group("collect") as group:
            members = [group.start(name, branch, name) for name in ("human", "machine")]
        return Outcome(str([type(member.outcome).__name__ for member in members]))

    def on_question(_: HITLState) -> None:
        until(lambda: runs, "the handle")
        virtual.loop.call_later(LONG, look)

    def look() -> None:
        awake.append(not rests(runs[0]))
        runs[0].respond(None, "approve", "yes", by="x")

    awake, runs = list[bool](), list[Run]()
    runs.append(begin(program, agents, loop=virtual, clock=virtual, on_question=on_question))
    assert runs[0].result(PATIENCE).last_response == "['str', 'ProviderError']"
    assert awake == [True]
    assert agents.keys == ["machine/work"]


# ---- the store ------------------------------------------------------------------------------------------------


def test_a_session_that_cannot_be_read_any_more_is_no_loss(virtual: VirtualTime, tmp_path: Path) -> None:
    store, agents = FileSessionRepository(tmp_path), ScriptedAgents()
    run = rested(begin(asks(), agents, store=store, loop=virtual, clock=virtual))
    (tmp_path / "s").rename(tmp_path / "away")
    with pytest.raises((StorageError, SessionNotFoundError)):
        run.answer("yes")
    (tmp_path / "away").rename(tmp_path / "s")
    run.answer("yes")
    assert run.result(PATIENCE).last_response == "a: finish: yes"
    assert agents.keys == ["draft", "finish"]


def test_while_it_rests_the_session_is_still_ours(virtual: VirtualTime, tmp_path: Path) -> None:
    run = rested(begin(asks(), store=FileSessionRepository(tmp_path), loop=virtual, clock=virtual))
    other = FileSessionRepository(tmp_path)
    with pytest.raises(SessionBusyError):
        asyncio.run(other.claim("s"))  # pyright: ignore[reportArgumentType, reportUnknownVariableType]
    run.answer("yes")
    assert run.result(PATIENCE).success


def test_answers_at_any_moment_are_heard_on_a_real_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(rest, "REST_AFTER_S", 0.001)
    chance, agents, store = random.Random(1), ScriptedAgents(), FileSessionRepository(tmp_path)  # noqa: S311 - repeatable
    for number in range(300):
        run = begin(asks(), agents, store=store, session_id=f"s{number}")
        asking(run)
        time.sleep(chance.uniform(0, 0.003))
        run.answer("yes")
        assert run.result(PATIENCE).last_response == "a: finish: yes"
    assert agents.keys == ["draft", "finish"] * 300
