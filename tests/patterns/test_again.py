"""Done again on request: a unit of a session that has ended, or of a second session that begins as its copy."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from strands_nb.app import fork
from strands_nb.engine import events as ev
from strands_nb.engine.state import EMPTY, fold
from strands_nb.errors import ProviderError, SessionError
from strands_nb.testing import ScriptedAgents
from tests.patterns.example import said
from tests.patterns.seven import SAYS, SEVEN
from tests.patterns.support import SESSION, agents_of, anew, events_of, finished, flow, script

if TYPE_CHECKING:
    from strands_nb.app import Workflow
    from tests.patterns.example import Example

each_pattern = pytest.mark.parametrize("seven", SEVEN.values(), ids=SEVEN)


def attended(seven: Example) -> Workflow:
    """The workflow after a run whose questions got their defaults."""
    workflow = flow(seven.text, on_hitl="approve")
    assert workflow.run().success
    return workflow


def done_again(workflow: Workflow, step: str, mark: str = "") -> tuple[Workflow, list[str]]:
    """What is called when `step` is done again, in another process and by agents that say something else."""
    later = anew(workflow, ScriptedAgents(script(mark)))
    run = later.reopened(SESSION)
    assert finished(run).success
    assert agents_of(later).keys == [], "the session has ended"
    assert finished(run.rerun(step)).success
    return later, sorted(agents_of(later).keys)


def first_in_prose(seven: Example) -> str:
    """Its first call that is no decision."""
    return next(key for key in seven.calls.split() if key not in SAYS)


def last_and_its_verdict(seven: Example) -> list[str]:
    """The call whose reply is the result, and that which judges it where there is one."""
    return [seven.last, *(["iterations/1/evaluate"] if seven is SEVEN["evaluator_optimizer"] else [])]


@each_pattern
def test_a_step_is_done_again_alone_where_its_reply_stays_the_same(seven: Example) -> None:
    workflow = attended(seven)
    step = first_in_prose(seven)
    later, calls = done_again(workflow, step)
    assert calls == [step]
    assert later.run().execution_context == seven.context


@each_pattern
def test_what_rests_on_a_new_reply_is_done_again_too_and_the_rest_is_not(seven: Example) -> None:
    workflow = attended(seven)
    step = first_in_prose(seven)
    _, calls = done_again(workflow, step, "'")
    assert step in calls
    assert len(calls) == len(set(calls))
    begun = seven.calls.split()
    assert not set(calls) & set(begun[: begun.index(step)]), "what was done before it stays"


@each_pattern
def test_the_last_step_done_again_leaves_all_before_it(seven: Example) -> None:
    _, calls = done_again(attended(seven), seven.last, "'")
    assert calls == sorted(last_and_its_verdict(seven))


def test_all_units_in_a_scope_are_done_again() -> None:
    seven = SEVEN["parallel"]
    _, calls = done_again(attended(seven), "branches/web")
    assert calls == sorted(key for key in seven.calls.split() if key.startswith("branches/web/"))


COLLECTED = """
version: 0
name: t
runtime: {provider: scripted, failure_policy: {retries: 0}}
agents: {a: {prompt: A}, b: {prompt: B}}
pattern:
  type: parallel
  config:
    on_error: collect
    branches:
      - {id: bad, steps: [{a: first}, {b: second}, {a: third}]}
      - {id: good, steps: [{a: draft}]}
    reduce: {agent: a}
