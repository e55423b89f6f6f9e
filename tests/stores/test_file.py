"""Sessions on a disk: who may write, what a crash leaves behind, and when something counts as safe."""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.engine.store import settled
from strands_nb.errors import SessionCorruptedError, SessionNotFoundError, StorageError
from strands_nb.stores import FileSessionRepository
from strands_nb.stores.records import scan
from strands_nb.testing import ScriptedAgents
from tests.engine.support import begin, steps
from tests.stores.disks import HeldDisk, RecordingDisk
from tests.stores.support import event, outcome, put, run, values

if TYPE_CHECKING:
    from strands_nb.engine.events import Event

BIG = "tide " * 20_000


@pytest.fixture
def store(tmp_path: Path) -> FileSessionRepository:
    return FileSessionRepository(tmp_path / "home" / "sessions")


def journal(store: FileSessionRepository) -> Path:
    return store.storage_dir / "s" / "journal.jsonl"


def blobs(store: FileSessionRepository) -> list[Path]:
    return sorted((store.storage_dir / "s" / "blobs").glob("*"))


# ---- files -------------------------------------------------------------------------------------------------------


def test_files_are_for_their_owner_only(store: FileSessionRepository, tmp_path: Path) -> None:
    async def main() -> None:
        await store.claim("s")
        await settled(store.append("s", event(0, BIG)))
        made = sorted((tmp_path / "home").rglob("*"))
        assert {path.name for path in made} >= {"sessions", "s", "journal.jsonl", "lock", "owner.json", "blobs"}
        for path in [tmp_path / "home", *made]:
            assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path
        await store.release("s")

    before = os.umask(0)
    try:
        run(main())
    finally:
        os.umask(before)


@pytest.mark.parametrize("name", ["", "..", "a/b", "../x", "A", "x" * 65, "a b", "-a", "a\0", "ä", "con.", "a\n"])
def test_a_name_that_is_no_session_id_reaches_no_disk(store: FileSessionRepository, name: str) -> None:
    async def main() -> None:
        for work in (store.read(name), store.claim(name), store.delete(name)):
            with pytest.raises(SessionNotFoundError):
                await work

    run(main())
    assert not store.storage_dir.exists()


def test_the_folder_is_the_data_home_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRANDS_NB_HOME", str(tmp_path))
    assert FileSessionRepository().storage_dir == tmp_path / "sessions"


# ---- event loops that end ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("then", ["close", "claim", "append"])
def test_what_was_written_when_its_event_loop_ended_is_made_safe_by_what_comes_next(tmp_path: Path, then: str) -> None:
    disk = HeldDisk()
    store = FileSessionRepository(tmp_path, fs=disk)

    async def begin_to_write() -> None:
        await store.claim("s")
        await settled(store.append("s", event(0, "a")))
        disk.held = True
        store.append("s", event(1, "b"))
        await asyncio.to_thread(disk.entered.wait)
        asyncio.get_running_loop().call_later(0.01, disk.free.set)

    async def go_on() -> None:
        if then == "claim":
            await store.claim("s", take_over=True)
        if then != "close":
            await settled(store.append("s", event(2, "c")))
        await store.release("s")

    run(begin_to_write())
    disk.held = False
    before = len(disk.calls)
    run(go_on())
    assert ("sync", "journal.jsonl") in disk.calls[before:]
    assert run(values(store)) == ["a", "b", "c"][: 2 + (then != "close")]


@pytest.mark.parametrize("turns", [0, 1, 2])
def test_nobody_waits_for_a_sync_that_was_cancelled_before_or_after_it_began(tmp_path: Path, turns: int) -> None:
    store = FileSessionRepository(tmp_path)

    async def main() -> None:
        await store.claim("s")
        durable = store.append("s", event(0, "a"))
        for _ in range(turns):
            await asyncio.sleep(0)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        async with asyncio.timeout(10):
            assert isinstance(await outcome(durable), StorageError)
        await settled(store.append("s", event(1, "b")))
        await store.release("s")

    run(main())
    assert run(values(store)) == ["a", "b"]


# ---- large texts -------------------------------------------------------------------------------------------------


def test_a_large_text_lies_beside_the_journal_once(store: FileSessionRepository) -> None:
    run(put(store, [BIG, {"again": [BIG]}, BIG + "!"]))
    assert len(blobs(store)) == 2
    assert journal(store).stat().st_size < 2_000
    assert run(values(store)) == [BIG, {"again": [BIG]}, BIG + "!"]


