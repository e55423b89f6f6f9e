"""Damage in the middle: what is intact can be read, a repair keeps it, and a resume pays only for what was lost."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.engine.events import Noted, RunCancelled, UnitCompleted
from strands_nb.engine.state import EMPTY, fold
from strands_nb.errors import SessionBusyError, SessionCorruptedError, SessionNotFoundError
from strands_nb.stores import FileSessionRepository, lock
from strands_nb.stores.records import frame, scan
from strands_nb.testing import ScriptedAgents
from tests.engine.support import PATIENCE, asking, asks, begin, branches, log_of, park, steps
from tests.stores.simulated import Died, SimulatedDisk
from tests.stores.support import put, run, values

if TYPE_CHECKING:
    from collections.abc import Callable

    from strands_nb.engine.session import Program
    from strands_nb.engine.store import Salvage

BIG = "tide " * 20_000


@pytest.fixture
def store(tmp_path: Path) -> FileSessionRepository:
    return FileSessionRepository(tmp_path)


def journal(store: FileSessionRepository) -> Path:
    return store.storage_dir / "s" / "journal.jsonl"


def lines(store: FileSessionRepository) -> list[bytes]:
    return journal(store).read_bytes().splitlines(keepends=True)


def spoil(store: FileSessionRepository, *numbers: int) -> None:
    """Damage the records of these numbers."""
    kept = lines(store)
    for number in numbers:
        kept[number] = kept[number].replace(b'"', b"'", 1)
    journal(store).write_bytes(b"".join(kept))


def told(salvage: Salvage) -> list[Any]:
    """What the salvaged events carry."""
    return [event.data["value"] for event in salvage.events if isinstance(event, Noted)]


# ---- reading -----------------------------------------------------------------------------------------------------


def test_what_lies_behind_the_damage_can_be_read(store: FileSessionRepository) -> None:
    run(put(store, ["a", "b", "c", "d", "e"]))
    spoil(store, 1, 3)
    before = journal(store).read_bytes()
    salvage = run(store.salvage("s"))
    assert told(salvage) == ["a", "c", "e"]
    assert [event.seq for event in salvage.events] == [0, 2, 4]
    assert salvage.lost == (1, 3)
    assert "strands-nb sessions repair s" in str(salvage.notice)
    assert journal(store).read_bytes() == before


def test_of_a_whole_session_everything_can_be_read_and_nothing_is_wrong(store: FileSessionRepository) -> None:
    run(put(store, ["a", "b"]))
    salvage = run(store.salvage("s"))
    assert (len(salvage.events), salvage.lost, salvage.notice) == (2, (), None)
    assert run(store.repair("s")).aside is None
    assert run(values(store)) == ["a", "b"]


def test_two_records_run_into_one_by_a_damaged_line_end_are_both_read(store: FileSessionRepository) -> None:
    run(put(store, ["a", "b", "c"]))
    journal(store).write_bytes(journal(store).read_bytes().replace(b"}\n", b"}\x0b", 1))
    with pytest.raises(SessionCorruptedError):
        run(store.read("s"))
    assert told(run(store.salvage("s"))) == ["a", "b", "c"]
    report = run(store.repair("s"))
    assert (report.kept, report.lost) == (3, 0)


def test_a_text_that_looks_like_a_record_is_none(store: FileSessionRepository) -> None:
    forged = frame({"seq": 1, "epoch": 9, "type": "note", "at": "2026-01-01T00:00:00+00:00", "key": "x", "data": {}})
    run(put(store, ["a", forged.decode() * 3, "c", "d"]))
    spoil(store, 1)
    assert [event.seq for event in run(store.salvage("s")).events] == [0, 2, 3]


def test_a_large_text_that_is_gone_costs_its_record_alone(store: FileSessionRepository) -> None:
    run(put(store, ["a", BIG, "c"]))
    next((store.storage_dir / "s" / "blobs").iterdir()).unlink()
    assert run(store.salvage("s")).lost == (1,)
    assert run(store.repair("s")).kept == 2
    assert run(values(store))[:2] == ["a", "c"]


def test_what_a_fenced_writer_wrote_is_no_part_of_a_salvage(store: FileSessionRepository) -> None:
    run(put(store, ["a", "b", "c"]))
    old = lines(store)
    new: list[bytes] = []
    for seq in (1, 2, 3):
        record = scan(old[0]).records[0] | {"seq": seq, "epoch": 2, "data": {"value": f"new {seq}"}}
        new.append(frame(record))
    journal(store).write_bytes(b"".join([*old, new[0], b"junk\n", old[2], *new[1:]]))
    assert told(run(store.salvage("s"))) == ["a", "new 1", "new 2", "new 3"]


@pytest.mark.parametrize("content", [b"", b"junk", b"junk\n" * 9])
def test_where_nothing_can_be_read_there_is_no_session(store: FileSessionRepository, content: bytes) -> None:
    run(put(store, ["a"]))
    journal(store).write_bytes(content)
    with pytest.raises(SessionNotFoundError):
        run(store.salvage("s"))
    for work in (store.salvage("t"), store.repair("t")):
        with pytest.raises(SessionNotFoundError):
            run(work)
    assert not (store.storage_dir / "t").exists()


# ---- repairing ---------------------------------------------------------------------------------------------------


def test_a_repair_keeps_what_is_intact_and_puts_the_original_aside(store: FileSessionRepository) -> None:
    run(put(store, ["a", "b", "c", "d"]))
    spoil(store, 2)
    damaged = journal(store).read_bytes()
    report = run(store.repair("s"))
    assert (report.kept, report.lost) == (3, 1)
    assert Path(str(report.aside)).read_bytes() == damaged
    assert Path(str(report.aside)).name == "journal.jsonl.damaged-1"
    run(put(store, ["e"]))
    *texts, note, last = run(values(store))
    assert (texts, last) == (["a", "b", "d"], "e")
    assert note == {"lost": [2], "workflow_known": True}


def test_a_second_damage_is_put_aside_under_another_name(store: FileSessionRepository) -> None:
    run(put(store, ["a", "b", "c", "d"]))
    for number in (1, 2):
        spoil(store, 1)
        assert str(run(store.repair("s")).aside).endswith(f"damaged-{number}")


def test_a_session_that_somebody_runs_is_not_repaired(store: FileSessionRepository) -> None:
    async def main() -> None:
        await put(store, ["a", "b"])
        await store.claim("s")
        with pytest.raises(SessionBusyError):
            await FileSessionRepository(store.storage_dir).repair("s")
        await store.release("s")

    run(main())


def nothing(_: str) -> None:
    """Happens before this call."""


def test_a_repair_may_die_at_any_call_to_the_disk_and_be_made_again() -> None:
    """At every moment the damaged journal is there, or the whole one."""
    root = Path("/simulated")

    def damaged_disk() -> tuple[SimulatedDisk, FileSessionRepository]:
        disk = SimulatedDisk()
        store = FileSessionRepository(root, fs=disk)
        run(put(store, ["a", "b", "c", BIG]))
        disk.flip(root / "s" / "journal.jsonl", disk.read(root / "s" / "journal.jsonl").index(b'"b"') + 1, 0)
        return disk, store

    def dies_at(at: int, *, power: bool) -> bool:
        import random

        disk, store = damaged_disk()
        calls = iter(range(1, 1000))

        def before(_: str) -> None:
            if next(calls) == at:
                if power:
                    disk.lose_power(random.Random(at))  # noqa: S311 - the same one each time
                disk.die()

        disk.before = before
        try:
            run(store.repair("s"))
        except Died:
            died = True
        else:
            died = False
        lock._held.clear()
        disk.before = nothing
        disk.live()
        assert len(run(store.salvage("s")).events) >= 3
        run(store.repair("s"))
        assert [value for value in run(values(store)) if isinstance(value, str)] == ["a", "c", BIG]
        aside = [path.name for path in disk._names if "damaged" in path.name and ".new" not in path.name]
        assert aside == ["journal.jsonl.damaged-1"]
        return died

    for power in (False, True):
        count = next(at for at in range(1, 100) if not dies_at(at, power=power))
        assert count > 12


# ---- going on ----------------------------------------------------------------------------------------------------

PROGRAMS: dict[str, Callable[[], Program]] = {
    "steps": lambda: steps("x", "y", "z"),
    "branches": lambda: branches("p", "q"),
    "asks": asks,
}


@pytest.fixture(params=PROGRAMS)
def program(request: pytest.FixtureRequest) -> Program:
    return PROGRAMS[request.param]()


def finished(store: FileSessionRepository, program: Program) -> Any:
    """Run to the end; with its question parked and answered, so that there are several epochs."""
    run_ = begin(program, store=store, on_question=park)
    if run_.result(PATIENCE).status == "paused":
        run_.answer("fine")
    return run_.result(PATIENCE)


def test_whatever_record_is_lost_a_repaired_session_resumes_and_pays_only_for_what_was_lost(
    store: FileSessionRepository, program: Program
) -> None:
    want = finished(store, program)
    whole = journal(store).read_bytes()
    events = log_of(store)
    assert want.success
    for number in range(len(events) - 1):
        journal(store).write_bytes(whole)
        spoil(store, number)
        lost = events[number]
        report = run(store.repair("s"))
        assert (report.kept, report.lost) == (len(events) - 1, 1)
        fold(EMPTY, log_of(store))
        agents = ScriptedAgents()
        run_ = begin(program, agents, store=store, resume=True, on_question=park)
        if run_.result(PATIENCE).status == "paused":
            assert lost.event_type in ("hitl_answered", "step_complete"), "asked again though the answer is there"
            run_.answer("fine")
        result = run_.result(PATIENCE)
        assert (result.status, result.last_response) == ("completed", want.last_response), lost
        assert agents.keys == ([lost.key] if isinstance(lost, UnitCompleted) and lost.data["usage"] else []), lost


def test_what_is_done_again_may_come_out_differently_and_what_follows_from_it_too(store: FileSessionRepository) -> None:
    async def program(ctx: Any) -> Any:
        from strands_nb.engine.result import Outcome

        first = await ctx.agent("a", "x", key="first")
        return Outcome((await ctx.agent("b", first.text, key="second")).text)

    begin(program, ScriptedAgents({"a": "old"}), store=store).result(PATIENCE).raise_for_status()
    number = next(e.seq for e in log_of(store) if isinstance(e, UnitCompleted) and e.key == "first")
    spoil(store, number)
    run(store.repair("s"))
    agents = ScriptedAgents({"a": "new"})
    result = begin(program, agents, store=store, resume=True).result(PATIENCE)
    assert (result.status, result.last_response) == ("completed", "b: new")
    assert agents.keys == ["first", "second"]


def test_a_session_of_which_the_first_record_is_lost_goes_on_with_the_workflow_it_is_given(
    store: FileSessionRepository,
) -> None:
    finished(store, steps("x", "y"))
    spoil(store, 0)
    (salvaged, *_) = run(store.salvage("s")).events
    assert (salvaged.session_id, salvaged.spec_name) == ("s", "?")
    run(store.repair("s"))
    agents = ScriptedAgents()
    again = begin(steps("x", "y"), agents, store=store, resume=True, on_change="refuse").result(PATIENCE)
    assert (again.success, agents.keys) == (True, [])


def test_a_cancelled_session_stays_so(store: FileSessionRepository) -> None:
    run_ = begin(asks(), store=store)
    asking(run_)
    run_.cancel("enough")
    spoil(store, 2)
    run(store.repair("s"))
    assert any(isinstance(event, RunCancelled) for event in log_of(store))
    from strands_nb.errors import SessionError

    with pytest.raises(SessionError, match="cancelled"):
        begin(asks(), store=store, resume=True).result(PATIENCE)


# ---- a torn end --------------------------------------------------------------------------------------------------


def test_who_opens_a_session_with_a_torn_end_is_told(store: FileSessionRepository) -> None:
    finished(store, steps("x", "y"))
    journal(store).write_bytes(journal(store).read_bytes()[:-9])
    result = begin(steps("x", "y"), store=store, resume=True).result(PATIENCE)
    assert result.success
    assert "an unfinished record at its end" in str(result.notice)
    assert begin(steps("x", "y"), store=store, resume=True).result(PATIENCE).notice is None
    assert asyncio.run(store.salvage("s")).notice is None
