"""The rows of a run on a terminal."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len
from rich.console import Console

from strands_nb.cli.progress import Picture
from strands_nb.engine.events import Token
from strands_nb.engine.state import EMPTY, RunState, fold
from tests.app.support import TWO_AND_A_GATE, events_of, flow

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