def test_a_text_that_is_there_already_is_not_written_again(tmp_path: Path) -> None:
    """Cutting a file that earlier records refer to would lose them if the process died just then."""
    run(put(FileSessionRepository(tmp_path), [BIG]))
    disk = RecordingDisk()
    run(put(FileSessionRepository(tmp_path, fs=disk), [BIG]))
    touched = {name for call, name in disk.calls if call in ("write", "truncate") and "owner" not in name}
    assert touched == {"journal.jsonl"}


def test_half_a_text_that_a_crash_has_left_is_written_whole(store: FileSessionRepository) -> None:
    run(put(store, [BIG]))
    (blob,) = blobs(store)
    journal(store).unlink()
    blob.write_bytes(blob.read_bytes()[:100])
    run(put(store, [BIG]))
    assert run(values(store)) == [BIG]


@pytest.mark.parametrize("harm", ["cut", "changed", "gone"])
def test_a_damaged_text_is_never_taken_for_the_right_one(
    store: FileSessionRepository, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    run(put(store, ["a", BIG]))
    (blob,) = blobs(store)
    data = blob.read_bytes()
    blob.unlink()
    if harm != "gone":
        blob.write_bytes(data[:-1] if harm == "cut" else b"T" + data[1:])
    assert run(values(store)) == ["a"], "as after a power cut before the sync: the record is not complete"
    run(put(store, ["b"]))
    assert run(values(store)) == ["a", "b"]
    assert "unfinished record" in caplog.text


def test_a_damaged_text_before_intact_records_is_damage(store: FileSessionRepository) -> None:
    run(put(store, ["a", BIG, "c"]))
    blobs(store)[0].unlink()
    before = journal(store).read_bytes()
    for work in (store.read("s"), store.claim("s")):
        with pytest.raises(SessionCorruptedError) as caught:
            run(work)
        assert caught.value.readable == 1
    assert journal(store).read_bytes() == before


# ---- what a crash leaves behind ----------------------------------------------------------------------------------


def test_an_unfinished_record_is_cut_off_with_a_warning(
    store: FileSessionRepository, caplog: pytest.LogCaptureFixture
) -> None:
    run(put(store, ["a", "b", "c"]))
    whole = journal(store).read_bytes()
    keep = whole.rindex(b"\n", 0, -1) + 1
    for size in range(keep + 1, len(whole)):
        journal(store).write_bytes(whole[:size])
        assert run(values(store)) == ["a", "b"]
        assert journal(store).read_bytes() == whole[:size], "reading repairs nothing"
        caplog.clear()
        run(put(store, []))
        assert [record.levelno for record in caplog.records] == [logging.WARNING]
        assert journal(store).read_bytes() == whole[:keep]
    run(put(store, ["d"]))
    assert run(values(store)) == ["a", "b", "d"]


def test_damage_in_the_middle_is_reported_and_nothing_is_written(store: FileSessionRepository) -> None:
    run(put(store, ["a", "b", "c", "d"]))
    spoilt = journal(store).read_bytes().replace(b'"value":"c"', b'"value":"X"')
    journal(store).write_bytes(spoilt)
    for work in (store.read("s"), store.claim("s")):
        with pytest.raises(SessionCorruptedError) as caught:
            run(work)
        assert (caught.value.readable, caught.value.session_id) == (2, "s")
    assert journal(store).read_bytes() == spoilt
    with pytest.raises(SessionCorruptedError):
        run(store.claim("s"))  # the failed claim has let go again
    run(store.delete("s"))
    assert run(store.list()) == []


def test_a_journal_without_a_whole_record_is_no_session(store: FileSessionRepository) -> None:
    run(put(store, ["a"]))
    journal(store).write_bytes(journal(store).read_bytes()[:20])
    with pytest.raises(SessionNotFoundError):
        run(store.read("s"))
    run(put(store, ["b"]))
    assert run(values(store)) == ["b"]


# ---- when something is safe --------------------------------------------------------------------------------------


def test_an_append_is_written_at_once_and_safe_after_the_sync(tmp_path: Path) -> None:
    disk = HeldDisk()
    store = FileSessionRepository(tmp_path, fs=disk)

    async def main() -> None:
        await store.claim("s")
        disk.held = True
        durable = store.append("s", event(0, "a"))
        assert scan(journal(store).read_bytes()).records, "written before the event loop turns"
        assert durable is not None
        await asyncio.to_thread(disk.entered.wait, 10)
        assert not durable.done()
        disk.free.set()
        await settled(durable)
        await store.release("s")

    run(main())


def test_appends_that_come_during_a_sync_share_the_next_one(tmp_path: Path) -> None:
    disk = HeldDisk()
    store = FileSessionRepository(tmp_path, fs=disk)

    async def main() -> None:
        await store.claim("s")
        disk.held = True
        durables = [store.append("s", event(0))]
        await asyncio.to_thread(disk.entered.wait, 10)
        durables += [store.append("s", event(seq)) for seq in range(1, 100)]
        disk.free.set()
        for durable in durables:
            await settled(durable)
        await store.release("s")

    run(main())
    assert disk.calls.count(("sync", "journal.jsonl")) == 2


def test_releasing_waits_for_a_sync_that_is_under_way(tmp_path: Path) -> None:
    disk = HeldDisk()
    store = FileSessionRepository(tmp_path, fs=disk)

    async def main() -> None:
        await store.claim("s")
        disk.held = True
        durable = store.append("s", event(0))
        releasing = asyncio.ensure_future(store.release("s"))
        await asyncio.to_thread(disk.entered.wait, 10)
        assert owner_file.exists()
        assert not (await asyncio.wait({releasing}, timeout=0.02))[0]
        disk.free.set()
        await releasing
        assert await outcome(durable) is None

    owner_file = store.storage_dir / "s" / "owner.json"
    run(main())
    assert not owner_file.exists()


def test_texts_are_safe_before_the_records_that_refer_to_them(tmp_path: Path) -> None:
    disk = RecordingDisk()
    store = FileSessionRepository(tmp_path, fs=disk)

    async def main() -> None:
        await store.claim("s")
        disk.calls.clear()
        await settled(store.append("s", event(0, BIG)))
        calls = list(disk.calls)
        await store.release("s")
        (blob,) = blobs(store)
        order = [("sync", blob.name), ("sync_dir", "blobs"), ("sync_dir", "s"), ("sync", "journal.jsonl")]
        assert [call for call in calls if call[0].startswith("sync")] == order

    run(main())


def test_a_new_session_survives_a_power_cut_by_name(tmp_path: Path) -> None:
    disk = RecordingDisk()
    run(put(FileSessionRepository(tmp_path / "sessions", fs=disk), ["a"]))
    synced = {name for call, name in disk.calls if call == "sync_dir"}
    assert {"s", "sessions"} <= synced


def test_without_syncs_an_append_is_safe_as_soon_as_it_is_written(tmp_path: Path) -> None:
    disk = RecordingDisk()
    store = FileSessionRepository(tmp_path, durability="fast", fs=disk)

    async def main() -> None:
        await store.claim("s")
        disk.calls.clear()
        assert store.append("s", event(0)) is None
        assert disk.calls == [("write", "journal.jsonl")]
        await store.release("s")

    run(main())


def test_nobody_sees_an_event_and_no_step_starts_before_it_is_safe(tmp_path: Path) -> None:
    order: list[tuple[str, Any]] = []

    class Disk(RecordingDisk):
        def write(self, fd: int, data: bytes) -> int:
            order.extend([("write", scan(data).records)] * (self._names[fd] == "journal.jsonl"))
            return super().write(fd, data)

        def sync(self, fd: int) -> None:
            size = len(order)
            super().sync(fd)
            order.append(("synced", size))

    class Agents(ScriptedAgents):
        async def call(self, call: Any) -> Any:
            order.append(("called", call.key))
            return await super().call(call)

    def listener(event: Event) -> None:
        if event.durable:
            order.append(("shown", event.seq))

    store = FileSessionRepository(tmp_path, fs=Disk())
    begin(steps("x", "y", "z"), Agents(), store=store, listener=listener).result(10).raise_for_status()
    written: dict[int, int] = {}
    safe = 0
    shown: list[int] = []
    for what, value in order:
        match what:
            case "write":
                written[len(written)] = order.index((what, value))
            case "synced":
                safe = max([seq + 1 for seq, place in written.items() if place < value], default=safe)
            case "shown":
                assert value < safe, f"event {value} was shown when {safe} were safe"
                shown.append(value)
            case _:
                before = f"steps/{int(value[-1]) - 1}"
                done = [e.seq for e in run(store.read("s")) if e.event_type == "step_complete" and e.key == before]
                assert all(seq < safe for seq in done), f"{value} was called before {before} was safe"
    assert shown == list(range(len(written)))
