"""Whatever happens to a disk and to the processes on it: what was acknowledged is there, and nothing is made up.

A state machine draws what happens; `make soak` draws ten times as much.
"""

from __future__ import annotations

import asyncio
import os
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from strands_nb.engine.store import Durable
from strands_nb.errors import SessionBusyError, SessionCorruptedError, SessionNotFoundError, StorageError
from strands_nb.stores import FileSessionRepository, lock
from tests.stores.simulated import SimulatedDisk, WorstLuck
from tests.stores.support import event, outcome, values

ROOT = Path("/simulated")
TIDES = ["tide " * 20_000, "ebb " * 20_000]
"""Too large for the journal."""
TEXTS = st.integers(0, 9)
DICE = st.randoms(use_true_random=False) | st.builds(WorstLuck)


class Sessions(RuleBasedStateMachine):
    """One session, the process that writes it, and one that takes it over."""

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.disk = SimulatedDisk()
        self.acknowledged: list[Any] = []
        self.written: list[Any] = []
        """What the journal may hold, of which the first part was acknowledged."""
        self.waiting: list[Durable] = []
        self.writer: FileSessionRepository | None = None
        self.loser: tuple[FileSessionRepository, int] | None = None
        self.broken = False

    def teardown(self) -> None:
        lock._held.clear()
        if hasattr(self, "loop"):
            self.loop.run_until_complete(self.loop.shutdown_default_executor())
            self.loop.close()

    def text(self, number: int) -> str:
        """A text that was not written before, or one of two large ones."""
        return TIDES[number] if number < len(TIDES) else f"text {number} {len(self.written)}"

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def store(self) -> FileSessionRepository:
        return FileSessionRepository(ROOT, fs=self.disk)

    def found(self) -> list[Any]:
        try:
            return [each.data["value"] for each in self.run(self.store().read("s"))]
        except SessionNotFoundError:
            return []

    # ---- what processes do --------------------------------------------------------------------------------------

    @precondition(lambda self: self.writer is None)
    @rule()
    def claim(self) -> None:
        store = self.store()
        with suppress(StorageError):
            self.run(store.claim("s"))
            self.writer, self.broken, self.waiting = store, False, []
            self.written = self.found()
            self.know(self.written)
            self.acknowledged = list(self.written)  # whoever opens a session relies on what is in it

    def know(self, found: list[Any]) -> None:
        assert found[: len(self.acknowledged)] == self.acknowledged, "what was acknowledged is lost"

    @precondition(lambda self: self.writer is not None and not self.broken)
    @rule(number=TEXTS)
    def append(self, number: int) -> None:
        assert self.writer is not None
        text = self.text(number)

        async def work() -> Durable:
            return self.writer.append("s", event(len(self.written), text))  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]

        try:
            self.waiting.append(self.run(work()))
            self.written.append(text)
        except StorageError:
            self.broken = True

    @precondition(lambda self: self.waiting)
    @rule()
    def commit(self) -> None:
        ends = [self.run(outcome(durable)) for durable in self.waiting]
        safe = next((n for n, end in enumerate(ends) if end is not None), len(ends))
        assert all(end is not None for end in ends[safe:]), "one is safe behind one that is not"
        self.acknowledged = self.written[: len(self.written) - len(ends) + safe]
        self.broken = self.broken or safe < len(ends)
        self.waiting = []

    @precondition(lambda self: self.writer is not None and not self.waiting)
    @rule()
    def release(self) -> None:
        assert self.writer is not None
        self.run(self.writer.release("s"))
        self.writer = None
        if not self.broken:
            self.acknowledged = list(self.written)

    @precondition(lambda self: self.writer is not None)
    @rule()
    def second_claim(self) -> None:
        with pytest.raises(SessionBusyError):
            self.run(self.store().claim("s"))

    @precondition(lambda self: self.writer is not None and self.loser is None and not self.waiting and self.written)
    @rule(number=TEXTS)
    def take_over(self, number: int) -> None:
        """The former writer writes once more, and is told that it is too late."""
        assert self.writer is not None
        former, self.writer, text = self.writer, None, self.text(number)
        store = self.store()
        try:
            self.run(store.claim("s", take_over=True))
        except StorageError:
            self.run(former.release("s"))
            return
        before = len(self.written)
        self.written = self.found()
        self.know(self.written)
        self.acknowledged = list(self.written)

        async def late() -> BaseException | None:
            try:
                return await outcome(former.append("s", event(before, text)))
            except (SessionBusyError, StorageError) as error:
                return error

        assert isinstance(self.run(late()), SessionBusyError | StorageError)
        self.run(former.release("s"))
        self.writer, self.broken = store, False

    @precondition(lambda self: self.writer is None)
    @rule()
    def delete(self) -> None:
        with suppress(SessionNotFoundError, StorageError):
            self.run(self.store().delete("s"))
            self.acknowledged, self.written = [], []
            assert self.found() == []

    # ---- what happens to them -----------------------------------------------------------------------------------

    @rule(room=st.integers(0, 300))
    def fill_up(self, room: int) -> None:
        self.disk.room = room

    @rule()
    def make_room(self) -> None:
        self.disk.room = 10**9

    @rule(times=st.integers(1, 2))
    def syncs_will_fail(self, times: int) -> None:
        self.disk.failing_syncs = times

    def bury(self) -> None:
        self.writer, self.waiting = None, []
        lock._held.clear()
        pending = asyncio.all_tasks(self.loop)
        for task in pending:
            task.cancel()
        self.run(asyncio.wait(pending) if pending else asyncio.sleep(0))
        self.disk.live()

    @rule()
    def kill(self) -> None:
        """What was written before is there, acknowledged or not."""
        broken = self.broken
        self.disk.die()
        self.bury()
        found = self.found()
        self.know(found)
        assert broken or found == self.written

    @rule(dice=DICE, in_order=st.booleans())
    def lose_power(self, dice: random.Random, in_order: bool) -> None:  # noqa: FBT001 - drawn
        self.disk.lose_power(dice, in_order=in_order)
        self.bury()
        try:
            found = self.found()
        except SessionCorruptedError:  # only what nobody was told of can lie in the wrong order
            assert not in_order
            self.disk.live()
            self.run(self.store().repair("s"))
            found = self.found()
            assert isinstance(found.pop(), dict), "the note of the repair"
        self.know(found)
        assert all(value in self.written for value in found)
        self.written = self.acknowledged = self.found()

    @precondition(lambda self: self.writer is None and len(self.acknowledged) > 2)
    @rule(dice=DICE)
    def spoil(self, dice: random.Random) -> None:
        """One bit in the middle: what is intact can be read, also behind the damage, and a repair keeps it."""
        self.disk.live()
        journal = ROOT / "s" / "journal.jsonl"
        data = self.disk.read(journal)
        assume(self.found() == self.acknowledged)
        self.disk.flip(journal, dice.randrange(0, data.rindex(b"\n", 0, -1) + 1), dice.randrange(8))
        with pytest.raises(SessionCorruptedError):
            self.run(self.store().claim("s"))
        salvage = self.run(self.store().salvage("s"))
        report = self.run(self.store().repair("s"))
        kept = [each.data["value"] for each in salvage.events]
        assert (report.kept, report.lost) == (len(kept), len(salvage.lost))
        assert len(kept) + len(salvage.lost) == len(self.acknowledged)
        assert kept == [text for n, text in enumerate(self.acknowledged) if n not in salvage.lost]
        assert len(salvage.lost) <= 1
        self.written = self.acknowledged = self.found()
        assert self.written[:-1] == kept

    @invariant()
    def what_is_on_the_disk_is_true(self) -> None:
        if hasattr(self, "disk") and self.writer is not None and not self.broken:
            assert self.found() == self.written


