"""A machine in one thread, in virtual time: a seed decides everything that can happen to a session on it.

How long calls and the disk take, which calls fail, where the process is killed or the power cut, when the disk fills up
or a sync fails, when somebody stops the run, when a second process wants the session: all drawn from one seed, so that
whatever goes wrong goes wrong again.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from strands_nb.engine.call import Call, Reply
from strands_nb.engine.events import Event, UnitCompleted
from strands_nb.engine.middleware import FailurePolicy
from strands_nb.engine.question import Answer, HITLState
from strands_nb.engine.rest import REST_AFTER_S
from strands_nb.engine.run import Run
from strands_nb.engine.session import Limits, Plan
from strands_nb.engine.store import Durable
from strands_nb.errors import ProviderError, SessionBusyError, StorageError
from strands_nb.stores import FileSessionRepository, lock
from strands_nb.stores.records import events_of
from strands_nb.testing import ScriptedAgents
from tests.engine.support import Here, _JumpingLoop
from tests.programs import Case
from tests.stores.simulated import Died, SimulatedDisk

__all__ = ("Machine", "simulated")

ROOT = Path("/simulated")
LIVES = 6
"""At most so many processes meet with something; the one after them is left alone."""


def _silent(_: asyncio.AbstractEventLoop, __: dict[str, Any]) -> None:
    """Whatever is under way dies with its process, and nobody is told."""


class SimulatedLoop(_JumpingLoop):
    """Work for other threads is done in this one, after as long as the dice say."""

    def __init__(self, dice: random.Random) -> None:
        super().__init__()
        self.dice = dice
        self.set_exception_handler(_silent)

    def now(self) -> datetime:
        """The time on the wall."""
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.moment)

    def monotonic(self) -> float:
        """Seconds since the beginning."""
        return self.moment

    def run_in_executor(self, executor: Executor | None, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        done: asyncio.Future[Any] = self.create_future()

        def work() -> None:
            try:
                result = func(*args)
            except BaseException as error:  # noqa: BLE001 - for whoever waits
                if not done.done():
                    done.set_exception(error)
                    done.exception()
            else:
                if not done.done():
                    done.set_result(result)

        self.call_later(self.dice.choice([0.0, 0.001, 0.004, 5.0]), work)
        return done


class _Store(FileSessionRepository):
    """Notes which calls have been written down."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(ROOT, fs=machine.disk)
        self._machine = machine

    def append(self, session_id: str, event: Event) -> Durable:
        durable = super().append(session_id, event)
        if _is_paid(event):
            self._machine.written.add(event.key)
        return durable


def _is_paid(event: Event) -> bool:
    return isinstance(event, UnitCompleted) and event.data["usage"] is not None


class _Agents(ScriptedAgents):
    """Take their time, and fail now and then."""

    def __init__(self, dice: random.Random, *, calm: bool) -> None:
        super().__init__()
        self._dice, self._calm = dice, calm

    async def call(self, call: Call) -> Reply:
        await asyncio.sleep(self._dice.choice([0.0, 0.5, 3.0, 30.0]))
        if not self._calm and self._dice.random() < 0.08:
            raise ProviderError("busy", key=call.key, retryable=self._dice.random() < 0.7)
        return await super().call(call)


class Machine:
    """A disk, the processes that live on it one after the other, and what each of them has seen."""

    def __init__(self, case: Case, seed: int) -> None:
        self.case, self.dice = case, random.Random(seed)  # noqa: S311 - the same one each time
        self.disk = SimulatedDisk()
        self.shown: set[str] = set()
        """The calls that somebody has seen complete."""
        self.written: set[str] = set()
        """Those that the present process has written down."""
        self.happened: Counter[str] = Counter()

    def simulate(self) -> Any:
        """All lives; the result of the last one."""
        for _ in range(LIVES):
            if (result := self._live(calm=False)) is not None and result.success:
                break
        return self._live(calm=True)

    def _live(self, *, calm: bool) -> Any:
        self.disk.live()
        known = self._known()
        assert self.shown <= known, f"seen complete, and lost: {self.shown - known}"
        loop = SimulatedLoop(self.dice)
        process = _Process(self, calm=calm)
        self.written = set()
        try:
            result = loop.run_until_complete(process.main())
        finally:
            _bury(loop)
        called = Counter(process.agents.keys)
        assert not known & called.keys(), f"recorded, and made again: {known & called.keys()}"
        if process.killed and not process.disk_failed and not process.fenced:
            self.disk.live()
            assert self.written <= self._known(), "written before the process was killed, and lost"
        return result

    def _known(self) -> set[str]:
        """The calls that a new process finds recorded; a damaged journal is repaired first."""
        store = FileSessionRepository(ROOT, fs=self.disk)
        if not self.disk.exists(ROOT / "s" / "journal.jsonl"):
            return set()
        found = store._scan("s")
        if found.verdict == "damaged":
            self.happened["repaired"] += 1
            store._repair("s")
            found = store._scan("s")
        return {event.key for event in events_of(found.records) if _is_paid(event)}


