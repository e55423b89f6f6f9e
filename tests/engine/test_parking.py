"""Runs that wait with nobody there: parked, answered later, and their deadlines."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.engine.bus import EventBus
from strands_nb.engine.events import (
    HitlPaused,
    HitlRequested,
    HitlTimedOut,
    RunPaused,
    RunResumed,
    UnitStarted,
)
from strands_nb.engine.question import Answer, HITLState, Question
from strands_nb.engine.result import Outcome
from strands_nb.engine.unit import Unit
from strands_nb.errors import (
    AlreadyAnsweredError,
    HumanInputRequired,
    InvalidAnswerError,
)
from strands_nb.testing import MemorySessionRepository, ScriptedAgents
from tests.engine.support import (
    PATIENCE,
    HeldAgents,
    VirtualTime,
    asking,
    asks,
    begin,
    of_kind,
    one_asks_one_works,
    park,
    steps,
    times,
    until,
)

if TYPE_CHECKING:
    from strands_nb.engine.context import Context
    from strands_nb.engine.events import Event
    from strands_nb.engine.store import SessionRepository


class TurnedClock:
    """A clock that stands still until it is turned."""

    def __init__(self) -> None:
        self.at = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def turn(self, **by: float) -> None:
        self.at += timedelta(**by)


# ---- parking -----------------------------------------------------------------------------------------------------


def test_a_parked_run_goes_on_with_its_answer_on_the_same_handle(store: SessionRepository) -> None:
    agents = ScriptedAgents()
    run = begin(asks(), agents, store=store, on_question=park)
    result = run.result(10)
    assert (result.status, result.exit_code, result.agent_id) == ("paused", 19, "hitl")
    assert of_kind(store, RunPaused)[0].data["questions"] == [run.pending[0].question_id]
    run.answer("later")
    assert run.result(10).last_response == "a: finish: later"
    assert agents.keys == ["draft", "finish"]


def test_a_parked_session_goes_on_in_another_process(store: SessionRepository) -> None:
    begin(asks(), store=store, on_question=park).result(10)
    agents = ScriptedAgents()
    other = begin(asks(), agents, store=store, resume=True, on_question=park)
    other.result(10)
    assert len(other.pending) == 1
    other.answer("elsewhere")
    assert other.result(10).last_response == "a: finish: elsewhere"
    assert agents.keys == ["finish"]
    asked = of_kind(store, HitlRequested, UnitStarted)
    assert [event.key for event in asked] == ["draft", "gate", "gate", "finish"], "asked once, though waited for twice"
    assert len(of_kind(store, HitlPaused)) == 2


def test_an_answer_given_right_after_a_resume_is_taken(store: SessionRepository) -> None:
    begin(asks(), store=store, on_question=park).result(10)
    other = begin(asks(), store=store, resume=True)
    other.answer("at once")
    assert other.result(10).last_response == "a: finish: at once"


class SlowlyOpened(MemorySessionRepository):
    """A store whose claims take until they are let go."""

    def __init__(self) -> None:
        super().__init__()
        self.entered, self.go = threading.Event(), Future[None]()

    async def claim(self, session_id: str, *, take_over: bool = False) -> None:
        self.entered.set()
        await asyncio.wrap_future(self.go)
        await super().claim(session_id, take_over=take_over)


def test_an_answer_to_a_session_that_is_being_opened_waits_for_that() -> None:
    store = SlowlyOpened()
    store._logs = parked_logs()
    run = begin(asks(), store=store, resume=True)
    assert store.entered.wait(10)
    answered = run.respond(None, "approve", "early", by="ann")
    store.go.set_result(None)
    answered.result(10)
    assert run.result(10).last_response == "a: finish: early"
    assert len(of_kind(store, RunResumed)) == 1, "by the leg that was being opened"


@pytest.mark.parametrize("how", ["pause", "cancel"])
def test_a_stop_of_a_session_that_is_being_opened_is_not_lost(how: str) -> None:
    store, agents = SlowlyOpened(), ScriptedAgents()
    run = begin(asks(), agents, store=store)
    assert store.entered.wait(10)
    stopping = threading.Thread(target=getattr(run, how))
    stopping.start()
    store.go.set_result(None)
    stopping.join(10)
    assert (run.result(10).status, agents.keys) == ({"pause": "paused", "cancel": "cancelled"}[how], [])


def parked_logs() -> dict[str, list[Event]]:
    """What a store holds of a session that is parked at its question."""
    store = MemorySessionRepository()
    begin(asks(), store=store, on_question=park).result(10)
    return store._logs


@pytest.mark.parametrize("rest", [False, True], ids=["siblings work", "at the last moment"])
def test_an_answer_while_the_run_is_parking_is_heard(store: SessionRepository, rest: bool) -> None:  # noqa: FBT001
    agents = HeldAgents("machine/work")
    run = begin(one_asks_one_works(), agents, store=store, on_question=park)
    asking(run)
    agents.await_call("machine/work")
    if rest:
        agents.let_go("machine/work")
        run.answer("heard")
    else:
        run.answer("heard")
        agents.let_go("machine/work")
    until(lambda: run.status == "completed")
    assert run.result(10).last_response == "heard a: machine"
    assert agents.keys.count("machine/work") == 1


def test_a_handler_that_answers_when_the_run_has_paused_makes_it_go_on(store: SessionRepository) -> None:
    bus, gone_on = EventBus(), threading.Event()

    @bus.subscribe("workflow_paused")
    def answer(_: Any) -> None:
        run.answer("from the handler")
        gone_on.set()

    agents = HeldAgents("draft")
    run = begin(asks(), agents, store=store, bus=bus, on_question=park)
    first = run._leg.future
    agents.let_go("draft")
    assert gone_on.wait(10)
    assert first.result(10).status == "paused", "the leg that paused says so, whatever came after it"
    assert run.result(10).last_response == "a: finish: from the handler"


def test_after_a_question_that_a_policy_answers_another_one_parks(store: SessionRepository) -> None:
    """An answer at once is heard at once: the leg has no reason to begin again."""

    async def two(ctx: Context) -> Outcome:
        first = await ctx.ask(Question("First?"), key="first")
        second = await ctx.ask(Question("Second?"), key="second")
        return Outcome(f"{first.text} {second.text}")

    def first_only(state: HITLState) -> Answer | None:
        if state.key == "first":
            return Answer("approve", "yes", "policy", datetime(2026, 1, 1, tzinfo=UTC))
        return park(state)

    run = begin(two, store=store, on_question=first_only)
    assert run.result(10).status == "paused"
    assert [event.key for event in of_kind(store, HitlPaused)] == ["first", "second"]
    run.answer("later")
    assert run.result(10).last_response == "yes later"


def test_a_parked_question_that_is_withdrawn_keeps_no_run_waiting(store: SessionRepository) -> None:
    async def ask(ctx: Context) -> Answer:
        return await ctx.ask(Question("?", reviews="draft"), key="gate")

    async def withdrawn(ctx: Context) -> Outcome:
        async with ctx.group() as group:
            asked = group.start_here("asked", ask)
            async for _ in group:  # it has parked
                await ctx.withdraw(Unit("gate"), "no longer needed")
        return Outcome((await asked).text)

    run = begin(withdrawn, store=store, on_question=park)
    assert (run.result(10).status, run.result(10).last_response) == ("completed", "no longer needed")
    assert run.pending == []


def test_a_run_that_nobody_attends_any_more_parks(store: SessionRepository) -> None:
    run = begin(asks(), store=store)
    asking(run)
    run.park()
    assert run.result(10).status == "paused"
    run.answer("back again")
    assert run.result(10).success


def test_questions_of_a_workflow_that_was_edited_are_closed(store: SessionRepository) -> None:
    begin(asks(Question("Good?")), store=store, on_question=park).result(10)
    run = begin(asks(Question("Better?")), store=store, resume=True, spec_hash="two", on_question=park)
    run.result(10)
    assert [state.prompt for state in run.pending] == ["Better?"]
    run.answer("yes")
    assert run.result(10).success


# ---- deadlines ---------------------------------------------------------------------------------------------------

IN_AN_HOUR = Question("Good?", default="fine", timeout_seconds=3600)
NO_DEFAULT = Question("Good?", timeout_seconds=3600)


def test_after_its_deadline_a_question_takes_its_default(virtual: VirtualTime) -> None:
    store = MemorySessionRepository()
    run = begin(asks(IN_AN_HOUR), store=store, loop=virtual, clock=virtual)
    assert run.result(10).last_response == "a: finish: fine"
    assert times(store, HitlTimedOut) == [3600]


def test_a_default_taken_at_the_deadline_is_not_a_person(virtual: VirtualTime) -> None:
    run = begin(asks(IN_AN_HOUR), loop=virtual, clock=virtual)
    run.result(10)
    answer = run.steps["gate"].answer
    assert answer is not None
    assert (answer["by"], answer["action"]) == ("deadline", "approve")
    with pytest.raises(AlreadyAnsweredError, match="the deadline"):
        run.answer("too late")


def test_without_a_default_the_run_fails_and_asks_again_when_resumed() -> None:
    store, clock = MemorySessionRepository(), TurnedClock()
    agents = ScriptedAgents()
    begin(asks(NO_DEFAULT), agents, store=store, clock=clock, on_question=park).result(10)
    clock.turn(hours=2)
    result = begin(asks(NO_DEFAULT), agents, store=store, clock=clock, resume=True).result(10)
    assert isinstance(result.failure, HumanInputRequired)
    assert result.failure.key == "gate"
    again = begin(asks(NO_DEFAULT), agents, store=store, clock=clock, resume=True)
    assert asking(again)[0].deadline == clock.now() + timedelta(hours=1)
    again.answer("good")
    assert again.result(10).success
    assert agents.keys == ["draft", "finish"]


def test_whoever_answers_after_a_deadline_without_a_default_is_told_how_to_be_asked_again() -> None:
    store, clock = MemorySessionRepository(), TurnedClock()
    begin(asks(NO_DEFAULT), store=store, clock=clock, on_question=park).result(10)
    clock.turn(hours=2)
    run = begin(asks(NO_DEFAULT), store=store, clock=clock, resume=True)
    run.result(10)
    with pytest.raises(InvalidAnswerError, match="the time to answer gate is over; resume the session"):
        run.answer("am I late?")


@pytest.mark.parametrize(
    ("question", "why"),
    [
        (replace(IN_AN_HOUR, choices=("yes", "no")), "'fine' is not one of the choices: yes, no"),
        (replace(IN_AN_HOUR, schema={"type": "object"}), "does not fit its form: it should be JSON"),
    ],
)
def test_a_default_that_is_no_answer_is_not_taken_at_the_deadline(
    virtual: VirtualTime, question: Question, why: str
) -> None:
    result = begin(asks(question), loop=virtual, clock=virtual).result(10)
    assert isinstance(result.failure, HumanInputRequired)
    assert "its default will not do" in str(result.failure)
    assert why in str(result.failure)


def test_a_default_that_is_no_answer_does_not_keep_a_session_from_being_opened(store: SessionRepository) -> None:
    clock, question = TurnedClock(), replace(IN_AN_HOUR, choices=("yes", "no"))
    run = begin(asks(question), store=store, clock=clock, on_question=park)
    run.result(10)
    clock.turn(hours=2)
    run.answer("yes")
    assert run.result(10).last_response == "a: finish: yes"


def test_a_deadline_that_passed_while_no_process_lived_is_applied_at_the_resume(store: SessionRepository) -> None:
    clock = TurnedClock()
    begin(asks(IN_AN_HOUR), store=store, clock=clock, on_question=park).result(10)
    clock.turn(hours=2)
    run = begin(asks(IN_AN_HOUR), store=store, clock=clock, resume=True, on_question=park)
    assert run.result(10).last_response == "a: finish: fine"


def test_an_answer_after_a_deadline_that_nobody_watched_is_too_late(store: SessionRepository) -> None:
    clock = TurnedClock()
    run = begin(asks(IN_AN_HOUR), store=store, clock=clock, on_question=park)
    run.result(10)
    clock.turn(hours=2)
    with pytest.raises(AlreadyAnsweredError, match="the deadline"):
        run.answer("am I late?")
    assert run.resume().result(10).last_response == "a: finish: fine"


def test_a_deadline_before_which_somebody_answers_does_nothing(store: SessionRepository) -> None:
    clock = TurnedClock()
    run = begin(asks(IN_AN_HOUR), store=store, clock=clock, on_question=park)
    run.result(10)
    clock.turn(minutes=59)
    run.answer("in time")
    assert run.result(10).last_response == "a: finish: in time"
    assert of_kind(store, HitlTimedOut) == []


def test_a_deadline_can_be_moved_while_the_run_waits(virtual: VirtualTime) -> None:
    store = MemorySessionRepository()

    def more_time(event: Any) -> None:
        if isinstance(event, HitlPaused):
            run.extend(1000)  # on the engine thread: before any time has passed

    agents = HeldAgents("draft")
    run = begin(asks(IN_AN_HOUR), agents, store=store, loop=virtual, clock=virtual, listener=more_time)
    agents.let_go("draft")
    assert run.result(10).success
    assert times(store, HitlTimedOut) == [4600]


def test_a_deadline_can_be_moved_while_the_run_is_parked(store: SessionRepository) -> None:
    clock = TurnedClock()
    run = begin(asks(IN_AN_HOUR), store=store, clock=clock, on_question=park)
    run.result(10)
    before = run.pending[0].deadline
    assert before is not None
    assert run.extend(7200) == before + timedelta(hours=2)
    assert run.pending[0].deadline == before + timedelta(hours=2)
    assert run.status == "paused"
    clock.turn(hours=2)
    run.answer("in time after all")
    assert run.result(10).last_response == "a: finish: in time after all"


@pytest.mark.parametrize("seconds", [0, -60, float("nan"), 1e300])
def test_a_deadline_is_moved_onward_and_not_beyond_all_calendars(seconds: float) -> None:
    run = begin(asks(IN_AN_HOUR))
    asking(run)
    with pytest.raises(InvalidAnswerError, match=r"moved by 0 to 1,000,000,000 seconds, not by"):
        run.extend(seconds)
    run.cancel()


def test_a_question_without_a_deadline_has_none_to_move() -> None:
    run = begin(asks())
    asking(run)
    with pytest.raises(InvalidAnswerError, match="no deadline"):
        run.extend(60)
    run.cancel()


class _Counting(MemorySessionRepository):
    """Counts how often somebody becomes the writer of a session."""

    claims = 0

    async def claim(self, session_id: str, *, take_over: bool = False) -> None:
        self.claims += 1
        await super().claim(session_id, take_over=take_over)


def test_nobody_comes_between_an_answer_and_the_run_that_goes_on_from_it() -> None:
    store = _Counting()
    run = begin(asks(), store=store, on_question=park)
    assert run.result(PATIENCE).status == "paused"
    store.claims = 0
    run.answer("yes")
    assert run.result(PATIENCE).success
    assert store.claims == 1


def test_nobody_comes_between_a_step_that_is_forgotten_and_the_run_that_does_it_again() -> None:
    store = _Counting()
    run = begin(steps("one", "two"), store=store)
    assert run.result(PATIENCE).success
    store.claims = 0
    assert run.rerun("steps/1").result(PATIENCE).success
    assert store.claims == 1


def test_a_second_answer_at_the_same_moment_is_refused_while_the_run_goes_on() -> None:
    agents = HeldAgents("finish")
    run = begin(asks(), agents, on_question=park)
    assert run.result(PATIENCE).status == "paused"
    first, second = (run.respond(None, "approve", name, by=name) for name in ("ada", "bob"))
    first.result(PATIENCE)
    with pytest.raises(AlreadyAnsweredError, match="by ada"):
        second.result(PATIENCE)
    agents.let_go("finish")
    assert run.result(PATIENCE).success


def test_an_answer_that_does_not_fit_begins_nothing() -> None:
    run = begin(asks(), on_question=park)
    paused = run.result(PATIENCE)
    with pytest.raises(InvalidAnswerError):
        run.answer("yes", "another question")
    assert run.result(PATIENCE) is paused
