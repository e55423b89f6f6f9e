"""The rows of a run on a terminal."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len
from rich.console import Console

from strands_nb.cli.progress import Picture, watch
from strands_nb.engine.events import Token
from strands_nb.engine.question import Answer, HITLState
from strands_nb.engine.state import EMPTY, RunState, fold
from strands_nb.patterns import Record, outline, program_of
from strands_nb.spec import parse
from strands_nb.testing import ScriptedAgents, start
from tests.app.support import TWO_AND_A_GATE, events_of, flow
from tests.golden.make import recorded
from tests.golden.workflows import WORKFLOWS

if TYPE_CHECKING:
    from strands_nb.engine.events import Event

LONG = TWO_AND_A_GATE.replace("researcher", "a_very_long_agent_name_it_is").replace("name: brief", "name: '[red]x[/]'")


def drawn(state: RunState, columns: int, seconds: float = 65, *, tail: bool = True) -> list[str]:
    console = Console(file=io.StringIO(), width=columns, force_terminal=True, no_color=True, emoji=False)
    with console.capture() as capture:
        console.print(Picture(state, seconds, tail=tail))
    from tests.cli.support import plain

    return plain(capture.get()).rstrip("\n").split("\n")


def states(said: str = "wide 宽 " * 60) -> list[RunState]:
    """The state after each event, with text on its way before the first reply."""
    workflow = flow(LONG, {"a_very_long_agent_name_it_is": said}, session="s", on_hitl="approve")
    workflow.run()
    events: list[Event] = events_of(workflow, "s")
    first = events[1]
    token = Token(1, "token", first.timestamp, "s", first.spec_name, "chain", first.key, {"text": said})
    events.insert(2, token)
    return [fold(EMPTY, events[: n + 1]) for n in range(len(events))]


@pytest.mark.parametrize("columns", [20, 40, 60, 100])
def test_no_row_is_wider_than_the_terminal(columns: int) -> None:
    for state in states():
        assert max(map(cell_len, drawn(state, columns))) <= columns


def test_every_unit_has_one_row_with_sign_label_text_and_figures() -> None:
    rows = drawn(states("facts")[-1], 100, tail=False)
    assert rows[0].startswith("[red]x[/]  ✓ done  00:00 · 20 tok · session s · scripted")
    assert [row[:2] for row in rows[1:]] == ["✓ ", "✓ ", "✓ "]
    assert rows[1].startswith("✓ a_very_long_agent_name_…  facts ")
    assert rows[1].endswith("0.0 s · 10 tok")
    assert "fine (policy approve)" in rows[2]


def test_text_on_its_way_is_shown_in_its_last_four_lines() -> None:
    streaming = states("\n".join(f"line {n}" for n in range(20)))[2]
    rows = drawn(streaming, 60)
    assert [row for row in rows if row.startswith("  │ ")] == [f"  │ line {n}" for n in range(16, 20)]
    assert not any(row.startswith("  │ ") for row in drawn(streaming, 60, tail=False))


def test_a_running_clock_counts_the_watching_and_hours_where_there_are_any() -> None:
    running = states()[2]
    assert "01:05" in drawn(running, 100)[0]
    assert "2:00:05" in drawn(running, 100, 7205)[0]


def test_commands_to_the_terminal_are_left_out() -> None:
    text = "\n".join(drawn(states("a\x1b[2Jb\x07c")[-1], 100))
    assert "abc" in text
    assert "\x1b" not in text
    assert "\x07" not in text


@pytest.mark.parametrize(
    ("cost", "says"),
    [
        (None, "cost unknown"), (0.00001, "≈ $0.0001"), (0.0011, "≈ $0.0011"), (0.02, "≈ $0.02"),
        (0.0123, "≈ $0.012"), (0.5, "≈ $0.50"), (1.0, "≈ $1.00"), (12.345, "≈ $12.35"),
    ],
)  # fmt: skip
def test_the_first_row_says_what_the_run_costs_as_the_card_does(cost: float | None, says: str) -> None:
    assert f"20 tok · {says} · session s" in drawn(replace(states()[-1], cost=cost), 100)[0]


def test_nothing_is_not_worth_a_word() -> None:
    assert "20 tok · session s" in drawn(replace(states()[-1], cost=0.0), 100)[0]


def golden(name: str, until: str = "", key: str = "") -> RunState:
    """The state of a golden run at its end, or right after the first event of a type and key."""
    events = recorded(name)
    found = (n for n, event in enumerate(events) if event.event_type == until and event.key == key)
    return fold(EMPTY, events[: next(found, len(events) - 1) + 1])


def test_the_steps_of_a_branch_stand_below_its_name() -> None:
    rows = [row.rstrip() for row in drawn(golden("parallel", "workflow_paused"), 80)]
    assert rows[1:5] == [
        "‖ web",
        f"✓   a         Three pages.{'3.0 s · 10 tok':>54}",
        "◆   approval  needs you: Web?",
        "○   a         {{ hitl_response }}",
    ]
    assert [row[:6] for row in rows if row.startswith("✕")] == ["✕ lost", "✕   j "]


def test_what_was_not_reached_says_so_at_the_end() -> None:
    before, end = golden("routing", "routing_decision", "router"), golden("routing")
    assert [row[:9] for row in drawn(before, 80)[3:6]] == ["○ billing", "○   a    ", "○   appro"]
    assert [row[:25].rstrip() for row in drawn(end, 80)[3:5]] == ["◌ billing     not reached", "✓ other"]
    assert not any(row.startswith("○") for row in drawn(end, 80))


def test_visits_workers_and_revisions_say_which_they_are() -> None:
    graph, rounds = drawn(golden("graph"), 80), drawn(golden("orchestrator_workers"), 80)
    assert graph[3].startswith("✓ left             Left, once more.")
    assert graph[3].endswith("revision 2 · 9.0 s · 20 tok · attempt 2")
    assert graph[4].startswith("✓ left (visit 2)   Left again.")
    assert any(row.startswith("✓   worker 2  It does too.") for row in rounds)


def decisions(name: str) -> list[str]:
    """What the rows of those who decide say, in a golden run."""
    return re.findall(r"^✓ +j +(.*?)  ", "\n".join(drawn(golden(name), 80)), re.MULTILINE)


def test_who_decides_says_what_and_not_in_json() -> None:
    assert decisions("routing") == ["→ other"]
    assert decisions("evaluator_optimizer") == ["50 of 100 · 1 issue", "60 of 100 · 1 issue", "90 of 100 · 1 issue"]
    assert decisions("orchestrator_workers") == ["2 tasks", "1 task", "no tasks"]


def decided(value: object) -> RunState:
    """A golden run whose router has given this value."""
    state = golden("routing")
    return replace(state, units={**state.units, "router": replace(state.units["router"], value=value)})


def test_of_what_is_no_decision_the_first_line_is_shown_as_it_is() -> None:
    assert drawn(decided({"path": "other"}), 80)[1].startswith('✓ j           {"route": "other"}  ')


def test_a_route_whose_name_commands_the_terminal_is_only_named() -> None:
    row = drawn(decided({"route": "\x1b[2Jot\x07her\n[red]way[/]"}), 80)[1]
    assert row.startswith("✓ j           → other [red]way[/]  ")
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", row)


def streaming(count: int) -> RunState:
    """So many workers, each with ten lines on their way."""
    events = recorded("orchestrator_workers")
    first = next(event for event in events if event.event_type == "worker_start")
    keys = [f"rounds/0/workers/{n}" for n in range(count)]
    text = "".join(f"line {n}\n" for n in range(10))
    tokens = [replace(first, key=key, data={**first.data, "key": key}) for key in keys]
    on_their_way = [Token(90, "token", first.timestamp, "s", "x", "x", key, {"text": text}) for key in keys]
    return fold(EMPTY, [events[0], *tokens, *on_their_way])


def test_a_few_at_work_show_four_lines_each_and_many_show_one() -> None:
    assert [sum("│" in row for row in drawn(streaming(count), 60)) for count in (1, 3, 4)] == [4, 12, 4]
    assert [row for row in drawn(streaming(4), 60) if "│" in row] == ["    │ line 9"] * 4


def yes(_: HITLState) -> Answer:
    return Answer("approve", "yes", "policy", datetime(2026, 1, 1, tzinfo=UTC))


def written(name: str) -> list[str]:
    """The lines of a run with a golden workflow, every question answered with yes."""
    spec = parse(WORKFLOWS[name].text)
    file = io.StringIO()
    run = start(
        program_of(spec, Record({"topic": "tides"})),
        ScriptedAgents(WORKFLOWS[name].script),
        outline=outline(spec).to_json(),
        on_question=yes,
    )
    with watch(run, Console(file=file, width=100), quiet=False):
        run.result(10)
    return file.getvalue().splitlines()


def test_where_there_is_no_terminal_a_line_says_which_branch_it_is_about() -> None:
    lines = written("parallel")
    assert "◆ web / approval: Web?" in lines
    assert "✓ docs / approval: yes (policy)" in lines
    assert "✕ lost / j: overloaded" in lines
    assert re.match(r"✓ web: [\d.]+ s · 20 tok$", next(line for line in lines if line.startswith("✓ web: ")))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("routing", "j: → billing"),
        ("evaluator_optimizer", "iteration 1 / j: 40 of 100 · 1 issue"),
        ("orchestrator_workers", "round 1 / j: 1 task"),
    ],
)
def test_where_there_is_no_terminal_a_line_says_what_was_decided(name: str, says: str) -> None:
    assert any(re.fullmatch(rf"✓ {says} · [\d.]+ s · \d+ tok", line) for line in written(name)), written(name)
