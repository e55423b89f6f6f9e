"""What stays in a notebook of a run whose units hold others."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from strands_nb.app.static_output import PARKED, bundle
from strands_nb.engine.state import EMPTY, RunState, fold, state_to_json
from tests.golden.make import GOLDEN, recorded


def state_of(name: str, until: str = "") -> RunState:
    """The state at the end of a golden run, or right after the first event of a type."""
    events = recorded(name)
    last = next((n for n, event in enumerate(events) if event.event_type == until), len(events) - 1)
    return fold(EMPTY, events[: last + 1])


def lines(name: str, until: str = "", note: str = "") -> list[str]:
    return bundle(state_of(name, until), note)["text/plain"].splitlines()


def test_the_steps_of_a_branch_stand_below_its_name() -> None:
    parked = lines("parallel", "workflow_paused", PARKED)
    assert parked[0] == "parallel: paused"
    assert parked[2:8] == ["‖ web", "", "  ✓ a", "", "  Three pages.", ""]
    assert parked[-1] == PARKED


def test_what_was_not_reached_says_so_and_of_a_route_not_taken_only_the_heading_stays() -> None:
    done = lines("routing")
    assert "◌ billing · not reached" in done
    assert not any("Bill it." in line or "○" in line for line in done)


def test_a_heading_leaves_what_was_said_to_its_rows() -> None:
    text = bundle(state_of("routing"))
    assert [form.count("Sent.") for form in text.values()] == [1, 1, 1]


def test_visits_rounds_and_revisions_say_which_they_are() -> None:
    graph, rounds = lines("graph"), lines("orchestrator_workers")
    assert "✓ left · revision 2" in graph
    assert "✓ left (visit 2)" in graph
    assert [line for line in rounds if "round" in line] == ["✓ round 1", "✓ round 2", "✓ round 3"]
    assert "  ✓ worker 2 · revision 2" in rounds


def test_beside_its_name_who_decides_says_what_and_below_stands_the_whole_reply() -> None:
    for name, says, reply in (
        ("routing", "✓ j · revision 2 · → other", '{"route": "other"}'),
        ("evaluator_optimizer", "  ✓ j · 60 of 100 · 1 issue", '  {"score": 60, "issues": ["short"]}'),
        ("orchestrator_workers", "  ✓ j · 1 task", '  ["wind"]'),
    ):
        text = lines(name)
        assert text[text.index(says) + 2] == reply


def test_in_every_form_the_decision_is_said_once() -> None:
    assert [form.count("→ other") for form in bundle(state_of("routing")).values()] == [1, 1, 1]


def test_what_is_being_decided_anew_is_not_said() -> None:
    log = recorded("routing")
    starts = [n for n, event in enumerate(log) if event.event_type == "router_start"]
    said = [bundle(fold(EMPTY, log[: n + 1]))["text/plain"].splitlines()[2] for n in (starts[1] - 1, starts[1])]
    assert said == ["✓ j · → billing", "◉ j · revision 2"]


def test_in_html_a_step_moves_in_below_its_heading_and_the_heading_is_bold() -> None:
    html = bundle(state_of("parallel"))["text/html"]
    rows = re.findall(r'padding:(5px 12px[^"]*)".*?font-weight:(\d+)">(\w+)<', html)
    assert rows[:3] == [
        ("5px 12px", "700", "web"),
        ("5px 12px 5px 30px", "500", "a"),
        ("5px 12px 5px 30px", "500", "approval"),
    ]
    assert rows[-1] == ("5px 12px", "500", "approval")


def test_markdown_is_not_taken_for_code_by_its_indentation() -> None:
    text = bundle(state_of("parallel"))["text/markdown"]
    assert "&emsp;✓ **a**" in text
    assert not [line for line in text.splitlines() if line.startswith(" ")]


@pytest.mark.parametrize("name", GOLDEN)
def test_nothing_that_differs_from_run_to_run_is_kept(name: str) -> None:
    state = state_of(name)
    for form in bundle(state).values():
        assert state.session_id not in form
        assert not re.search(r"\d (s|tok)\b|2026", form)


def test_a_reply_cannot_command_the_terminal_that_it_is_shown_in() -> None:
    state = state_of("brief")
    key, unit = next((key, unit) for key, unit in state.units.items() if unit.response)
    said = replace(unit, response="\x1b[2J\x1b]0;title\x07Fine.")
    text = bundle(replace(state, units={**state.units, key: said}))["text/plain"]
    assert "Fine." in text
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]|title", text)


def test_a_state_of_any_depth_is_plain_data() -> None:
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]
    state = state_of("brief")
    key, unit = next(iter(state.units.items()))
    data = state_to_json(replace(state, units={**state.units, key: replace(unit, value=deep)}))
    assert data["units"][0]["value"] is deep
