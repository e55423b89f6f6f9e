"""The contract of the log: what is acknowledged is there, in order, and nothing else is."""

from __future__ import annotations

import asyncio

import pytest

from strands_nb.engine.store import SessionRepository, settled
from strands_nb.errors import SessionBusyError, SessionNotFoundError
from strands_nb.testing.stores.support import StoreTests, count, event, put, run, values

__all__ = ("LogTests",)


class LogTests(StoreTests):
    """`append` and `read`."""

    def test_what_is_appended_is_read(self, store: SessionRepository) -> None:
        async def main() -> None:
            await store.claim("s")
            for seq in range(3):
                await settled(store.append("s", event(seq, {"n": seq})))
            assert list(await store.read("s")) == [event(seq, {"n": seq}) for seq in range(3)]
            await store.release("s")
            assert list(await store.read("s")) == [event(seq, {"n": seq}) for seq in range(3)]

        run(main())

    def test_many_appends_may_wait_together(self, store: SessionRepository) -> None:
        async def main() -> None:
            await store.claim("s")
            durables = [store.append("s", event(seq, seq)) for seq in range(200)]
            await asyncio.gather(*map(settled, durables))
            assert await values(store) == list(range(200))
            await store.release("s")
            assert await values(store) == list(range(200))

        run(main())

    def test_a_session_goes_on_where_it_ended(self, store: SessionRepository) -> None:
        for value in ["a", "b", "c"]:
            run(put(store, [value]))
        assert run(values(store)) == ["a", "b", "c"]

    def test_releasing_makes_everything_durable(self, store: SessionRepository) -> None:
        async def main() -> None:
            await store.claim("s")
            durable = store.append("s", event(0))
            await store.release("s")
            assert durable is None or durable.done()
            assert await count(store) == 1

        run(main())

    def test_giving_up_one_wait_gives_up_no_other(self, store: SessionRepository) -> None:
        """Appends may share a future; whoever is cancelled while waiting for it must not take the others along."""

        async def main() -> None:
            await store.claim("s")
            first, second = store.append("s", event(0)), store.append("s", event(1))
            waiting = asyncio.ensure_future(settled(first))
            await asyncio.sleep(0)
            waiting.cancel()
            await settled(second)
            await settled(store.append("s", event(2)))
            await store.release("s")
            assert await count(store) == 3

        run(main())

    @pytest.mark.parametrize("seq", [0, 1, 3, 99])
    def test_an_event_out_of_turn_is_refused(self, store: SessionRepository, seq: int) -> None:
        async def main() -> None:
            await put(store, ["a", "b"])
            await store.claim("s")
            with pytest.raises(SessionBusyError):
                store.append("s", event(seq, "out of turn"))
            await settled(store.append("s", event(2, "c")))
            with pytest.raises(SessionBusyError):
                store.append("s", event(2, "again"))
            await store.release("s")
            assert await values(store) == ["a", "b", "c"]

        run(main())

    def test_only_who_has_claimed_may_append(self, store: SessionRepository) -> None:
        async def main() -> None:
            with pytest.raises(SessionBusyError):
                store.append("s", event(0))
            await put(store, ["a"])
            with pytest.raises(SessionBusyError):
                store.append("s", event(1))
            assert await values(store) == ["a"]

        run(main())

    def test_an_unknown_session_is_not_found(self, store: SessionRepository) -> None:
        async def main() -> None:
            with pytest.raises(SessionNotFoundError, match="nobody") as caught:
                await store.read("nobody")
            assert caught.value.session_id == "nobody"
            with pytest.raises(SessionNotFoundError):
                await store.delete("nobody")

        run(main())

    def test_a_session_that_was_claimed_but_never_begun_is_none(self, store: SessionRepository) -> None:
        async def main() -> None:
            await store.claim("s")
            with pytest.raises(SessionNotFoundError):
                await store.read("s")
            assert list(await store.list()) == []
            await store.release("s")
            with pytest.raises(SessionNotFoundError):
                await store.read("s")
            assert list(await store.list()) == []
            await put(store, ["begun"])
            assert await values(store) == ["begun"]

        run(main())

    def test_sessions_that_are_written_at_the_same_time_do_not_mix(self, store: SessionRepository) -> None:
        async def write(name: str) -> None:
            await store.claim(name)
            for seq in range(10):
                await settled(store.append(name, event(seq, f"{name} {seq}", name)))
                await asyncio.sleep(0)  # the others' turn, also where nothing has to be waited for
            await store.release(name)

        async def main() -> None:
            names = [f"session-{n}" for n in range(8)]
            await asyncio.gather(*map(write, names))
            for name in names:
                assert list(await store.read(name)) == [event(seq, f"{name} {seq}", name) for seq in range(10)]
            assert sorted(entry.session_id for entry in await store.list()) == names

        run(main())
