"""Several processes and one session: refused, killed, taken over."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.engine.store import settled
from strands_nb.errors import SessionBusyError
from strands_nb.stores import FileSessionRepository
from strands_nb.testing import ScriptedAgents
from tests.engine.support import begin, steps, until
from tests.stores.support import event, outcome, put, run, values

if TYPE_CHECKING:
    from collections.abc import Iterator


ROOT = Path(__file__).parents[2]


@pytest.fixture
def store(tmp_path: Path) -> FileSessionRepository:
    return FileSessionRepository(tmp_path / "home" / "sessions")


class Holder:
    """Another process that has the session `s` of a folder."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "tests.stores.holder", str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.greeting = self.read()

    def read(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def append(self) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.read()

    def end(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=10)


@pytest.fixture
def holder(store: FileSessionRepository) -> Iterator[Holder]:
    other = Holder(store.storage_dir)
    assert other.greeting == "ready"
    yield other
    other.end()


def test_a_session_of_another_process_is_refused_and_its_owner_named(
    store: FileSessionRepository, holder: Holder
) -> None:
    with pytest.raises(SessionBusyError) as caught:
        run(store.claim("s"))
    assert str(holder.process.pid) in str(caught.value)
    assert str(holder.process.pid) in str(caught.value.owner)
    (entry,) = run(store.list())
    assert str(holder.process.pid) in str(entry.owner)
    with pytest.raises(SessionBusyError):
        run(store.delete("s"))
    assert run(values(store)) == ["holder 0", "holder 1"], "reading is for everybody"
    assert holder.append() == "written"


def test_who_comes_before_the_owner_has_left_its_note_is_told_who_it_is(
    store: FileSessionRepository, holder: Holder
) -> None:
    note = store.storage_dir / "s" / "owner.json"
    text, pid = note.read_text(), str(holder.process.pid)
    note.write_text(text.replace(pid, "4194305"))  # what a process that was killed has left there
    threading.Timer(0.1, note.write_text, (text,)).start()
    with pytest.raises(SessionBusyError) as caught:
        run(store.claim("s"))
    assert f"process {pid} on" in str(caught.value.owner)


def test_a_session_of_a_process_that_was_killed_is_free(store: FileSessionRepository, holder: Holder) -> None:
    holder.process.send_signal(signal.SIGKILL)
    holder.process.wait(10)
    (entry,) = run(store.list())
    assert entry.owner is None
    run(put(store, ["mine"]))
    assert run(values(store)) == ["holder 0", "holder 1", "mine"]


def test_a_writer_that_was_taken_over_is_fenced(store: FileSessionRepository, holder: Holder) -> None:
    async def main() -> None:
        await store.claim("s", take_over=True)
        await settled(store.append("s", event(2, "mine")))
        said = await asyncio.to_thread(holder.append)
        assert said.startswith("SessionBusyError")
        assert f"process {os.getpid()}" in said
        await settled(store.append("s", event(3, "mine too")))
        assert (await asyncio.to_thread(holder.append)).startswith("SessionBusyError")
        await store.release("s")

    run(main())
    assert run(values(store)) == ["holder 0", "holder 1", "mine", "mine too"]


def test_what_a_fenced_writer_wrote_first_does_not_count(store: FileSessionRepository, holder: Holder) -> None:
    async def main() -> None:
        await store.claim("s", take_over=True)
        assert (await asyncio.to_thread(holder.append)).startswith("SessionBusyError")
        await settled(store.append("s", event(2, "mine")))
        await store.release("s")

    run(main())
    assert run(values(store)) == ["holder 0", "holder 1", "mine"]
    holder.process.kill()
    holder.process.wait(10)
    run(put(store, ["more"]))
    assert run(values(store)) == ["holder 0", "holder 1", "mine", "more"]


@pytest.mark.parametrize("durability", ["step", "fast"])
def test_taking_over_within_a_process_fences_too(tmp_path: Path, durability: Any) -> None:
    first = FileSessionRepository(tmp_path, durability=durability)
    second = FileSessionRepository(tmp_path)

    async def main() -> None:
        await first.claim("s")
        await settled(first.append("s", event(0, "first")))
        await second.claim("s", take_over=True)
        with pytest.raises(SessionBusyError, match="taken over"):
            await settled(first.append("s", event(1, "late")))
        await settled(second.append("s", event(1, "second")))
        await first.release("s")
        third = FileSessionRepository(tmp_path)
        with pytest.raises(SessionBusyError):
            await third.claim("s")  # the loser's release has not freed the winner's session
        await second.release("s")
        await third.claim("s")
        await third.release("s")

    run(main())
    assert run(values(first)) == ["first", "second"]


def test_the_loser_of_a_session_does_not_free_it_for_other_processes(store: FileSessionRepository) -> None:
    """The system's lock goes with the first descriptor that is closed: so the loser must not close its own."""
    second = FileSessionRepository(store.storage_dir)

    async def main() -> None:
        await put(store, ["a", "b"])
        await store.claim("s")
        await second.claim("s", take_over=True)
        await store.release("s")
        other = await asyncio.to_thread(Holder, store.storage_dir)
        other.end()
        assert other.greeting.startswith("SessionBusyError")
        await second.release("s")

    run(main())


def test_a_run_that_was_taken_over_stops(tmp_path: Path) -> None:
    stolen = threading.Event()

    def steal(call: Any) -> str:
        if call.key == "steps/1":
            run_in_thread(thief.claim("s", take_over=True))
            stolen.set()
        return "said"

    thief, agents = FileSessionRepository(tmp_path), ScriptedAgents({"a": steal})
    run_ = begin(steps("x", "y", "z"), agents, store=FileSessionRepository(tmp_path))
    with pytest.raises(SessionBusyError, match="taken over"):
        run_.result(10)
    assert stolen.is_set()
    assert agents.keys == ["steps/0", "steps/1"]
    run(thief.release("s"))
    again = ScriptedAgents()
    assert begin(steps("x", "y", "z"), again, store=FileSessionRepository(tmp_path), resume=True).result(10).success


def test_many_who_take_a_session_over_at_once_each_get_it_and_one_keeps_it(tmp_path: Path) -> None:
    run(put(FileSessionRepository(tmp_path), ["begun"]))
    stores = [FileSessionRepository(tmp_path) for _ in range(16)]
    threads = [threading.Thread(target=run, args=(one.claim("s", take_over=True),)) for one in stores]
    with pytest.MonkeyPatch.context() as patch:
        failed: list[Any] = []
        patch.setattr(threading, "excepthook", failed.append)
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failed == []
    kept = [one for one in stores if run(_added(one)) is None]
    assert len(kept) == 1
    for one in stores:
        run(one.release("s"))
    assert run(values(stores[0])) == ["begun", "added"]
    assert {path.name for path in (tmp_path / "s").iterdir()} == {"journal.jsonl", "lock", "owner.lock"}


@pytest.mark.parametrize(("processes", "times"), [(4, 25), pytest.param(8, 250, marks=pytest.mark.soak)])
def test_of_processes_that_take_a_session_from_each_other_each_has_all_it_was_told_is_safe(
    processes: int, times: int, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "tests.stores.racer", str(tmp_path)]
    racers = [
        subprocess.Popen(  # noqa: S603 - our own module
            [*command, f"racer{number}", str(times)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        for number in range(processes)
    ]
    acknowledged = [racer.communicate(timeout=600)[0].splitlines() for racer in racers]
    assert [racer.returncode for racer in racers] == [0] * processes
    found = run(values(FileSessionRepository(tmp_path)))
    assert len(set(found)) == len(found), "nothing twice"
    for lines in acknowledged:
        said = set(lines)
        assert [value for value in found if value in said] == lines, "all of it, in order"
    assert [value.rsplit(" ", 1)[1] for value in found] == [str(seq) for seq in range(len(found))]


def test_of_many_who_delete_a_session_at_once_one_does_and_the_others_are_told_that_it_is_not_there(
    tmp_path: Path,
) -> None:
    run(put(FileSessionRepository(tmp_path), ["begun"]))
    start, told = threading.Barrier(8), list[str]()

    def delete() -> None:
        start.wait(10)
        try:
            run(FileSessionRepository(tmp_path).delete("s"))
        except Exception as error:  # noqa: BLE001 - the test looks at it
            told.append(type(error).__name__)

    threads = [threading.Thread(target=delete) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == ["SessionNotFoundError"] * 7
    assert list(tmp_path.iterdir()) == []


async def _added(store: FileSessionRepository) -> BaseException | None:
    return await outcome(store.append("s", event(1, "added")))


def run_in_thread(work: Any) -> None:
    thread = threading.Thread(target=run, args=(work,))
    thread.start()
    thread.join()


def test_listing_is_not_disturbed_by_sessions_that_come_and_go(store: FileSessionRepository) -> None:
    over = threading.Event()

    def come_and_go() -> None:
        other = FileSessionRepository(store.storage_dir)
        while not over.is_set():
            run(put(other, ["x"], "brief"))
            run(other.delete("brief"))

    run(put(store, ["kept"], "kept"))
    thread = threading.Thread(target=come_and_go)
    thread.start()
    try:
        for _ in range(50):
            assert "kept" in {entry.session_id for entry in run(store.list())}
    finally:
        over.set()
        thread.join()
    until(lambda: [entry.session_id for entry in run(store.list())] == ["kept"])
