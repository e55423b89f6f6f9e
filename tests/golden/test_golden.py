"""The recorded event logs: Python and TypeScript fold them to the same states, and every release reads the journals."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strands_nb.engine.events import FORMAT, Spent, UnitCompleted, UnitStarted, dump_event, event_adapter, load_event
from strands_nb.engine.state import EMPTY, RunState, base_key, fold, state_to_json
from strands_nb.spec.pattern import PATTERNS
from strands_nb.stores.records import events_of, scan
from tests.golden import make
from tests.golden.wild import wild_log

if TYPE_CHECKING:
    from random import Random

    from strands_nb.engine.events import Event

NAMES = make.GOLDEN


def read(name: str, kind: str) -> bytes:
    return (make.FOLDER / f"{name}.{kind}").read_bytes()


def log(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in read(name, "events.jsonl").splitlines()]


events = make.recorded


def plain(value: object) -> Any:
    return json.loads(json.dumps(value))


def test_there_is_a_log_for_every_golden_program() -> None:
    assert sorted(path.name.partition(".")[0] for path in make.FOLDER.glob("*.events.jsonl")) == NAMES


def test_there_is_a_log_of_every_pattern_with_a_pause_and_with_what_can_go_wrong() -> None:
    assert {events(name)[0].pattern_type for name in NAMES} == {*PATTERNS}
    seen = {(event.pattern_type, event.event_type) for name in NAMES for event in events(name)}
    assert {pattern for pattern, kind in seen if kind == "workflow_resume"} == {*PATTERNS}
    ends = {name: fold(EMPTY, events(name)).status for name in NAMES}
    assert {name for name, status in ends.items() if status != "completed"} == {"fails", "rejected"}
    assert {"retry", "branch_error", "hitl_answered", "plan_created", "routing_decision"} <= {kind for _, kind in seen}


@pytest.mark.parametrize("name", NAMES)
def test_whatever_runs_has_a_row_of_its_own_beside_those_that_were_drawn(name: str) -> None:
    """A row with a `*` is for what never came."""
    log, rows = events(name), fold(EMPTY, events(name)).units
    ran = {base_key(event.key) for event in log if isinstance(event, UnitStarted)}
    assert ran <= {*rows}
    assert {key for key, unit in rows.items() if unit.started_at is not None} <= ran
    assert not [key for key, unit in rows.items() if "*" in key and unit.started_at is not None]
    assert all(unit.label for unit in rows.values())


@pytest.mark.parametrize("name", NAMES)
def test_a_log_folds_to_its_state(name: str) -> None:
    assert plain(state_to_json(fold(EMPTY, events(name)))) == json.loads(read(name, "state.json"))


def spans(name: str, key: str, until: str = "") -> list[tuple[int, str, bool | None]]:
    """Revision, seconds from beginning to end, and how it ended; up to the first event of a type."""
    log = events(name)
    last = next((n for n, event in enumerate(log) if event.event_type == until), len(log) - 1)
    unit = fold(EMPTY, log[: last + 1]).units[key]
    return [(one.revision, f"{one.started_at[17:19]}-{(one.ended_at or '')[17:19]}", one.ok) for one in unit.spans]


def test_every_attempt_at_every_revision_has_its_span() -> None:
    assert spans("workflow", "tasks/tone") == [(1, "06-08", False), (1, "08-11", True)]
    assert spans("workflow", "tasks/facts") == [(1, "02-05", True), (2, "33-36", True)]
    assert spans("parallel", "branches/lost/steps/0")[-1][2] is False
    assert spans("parallel", "branches/web") == []  # made of others, which have theirs


def test_a_question_is_open_until_it_is_answered_however_often_the_run_is_paused() -> None:
    assert spans("workflow", "tasks/check", "workflow_paused") == [(1, "13-", None)]
    assert spans("workflow", "tasks/check") == [(1, "13-26", True), (2, "38-42", True)]


def test_what_is_done_again_keeps_the_spans_it_had() -> None:
    assert spans("again", "rounds/0/facts") == [(1, "03-07", True), (1, "27-30", True)]


def test_what_a_pause_cuts_short_ends_there_and_of_what_died_nobody_knows_when() -> None:
    start, unit = events("edited")[:2]
    pause = next(event for event in events("edited") if event.event_type == "workflow_paused")
    cut, died = (fold(EMPTY, log).units["steps/0"].spans for log in ([start, unit, pause], [start, unit]))
    assert [(one.ended_at == pause.timestamp.isoformat(), one.ok) for one in cut] == [(True, None)]
    assert [one.ended_at for one in died] == [None]
    again = [len(fold(EMPTY, log).units["steps/0"].spans) for log in ([start, unit, pause, unit], [start, unit, unit])]
    assert again == [2, 1]


def test_a_tool_call_says_when_it_began() -> None:
    tools = fold(EMPTY, events("tools")).units["steps/0"].tools
    assert [(tool.started_at or "")[17:19] for tool in tools] == ["04", "06"]


@pytest.mark.parametrize("name", NAMES)
def test_every_event_of_a_log_is_valid_and_survives_a_round_trip(name: str) -> None:
    for record in log(name):
        event = event_adapter.validate_python(record)
        assert plain(dump_event(event)) == record
        assert plain(dump_event(load_event(record))) == record
        assert type(event) is type(load_event(record))


@pytest.mark.parametrize("spoil", ["seq", "timestamp", "data"])
def test_an_event_that_lacks_a_field_is_not_valid(spoil: str) -> None:
    record = {name: value for name, value in log("brief")[0].items() if name != spoil}
    with pytest.raises(ValueError, match=spoil):
        event_adapter.validate_python(record)


@pytest.mark.parametrize("name", NAMES)
def test_a_journal_holds_the_durable_events_of_its_log(name: str) -> None:
    found = scan(read(name, "journal.jsonl"))
    assert found.verdict == "clean"
    assert found.records[0]["data"]["format"] == FORMAT
    durable = [record for record, event in zip(log(name), events(name), strict=True) if event.durable]
    assert [plain(dump_event(event)) for event in events_of(found.records)] == durable


@pytest.mark.parametrize("name", NAMES)
def test_recording_again_gives_the_same_bytes(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make, "FOLDER", tmp_path)
    make.write(name)
    for kind in ("events.jsonl", "state.json", "journal.jsonl"):
        fresh = (tmp_path / f"{name}.{kind}").read_bytes()
        assert fresh == (Path(make.__file__).parent / f"{name}.{kind}").read_bytes(), f"{name}.{kind} has changed"


def fold_in(batches: list[list[Event]]) -> RunState:
    state = EMPTY
    for batch in batches:
        state = fold(state, batch)
    return state


@pytest.mark.parametrize("name", NAMES)
def test_event_by_event_a_log_folds_to_the_same_state(name: str) -> None:
    assert fold_in([[event] for event in events(name)]) == fold(EMPTY, events(name))


def cut(all_events: list[Event], data: st.DataObject) -> list[list[Event]]:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(all_events)))))
    return [all_events[a:b] for a, b in pairwise([0, *cuts, len(all_events)])]


@given(name=st.sampled_from(NAMES), data=st.data())
def test_in_any_batches_a_log_folds_to_the_same_state(name: str, data: st.DataObject) -> None:
    assert plain(state_to_json(fold_in(cut(events(name), data)))) == json.loads(read(name, "state.json"))


@given(random=st.randoms(use_true_random=False), data=st.data())
def test_in_any_batches_a_log_of_any_shape_folds_to_the_same_state(random: Random, data: st.DataObject) -> None:
    """Also in the same order, which two equal mappings may differ in."""
    log = wild_log(random)
    assert state_to_json(fold_in(cut(log, data))) == state_to_json(fold(EMPTY, log))


@pytest.mark.parametrize("name", NAMES)
def test_a_fold_leaves_the_former_state_as_it_was(name: str) -> None:
    half = len(events(name)) // 2
    before = fold(EMPTY, events(name)[:half])
    as_it_was = plain(state_to_json(before))
    fold(before, events(name)[half:])
    assert plain(state_to_json(before)) == as_it_was
    assert EMPTY.units == {}


def test_what_still_comes_of_an_earlier_revision_changes_nothing_but_what_was_spent() -> None:
    """A question that is withdrawn may end after the one that has come in its place."""
    log = events("workflow")
    late = [event for event in log if event.key == "tasks/taste" and isinstance(event, UnitCompleted)]
    before = fold(EMPTY, [event for event in log if event not in late])
    assert late
    assert fold(before, late).units == before.units
    spent = next(event for event in log if event.key == "tasks/facts" and isinstance(event, Spent))
    again = fold(before, [spent]).units["tasks/facts"]
    assert again == replace(before.units["tasks/facts"], tokens=again.tokens)
    assert again.tokens == before.units["tasks/facts"].tokens + 10


def test_what_was_decided_is_in_the_state_until_it_is_decided_anew() -> None:
    log, values = events("routing"), list[Any]()
    for n, event in enumerate(log):
        if event.key.startswith("router") and isinstance(event, UnitStarted | UnitCompleted):
            values.append(fold(EMPTY, log[: n + 1]).units["router"].value)
    assert values == [None, {"route": "billing"}, None, {"route": "other"}]


def test_a_structured_reply_that_decides_nothing_is_not_in_the_state_twice() -> None:
    completed = next(event for event in events("tools") if isinstance(event, UnitCompleted))
    unit = fold(EMPTY, events("tools")).units["steps/0"]
    assert (completed.data["value"], unit.value) == ({"answer": 42}, None)
