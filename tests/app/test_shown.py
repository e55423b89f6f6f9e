"""Which rows of a run are shown, how deep, and what they are called."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from strands_nb.app.shown import decision_text, heading_text, path_name, progress, revision_text, shown_rows
from strands_nb.engine.state import EMPTY, RunState, UnitState, fold
from tests.golden.make import recorded


def after(name: str, kind: str = "", key: str = "") -> RunState:
    """The state of a golden run at its end, or after the first event of this type and key."""
    events = recorded(name)
    last = next((n for n, e in enumerate(events) if e.event_type == kind and e.key == key), len(events) - 1)
    assert not kind or events[last].event_type == kind
    return fold(EMPTY, events[: last + 1])


def drawn(state: RunState) -> list[str]:
    return ["  " * row.depth + "#" * row.heading + row.name for row in shown_rows(state)]


def test_branches_are_headings_and_their_steps_stand_below_them() -> None:
    assert drawn(after("parallel")) == [
        *("#web", "  a", "  approval", "  a"),
        *("#docs", "  b", "  approval"),
        *("#lost", "  j", "  a"),
        "approval",
    ]


def test_rounds_iterations_and_workers_are_called_by_their_number() -> None:
    assert drawn(after("orchestrator_workers"))[:6] == [
        *("#round 1", "  j", "  approval", "  worker 1", "  worker 2"),
        "#round 2",
    ]
    assert [row for row in drawn(after("evaluator_optimizer")) if "#" in row] == [
        *("#iteration 1", "#iteration 2", "#iteration 3"),
    ]


def test_before_it_begins_a_loop_says_how_often_it_may_run() -> None:
    state = after("evaluator_optimizer", "workflow_start")
    first = shown_rows(state)[0]
    assert (first.name, first.status, heading_text(first, state)) == ("iterations", "waiting", "at most 4")


def test_every_visit_but_the_first_says_which_it_is() -> None:
    assert drawn(after("graph"))[:4] == ["start", "start (visit 2)", "left", "left (visit 2)"]


def test_a_node_that_is_called_by_a_number_is_no_visit() -> None:
    unit = UnitState("nodes/7/1", "node", label="7")
    assert drawn(RunState(units={unit.key: unit})) == ["7"]


def test_what_waits_while_the_run_goes_on_was_not_reached_at_its_end() -> None:
    assert {row.status for row in shown_rows(after("routing", "route_complete", "routes/other"))} == {
        *("waiting", "completed"),
    }
    end = after("routing")
    billing = shown_rows(end)[2]
    assert (billing.name, billing.status, heading_text(billing, end)) == ("billing", "unreached", "not reached")
    assert {row.status for row in shown_rows(end)} == {"completed", "unreached"}


def test_of_a_route_not_taken_the_heading_stays() -> None:
    assert drawn(after("routing", "routing_decision", "router"))[2:5] == ["#billing", "  a", "  approval"]
    assert drawn(after("routing"))[2:5] == ["#billing", "#other", "  reply"]


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled"])
def test_after_any_end_nothing_waits(status: str) -> None:
    ended = replace(after("graph", "workflow_start"), status=status)  # pyright: ignore[reportArgumentType]
    assert {row.status for row in shown_rows(ended)} == {"unreached"}


@pytest.mark.parametrize("status", ["running", "paused", "interrupted"])
def test_before_the_end_everything_may_still_come(status: str) -> None:
    begun = replace(after("graph", "workflow_start"), status=status)  # pyright: ignore[reportArgumentType]
    assert {row.status for row in shown_rows(begun)} == {"waiting"}


def test_an_error_is_in_the_heading_only_where_no_row_below_has_it() -> None:
    state = after("parallel")
    lost = next(row for row in shown_rows(state) if row.name == "lost")
    assert (lost.status, heading_text(lost, state)) == ("failed", "")
    alone = replace(state, units={lost.unit.key: lost.unit})
    assert heading_text(lost, alone) == "overloaded"


def test_a_unit_is_called_after_the_rows_that_hold_it() -> None:
    units = after("parallel").units
    assert path_name(units, "branches/web/steps/1~2") == "web / approval"
    assert path_name(units, "reduce") == "approval"
    assert path_name(units, "branches/gone/steps/0") == "branches/gone/steps/0"


def test_at_the_end_there_were_no_more_units_than_were_reached() -> None:
    assert progress(after("routing", "routing_decision", "router")) == (2, 7)
    assert progress(after("routing")) == (5, 5)
    assert progress(after("rejected")) == (2, 3)
    assert progress(after("fails")) == (1, 2)


def test_only_a_later_revision_says_which_it_is() -> None:
    first, second = UnitState("steps/0"), UnitState("steps/0", revision=2)
    assert (revision_text(first), revision_text(second)) == ("", "revision 2")


def test_a_router_says_where_it_goes() -> None:
    assert decision_text("router", {"route": "billing", "why": "an invoice"}) == "→ billing"


@pytest.mark.parametrize(
    ("route", "says"),
    [
        ("\x1b[2Jbilling\x07\x9b", "→ billing"),
        ("\x1b]0;title\x07 two\r\n\tlines\u2028", "→ two lines"),
        ("<b>[red]**bold**[/]", "→ <b>[red]**bold**[/]"),
        ("\x1b[31m \n\x00", ""),
    ],
)
def test_the_name_of_a_route_is_one_line_without_commands_to_a_terminal(route: str, says: str) -> None:
    assert decision_text("router", {"route": route}) == says


@pytest.mark.parametrize(
    ("verdict", "says"),
    [
        ({"score": 86, "issues": ["long", "dry", "late"], "fixes": ["cut"]}, "86 of 100 · 3 issues"),
        ({"score": 86.0, "issues": [{"what": ["long"]}]}, "86 of 100 · 1 issue"),
        ({"score": 100, "issues": []}, "100 of 100"),
        ({"score": 0}, "0 of 100"),
        ({"score": 1, "issues": [None] * 12_345}, "1 of 100 · 12,345 issues"),
    ],
)
def test_an_evaluator_says_its_score_and_how_many_issues_it_sees(verdict: dict[str, Any], says: str) -> None:
    assert decision_text("evaluator", verdict) == says


@pytest.mark.parametrize(
    ("tasks", "says"),
    [
        (["moon", {"task": "sun"}, {"description": "wind"}], "3 tasks"),
        ([[["moon"]]], "1 task"),
        ([], "no tasks"),
        (["moon"] * 100_000, "100,000 tasks"),
    ],
)
def test_an_orchestrator_says_how_many_tasks_there_are(tasks: list[Any], says: str) -> None:
    assert decision_text("orchestrator", tasks) == says


@pytest.mark.parametrize("role", ["router", "evaluator", "orchestrator", "step", "worker"])
@pytest.mark.parametrize(
    "value",
    [
        *(None, True, 86, "billing", "[]", {}, {"tasks": ["moon"]}, {"Route": "billing"}),
        *({"route": name} for name in (None, 1, "", "  ", ["billing"], {"route": "billing"})),
        *({"score": score} for score in (None, "86", True, 86.5, -1, 101, 10**400, float("nan"), float("inf"), [86])),
        *({"score": 86, "issues": issues} for issues in (None, "long", 3, {"0": "long"})),
        {"issues": ["long"]},
    ],
)
def test_of_a_value_that_is_no_decision_nothing_is_said(role: str, value: Any) -> None:
    assert decision_text(role, value) == ""


def test_only_units_that_decide_have_something_to_say() -> None:
    for value in ({"route": "billing", "score": 86}, ["moon"]):
        assert decision_text("step", value) == ""