def test_at_the_worst_power_cut_all_that_was_acknowledged_is_there() -> None:
    disk, texts = SimulatedDisk(), ["a", TIDES[0], "b", TIDES[1]]

    async def main() -> None:
        store = FileSessionRepository(ROOT, fs=disk)
        await store.claim("s")
        for seq, text in enumerate(texts):
            assert await outcome(store.append("s", event(seq, text))) is None
            disk.lose_power(WorstLuck())
            disk.live()
            lock._held.clear()
            assert await values(store_of(disk)) == texts[: seq + 1]
            store = store_of(disk)
            await store.claim("s")

    asyncio.run(main())
    lock._held.clear()


def store_of(disk: SimulatedDisk) -> FileSessionRepository:
    return FileSessionRepository(ROOT, fs=disk)


def check(examples: int, **more: Any) -> None:
    """So many lives of a disk; `QUICK` stops at the first that is wrong."""
    phases = [Phase.explicit, Phase.reuse, Phase.generate, *([] if "QUICK" in os.environ else [Phase.shrink])]
    run_state_machine_as_test(  # pyright: ignore[reportUnknownMemberType]
        Sessions,
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
            phases=phases,
            **more,
        ),
    )


@pytest.mark.timeout(400)
def test_whatever_happens_to_a_disk_nothing_acknowledged_is_lost_and_nothing_made_up() -> None:
    check(200, derandomize=True)


@pytest.mark.soak
def test_this_holds_for_thousands_of_disks() -> None:
    check(2_000)