"""


@pytest.mark.parametrize(
    ("step", "calls", "status"),
    [
        ("branches/bad/steps/1", "branches/bad/steps/1 branches/bad/steps/2 reduce", "completed"),
        ("branches/bad/steps/0", "branches/bad/steps/0 branches/bad/steps/1 branches/bad/steps/2 reduce", "completed"),
        ("branches/bad", "branches/bad/steps/0 branches/bad/steps/1 branches/bad/steps/2 reduce", "completed"),
        ("branches/good", "branches/good/steps/0", "failed"),
        ("reduce", "reduce", "failed"),
    ],
)
def test_a_branch_that_was_collected_as_failed_is_tried_again_with_any_step_of_it(
    step: str, calls: str, status: str
) -> None:
    workflow = flow(COLLECTED, ScriptedAgents({"b": ProviderError("down")}))
    assert workflow.run().execution_context["branches"]["bad"]["status"] == "failed"
    later = anew(workflow, ScriptedAgents())
    run = later.reopened(SESSION)
    finished(run)
    run.rerun(step)
    assert finished(run).execution_context["branches"]["bad"]["status"] == status
    assert agents_of(later).keys == calls.split()
    assert anew(later).run().execution_context == finished(run).execution_context


def test_a_question_that_is_done_again_is_asked_again() -> None:
    workflow = attended(SEVEN["chain"])
    run = anew(workflow, on_hitl="park").reopened(SESSION).rerun("steps/2")
    assert finished(run).status == "paused"
    assert [question.key for question in run.pending] == ["steps/2"]
    run.answer("other words")
    assert finished(run).success
    assert run.state.units["steps/2"].response == "other words"


@pytest.mark.parametrize("name", ["stesp/0", "nobody", ""])
def test_a_unit_that_is_not_there_is_refused_with_those_that_are(name: str) -> None:
    run = anew(attended(SEVEN["chain"])).reopened(SESSION)
    finished(run)
    with pytest.raises(SessionError, match="steps/0"):
        run.rerun(name)
    assert run.status == "completed"


def test_a_running_session_is_not_done_again() -> None:
    run = flow(SEVEN["chain"].text, on_hitl="ask").start()
    while not run.pending:
        run.wait(0.01)
    with pytest.raises(SessionError, match="pause it first"):
        run.rerun("steps/0")
    run.cancel()
    with pytest.raises(SessionError, match="cancelled"):
        run.rerun("steps/0")


def test_budgets_count_what_is_done_again() -> None:
    workflow = attended(SEVEN["chain"])
    before = sum(finished(anew(workflow).reopened(SESSION)).token_usage.values())
    later, _ = done_again(workflow, "steps/0")
    assert sum(later.run().token_usage.values()) == before + 10


# ---- forks ----------------------------------------------------------------------------------------------------------


def forked(workflow: Workflow, step: str | None = None) -> str:
    return asyncio.run(fork(workflow.store, SESSION, step))


@each_pattern
def test_a_fork_has_done_all_that_was_done_and_has_paid_nothing(seven: Example) -> None:
    workflow = attended(seven)
    other = forked(workflow)
    later = anew(workflow).with_options(session=other)
    result = later.run()
    assert result.success
    assert agents_of(later).keys == []
    assert (result.last_response, result.execution_context) == (said(seven.last), seven.context)
    assert result.token_usage == {}
    assert result.session_id == other


@each_pattern
def test_a_fork_from_a_step_does_it_again_and_leaves_the_first_session_alone(seven: Example) -> None:
    workflow = attended(seven)
    before = events_of(workflow)
    other = forked(workflow, seven.last)
    later = anew(workflow, ScriptedAgents(script("'"))).with_options(session=other)
    assert later.run().last_response == said(seven.last) + "'"
    assert agents_of(later).keys == last_and_its_verdict(seven)
    assert events_of(workflow) == before


def test_a_fork_of_a_session_that_waits_has_a_question_of_its_own() -> None:
    workflow = flow(SEVEN["chain"].text, on_hitl="park")
    assert workflow.run().status == "paused"
    other = forked(workflow)
    assert anew(workflow).resume(other, "here").success
    state = fold(EMPTY, events_of(workflow))
    assert (state.status, len(state.questions)) == ("paused", 1)
    assert anew(workflow).resume(SESSION, "there").success


def test_a_fork_of_a_cancelled_session_can_go_on() -> None:
    workflow = flow(SEVEN["chain"].text, on_hitl="park")
    workflow.run()
    workflow.resume(SESSION, reject=True)
    assert anew(workflow, on_hitl="park").with_options(session=forked(workflow)).run().status == "paused"


def test_a_fork_says_where_it_comes_from() -> None:
    workflow = attended(SEVEN["chain"])
    other = forked(workflow)
    events = asyncio.run(workflow.store.read(other))
    assert isinstance(events[0], ev.RunStarted)
    assert events[0].data.get("forked_from") == SESSION
    assert fold(EMPTY, events).status == "paused"
    assert [event.seq for event in events] == list(range(len(events)))
    assert {event.session_id for event in events} == {other}


def test_a_fork_from_a_unit_that_is_not_there_makes_no_session() -> None:
    workflow = attended(SEVEN["chain"])
    with pytest.raises(SessionError, match="no unit is called 'steps/99'"):
        forked(workflow, "steps/99")
    assert [entry.session_id for entry in asyncio.run(workflow.store.list())] == [SESSION]
