"""The list of sessions is right whatever becomes of its index, and whoever else writes."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.engine import events as ev
from strands_nb.stores import FileSessionRepository
from strands_nb.stores import index as module
from strands_nb.stores.index import SessionIndex, Wanted
from strands_nb.stores.notices import cache_file
from strands_nb.stores.records import encode
from tests.stores.support import event, put, run

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
NOW = time.time()
ENDS: dict[str, type[ev.Event] | None] = {
    "paused": ev.RunPaused,
    "completed": ev.RunCompleted,
    "failed": ev.RunFailed,
    "interrupted": None,
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STRANDS_NB_HOME", str(tmp_path / "home"))
    return tmp_path / "sessions"


def add(folder: Path, name: str, *, status: str = "paused", age: float = 0, workflow: str = "w") -> None:
    """A session as a run leaves it behind, last changed so many seconds ago."""
    at, end = event(0).timestamp, ENDS[status]
    nothing: Any = {}
    records: list[ev.Event] = [ev.Noted(0, "note", at, name, workflow, "chain", "", {"value": 1})]
    if end is not None:
        records.append(end(1, end.tag, at, name, workflow, "chain", "", nothing))
    (folder / name).mkdir(parents=True, exist_ok=True)
    journal = folder / name / "journal.jsonl"
    journal.write_bytes(b"".join(encode(record, 1) for record in records))
    os.utime(journal, (NOW - age, NOW - age))


def written(store: FileSessionRepository, name: str) -> None:
    """Something is added to a session, a tick of the disk's clock after everything else."""
    time.sleep(0.012)
    run(put(store, ["value"], name))


def names(folder: Path, **wanted: object) -> list[str]:
    return [one.row.id for one in SessionIndex(folder).page(Wanted(**wanted))]  # pyright: ignore[reportArgumentType]


def database(folder: Path) -> Path:
    return cache_file(folder, "sqlite")


# ---- pages -------------------------------------------------------------------------------------------------------


def test_pages_are_cut_from_the_newest_on(folder: Path) -> None:
    for number in range(10):
        add(folder, f"s{number}", age=number)
    assert names(folder, limit=3) == ["s0", "s1", "s2"]
    assert names(folder, offset=8, limit=3) == ["s8", "s9"]
    assert names(folder, offset=10, limit=3) == []
    assert len(names(folder)) == 10


def test_sessions_are_picked_by_status_workflow_pattern_and_age(folder: Path) -> None:
    for number, status in enumerate(ENDS):
        add(folder, status, status=status, age=number, workflow=f"w{number % 2}")
    for status in ENDS:
        assert names(folder, status=status) == [status]
    assert names(folder, status="running") == []
    assert names(folder, workflow="w1") == ["completed", "interrupted"]
    assert names(folder, pattern_type="graph") == []
    assert names(folder, before=datetime.fromtimestamp(NOW - 1.5, UTC)) == ["failed", "interrupted"]


def test_what_is_no_session_is_not_listed(folder: Path) -> None:
    add(folder, "good")
    (folder / "empty").mkdir()
    (folder / "begun").mkdir()
    (folder / "begun" / "journal.jsonl").touch()
    (folder / "text").mkdir()
    (folder / "text" / "journal.jsonl").write_text("no journal\n")
    add(folder, "No Id")
    (folder / ".DS_Store").write_text("")
    assert names(folder) == names(folder) == ["good"]
    assert names(folder / "nowhere") == []


