"""What every store promises, run on each of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strands_nb.engine.store import settled
from strands_nb.errors import SessionBusyError, SessionNotFoundError
from strands_nb.stores import FileSessionRepository
from strands_nb.testing import MemorySessionRepository
from tests.stores.support import event, put, run, values

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from strands_nb.engine.store import SessionRepository


def memory(_: Path) -> SessionRepository:
    return MemorySessionRepository()


def file(folder: Path) -> SessionRepository:
    return FileSessionRepository(folder / "sessions")


def fast_file(folder: Path) -> SessionRepository:
    return FileSessionRepository(folder / "sessions", durability="fast")


@pytest.fixture(params=[memory, file, fast_file])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> SessionRepository:
    make: Callable[[Path], SessionRepository] = request.param
    return make(tmp_path)


# ---- reading and writing -----------------------------------------------------------------------------------------


def test_what_is_appended_is_read(store: SessionRepository) -> None:
    async def main() -> None:
        await store.claim("s")
        for seq in range(3):
            await settled(store.append("s", event(seq, {"n": seq})))
        assert list(await store.read("s")) == [event(seq, {"n": seq}) for seq in range(3)]
        await store.release("s")
        assert list(await store.read("s")) == [event(seq, {"n": seq}) for seq in range(3)]

    run(main())


def test_many_appends_may_wait_for_the_disk_together(store: SessionRepository) -> None:
    async def main() -> None:
        await store.claim("s")
        durables = [store.append("s", event(seq)) for seq in range(200)]
        await asyncio.gather(*map(settled, durables))
        await store.release("s")
        assert len(await store.read("s")) == 200

    run(main())


def test_releasing_makes_everything_durable(store: SessionRepository) -> None:
    async def main() -> None:
        await store.claim("s")
        durable = store.append("s", event(0))
        await store.release("s")
        assert durable is None or durable.done()
        assert len(await store.read("s")) == 1

    run(main())


def test_giving_up_one_wait_gives_up_no_other(store: SessionRepository) -> None:
    """Appends share a sync; whoever is cancelled while waiting for it must not take the others along."""

    async def main() -> None:
        await store.claim("s")
        first, second = store.append("s", event(0)), store.append("s", event(1))
        waiting = asyncio.ensure_future(settled(first))
        await asyncio.sleep(0)
        waiting.cancel()
        await settled(second)
        await settled(store.append("s", event(2)))
        await store.release("s")
        assert len(await store.read("s")) == 3

    run(main())


@pytest.mark.parametrize("seq", [0, 1, 3, 99])
def test_an_event_out_of_turn_is_refused(store: SessionRepository, seq: int) -> None:
    async def main() -> None:
        await put(store, ["a", "b"])
        await store.claim("s")
        with pytest.raises(SessionBusyError, match="another writer"):
            store.append("s", event(seq))
        await settled(store.append("s", event(2, "c")))
        await store.release("s")
        assert await values(store) == ["a", "b", "c"]

    run(main())


def test_only_who_has_claimed_may_append(store: SessionRepository) -> None:
    async def main() -> None:
        with pytest.raises(SessionBusyError, match="claim"):
            store.append("s", event(0))
        await put(store, ["a"])
        with pytest.raises(SessionBusyError, match="claim"):
            store.append("s", event(1))

    run(main())


def test_an_unknown_session_is_not_found(store: SessionRepository) -> None:
    async def main() -> None:
        with pytest.raises(SessionNotFoundError, match="'nobody'") as caught:
            await store.read("nobody")
        assert caught.value.session_id == "nobody"
        with pytest.raises(SessionNotFoundError):
            await store.delete("nobody")

    run(main())


def test_a_session_that_was_claimed_but_never_begun_is_none(store: SessionRepository) -> None:
    async def main() -> None:
        await store.claim("s")
        with pytest.raises(SessionNotFoundError):
            await store.read("s")
        assert list(await store.list()) == []
        await store.release("s")
        with pytest.raises(SessionNotFoundError):
            await store.read("s")
        assert list(await store.list()) == []

    run(main())


# ---- one writer --------------------------------------------------------------------------------------------------


def test_a_session_is_claimed_once(store: SessionRepository) -> None:
    async def main() -> None:
        await store.claim("s")
        with pytest.raises(SessionBusyError) as caught:
            await store.claim("s")
        assert (caught.value.owner, caught.value.session_id) == ("this process", "s")
        await store.claim("other")
        await store.release("s")
        await store.claim("s")
        await store.release("s")
        await store.release("other")

    run(main())


def test_of_many_claims_at_once_one_succeeds(store: SessionRepository) -> None:
    async def claim() -> bool:
        try:
            await store.claim("s")
        except SessionBusyError:
            return False
        return True

    async def main() -> None:
        assert sorted(await asyncio.gather(*[claim() for _ in range(20)])) == [False] * 19 + [True]
        await store.release("s")

    run(main())


def test_releasing_what_is_not_held_is_nothing(store: SessionRepository) -> None:
    run(store.release("s"))


# ---- listing and deleting ----------------------------------------------------------------------------------------


def test_sessions_are_listed_newest_first_with_their_owner(store: SessionRepository, tmp_path: Path) -> None:
    import os

    async def main() -> None:
        for n, name in enumerate(["first", "second", "third"]):
            await put(store, [n] * (n + 1), name)
            if isinstance(store, FileSessionRepository):
                os.utime(store.storage_dir / name / "journal.jsonl", (1_000 + n, 1_000 + n))
        await store.claim("second")
        found = list(await store.list())
        assert [entry.session_id for entry in found] == ["third", "second", "first"]
        assert [entry.owner is not None for entry in found] == [False, True, False]
        assert all(entry.updated_at.tzinfo is not None for entry in found)
        await store.release("second")
        assert [entry.owner for entry in await store.list()] == [None] * 3

    run(main())


def test_a_deleted_session_is_gone(store: SessionRepository) -> None:
    async def main() -> None:
        await put(store, ["x" * 100_000])
        await put(store, ["kept"], "t")
        await store.delete("s")
        with pytest.raises(SessionNotFoundError):
            await store.read("s")
        assert [entry.session_id for entry in await store.list()] == ["t"]
        await put(store, ["again"])
        assert await values(store) == ["again"]

    run(main())


def test_a_running_session_is_not_deleted(store: SessionRepository) -> None:
    async def main() -> None:
        await put(store, ["a"])
        await store.claim("s")
        with pytest.raises(SessionBusyError):
            await store.delete("s")
        await settled(store.append("s", event(1, "b")))
        await store.release("s")
        assert await values(store) == ["a", "b"]

    run(main())


# ---- texts -------------------------------------------------------------------------------------------------------

BIG = "tide " * 20_000
TEXTS = {
    "empty": "",
    "lone surrogate": "torn \ud83d here",
    "large lone surrogate": "torn \udc00" + BIG,
    "nul": "a\0b",
    "line separators": "a\u2028b\u2029c\x85d\r\ne\rf\x0bg\x0ch",
    "astral": "\U0001f600 \U0010ffff",
    "large": BIG,
    "right at the limit": "x" * 65_536,
    "one more": "x" * 65_537,
    "combining": "e\u0301 \u00e9 \ufeff",
    "controls": "".join(map(chr, range(32))) + "\x7f",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_text_comes_back_as_it_was(store: SessionRepository, text: str) -> None:
    run(put(store, [text, {"in": [text]}, {text[:50]: 1}]))
    assert run(values(store)) == [text, {"in": [text]}, {text[:50]: 1}]


LOOKALIKES: list[Any] = [
    {"$blob": "0" * 64},
    {"$blob": None, "more": [1]},
    {"$literal": '{"$blob": "x"}'},
    {"$literal": {"$literal": {"$blob": BIG}}},
    [{"deep": {"$blob": BIG}}],
    {"$blob": {"$blob": "0" * 64}},
]


@pytest.mark.parametrize("value", LOOKALIKES, ids=range(len(LOOKALIKES)))
def test_data_that_looks_like_a_reference_of_ours_comes_back_as_it_was(store: SessionRepository, value: Any) -> None:
    run(put(store, [value, BIG]))
    assert run(values(store)) == [value, BIG]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=JSON)
def test_any_json_comes_back_as_it_was(store: SessionRepository, value: Any) -> None:
    run(put(store, [value]))
    assert run(values(store))[-1] == value
