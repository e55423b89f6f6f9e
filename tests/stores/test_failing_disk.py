"""Disks that fail: nothing is half acknowledged, and the next open finds whole records."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from strands_nb.engine.store import settled
from strands_nb.errors import StorageError
from strands_nb.stores import FileSessionRepository
from strands_nb.stores.records import scan
from tests.stores.disks import FailingDisk, ShortDisk
from tests.stores.support import event, outcome, put, run, values

BIG = "tide " * 20_000


def journal(store: FileSessionRepository) -> Path:
    return store.storage_dir / "s" / "journal.jsonl"


def test_after_a_failed_sync_nothing_more_is_written(tmp_path: Path) -> None:
    """The system may have dropped the data: a second sync that succeeds would prove nothing."""
    disk = FailingDisk("sync", "journal.jsonl", 2, OSError(5, "Input/output error"))
    store = FileSessionRepository(tmp_path, fs=disk)

    async def main() -> None:
        await store.claim("s")
        assert await outcome(store.append("s", event(0))) is None
        assert isinstance(await outcome(store.append("s", event(1))), StorageError)
        with pytest.raises(StorageError, match="Input/output"):
            store.append("s", event(2))
        assert disk.seen == 2, "no second try"
        await store.release("s")
        await put(store, ["fresh"])

    run(main())
    assert scan(journal(store).read_bytes()).verdict == "clean"


def test_all_who_wait_for_a_sync_hear_of_its_failure(tmp_path: Path) -> None:
    disk = FailingDisk("sync", "journal.jsonl", 1, OSError(5, "Input/output error"))
    store = FileSessionRepository(tmp_path, fs=disk)

    async def main() -> None:
        await store.claim("s")
        ends = await asyncio.gather(*[outcome(store.append("s", event(seq))) for seq in range(5)])
        assert [type(end) for end in ends] == [StorageError] * 5
        await store.release("s")

    run(main())


@pytest.mark.parametrize("at", range(1, 8))
def test_a_full_disk_leaves_whole_records_only(tmp_path: Path, at: int) -> None:
    disk = FailingDisk("write", "journal.jsonl", at, OSError(28, "No space left on device"))
    store = FileSessionRepository(tmp_path, fs=disk)

    async def main() -> None:
        await store.claim("s")
        safe = 0
        with contextlib.suppress(StorageError):
            for seq in range(10):
                await settled(store.append("s", event(seq, seq)))
                safe += 1
        await store.release("s")
        assert safe == at - 1
        if safe:
            assert await values(store) == list(range(safe))
        await put(store, ["there is room again"])
        assert await values(store) == [*range(safe), "there is room again"]

    run(main())


@pytest.mark.parametrize("room", [1, 50, 150, 151, 400])
def test_a_disk_that_fills_in_the_middle_of_a_record_leaves_whole_records_only(tmp_path: Path, room: int) -> None:
    disk = ShortDisk(7, room)
    store = FileSessionRepository(tmp_path, fs=disk)

    async def main() -> None:
        await store.claim("s")
        with contextlib.suppress(StorageError):
            for seq in range(10):
                await settled(store.append("s", event(seq, seq)))
        with pytest.raises(StorageError, match="No space"):
            store.append("s", event(0))
        assert scan(journal(store).read_bytes()).verdict == "clean"
        await store.release("s")

    run(main())


def test_short_writes_are_gone_on_with(tmp_path: Path) -> None:
    store = FileSessionRepository(tmp_path, fs=ShortDisk(3))
    run(put(store, ["a", "b" * 500, "c" * 70_000]))
    assert run(values(store)) == ["a", "b" * 500, "c" * 70_000]


def test_a_full_disk_in_the_middle_of_a_large_text_harms_no_record(tmp_path: Path) -> None:
    run(put(FileSessionRepository(tmp_path), ["a"]))
    store = FileSessionRepository(tmp_path, fs=ShortDisk(1000, 5000))
    with pytest.raises(StorageError, match="No space"):
        run(put(store, [BIG]))
    assert run(values(store)) == ["a"]
    run(put(FileSessionRepository(tmp_path), [BIG]))
    assert run(values(store)) == ["a", BIG]


@pytest.mark.parametrize("call", [("rename", "owner.json"), ("sync_dir", "s")])
def test_a_claim_that_fails_holds_nothing(tmp_path: Path, call: tuple[str, str]) -> None:
    disk = FailingDisk(*call, 1, OSError(28, "No space left on device"))
    store = FileSessionRepository(tmp_path, fs=disk)
    with pytest.raises(StorageError, match="No space"):
        run(store.claim("s"))
    run(put(store, ["a"]))
    assert run(values(store)) == ["a"]
