"""The contract between processes: sessions outlive their writer, and no writer outlives its being taken over."""

from __future__ import annotations

import asyncio
from abc import abstractmethod

import pytest

from strands_nb.engine.store import Durable, SessionRepository, settled
from strands_nb.errors import SessionBusyError, SessionNotFoundError
from strands_nb.testing.stores.support import StoreTests, event, put, run, values

__all__ = ("SharedTests",)


class SharedTests(StoreTests):
    """Two objects on the same sessions: to the store they are two processes."""

    @abstractmethod
    def reopen(self, store: SessionRepository) -> SessionRepository:
        """Another object on the same sessions, as another process would make it; shares nothing else with `store`."""

    @pytest.fixture
    def other(self, store: SessionRepository) -> SessionRepository:
        """The store as another process has it."""
        return self.reopen(store)

    # ---- reading ------------------------------------------------------------------------------------------------

    def test_what_is_acknowledged_is_there_for_everybody(
        self, store: SessionRepository, other: SessionRepository
    ) -> None:
        async def main() -> None:
            await store.claim("s")
            for seq in range(5):
                await settled(store.append("s", event(seq, seq)))
                assert await values(other) == list(range(seq + 1))
            await store.release("s")

        run(main())
        assert run(values(self.reopen(store))) == list(range(5))

    def test_who_reads_while_another_writes_sees_a_beginning_of_the_log(
        self, store: SessionRepository, other: SessionRepository
    ) -> None:
        async def main() -> None:
            await put(store, [0])
            await store.claim("s")
            for first in range(1, 40, 4):
                durables = [store.append("s", event(seq, seq)) for seq in range(first, first + 4)]
                known = first + sum(durable is None or durable.done() for durable in durables)
                found = await values(other)
                assert found == list(range(len(found)))
                assert len(found) >= known, "what had been acknowledged before is in it"
                await asyncio.gather(*map(settled, durables))
            await store.release("s")

        run(main())

    def test_reading_and_listing_disturb_no_writer(self, store: SessionRepository, other: SessionRepository) -> None:
        async def main() -> None:
            await store.claim("s")
            await settled(store.append("s", event(0, "a")))
            assert await values(other) == ["a"]
            (entry,) = await other.list()
            assert entry.owner, "it is running elsewhere"
            await settled(store.append("s", event(1, "b")))
            await store.release("s")
            assert await values(other) == ["a", "b"]

        run(main())

    def test_a_session_that_another_deletes_is_gone(self, store: SessionRepository, other: SessionRepository) -> None:
        async def main() -> None:
            await put(store, ["a"])
            await other.delete("s")
            with pytest.raises(SessionNotFoundError):
                await store.read("s")
            assert list(await store.list()) == []

        run(main())

    # ---- one writer ---------------------------------------------------------------------------------------------

    def test_a_session_of_another_is_refused_and_its_owner_named(
        self, store: SessionRepository, other: SessionRepository
    ) -> None:
        async def main() -> None:
            await store.claim("s")
            await settled(store.append("s", event(0, "a")))
            with pytest.raises(SessionBusyError) as caught:
                await other.claim("s")
            assert caught.value.owner
            assert caught.value.owner in str(caught.value)
            with pytest.raises(SessionBusyError):
                other.append("s", event(1))
            with pytest.raises(SessionBusyError):
                await other.delete("s")
            await settled(store.append("s", event(1, "b")))
            await store.release("s")
            await put(other, ["c"])
            assert await values(store) == ["a", "b", "c"]

        run(main())

    def test_of_many_objects_that_claim_at_once_one_succeeds(self, store: SessionRepository) -> None:
        async def claim(store: SessionRepository) -> SessionRepository | None:
            try:
                await store.claim("s")
            except SessionBusyError:
                return None
            return store

        async def main() -> None:
            claims = await asyncio.gather(*[claim(self.reopen(store)) for _ in range(8)])
            (winner,) = [each for each in claims if each is not None]
            await settled(winner.append("s", event(0, "a")))
            await winner.release("s")
            assert await values(store) == ["a"]

        run(main())

    @pytest.mark.parametrize("before", [0, 1, 3])
    def test_a_writer_that_was_taken_over_can_write_nothing_more(
        self, store: SessionRepository, other: SessionRepository, before: int
    ) -> None:
        async def main() -> None:
            await store.claim("s")
            for seq in range(before):
                await settled(store.append("s", event(seq, seq)))
            await other.claim("s", take_over=True)
            await _refused(store, before)
            await settled(other.append("s", event(before, "mine")))
            await _refused(store, before)
            await _refused(store, before + 1)
            await settled(other.append("s", event(before + 1, "mine too")))
            await other.release("s")
            await _refused(store, before + 2)
            await store.release("s")
            assert await values(other) == [*range(before), "mine", "mine too"]
            assert await values(self.reopen(store)) == [*range(before), "mine", "mine too"]

        run(main())

    def test_the_loser_of_a_session_does_not_free_it(self, store: SessionRepository, other: SessionRepository) -> None:
        async def main() -> None:
            await put(store, ["a"])
            await store.claim("s")
            await other.claim("s", take_over=True)
            await store.release("s")
            with pytest.raises(SessionBusyError):
                await self.reopen(store).claim("s")
            with pytest.raises(SessionBusyError):
                await store.delete("s")
            await settled(other.append("s", event(1, "b")))
            await other.release("s")
            await put(store, ["c"])
            assert await values(store) == ["a", "b", "c"]

        run(main())

    def test_what_was_acknowledged_before_a_take_over_is_kept(
        self, store: SessionRepository, other: SessionRepository
    ) -> None:
        """The writer is at it when the session is taken from it: whatever it was told is safe has to be there."""

        async def main() -> None:
            await store.claim("s")
            durables = [store.append("s", event(seq, seq)) for seq in range(20)]
            outcomes = asyncio.gather(*map(_safe, durables))
            await other.claim("s", take_over=True)
            acknowledged = sum(await outcomes)
            found = await values(other) if acknowledged else []
            assert found == list(range(len(found)))
            assert len(found) >= acknowledged
            await other.release("s")
            await store.release("s")

        run(main())

    # ---- a crash ------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("ticks", [0, 1, 2, 5])
    def test_a_crash_before_the_acknowledgement_leaves_a_session_that_goes_on(
        self, store: SessionRepository, ticks: int
    ) -> None:
        """The record may be there or not, since nobody was told; but nothing of it may be half there, or come later."""

        async def crash() -> None:
            await store.claim("s")
            await settled(store.append("s", event(0, "kept")))
            store.append("s", event(1, "perhaps"))
            for _ in range(ticks):
                await asyncio.sleep(0)

        async def recover() -> list[str]:
            heir = self.reopen(store)
            await heir.claim("s", take_over=True)
            found = await values(heir)
            await settled(heir.append("s", event(len(found), "after")))
            await heir.release("s")
            return found

        run(crash())
        found = run(recover())
        assert found in (["kept"], ["kept", "perhaps"])
        assert run(values(self.reopen(store))) == [*found, "after"]


async def _refused(store: SessionRepository, seq: int) -> None:
    """At once or later, an append fails."""
    with pytest.raises(SessionBusyError):
        await settled(store.append("s", event(seq, "late")))


async def _safe(durable: Durable) -> bool:
    """Whether an append has become durable."""
    try:
        await settled(durable)
    except SessionBusyError:
        return False
    return True
