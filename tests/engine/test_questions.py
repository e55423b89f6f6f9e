"""Questions to humans: who may answer what, when, and what becomes of the run."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.engine.bus import EventBus
from strands_nb.engine.events import (
    HitlAnswered,
    HitlPaused,
    HitlRequested,
    HitlTimedOut,
    RunPaused,
    RunResumed,
    UnitStarted,
)
from strands_nb.engine.question import Answer, Question
from strands_nb.engine.result import Outcome
from strands_nb.engine.unit import Unit
from strands_nb.errors import (
    AlreadyAnsweredError,
    HumanInputRequired,
    InvalidAnswerError,
    SessionError,
    SessionNotFoundError,
    StrandsNbError,
)
from strands_nb.stores import FileSessionRepository
from strands_nb.testing import MemorySessionRepository, ScriptedAgents
from tests.engine.support import (
    HeldAgents,
    VirtualTime,
    asking,
    asks,
    begin,
    log_of,
    of_kind,
    park,
    times,
    until,
)

if TYPE_CHECKING:
    from pathlib import Path

    from strands_nb.engine.call import Call, Reply
    from strands_nb.engine.context import Context
    from strands_nb.engine.events import Event
    from strands_nb.engine.question import HITLState, OnQuestion
    from strands_nb.engine.run import Run
    from strands_nb.engine.session import Program
    from strands_nb.engine.store import SessionRepository


def two_gates() -> Program:
    """Two questions at once, `left` and `right`."""

    async def branch(ctx: Context, name: str) -> str:
        return (await ctx.ask(Question(f"{name}?"), key="gate")).text

    async def program(ctx: Context) -> Outcome:
        return Outcome(" ".join(await ctx.map(branch, ["left", "right"], keys=["left", "right"])))

    return program


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


# ---- answering live ----------------------------------------------------------------------------------------------


def test_an_answer_from_another_thread_reaches_a_run_that_is_being_waited_for(store: SessionRepository) -> None:
    run = begin(asks(), store=store)

    def human() -> None:
        assert [state.prompt for state in asking(run)] == ["Good?"]
        run.answer("splendid")

    thread = threading.Thread(target=human)
    thread.start()
    assert run.result(10).last_response == "a: finish: splendid"
    thread.join()


@pytest.mark.parametrize("by", ["question_id", "key"])
def test_open_questions_are_answered_by_id_or_by_key(by: str) -> None:
    run = begin(two_gates())
    left, right = sorted(asking(run, 2), key=lambda state: state.key)
    run.answer("R", getattr(right, by))
    run.answer("L", getattr(left, by))
    assert run.result(10).last_response == "L R"


def test_with_two_questions_open_an_answer_must_say_which_it_means() -> None:
    run = begin(two_gates())
    asking(run, 2)
    with pytest.raises(InvalidAnswerError, match=r"left/gate.*right/gate"):
        run.answer("yes")
    with pytest.raises(InvalidAnswerError, match="'middle'"):
        run.answer("yes", "middle")
    run.cancel()


def test_a_question_of_a_revision_is_found_by_the_key_of_its_row() -> None:
    async def program(ctx: Context) -> Outcome:
        for revision in (1, 2):
            said = await ctx.ask(Question(f"{revision}?", reviews="x"), key=Unit("gate", revision=revision))
        return Outcome(said.text)

    run = begin(program)
    asking(run)
    run.answer("one", "gate")
    until(lambda: run.pending and run.pending[0].prompt == "2?")
    run.answer("two", "gate")
    assert run.result(10).last_response == "two"


@pytest.mark.parametrize("attended", [True, False], ids=["live", "parked"])
def test_of_racing_answers_exactly_one_wins_and_is_named_to_the_others(
    store: SessionRepository,
    attended: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    policy: dict[str, Any] = {} if attended else {"on_question": park}
    run = begin(asks(), store=store, **policy)
    asking(run)
    if not attended:
        run.result(10)
    barrier = threading.Barrier(8)

    def human(name: str) -> str | None:
        barrier.wait(10)
        try:
            run.answer(f"said {name}", by=name)
        except AlreadyAnsweredError as error:
            return error.first
        return None

    with ThreadPoolExecutor(8) as pool:
        firsts = list(pool.map(human, "abcdefgh"))
    winner = "abcdefgh"[firsts.index(None)]
    assert sorted(filter(None, firsts)) == [winner] * 7
    assert run.result(10).last_response == f"a: finish: said {winner}"
    assert len(of_kind(store, HitlAnswered)) == 1


def test_an_answer_can_be_given_without_waiting() -> None:
    run = begin(asks())
    asking(run)
    assert run.respond(None, "approve", "ok", by="web").result(10) is None
    assert isinstance(run.respond("gate", "approve", "no", by="web").exception(10), AlreadyAnsweredError)
    assert run.result(10).success


def test_a_handler_of_the_question_may_answer_it() -> None:
    bus = EventBus()

    @bus.subscribe("hitl_pause")
    def answer(_: Any) -> None:
        run.answer("from the handler")

    agents = HeldAgents("draft")
    run = begin(asks(), agents, bus=bus)
    agents.let_go("draft")
    assert run.result(10).last_response == "a: finish: from the handler"


# ---- what a question takes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["reject", "modify", "approve", "no", "cancel", " "])
def test_a_text_is_never_read_as_an_action(word: str) -> None:
    run = begin(asks())
    asking(run)
    run.answer(word)
    assert run.result(10).last_response == f"a: finish: {word}"


@pytest.mark.parametrize(("default", "means"), [(None, "approved"), ("as planned", "as planned")])
def test_an_answer_without_a_text_takes_the_default(default: str | None, means: str) -> None:
    run = begin(asks(Question("Good?", default=default)))
    asking(run)
    run.approve()
    assert run.result(10).last_response == f"a: finish: {means}"


@pytest.mark.parametrize("text", ["maybe", "YES", None, ""])
def test_only_the_choices_can_be_chosen(text: str | None) -> None:
    run = begin(asks(Question("Which?", choices=("yes", "no"))))
    asking(run)
    with pytest.raises(InvalidAnswerError, match="yes, no"):
        run.answer(text)
    run.answer("no")
    assert run.result(10).last_response == "a: finish: no"


def test_where_nothing_is_reviewed_nothing_can_be_modified() -> None:
    run = begin(asks())
    asking(run)
    with pytest.raises(InvalidAnswerError, match="nothing to modify"):
        run.modify("shorter")
    run.cancel()


def test_modifying_needs_feedback() -> None:
    run = begin(asks(Question("Good?", reviews="draft")))
    asking(run)
    with pytest.raises(InvalidAnswerError, match="needs feedback"):
        run.modify("  ")
    run.cancel()


@pytest.mark.parametrize("action", ["answer", "modify", "reject"])
def test_half_a_surrogate_pair_is_refused(action: str) -> None:
    run = begin(asks(Question("Good?", reviews="draft")))
    asking(run)
    with pytest.raises(InvalidAnswerError, match="surrogate"):
        getattr(run, action)("torn \ud83d emoji")
    run.answer("whole \U0001f600 emoji")
    assert run.result(10).last_response == "a: finish: whole \U0001f600 emoji"


def test_a_refused_answer_leaves_the_question_open(store: SessionRepository) -> None:
    run = begin(asks(Question("Which?", choices=("yes",))), store=store)
    asking(run)
    with pytest.raises(InvalidAnswerError):
        run.answer("no")
    assert len(run.pending) == 1
    assert of_kind(store, HitlAnswered) == []
    run.answer("yes")
    assert run.result(10).success


def test_a_refusal_cancels_the_run_with_its_reason(store: SessionRepository) -> None:
    agents = ScriptedAgents()
    run = begin(asks(), agents, store=store)
    asking(run)
    run.reject("not what I meant")
    result = run.result(10)
    assert (result.status, result.error, result.exit_code) == ("cancelled", "not what I meant", 11)
    assert agents.keys == ["draft"]


def test_an_answer_to_a_finished_run_is_refused(store: SessionRepository) -> None:
    run = begin(asks(), store=store)
    asking(run)
    run.answer("good", by="ann")
    run.result(10)
    with pytest.raises(AlreadyAnsweredError, match="'good', by ann"):
        run.answer("bad")
    with pytest.raises(AlreadyAnsweredError):
        run.answer("bad", "gate")
    assert run.status == "completed"
    assert run.result(10).success


def test_an_answer_to_a_run_that_asked_nothing_is_refused() -> None:
    async def program(_: Context) -> Outcome:
        return Outcome("done")

    run = begin(program)
    run.result(10)
    with pytest.raises(InvalidAnswerError, match="no question is open"):
        run.answer("hello?")


def test_an_answer_to_a_session_that_does_not_exist_is_refused(store: SessionRepository) -> None:
    begin(asks(), store=store, session_id="real", on_question=park).result(10)
    run = begin(asks(), store=store, session_id="unreal", resume=True)
    with pytest.raises(SessionNotFoundError):
        run.result(10)
    with pytest.raises(SessionNotFoundError):
        run.answer("hello?")


# ---- policies ----------------------------------------------------------------------------------------------------


def says(text: str) -> OnQuestion:
    def decide(_: HITLState) -> Answer:
        return Answer("approve", text, "policy", datetime.now(UTC))

    return decide


def test_a_policy_may_answer_at_once() -> None:
    run = begin(asks(), on_question=says("auto"))
    assert run.result(10).last_response == "a: finish: auto"


def test_a_policy_may_refuse_to_ask() -> None:
    def forbid(state: HITLState) -> None:
        raise HumanInputRequired(f"{state.prompt} is forbidden", key=state.key)

    result = begin(asks(), on_question=forbid).result(10)
    assert (result.status, result.error) == ("failed", "Good? is forbidden")


def test_a_policy_that_gives_an_impossible_answer_fails_the_run() -> None:
    run = begin(
        asks(Question("Which?", choices=("yes",))),
        on_question=says("maybe"),
    )
    assert "not one of the choices" in str(run.result(10).error)
    assert run.pending == []


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
    async def branch(ctx: Context, name: str) -> str:
        if name == "human":
            return (await ctx.ask(Question("?"), key="gate")).text
        return (await ctx.agent("a", name, key="work")).text

    async def program(ctx: Context) -> Outcome:
        return Outcome(" ".join(await ctx.map(branch, ["human", "machine"], keys=["human", "machine"])))

    agents = HeldAgents("machine/work")
    run = begin(program, agents, store=store, on_question=park)
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
    first = run._leg
    agents.let_go("draft")
    assert gone_on.wait(10)
    assert first.result(10).status == "paused", "the leg that paused says so, whatever came after it"
    assert run.result(10).last_response == "a: finish: from the handler"


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


def test_a_question_without_a_deadline_has_none_to_move() -> None:
    run = begin(asks())
    asking(run)
    with pytest.raises(InvalidAnswerError, match="no deadline"):
        run.extend(60)
    run.cancel()


# ---- stopping ----------------------------------------------------------------------------------------------------


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
    with pytest.raises(StrandsNbError, match="no question is open"):
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
