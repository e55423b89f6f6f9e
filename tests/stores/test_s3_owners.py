"""Several processes and one session in S3: refused, killed, stopped, taken over, racing."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.engine.store import settled
from strands_nb.errors import SessionBusyError, SessionNotFoundError
from strands_nb.testing import ScriptedAgents
from tests.app.support import TWO_AND_A_GATE, flow
from tests.engine.support import until
from tests.stores.s3_process import Process
from tests.stores.support import count, event, outcome, put, run, values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strands_nb.stores import S3SessionRepository
    from tests.stores.s3 import Server


@pytest.fixture
def store(s3: Server) -> S3SessionRepository:
    return s3.store(heartbeat=0.2, stale_after=2.0)


@pytest.fixture
def holder(s3: Server, store: S3SessionRepository) -> Iterator[Process]:
    other = Process(s3, "hold", store.prefix)
    assert other.read() == "ready"
    yield other
    other.end()


def again(s3: Server, store: S3SessionRepository, **options: Any) -> S3SessionRepository:
    """The store as another process has it."""
    return s3.store(store.prefix, **{"heartbeat": 0.2, "stale_after": 2.0, **options})


def claimed_in_time(store: S3SessionRepository) -> bool:
    """Whether a session becomes free, without being taken over."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            run(put(store, []))
        except SessionBusyError:
            time.sleep(0.1)
        else:
            return True
    return False


# ---- other processes ---------------------------------------------------------------------------------------------


def test_a_session_of_another_process_is_refused_and_its_owner_named(
    store: S3SessionRepository, holder: Process
) -> None:
    with pytest.raises(SessionBusyError) as caught:
        run(store.claim("s"))
    assert str(holder.pid) in str(caught.value.owner)
    assert str(holder.pid) in str(caught.value)
    (entry,) = run(store.list())
    assert str(holder.pid) in str(entry.owner)
    assert run(values(store)) == ["holder 0", "holder 1"], "reading is for everybody"
    assert holder.go_on() == "written"


def test_a_session_of_a_process_of_this_machine_that_was_killed_is_free_at_once(
    s3: Server, store: S3SessionRepository, holder: Process
) -> None:
    patient = again(s3, store, stale_after=3600.0)
    holder.end()
    (entry,) = run(patient.list())
    assert entry.owner is None
    run(put(patient, ["mine"]))
    assert run(values(patient)) == ["holder 0", "holder 1", "mine"]


def test_a_process_that_was_stopped_for_too_long_is_replaced_and_writes_nothing_more(
    store: S3SessionRepository, holder: Process
) -> None:
    holder.process.send_signal(signal.SIGSTOP)
    assert claimed_in_time(store)
    run(put(store, ["mine"]))
    holder.process.send_signal(signal.SIGCONT)
    assert holder.go_on().startswith("SessionBusyError")
    assert holder.go_on().startswith("SessionBusyError")
    run(put(store, ["mine too"]))
    assert run(values(store)) == ["holder 0", "holder 1", "mine", "mine too"]


def test_a_process_that_was_taken_over_is_told_by_whom(store: S3SessionRepository, holder: Process) -> None:
    async def main() -> None:
        await store.claim("s", take_over=True)
        said = await asyncio.to_thread(holder.go_on)
        assert said.startswith("SessionBusyError")
        assert f"process {os.getpid()}" in said
        await settled(store.append("s", event(2, "mine")))
        await store.release("s")

    run(main())
    assert run(values(store)) == ["holder 0", "holder 1", "mine"]


def test_of_processes_that_take_a_session_from_each_other_each_has_all_it_was_told_is_safe(
    s3: Server, store: S3SessionRepository
) -> None:
    racers = [Process(s3, "race", store.prefix, name) for name in ("red", "blue")]
    acknowledged = [racer.lines() for racer in racers]
    found = run(values(store))
    assert all(acknowledged), "both have written"
    assert len(set(found)) == len(found), "nothing twice"
    for lines in acknowledged:
        mine = [value for value in found if value in set(lines)]
        assert mine == lines, "all of it, in order"
    assert [value.rsplit(" ", 1)[1] for value in found] == [str(seq) for seq in range(len(found))]


