"""Whatever the workflow, and wherever its processes end: the last of them comes to what an undisturbed one comes to."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from strands_nb.engine.events import UnitCompleted
from strands_nb.engine.state import EMPTY, fold
from tests.patterns.processes import World
from tests.patterns.random_lives import Life, lives
from tests.patterns.random_specs import PATTERNS, Flow, flows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strands_nb.engine.result import RunResult


def undisturbed(flow: Flow, life: Life) -> tuple[World, RunResult]:
    world = World(flow)
    result = world.live(life)
    assert result is not None
    return world, result


def survive(world: World, several: Sequence[Life]) -> tuple[RunResult, Life]:
    result = None
    life = several[0]
    for life in several:
        result = world.live(life)
        if result is not None and result.status == "cancelled":
            break
    assert result is not None
    return result, life


def check_log(world: World) -> None:
    log = world.log
    assert not world.twice, "a recorded call was made again"
    outcomes = Counter((event.key, event.data["fingerprint"]) for event in log if isinstance(event, UnitCompleted))
    assert set(outcomes.values()) <= {1}, "an outcome was recorded twice"
    state = EMPTY
    for event in log:
        state = fold(state, [event])
    assert fold(EMPTY, log) == state == world.state


def check_same(flow: Flow, calm: World, want: RunResult, world: World, got: RunResult) -> None:
    if got.status == want.status == "cancelled":
        assert {got.error_message, want.error_message} <= flow.refusals
        return
    assert (got.status, got.error_message) == (want.status, want.error_message)
    assert got.last_response == want.last_response
    assert got.agent_id == want.agent_id
    assert got.execution_context == want.execution_context
    assert world.names == calm.names


def body(flow: Flow, data: st.DataObject) -> None:
    edited = not flow.racing and data.draw(st.booleans(), label="edited")
    order = data.draw(st.integers(0, 7), label="order")
    quiet = ("when quiet",) if flow.racing else ("at once",)
    calm, want = undisturbed(flow, Life(manners=quiet, order=order))
    check_log(calm)
    calls = sorted({request.key for request in calm.requests})
    several = data.draw(lives(flow, calls=calls, appends=calm.appends, order=order, edited=edited), label="lives")
    world = World(flow)
    got, last = survive(world, several)
    if last.edited:
        calm, want = undisturbed(flow, Life(edited=True))
    check_log(world)
    check_same(flow, calm, want, world, got)
    if not flow.sends_back_tasks and got.status != "cancelled" and not edited:
        assert set(world.requests) == set(calm.requests)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_run_that_died_on_the_way_ends_as_if_it_had_not(pattern: str) -> None:
    @settings(
        max_examples=30,
        deadline=None,
        suppress_health_check=[
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
            HealthCheck.large_base_example,
            HealthCheck.filter_too_much,
        ],
        phases=[Phase.generate, Phase.shrink],
        database=None,
        report_multiple_bugs=False,
    )
    @given(flow=flows(pattern), data=st.data())
    def run(flow: Flow, data: st.DataObject) -> None:
        body(flow, data)

    run()
