"""What is particular to sessions in S3: lost answers, requests, damage."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb import SessionManager, Workflow
from strands_nb.engine.store import settled
from strands_nb.errors import (
    SessionBusyError,
    SessionCorruptedError,
    SessionError,
    SessionNotFoundError,
)
from strands_nb.stores import S3SessionRepository
from strands_nb.testing import ScriptedAgents
from tests.stores.s3 import BUCKET, always, once
from tests.stores.support import count, event, outcome, put, run, values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strands_nb.engine.events import Event
    from tests.stores.s3 import Server

BIG = "tide " * 200_000


# ---- what has changed --------------------------------------------------------------------------------------------


def test_a_session_that_has_not_changed_is_not_read_again(s3: Server) -> None:
    class Counted(S3SessionRepository):
        read_ = 0

        async def read(self, session_id: str) -> Sequence[Event]:
            self.read_ += 1
            return await super().read(session_id)

    store = Counted(BUCKET, s3.store().prefix, client=s3.new_client())
    workflow = Workflow.from_yaml("agents: {a: {prompt: A}}\nsteps: [{a: hi}, {approve: ok?}]")
    workflow = workflow.with_options(agents=ScriptedAgents(), store=store, on_hitl="park", session="s")
    assert workflow.run().status == "paused"
    sessions = SessionManager(storage=store).sync
    store.read_ = 0
    for _ in range(10):
        assert [one.status for one in sessions.list()] == [sessions.get("s").status] == ["paused"]
    assert store.read_ == 1
    assert workflow.resume("s", "fine").success
    store.read_ = 0
    assert [one.status for one in sessions.list()] == [sessions.get("s").status] == ["completed"]
    assert store.read_ == 1
    sessions.delete("s")
    with pytest.raises(SessionNotFoundError):
        run(store.entry("s"))


# ---- lost answers ------------------------------------------------------------------------------------------------


def records(s3: Server, store: S3SessionRepository) -> list[bytes]:
    """The objects of the log, without its fences."""
    bodies = [s3.body(f"{store.prefix}s/{key}") for key in s3.keys(f"{store.prefix}s/")]
    return [body for body in bodies if not body.startswith(b"# fence ")]


FAULTS = ["unanswered", "lost", "503 SlowDown", "409 ConditionalRequestConflict"]
WRITES = {
    "claiming": ("s.owner", 0),
    "a record": ("/s/0", 0),
    "a large text": (".blobs/", 0),
    "letting go": ("s.owner", 1),
}


@pytest.mark.parametrize("what", WRITES)
@pytest.mark.parametrize(("fault", "attempts"), [*((fault, 1) for fault in FAULTS), ("unanswered", 3), ("late", 2)])
def test_a_write_whose_answer_is_lost_is_neither_lost_nor_done_twice(
    s3: Server, fault: str, attempts: int, what: str
) -> None:
    """boto3 tries again itself, or, with one attempt, we do."""
    store = s3.store(client=s3.new_client(attempts, patience=0.5))
    run(put(store, ["a"]))
    word, after = WRITES[what]
    with s3.failing(once(fault, "PUT", word, after=after)):
        run(put(store, ["b", BIG]))
    assert run(values(store)) == ["a", "b", BIG]
    assert len(records(s3, store)) == 3
    (entry,) = run(store.list())
    assert entry.owner is None, "it was let go of"


@pytest.mark.parametrize("place", [0, 1])
def test_a_first_write_whose_answer_is_lost_is_recognised_too(s3: Server, place: int) -> None:
    store = s3.store()
    with s3.failing(once("unanswered", "PUT", ["s.owner", "/s/0"][place])):
        run(put(store, ["a"]))
    assert run(values(store)) == ["a"]


def test_nothing_is_acknowledged_before_its_put_has_returned(s3: Server) -> None:
    store, arrived, go_on = s3.store(), threading.Event(), threading.Event()

    def hold(method: str, path: str) -> None:
        if method == "PUT" and "/s/0" in path:
            arrived.set()
            assert go_on.wait(10)

    async def main() -> None:
        await store.claim("s")
        with s3.failing(hold):
            durable = store.append("s", event(0, "a"))
            await asyncio.to_thread(arrived.wait, 10)
            assert durable is not None
            assert not durable.done()
            assert await count(store) == 0
            go_on.set()
            await settled(durable)
        assert await values(store) == ["a"]
        await store.release("s")

    run(main())


def test_what_the_bucket_refuses_is_not_acknowledged_and_nothing_follows_it(s3: Server) -> None:
    store = s3.store()

    async def main() -> None:
        await put(store, ["a"])
        await store.claim("s")
        with s3.failing(always("403 AccessDenied", "PUT", "/s/0")):
            first, second = store.append("s", event(1)), store.append("s", event(2))
            assert "access is denied" in str(await outcome(first))
            assert "access is denied" in str(await outcome(second))
        with pytest.raises(SessionError, match="access is denied"):
            store.append("s", event(3))
        await store.release("s")
        await put(store, ["b"])
        assert await values(store) == ["a", "b"]

    run(main())


def test_a_record_is_written_only_after_the_large_texts_it_names(s3: Server) -> None:
    store = s3.store()

    async def main() -> None:
        await store.claim("s")
        with s3.failing(always("403 AccessDenied", ".blobs/")):
            assert "access is denied" in str(await outcome(store.append("s", event(0, BIG))))
        await store.release("s")
        assert await count(store) == 0
        assert await store.list() == []
        await put(store, [BIG])
        assert await values(store) == [BIG]

    run(main())


# ---- requests ----------------------------------------------------------------------------------------------------


def test_what_is_recorded_at_the_same_time_is_one_object(s3: Server) -> None:
    store = s3.store()

    async def main() -> None:
        await store.claim("s")
        await asyncio.gather(*[settled(store.append("s", event(seq, seq))) for seq in range(1000)])
        await store.release("s")

    run(main())
    assert s3.keys(f"{store.prefix}s/") == ["000000000000"]
    assert run(values(store)) == list(range(1000))


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_session_of_more_objects_than_a_listing_holds_is_read_whole(s3: Server) -> None:
    store = s3.store()

    async def main() -> None:
        await store.claim("s")
        for seq in range(1005):
            await settled(store.append("s", event(seq, seq)))
        await store.release("s")
        assert len(s3.keys(f"{store.prefix}s/")) == 1005
        await put(store, ["last"])
        assert await values(store) == [*range(1005), "last"]
        await store.delete("s")
        assert s3.keys(store.prefix) == []

    run(main())


def test_more_than_a_page_holds_is_listed_read_and_deleted_whole(s3: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    store = s3.store()
    monkeypatch.setattr(s3, "page", 3)
    names = [f"s-{n:02}" for n in range(11)]
    for name in names:
        run(put(store, list(range(8)), name))
        assert len(run(store.read(name))) == 8
    assert sorted(entry.session_id for entry in run(store.list())) == names
    for name in names:
        run(store.delete(name))
    assert s3.keys(store.prefix) == []


def test_a_large_text_is_one_object_however_often_it_is_recorded(s3: Server) -> None:
    store = s3.store()
    run(put(store, [BIG, {"again": BIG}, "short"]))
    run(put(store, [BIG]))
    assert run(values(store)) == [BIG, {"again": BIG}, "short", BIG]
    assert len(s3.keys(f"{store.prefix}s.blobs/")) == 1
    assert sum(map(len, records(s3, store))) < 2000


def test_a_list_is_one_request_however_long_the_sessions_are(s3: Server) -> None:
    store = s3.store(stale_after=0)
    for n in range(3):
        run(put(store, ["a", "b", BIG], f"s-{n}"))
    before = len(s3.requests)
    assert len(run(store.list())) == 3
    assert len(s3.requests) == before + 1


def test_a_store_without_a_prefix_and_one_with_it_do_not_see_each_other(s3: Server) -> None:
    bare, below = s3.store(""), s3.store("/x/y/")
    run(put(bare, ["bare"]))
    run(put(below, ["below"]))
    assert below.prefix == "x/y/"
    assert [entry.session_id for entry in run(bare.list())] == ["s"]
    run(bare.delete("s"))
    assert run(values(below)) == ["below"]


def test_requests_are_never_made_on_the_event_loop(s3: Server) -> None:
    threads: set[str] = set()

    class Watched:
        def __getattr__(self, name: str) -> Any:
            threads.add(threading.current_thread().name.rpartition("_")[0])
            return getattr(s3.client, name)

    async def main() -> None:
        store = s3.store(client=Watched())
        await put(store, ["a", BIG])
        await store.claim("s", take_over=True)
        await settled(store.append("s", event(2)))
        await asyncio.sleep(0.1)
        await store.release("s")
        await store.list()
        await store.delete("s")

    run(main())
    assert threads == {"strands-nb-store"}


# ---- damage ------------------------------------------------------------------------------------------------------


def damaged(s3: Server, prefix: str, how: str) -> None:
    first, second = f"{prefix}s/000000000000", f"{prefix}s/000000000001"
    match how:
        case "a bit":
            body = s3.body(second)
            s3.put(second, body[:40] + bytes([body[40] ^ 1]) + body[41:])
        case "cut":
            s3.put(second, s3.body(second)[:-20])
        case "empty":
            s3.put(second, b"")
        case "missing":
            s3.client.delete_object(Bucket=BUCKET, Key=second)
        case "twice":
            s3.put(second, s3.body(first))
        case "a large text":
            (name,) = s3.keys(f"{prefix}s.blobs/")
            s3.put(f"{prefix}s.blobs/{name}", b"another text")
        case _:
            (name,) = s3.keys(f"{prefix}s.blobs/")
            s3.client.delete_object(Bucket=BUCKET, Key=f"{prefix}s.blobs/{name}")


@pytest.mark.parametrize(
    "how", ["a bit", "cut", "empty", "missing", "twice", "a large text", "a large text is missing"]
)
def test_damage_is_said_and_nothing_is_added_to_it(s3: Server, how: str) -> None:
    store = s3.store()
    run(put(store, ["a", BIG, "c"]))
    damaged(s3, store.prefix, how)
    before = s3.keys(f"{store.prefix}s/")
    for work in (store.read, store.claim):
        with pytest.raises(SessionCorruptedError) as caught:
            run(work("s"))  # pyright: ignore[reportArgumentType]
        assert (caught.value.readable, caught.value.session_id) == (1, "s")
    assert s3.keys(f"{store.prefix}s/") == before
    run(store.delete("s"))
    assert s3.keys(store.prefix) == []


@pytest.mark.parametrize("place", [0, 1])
def test_a_session_that_is_deleted_while_it_is_read_is_not_found(s3: Server, place: int) -> None:
    store, other = s3.store(), None
    run(put(store, ["a", "b"]))
    other = s3.store(store.prefix)

    def delete(method: str, path: str) -> None:
        nonlocal other
        if method == "GET" and path.endswith(f"/s/{place:012d}") and other is not None:
            rival, other = other, None
            run(rival.delete("s"))

    with s3.failing(delete), pytest.raises(SessionNotFoundError):
        run(store.read("s"))


def test_a_session_that_was_copied_without_its_owner_goes_on(s3: Server) -> None:
    store = s3.store()
    run(put(store, ["a"]))
    s3.client.delete_object(Bucket=BUCKET, Key=f"{store.prefix}s.owner")
    assert run(values(store)) == ["a"]
    run(put(store, ["b"]))
    assert run(values(store)) == ["a", "b"]
    assert [entry.session_id for entry in run(store.list())] == ["s"]


# ---- who writes --------------------------------------------------------------------------------------------------


def test_one_event_loop_after_another_may_write(s3: Server) -> None:
    store = s3.store()
    for n in range(3):
        run(put(store, [n]))
    assert run(values(store)) == [0, 1, 2]


def test_a_loop_that_ended_in_the_middle_leaves_a_store_that_goes_on(s3: Server) -> None:
    store = s3.store()

    async def leave() -> None:
        await store.claim("s")
        await settled(store.append("s", event(0, "a")))
        store.append("s", event(1, "perhaps"))
        await asyncio.sleep(0)

    async def go_on() -> None:
        await store.claim("s", take_over=True)
        found = await count(store)
        await settled(store.append("s", event(found, "b")))
        await store.release("s")

    run(leave())
    run(go_on())
    assert run(values(store)) in (["a", "b"], ["a", "perhaps", "b"])


def test_busy_is_said_of_a_session_that_somebody_else_has_written_past_all_rules(s3: Server) -> None:
    store = s3.store()

    async def main() -> None:
        await put(store, ["a"])
        await store.claim("s")
        s3.put(f"{store.prefix}s/000000000001", b"not by us")
        assert isinstance(await outcome(store.append("s", event(1))), SessionBusyError)
        await store.release("s")

    run(main())
    assert s3.body(f"{store.prefix}s/000000000001") == b"not by us"