def test_a_workflow_parks_here_and_is_finished_in_another_process(s3: Server, store: S3SessionRepository) -> None:
    agents = ScriptedAgents()
    result = flow(TWO_AND_A_GATE, agents=agents, store=store).run()
    assert (result.status, agents.keys) == ("paused", ["steps/0"])
    called, said = Process(s3, "resume", store.prefix, result.session_id).lines()
    assert called == "steps/2", "the first was paid for here"
    assert said.startswith("completed: writer: ")
    finished = flow(TWO_AND_A_GATE, agents=agents, store=again(s3, store)).resume(result.session_id)
    assert finished.status == "completed"
    assert agents.keys == ["steps/0"]


# ---- threads -----------------------------------------------------------------------------------------------------


def test_of_threads_that_claim_at_once_one_writes(s3: Server, store: S3SessionRepository) -> None:
    start, won = threading.Barrier(6), list[int]()

    def claim(number: int) -> None:
        async def main() -> None:
            mine = again(s3, store)
            await asyncio.to_thread(start.wait, 20)
            await mine.claim("s")
            won.append(number)
            await settled(mine.append("s", event(0, number)))

        with suppress(SessionBusyError):
            run(main())

    threads = [threading.Thread(target=claim, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert run(values(store)) == won


# ---- the lease ---------------------------------------------------------------------------------------------------


def test_a_writer_that_lives_is_not_stale_however_long_it_says_nothing(s3: Server) -> None:
    store = s3.store(heartbeat=0.2, stale_after=1.5)

    async def main() -> None:
        await put(store, ["a"])
        await store.claim("s")
        end = time.monotonic() + 3.5
        while time.monotonic() < end:
            with pytest.raises(SessionBusyError):
                await again(s3, store, stale_after=1.5).claim("s")
            await asyncio.sleep(0.3)
        await settled(store.append("s", event(1, "b")))
        await store.release("s")

    run(main())


def test_a_writer_without_a_heartbeat_can_be_replaced_after_a_while(s3: Server, store: S3SessionRepository) -> None:
    silent = s3.store(store.prefix, heartbeat=3600.0)

    async def main() -> None:
        await silent.claim("s")
        await settled(silent.append("s", event(0, "a")))
        with pytest.raises(SessionBusyError):
            await store.claim("s")
        assert await asyncio.to_thread(claimed_in_time, store)
        await put(store, ["b"])
        error = await outcome(silent.append("s", event(1, "late")))
        assert isinstance(error, SessionBusyError)
        await silent.release("s")
        assert await values(store) == ["a", "b"]

    run(main())


def test_a_writer_learns_from_its_heartbeat_that_it_was_taken_over(s3: Server, store: S3SessionRepository) -> None:
    async def main() -> None:
        await store.claim("s")
        await settled(store.append("s", event(0, "a")))
        await again(s3, store).claim("s", take_over=True)
        before = len(s3.requests)
        await asyncio.to_thread(until, lambda: store._writers["s"]._broken is not None)
        with pytest.raises(SessionBusyError, match="taken over"):
            store.append("s", event(1))
        assert not any("/s/0" in path for _, path in s3.requests[before:]), "without trying to write"
        await store.release("s")

    run(main())


def test_a_heartbeat_that_does_not_get_through_ends_nothing(s3: Server, store: S3SessionRepository) -> None:
    beats: list[str] = []

    def fault(method: str, path: str) -> str | None:
        if method == "PUT" and path.endswith("s.owner"):
            beats.append(path)
            return "403 AccessDenied" if len(beats) <= 3 else None
        return None

    async def main() -> None:
        await store.claim("s")
        with s3.failing(fault):
            await asyncio.to_thread(until, lambda: len(beats) == 5)
            await settled(store.append("s", event(0, "a")))
        await settled(store.append("s", event(1, "b")))
        await store.release("s")
        assert (await store.list())[0].owner is None

    run(main())


def test_a_session_that_could_not_be_let_go_of_is_free_after_a_while(
    s3: Server, store: S3SessionRepository, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        await store.claim("s")
        await settled(store.append("s", event(0, "a")))
        with s3.failing(lambda method, path: "403 AccessDenied" if path.endswith("s.owner") else None):
            await store.release("s")

    run(main())
    assert "session s is free only when its lease has run out" in caplog.text
    assert claimed_in_time(store)


def test_who_follows_a_writer_that_let_go_needs_no_fence(s3: Server, store: S3SessionRepository) -> None:
    for _ in range(3):
        run(put(store, ["a"]))
    assert len(s3.keys(f"{store.prefix}s/")) == 3


# ---- a former writer whose puts are under way --------------------------------------------------------------------


def test_a_put_that_arrives_after_the_session_was_taken_over_finds_its_place_taken(
    s3: Server, store: S3SessionRepository
) -> None:
    zombie, arrived, go_on = again(s3, store), threading.Event(), threading.Event()

    def hold(method: str, path: str) -> None:
        if method == "PUT" and "/s/000000000001" in path and not arrived.is_set():
            arrived.set()
            assert go_on.wait(20)

    async def main() -> None:
        await zombie.claim("s")
        await settled(zombie.append("s", event(0, "a")))
        with s3.failing(hold):
            late = zombie.append("s", event(1, "late"))
            await asyncio.to_thread(arrived.wait, 20)
            await store.claim("s", take_over=True)
            assert await values(store) == ["a"]
            await settled(store.append("s", event(1, "mine")))
            go_on.set()
            assert isinstance(await outcome(late), SessionBusyError)
        await store.release("s")
        await zombie.release("s")

    run(main())
    assert run(values(store)) == ["a", "mine"]


@pytest.mark.parametrize("seq", [0, 1])
def test_a_put_that_arrives_just_before_the_fence_is_part_of_the_session(
    s3: Server, store: S3SessionRepository, seq: int
) -> None:
    """The heir has found a place free, and by the time its fence arrives the former writer has taken it."""
    zombie, told = again(s3, store), list[BaseException | None]()

    async def main() -> None:
        await zombie.claim("s")
        if seq:
            await settled(zombie.append("s", event(0, "a")))
        loop = asyncio.get_running_loop()

        def slip_in(method: str, path: str) -> None:
            if method == "PUT" and path.endswith(f"/s/{seq:012d}") and not told:
                told.append(None)  # the request of the zombie itself passes
                asyncio.run_coroutine_threadsafe(late(), loop).result(20)

        async def late() -> None:
            told[0] = await outcome(zombie.append("s", event(seq, "just in time")))

        with s3.failing(slip_in):
            await store.claim("s", take_over=True)
        assert told == [None], "the former writer was told that it is safe"
        assert await values(store) == ["a", "just in time"][1 - seq :]
        assert isinstance(await outcome(zombie.append("s", event(seq + 1, "late"))), SessionBusyError)
        await settled(store.append("s", event(seq + 1, "mine")))
        await store.release("s")
        await zombie.release("s")

    run(main())
    assert run(values(store)) == [*["a", "just in time"][1 - seq :], "mine"]


def test_a_session_that_was_taken_over_before_it_began_is_none_either(s3: Server, store: S3SessionRepository) -> None:
    async def main() -> None:
        await store.claim("s")
        heir = again(s3, store)
        await heir.claim("s", take_over=True)
        assert isinstance(await outcome(store.append("s", event(0))), SessionBusyError)
        await heir.release("s")
        await store.release("s")
        assert await count(store) == 0
        with pytest.raises(SessionNotFoundError):
            await store.read("s")
        await put(store, ["a"])
        assert await values(store) == ["a"]

    run(main())