def test_a_page_that_was_seen_before_reads_no_journal(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        add(folder, f"s{number}")
    names(folder)
    read: list[Path] = []
    monkeypatch.setattr(module, "glance", read.append)
    assert len(names(folder)) == 5
    assert read == []


# ---- others write ------------------------------------------------------------------------------------------------


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking at everything is always due, as it is after a few seconds."""
    monkeypatch.setattr(module, "_EVERY_S", 0.0)
    monkeypatch.setattr(module, "_SHARE", 0)


def test_what_a_store_of_this_host_writes_is_there_at_once(folder: Path) -> None:
    assert names(folder) == []
    other = FileSessionRepository(folder)
    for name in ("a", "b", "a", "c", "b"):
        written(other, name)
        assert names(folder)[0] == name
    run(other.delete("b"))
    assert names(folder) == ["c", "a"]


@pytest.mark.usefixtures("often")
def test_what_somebody_writes_who_gives_no_notice_is_there_a_little_later(folder: Path) -> None:
    add(folder, "a", age=5)
    assert names(folder) == ["a"]
    add(folder, "b", age=3)
    assert names(folder) == ["b", "a"]
    add(folder, "a", status="completed")
    assert names(folder, status="completed") == ["a"]
    shutil.rmtree(folder / "b")
    assert names(folder) == ["a"]


def test_what_is_shown_was_looked_at_even_if_nobody_gave_notice(folder: Path) -> None:
    for number in range(4):
        add(folder, f"s{number}", age=number)
    assert len(names(folder)) == 4
    shutil.rmtree(folder / "s1")
    add(folder, "s2", status="completed", age=-5)
    assert names(folder, limit=3) == ["s2", "s0", "s3"]
    assert names(folder, status="paused") == ["s0", "s3"]


@pytest.fixture
def holder(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has opened session `s`."""
    names(folder)  # somebody lists already
    command = [sys.executable, "-m", "tests.stores.holder", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:  # noqa: S603
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def test_a_session_of_another_process_runs_and_is_interrupted_when_that_dies(
    folder: Path, holder: subprocess.Popen[str]
) -> None:
    (seen,) = SessionIndex(folder).page(Wanted(status="running"))
    assert f"process {holder.pid} " in str(seen.entry.owner)
    assert holder.stdin is not None
    assert holder.stdout is not None
    holder.stdin.write("\n")
    holder.stdin.flush()
    holder.stdout.readline()
    (later,) = SessionIndex(folder).page(Wanted(status="running"))
    assert later.row.size > seen.row.size, "what it adds is seen without a further notice"
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert names(folder, status="running") == []
    assert names(folder, status="interrupted") == ["s"]


def test_a_session_that_was_claimed_but_not_begun_appears_when_it_is(folder: Path) -> None:
    names(folder)
    store = FileSessionRepository(folder)

    async def main() -> None:
        await store.claim("s")
        assert names(folder) == []
        store.append("s", event(0, "x"))
        assert names(folder) == ["s"]
        await store.release("s")

    run(main())
    assert names(folder, status="interrupted") == ["s"]


def test_notices_begin_anew_when_there_are_many(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("strands_nb.stores.notices._MOST_BYTES", 5)
    names(folder)
    store = FileSessionRepository(folder)
    for name in ("aaaa", "bbbb", "cccc", "dddd"):
        written(store, name)
        assert names(folder)[0] == name
    assert cache_file(folder, "notices").stat().st_size <= 10


def test_who_lists_nothing_leaves_nothing_in_the_cache(folder: Path, tmp_path: Path) -> None:
    run(put(FileSessionRepository(folder), ["value"]))
    assert not (tmp_path / "home").exists()


# ---- the index is lost -------------------------------------------------------------------------------------------


def test_the_index_is_for_its_owner_only(folder: Path) -> None:
    before = os.umask(0)
    try:
        add(folder, "a")
        names(folder)
    finally:
        os.umask(before)
    assert database(folder).stat().st_mode & 0o777 == 0o600
    assert cache_file(folder, "notices").stat().st_mode & 0o777 == 0o600
    assert database(folder).parent.stat().st_mode & 0o777 == 0o700


def test_an_index_that_disappears_is_made_again(folder: Path) -> None:
    index = SessionIndex(folder)
    for number in range(3):
        add(folder, f"s{number}", age=9 - number)
        shutil.rmtree(database(folder).parent, ignore_errors=True)
        assert len(index.page(Wanted())) == number + 1


def _garbage(path: Path) -> None:
    path.write_bytes(Random(93).randbytes(9000))  # noqa: S311


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _emptied(path: Path) -> None:
    os.truncate(path, 0)


def _of_another_version(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.executescript("DROP TABLE digests; ALTER TABLE sessions RENAME TO former; PRAGMA user_version = 99")


def _without_its_tables(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.executescript("DROP TABLE sessions; DROP TABLE looked")


DAMAGE = [_garbage, _cut, _emptied, _of_another_version, _without_its_tables]


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__.strip("_"))
def test_an_index_that_is_damaged_is_thrown_away_in_silence(
    folder: Path, damage: object, caplog: pytest.LogCaptureFixture
) -> None:
    assert callable(damage)
    for number in range(30):
        add(folder, f"s{number:02d}", age=number)
    expected = names(folder)
    damage(database(folder))
    with caplog.at_level(logging.INFO):
        assert names(folder) == expected
    assert caplog.records == []
    assert SessionIndex(folder)._database._in_memory is None
    with closing(sqlite3.connect(database(folder))) as again:
        assert again.execute("SELECT count(*) FROM sessions").fetchone() == (30,)


@pytest.mark.slow
@pytest.mark.usefixtures("often")
def test_a_damaged_byte_anywhere_in_the_index_shows_nothing_wrong(folder: Path) -> None:
    for number in range(20):
        add(folder, f"s{number:02d}", age=number, status=list(ENDS)[number % 4])
    index = SessionIndex(folder)
    index.keep((one, '{"digest": 1}') for one in index.page(Wanted()))
    expected = names(folder)
    whole, random = database(folder).read_bytes(), Random(93)  # noqa: S311
    for _ in range(300):
        data = bytearray(whole)
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
        database(folder).write_bytes(data)
        page = SessionIndex(folder).page(Wanted())
        assert [one.row.id for one in page] == expected
        assert {one.digest for one in page} <= {'{"digest": 1}', None}


def test_where_there_can_be_no_index_it_is_kept_in_memory(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("in the way")
    add(folder, "a", age=1)
    index = SessionIndex(folder)
    assert [one.row.id for one in index.page(Wanted())] == ["a"]
    run(put(FileSessionRepository(folder), ["value"], "b"))
    assert [one.row.id for one in index.page(Wanted())] == ["b", "a"], "at once, though nobody could give notice"


def test_an_index_that_could_not_be_written_for_a_while_is_written_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").write_text("in the way")
    add(folder, "a")
    index = SessionIndex(folder)
    index.page(Wanted())
    (tmp_path / "home").unlink()
    index.page(Wanted())
    assert not database(folder).exists()
    monkeypatch.setattr(index._database, "_in_memory_until", 0.0)
    assert [one.row.id for one in index.page(Wanted())] == ["a"]
    assert database(folder).exists()


def test_an_index_that_is_locked_is_not_waited_for_and_not_thrown_away(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("strands_nb.stores.database._BUSY_S", 0.05)
    add(folder, "a")
    names(folder)
    add(folder, "b", age=-1)
    with closing(sqlite3.connect(database(folder), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        index = SessionIndex(folder)
        before = database(folder).stat().st_ino
        monkeypatch.setattr(module, "_EVERY_S", 0.0)
        monkeypatch.setattr(module, "_SHARE", 0)
        assert [one.row.id for one in index.page(Wanted())] == ["b", "a"]
        assert database(folder).stat().st_ino == before


_LISTS = """
import sys, pathlib
from strands_nb.stores.index import SessionIndex, Wanted
index = SessionIndex(pathlib.Path(sys.argv[1]))
for _ in range(60):
    page = index.page(Wanted(limit=20))
    assert [one.row.changed for one in page] == sorted((one.row.changed for one in page), reverse=True)
print(index._database._in_memory_until)
"""


@pytest.mark.slow
def test_several_processes_list_while_others_write_and_the_index_is_deleted(folder: Path) -> None:
    for number in range(200):
        add(folder, f"s{number:03d}", age=number)
    command = [sys.executable, "-c", _LISTS, str(folder)]
    lists = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(3)]  # noqa: S603
    store = FileSessionRepository(folder)
    for number in range(20):
        written(store, f"n{number}")
        if number % 7 == 3:
            shutil.rmtree(database(folder).parent, ignore_errors=True)
    assert [(process.communicate(timeout=50)[0], process.returncode) for process in lists] == [("0.0\n", 0)] * 3
    assert names(folder, limit=1) == ["n19"]
    assert len(names(folder)) == 220


def test_indexes_of_folders_that_nobody_lists_any_more_go(folder: Path) -> None:
    add(folder, "a")
    names(folder)
    old = database(folder)
    os.utime(old, (NOW - 100 * 86_400, NOW - 100 * 86_400))
    add(folder.with_name("others"), "b")
    names(folder.with_name("others"))
    assert not old.exists()
    assert names(folder) == ["a"]
