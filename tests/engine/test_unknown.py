"""Calls that were under way when their process died: nobody knows how they ended, and that is said."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.app.shown import unknown_text
from strands_nb.engine import events as ev
from strands_nb.engine.call import Usage
from strands_nb.engine.state import EMPTY, fold
from strands_nb.errors import ProviderError
from strands_nb.testing import MemorySessionRepository, ScriptedAgents
from tests.engine.support import begin, log_of
from tests.programs import fan_out, sequence

if TYPE_CHECKING:
    from collections.abc import Callable

    from strands_nb.engine.session import Program


def died_after(program: Program, is_last: Callable[[ev.Event], bool], **plan: Any) -> MemorySessionRepository:
    """What a process leaves behind that died right after an event."""
    store = MemorySessionRepository()
    begin(program, ScriptedAgents(), store=store, **plan).result(10)
    log = store._logs["s"]
    del log[next(at for at, event in enumerate(log) if is_last(event)) + 1 :]
    return store


def unknown_in(store: MemorySessionRepository) -> list[dict[str, Any]]:
    """What the latest leg was told."""
    resumed = [event for event in log_of(store) if isinstance(event, ev.RunResumed)]
    return [dict(call) for call in resumed[-1].data.get("unknown", [])]


def starts(key: str) -> Callable[[ev.Event], bool]:
    return lambda event: isinstance(event, ev.UnitStarted) and event.key == key


def test_a_call_that_was_under_way_is_named_with_what_it_may_have_cost() -> None:
    store = died_after(sequence, starts("steps/2"))
    begin(sequence, ScriptedAgents(), store=store, resume=True, price=price).result(10)
    assert unknown_in(store) == [{"key": "steps/2", "agent": "a", "tokens": 10, "cost": 0.1}]


def price(_: str, usage: Usage) -> float:
    return usage.total / 100


def test_of_a_fan_out_all_that_were_under_way_are_named() -> None:
    begun: list[str] = []

    def is_last(event: ev.Event) -> bool:
        if isinstance(event, ev.UnitStarted) and event.data["kind"] == "agent":
            begun.append(event.key)
        return len(begun) == 3

    store = died_after(fan_out, is_last)
    ended = {event.key for event in log_of(store) if isinstance(event, ev.UnitCompleted | ev.Spent)}
    begin(fan_out, ScriptedAgents(), store=store, resume=True).result(10)
    assert [call["key"] for call in unknown_in(store)] == [key for key in begun[:3] if key not in ended]


def is_spend(event: ev.Event) -> bool:
    return isinstance(event, ev.Spent)


@pytest.mark.parametrize("is_last", [is_spend, starts("nothing")], ids=["paid", "all"])
def test_a_call_that_was_paid_or_never_begun_is_not_unknown(is_last: Callable[[ev.Event], bool]) -> None:
    store = MemorySessionRepository()
    begin(sequence, ScriptedAgents(), store=store).result(10)
    log = store._logs["s"]
    cut = next((at for at, event in enumerate(log) if is_last(event)), len(log) - 2)
    del log[cut + 1 :]
    begin(sequence, ScriptedAgents(), store=store, resume=True).result(10)
    assert unknown_in(store) == []


def test_a_second_attempt_that_was_under_way_is_unknown_though_the_first_was_paid() -> None:
    store = died_after(sequence, starts("steps/0"))
    log = store._logs["s"]
    started = log[-1]
    spent = next(event for event in reversed(_full_log()) if isinstance(event, ev.Spent))
    log.append(replace(spent, seq=len(log), key="steps/0", data={**spent.data, "ok": False}))
    retry: Any = {"key": "steps/0", "attempt": 1, "delay": 0.0, "error": str(ProviderError("busy"))}
    log.append(ev.Retried(len(log), "retry", started.timestamp, "s", "test", "chain", "steps/0", retry))
    begin(sequence, ScriptedAgents(), store=store, resume=True).result(10)
    assert [call["key"] for call in unknown_in(store)] == ["steps/0"]


def _full_log() -> list[ev.Event]:
    store = MemorySessionRepository()
    begin(sequence, ScriptedAgents(), store=store).result(10)
    return log_of(store)


def test_what_was_unknown_is_shown_so_until_it_runs_again() -> None:
    store = died_after(sequence, starts("steps/1"))
    begin(sequence, ScriptedAgents(), store=store, resume=True).result(10)
    log = log_of(store)
    resumed = next(at for at, event in enumerate(log) if isinstance(event, ev.RunResumed))
    state = fold(EMPTY, log[: resumed + 1])
    assert state.units["steps/1"].status == "unknown"
    assert unknown_text(state.unknown).startswith("1 call was under way when the process died")
    assert fold(EMPTY, log).units["steps/1"].status == "completed"


def test_a_resume_that_finds_nothing_unknown_says_nothing() -> None:
    assert unknown_text(()) == ""
    two = [
        {"key": "a", "agent": "a", "tokens": 1000, "cost": 0.25},
        {"key": "b", "agent": "a", "tokens": 5, "cost": 0.0},
    ]
    assert unknown_text(two) == (  # pyright: ignore[reportArgumentType]
        "2 calls were under way when the process died, and may have been paid: about 1,005 tok, $0.2500; they run again"
    )
