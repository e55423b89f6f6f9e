"""The contract of sessions as a whole: one writer each, listed, deleted."""

from __future__ import annotations

import asyncio

import pytest

from strands_nb.engine.store import SessionRepository, settled
from strands_nb.errors import SessionBusyError, SessionNotFoundError
from strands_nb.testing.stores.support import StoreTests, count, event, put, run, values

__all__ = ("OwnerTests",)


class OwnerTests(StoreTests):
    """`claim`, `release`, `list` and `delete`, by one object."""

    def test_a_session_is_claimed_once(self, store: SessionRepository) -> None:
        async def main() -> None:
            await store.claim("s")
            with pytest.raises(SessionBusyError) as caught:
                await store.claim("s")
            assert caught.value.session_id == "s"
            assert caught.value.owner, "who it is that runs it"
            assert caught.value.owner in str(caught.value)
            await store.claim("other")
            await store.release("s")
            await store.claim("s")
            await store.release("s")
            await store.release("other")

        run(main())

    def test_of_many_claims_at_once_one_succeeds(self, store: SessionRepository) -> None:
        async def claim() -> bool:
            try:
                await store.claim("s")
            except SessionBusyError:
                return False
            return True

        async def main() -> None:
            assert sorted(await asyncio.gather(*[claim() for _ in range(20)])) == [False] * 19 + [True]
            await settled(store.append("s", event(0)))
            await store.release("s")

        run(main())

    def test_a_session_can_be_taken_over_from_oneself(self, store: SessionRepository) -> None:
        async def main() -> None:
            await store.claim("s")
            await settled(store.append("s", event(0, "a")))
            await store.claim("s", take_over=True)
            assert await count(store) == 1
            await settled(store.append("s", event(1, "b")))
            await store.release("s")
            assert await values(store) == ["a", "b"]

        run(main())

    def test_taking_over_what_nobody_has_is_claiming(self, store: SessionRepository) -> None:
        async def main() -> None:
            await store.claim("s", take_over=True)
            await settled(store.append("s", event(0, "a")))
            await store.release("s")
            assert await values(store) == ["a"]

        run(main())

    def test_releasing_what_is_not_held_is_nothing(self, store: SessionRepository) -> None:
        run(store.release("s"))

    def test_sessions_are_listed_newest_first(self, store: SessionRepository) -> None:
        async def main() -> None:
            for n, name in enumerate(["first", "second", "third"]):
                await put(store, [n] * (n + 1), name)
                await asyncio.sleep(self.time_step)
            found = list(await store.list())
            assert [entry.session_id for entry in found] == ["third", "second", "first"]
            assert all(entry.updated_at.tzinfo is not None for entry in found), "a time without a zone says nothing"
            await put(store, ["more"] * 3, "first")
            assert [entry.session_id for entry in await store.list()] == ["first", "third", "second"]

        run(main())

    def test_the_list_says_which_sessions_somebody_runs(self, store: SessionRepository) -> None:
        async def main() -> None:
            await put(store, ["a"], "running")
            await put(store, ["a"], "resting")
            assert [entry.owner for entry in await store.list()] == [None, None]
            await store.claim("running")
            assert {entry.session_id: bool(entry.owner) for entry in await store.list()} == {
                "running": True,
                "resting": False,
            }
            await store.release("running")
            assert [entry.owner for entry in await store.list()] == [None, None]

        run(main())

    def test_a_deleted_session_is_gone(self, store: SessionRepository) -> None:
        async def main() -> None:
            await put(store, ["x" * 100_000])
            await put(store, ["kept"], "t")
            await store.delete("s")
            with pytest.raises(SessionNotFoundError):
                await store.read("s")
            with pytest.raises(SessionNotFoundError):
                await store.delete("s")
            assert [entry.session_id for entry in await store.list()] == ["t"]
            await put(store, ["again"])
            assert await values(store) == ["again"]
            assert await values(store, "t") == ["kept"]

        run(main())

    def test_a_running_session_is_not_deleted(self, store: SessionRepository) -> None:
        async def main() -> None:
            await put(store, ["a"])
            await store.claim("s")
            with pytest.raises(SessionBusyError):
                await store.delete("s")
            await settled(store.append("s", event(1, "b")))
            await store.release("s")
            assert await values(store) == ["a", "b"]

        run(main())
