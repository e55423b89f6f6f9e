"""What is seen of a journal at a glance is what reading all of it shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from strands_nb.engine import events as ev
from strands_nb.engine.state import EMPTY, fold
from strands_nb.stores.glance import Glance, glance
from strands_nb.stores.records import encode, events_of, scan
from tests.stores.support import event

GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("*.journal.jsonl"))
END: dict[str, Any] = {
    "result": "",
    "agent": None,
    "duration": 1.0,
    "waiting": 0.0,
    "error": None,
    "error_type": None,
    "artifacts": [],
}


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def line(cls: type[ev.Event], seq: int, data: Any, *, epoch: int = 1) -> bytes:
    at = event(0).timestamp
    return encode(cls(seq, cls.tag, at, "s", 'a "name" ü', "chain", "", data), epoch)


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: path.name.partition(".")[0])
def test_after_each_record_of_a_run_it_says_what_the_whole_does(golden: Path, journal: Path) -> None:
    lines = golden.read_bytes().splitlines(keepends=True)
    for count in range(1, len(lines) + 1):
        data = b"".join(lines[:count])
        journal.write_bytes(data)
        events = events_of(scan(data).records)
        assert glance(journal) == Glance(events[0].spec_name, events[0].pattern_type, fold(EMPTY, events).status)


def test_a_record_that_is_torn_does_not_count(journal: Path) -> None:
    whole = line(ev.Noted, 0, {"value": 1}) + line(ev.RunPaused, 1, {})
    for cut in range(1, 60):
        journal.write_bytes(whole + line(ev.RunCompleted, 2, END)[:cut])
        assert glance(journal) == Glance('a "name" ü', "chain", "paused")


@pytest.mark.parametrize("length", [10, 3000, 5000, 60_000, 70_000, 200_000])
def test_a_long_last_record_is_read_as_far_as_needed(journal: Path, length: int) -> None:
    end = line(ev.RunCompleted, 1, END | {"result": "x" * length})
    journal.write_bytes(line(ev.Noted, 0, {"value": "y" * 5000}) + end)
    assert glance(journal) == Glance('a "name" ü', "chain", "completed")


def test_an_answer_that_was_given_while_nothing_ran_ends_no_pause(journal: Path) -> None:
    begin, pause = line(ev.Noted, 0, {"value": 1}), line(ev.RunPaused, 1, {})
    answered = line(ev.HitlExtended, 2, {"question_id": "q", "deadline": None, "default": None})
    journal.write_bytes(begin + pause + answered)
    assert glance(journal) == Glance('a "name" ü', "chain", "paused")


def test_what_a_writer_adds_that_was_taken_over_does_not_count(journal: Path) -> None:
    kept = line(ev.Noted, 0, {"value": 1}) + line(ev.RunCompleted, 1, END, epoch=2)
    journal.write_bytes(kept + line(ev.RunPaused, 1, {}))
    assert glance(journal) == Glance('a "name" ü', "chain", "completed")


def test_what_does_not_begin_with_a_record_is_nothing(journal: Path) -> None:
    for data in (b"", b"hello\n", line(ev.Noted, 0, {"value": 1})[:-1], b"\0" * 9000):
        journal.write_bytes(data)
        assert glance(journal) is None