def _bury(loop: SimulatedLoop) -> None:
    """End what is under way: all it can do to a disk that is dead is to hear that it is dead itself."""
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.wait(tasks))
    loop.close()
    lock._held.clear()


class _Process:
    """One run of the session, and what happens to it."""

    def __init__(self, machine: Machine, *, calm: bool) -> None:
        self.machine, self.dice, self.calm = machine, machine.dice, calm
        self.agents = _Agents(self.dice, calm=calm)
        self.killed = self.disk_failed = self.fenced = False
        self._calls = 0
        self._fate = {} if calm else self._drawn_fate()

    def _drawn_fate(self) -> dict[int, str]:
        """What happens at which call to the disk."""
        kinds = ["kill", "power", "disorder", "full", "sync", "nothing"]
        return {self.dice.randint(1, 90): self.dice.choice(kinds) for _ in range(2)}

    async def main(self) -> Any:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SimulatedLoop)
        self.death = loop.create_future()
        self.machine.disk.before = self._before
        work = asyncio.ensure_future(self._work(loop))
        await asyncio.wait({work, self.death}, return_when=asyncio.FIRST_COMPLETED)
        self.machine.disk.before = _nothing
        return None if self.death.done() else work.result()

    def _before(self, _: str) -> None:
        self._calls += 1
        fate = self._fate.get(self._calls)
        if fate is None or fate == "nothing":
            return
        self.machine.happened[fate] += 1
        disk = self.machine.disk
        match fate:
            case "kill":
                self.killed = True
                disk.die()
            case "power" | "disorder":
                disk.lose_power(self.dice, in_order=fate == "power")
            case "full":
                self.disk_failed, disk.room = True, self.dice.randint(0, 300)
            case _:
                self.disk_failed, disk.failing_syncs = True, self.dice.randint(1, 2)
        if disk.dead:
            if not self.death.done():
                self.death.set_result(None)
            raise Died

    async def _work(self, loop: SimulatedLoop) -> Any:
        run = self.run = Run(self._plan(loop), _Store(self.machine), "s", loop=Here())
        run._listeners = (self._seen,)
        run.launch(resume=True, create=True)
        happens = [] if self.calm else [self._stopped, self._rivalled]
        beside = [asyncio.ensure_future(each()) for each in happens if self.dice.random() < 0.3]
        result = await self._ended(run)
        if result is not None and result.status == "paused" and self.disk_failed:
            self.machine.disk.live()
            run.resume()
            result = await self._ended(run)
        for each in beside:
            each.cancel()
        return result

    async def _ended(self, run: Run) -> Any:
        try:
            return await run
        except (SessionBusyError, StorageError):
            if self.calm:
                raise
            return None

    def _plan(self, loop: SimulatedLoop) -> Plan:
        limits = Limits(failure=FailurePolicy(2, "constant", 1.0, 1.0))
        on_question = self._on_question
        return Plan(
            self.machine.case.program, self.agents, spec_hash="one", limits=limits, clock=loop, on_question=on_question
        )

    def _seen(self, event: Event) -> None:
        if _is_paid(event):
            self.machine.shown.add(event.key)

    def _on_question(self, state: HITLState) -> Answer | None:
        if self.dice.random() < 0.5:
            return self.machine.case.decide(state)
        asyncio.get_running_loop().call_later(self.dice.choice([0.0, 7.0, REST_AFTER_S, 40.0]), self._answer, state)
        return None

    def _answer(self, state: HITLState) -> None:
        self.machine.happened["rested"] += self.run._holder.session is None
        action, text = self.machine.case.answers[state.key]
        self.run.respond(state.question_id, action, text, by="script").add_done_callback(lambda done: done.exception())

    async def _stopped(self) -> None:
        await asyncio.sleep(self.dice.uniform(0, 90))
        self.machine.happened["stopped"] += 1
        await self.run._interrupt("pause", "enough")

    async def _rivalled(self) -> None:
        """Another process wants the session: it is refused, unless it insists; or the session is free meanwhile."""
        await asyncio.sleep(self.dice.uniform(0, 90))
        insists = self.dice.random() < 0.5
        rival = FileSessionRepository(ROOT, fs=self.machine.disk)
        try:
            await rival.claim("s", take_over=insists)
        except SessionBusyError:
            assert not insists
            self.machine.happened["refused"] += 1
        except StorageError:
            assert self.disk_failed
        else:
            self.fenced = True
            self.machine.happened["taken over" if insists else "free"] += 1
            await rival.release("s")


def _nothing(_: str) -> None:
    """Happens before a call."""


def simulated(case: Case, seed: int) -> tuple[Any, Counter[str]]:
    """The result of a session to which everything has happened that the seed says, and how often what did."""
    machine = Machine(case, seed)
    return machine.simulate(), machine.happened
