"""Whatever the workflow, and wherever its processes end: the last of them comes to what an undisturbed one comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from strands_nb.engine.events import UnitCompleted
from strands_nb.engine.state import EMPTY, fold
from tests.patterns.processes import World
from tests.patterns.random_lives import Life, lives
from tests.patterns.random_specs import PATTERNS, flows

if TYPE_CHECKING:
    from strands_nb.engine.result import RunResult
    from tests.patterns.random_flow import Flow

_UNHURRIED = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
each_pattern = pytest.mark.parametrize("pattern", PATTERNS)
patiently = pytest.mark.timeout(400)  # a failure is shrunk for up to 300 s


def some(count: int) -> Callable[[Any], Any]:
    """So many examples for each pattern, the same ones each time."""
    return settings(_UNHURRIED, max_examples=count, derandomize=True)


# ---- what must hold -------------------------------------------------------------------------------------------------


def resumed(flow: Flow, data: st.DataObject, *, edited: bool = False) -> None:
    """A session that several processes run, the last of them to its end, is as if there had been only one."""
    order = data.draw(st.integers(0, 7), label="order")
    first, _ = undisturbed(flow, Life(manners=("when quiet",), order=order))
    calls = sorted({request.key for request in first.requests})
    several = data.draw(lives(flow, calls=calls, appends=first.appends, order=order, edited=edited), label="lives")
    world, result, last = World(flow), None, several[0]
    for last in several:
        result = world.live(last)
        if result is not None and result.status == "cancelled":
            break
    assert result is not None
    calm, want = undisturbed(flow, Life(manners=("when quiet",), order=order, edited=last.edited))
    assert_sound(world)
    assert_same(flow, world, result, calm, want)
    if result.status == "completed":
        assert_over(world, result, last)
    if not edited and not flow.sends_back_tasks and result.status != "cancelled":
        assert rows(world) == rows(calm)
        assert set(world.requests) == set(calm.requests), "neither more nor other calls"


def edited(flow: Flow, data: st.DataObject) -> None:
    """A session that goes on with another workflow is as if that had been its workflow from the first.

    Unless it counts who answers first, and some have answered for the former workflow.
    """
    resumed(flow, data, edited=not flow.racing)


def shuffled(flow: Flow, data: st.DataObject) -> None:
    """How long calls take changes nothing."""
    turns = st.lists(st.integers(0, 5), min_size=1, max_size=8).map(tuple)
    order, lag = data.draw(st.integers(0, 7), label="order"), data.draw(st.integers(0, 2), label="lag")
    calm, want = undisturbed(flow, Life(manners=("when quiet",), order=order))
    life = Life(manners=("when quiet",), order=order, turns=data.draw(turns, label="turns"), lag=lag)
    world, result = undisturbed(flow, life)
    assert_same(flow, world, result, calm, want)
    assert Counter(world.requests) == Counter(calm.requests)
    assert rows(world) == rows(calm)


# ---- looking at what has become of a session ------------------------------------------------------------------------


def undisturbed(flow: Flow, life: Life) -> tuple[World, RunResult]:
    """What one process makes of the workflow that nothing happens to."""
    world = World(flow)
    result = world.live(life)
    assert result is not None
    assert_sound(world)
    return world, result


def assert_sound(world: World) -> None:
    """Nothing is paid twice, and the picture of the session is the same however it is drawn."""
    log = world.log
    assert not world.twice, "a recorded call was made again"
    outcomes = Counter((event.key, event.data["fingerprint"]) for event in log if isinstance(event, UnitCompleted))
    assert set(outcomes.values()) <= {1}, "an outcome was recorded twice"
    step_by_step = EMPTY
    for event in log:
        step_by_step = fold(step_by_step, [event])
    assert fold(EMPTY, log) == step_by_step == world.state
    assert not world.state.questions


def assert_same(flow: Flow, world: World, result: RunResult, calm: World, want: RunResult) -> None:
    """Both sessions have come to the same."""
    if result.status == want.status == "cancelled":
        assert {result.error_message, want.error_message} <= flow.refusals
        return
    assert (result.status, result.error_message) == (want.status, want.error_message)
    assert (result.last_response, result.agent_id) == (want.last_response, want.agent_id)
    assert result.execution_context == want.execution_context
    assert world.names == calm.names


def assert_over(world: World, result: RunResult, life: Life) -> None:
    """One more process finds everything done: it calls nobody and writes nothing."""
    lines, requests = len(world.disk), len(world.requests)
    again = world.live(Life(edited=life.edited))
    assert again is not None
    assert (again.status, again.execution_context) == (result.status, result.execution_context)
    assert (len(world.disk), len(world.requests)) == (lines, requests)


def rows(world: World) -> dict[str, tuple[object, ...]]:
    """What people see of the units of work at the end."""
    return {key: (unit.status, unit.prompt, unit.response) for key, unit in world.state.units.items()}


# ---- the tests ------------------------------------------------------------------------------------------------------


@patiently
@each_pattern
@some(30)
@given(data=st.data())
def test_a_run_that_is_resumed_comes_to_what_it_would_have_come_to(pattern: str, data: st.DataObject) -> None:
    resumed(data.draw(flows(pattern), label="flow"), data)


@patiently
@each_pattern
@some(12)
@given(data=st.data())
def test_an_edited_workflow_goes_on_as_if_it_had_begun_so_and_repeats_no_call(
    pattern: str, data: st.DataObject
) -> None:
    edited(data.draw(flows(pattern), label="flow"), data)


@patiently
@each_pattern
@some(12)
@given(data=st.data())
def test_it_does_not_matter_who_is_faster(pattern: str, data: st.DataObject) -> None:
    shuffled(data.draw(flows(pattern), label="flow"), data)


@pytest.mark.soak
@each_pattern
@pytest.mark.parametrize(
    ("holds", "count"), [(resumed, 290), (edited, 100), (shuffled, 100)], ids=lambda it: getattr(it, "__name__", None)
)
def test_all_of_this_holds_for_thousands_of_workflows(
    holds: Callable[[Flow, st.DataObject], None], count: int, pattern: str
) -> None:
    @settings(_UNHURRIED, max_examples=count)
    @given(data=st.data())
    def test(data: st.DataObject) -> None:
        holds(data.draw(flows(pattern), label="flow"), data)

    test()
