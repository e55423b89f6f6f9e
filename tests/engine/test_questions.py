"""Questions to humans: who may answer what, and what a policy does."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.engine.bus import EventBus
from strands_nb.engine.events import (
    HitlAnswered,
)
from strands_nb.engine.question import Answer, Question
from strands_nb.engine.result import Outcome
from strands_nb.engine.unit import Unit
from strands_nb.errors import (
    AlreadyAnsweredError,
    HumanInputRequired,
    InvalidAnswerError,
    SessionNotFoundError,
)
from strands_nb.testing import ScriptedAgents
from tests.engine.support import (
    HeldAgents,
    asking,
    asks,
    begin,
    of_kind,
    park,
    until,
)

if TYPE_CHECKING:
    from strands_nb.engine.context import Context
    from strands_nb.engine.question import HITLState, OnQuestion
    from strands_nb.engine.session import Program
    from strands_nb.engine.store import SessionRepository


def two_gates() -> Program:
    """Two questions at once, `left` and `right`."""

    async def branch(ctx: Context, name: str) -> str:
        return (await ctx.ask(Question(f"{name}?"), key="gate")).text

    async def program(ctx: Context) -> Outcome:
        return Outcome(" ".join(await ctx.map(branch, ["left", "right"], keys=["left", "right"])))

    return program


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
