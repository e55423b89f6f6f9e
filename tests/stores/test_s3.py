"""What is particular to sessions in S3: lost answers, refusals, damage, limits, what is never said."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import threading
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.engine.store import settled
from strands_nb.errors import (
    CapabilityError,
    SessionBusyError,
    SessionCorruptedError,
    SessionError,
    SessionNotFoundError,
)
from strands_nb.stores import S3SessionRepository
from tests.stores.s3 import BUCKET, ENVIRONMENT
from tests.stores.support import count, event, outcome, put, run, values

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.stores.s3 import Server

BIG = "tide " * 200_000


def once(fault: str, *words: str, after: int = 0) -> Callable[[str, str], str | None]:
    """The fault for one request whose method and path hold these words; `after` so many that are spared."""
    left = [fault, *[None] * after]

    def choose(method: str, path: str) -> str | None:
        return left.pop() if left and all(word in f"{method} {path}" for word in words) else None

    return choose


def always(fault: str, *words: str) -> Callable[[str, str], str | None]:
    return lambda method, path: fault if all(word in f"{method} {path}" for word in words) else None


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


# ---- what is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "..", "a/b", "A", "-a", "a" * 65, "a.owner", "a\nb"])
def test_an_odd_session_id_is_refused(s3: Server, name: str) -> None:
    store = s3.store()
    for work in (store.read(name), store.claim(name), store.delete(name)):
        with pytest.raises(SessionNotFoundError, match="no session id"):
            run(work)


def test_without_boto3_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    find: Callable[[str], None] = lambda _: None  # noqa: E731 - typed
    monkeypatch.setattr(importlib.util, "find_spec", find)
    with pytest.raises(CapabilityError, match=r'pip install "strands-nb\[s3\]"'):
        S3SessionRepository("bucket")


def everything_said(error: BaseException, caplog: pytest.LogCaptureFixture) -> str:
    logged = [record.getMessage() for record in caplog.records if record.name.startswith("strands_nb")]
    return "".join([*traceback.format_exception(error), *logged])


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


REFUSALS = {
    "403 AccessDenied": "access is denied",
    "404 NoSuchBucket": "there is no such bucket.*create it",
    "403 InvalidAccessKeyId": "credentials are not valid",
    "403 SignatureDoesNotMatch": "credentials are not valid",
    "400 ExpiredToken": "credentials have expired",
    "501 NotImplemented": "conditional writes",
    "500 InternalError": "see that it can be reached",
    "lost": "see that it can be reached",
}


@pytest.mark.parametrize("fault", REFUSALS)
def test_a_refusal_says_what_where_and_what_to_do_and_no_secret(
    s3: Server, environment: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    caplog.set_level(logging.DEBUG, "strands_nb")
    store = S3SessionRepository(BUCKET, "p", endpoint_url=s3.url)
    work: list[Callable[[], Any]] = [
        lambda: store.read("s"),
        lambda: store.claim("s"),
        lambda: store.delete("s"),
        store.list,
    ]
    with s3.failing(always(fault)):
        for each in work:
            with pytest.raises(SessionError, match=REFUSALS[fault]) as caught:
                run(each())
            assert repr(BUCKET) in str(caught.value)
            said = everything_said(caught.value, caplog)
            assert not any(secret in said for secret in (s3.url, "127.0.0.1", *list(ENVIRONMENT.values())[:2]))


def test_a_bucket_that_is_not_there_is_named(s3: Server) -> None:
    store = S3SessionRepository("nowhere", client=s3.client)
    with pytest.raises(SessionError, match=r"'nowhere': .*there is no such bucket \(NoSuchBucket\); create it"):
        run(store.claim("s"))


def test_without_credentials_it_is_said_where_they_are_looked_for(
    s3: Server, environment: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    environment.delenv("AWS_ACCESS_KEY_ID")
    environment.delenv("AWS_SECRET_ACCESS_KEY")
    store = S3SessionRepository(BUCKET, endpoint_url=s3.url)
    with pytest.raises(SessionError, match=r"there are no credentials .*; set AWS_ACCESS_KEY_ID") as caught:
        run(store.claim("s"))
    assert s3.url not in everything_said(caught.value, caplog)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("AWS_PROFILE", "nobody", "no such AWS profile"), ("AWS_ENDPOINT_URL_S3", "no url", "check endpoint_url")],
)
def test_a_wrong_configuration_is_said(environment: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    environment.setenv(name, value)
    with pytest.raises(SessionError, match=said) as caught:
        run(S3SessionRepository(BUCKET).list())
    assert value not in "".join(traceback.format_exception(caught.value))


def test_an_endpoint_that_nobody_answers_at_is_not_named(environment: pytest.MonkeyPatch) -> None:
    store = S3SessionRepository(BUCKET, endpoint_url="http://127.0.0.1:9")
    with pytest.raises(SessionError, match="see that it can be reached") as caught:
        run(store.claim("s"))
    assert "127.0.0.1" not in "".join(traceback.format_exception(caught.value))


def test_a_server_that_ignores_conditions_is_refused_before_anything_is_written(s3: Server) -> None:
    store = s3.store()
    with s3.failing(always("ignored")), pytest.raises(SessionError, match="ignores If-None-Match"):
        run(store.claim("s"))
    assert s3.keys(f"{store.prefix}s/") == []


def test_an_endpoint_or_a_secret_is_in_no_object(s3: Server, environment: pytest.MonkeyPatch) -> None:
    store = S3SessionRepository(BUCKET, s3.prefix(), endpoint_url=s3.url)
    run(put(store, ["a", BIG]))
    stored = b"".join(s3.body(store.prefix + key) for key in s3.keys(store.prefix))
    assert not any(secret.encode() in stored for secret in (s3.url, *list(ENVIRONMENT.values())[:2]))
    assert s3.url not in repr(store)


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
