"""Processes that die before, half-way through or after a call to their disk, one after the other on the same folder.

A process is one `asyncio.run` in which nothing depends on the clock or on threads: the same life makes the same calls.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from strands_nb.engine import events as ev
from strands_nb.engine.run import Run
from strands_nb.engine.session import Plan
from strands_nb.engine.signals import Paused
from strands_nb.stores import FileSessionRepository, lock
from strands_nb.stores.fs import RealFs
from strands_nb.testing import ScriptedAgents
from tests.engine.support import Here

if TYPE_CHECKING:
    from strands_nb.engine.call import Call, Reply
    from strands_nb.engine.question import HITLState
    from tests.programs import Case

__all__ = ("NEVER", "Life", "Manner", "Moment", "Point", "live", "points")

Moment = Literal["before", "half-way", "after"]
Manner = Literal["at once", "parked"]
"""When questions are answered: as they come, or after their run has paused for them."""

_TURNS = 12
"""Of the event loop, that it takes until the disk has done what it is asked."""
_CHANGES = {
    "make_dir",
    "open_append",
    "write",
    "sync",
    "sync_dir",
    "truncate",
    "put",
    "rename",
    "remove",
    "remove_tree",
}
_HALVED = {"write", "remove_tree"}


class Died(BaseException):
    """What a process sees of its own death."""


class Point(NamedTuple):
    """Where a process dies: at its `at`-th call that changes the disk, counted from 1.

    A power cut takes with it what was not synced of the files; what becomes of names is for other tests.
    """

    at: int
    moment: Moment
    power: bool = False


NEVER = Point(0, "before")


@dataclass
class Life:
    """What one process has come to."""

    calls: list[str]
    """The keys of all calls of agents."""
    shown: list[tuple[int, str, str]]
    """The events that anybody was told of."""
    answered: set[str]
    """The questions whose answers were acknowledged."""
    disk_calls: list[str]
    result: str | None = None
    """None where it died."""


def live(folder: Path, case: Case, manner: Manner, point: Point = NEVER) -> Life:
    """One process, from its birth to the end of the run or to its own."""
    process = _Process(folder, case, manner, point)
    try:
        asyncio.run(process.main())
    finally:
        process.disk.bury()
    return process.life


class _Process:
    """A run, and somebody who answers its questions."""

    def __init__(self, folder: Path, case: Case, manner: Manner, point: Point) -> None:
        self.case, self.manner = case, manner
        self.disk = _Disk(point)
        self.agents = _Agents(self.disk)
        plan = Plan(case.program, self.agents, on_question=self._on_question, spec_hash="one")
        store = FileSessionRepository(folder, fs=cast("Any", self.disk))
        self.run = Run(plan, store, "s", loop=Here())
        self.life = Life([], [], set(), self.disk.calls)

    async def main(self) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_silent)
        loop.set_default_executor(_Unthreaded(1))
        self.disk.death = loop.create_future()
        work = asyncio.ensure_future(self._work())
        await asyncio.wait({work, self.disk.death}, return_when=asyncio.FIRST_COMPLETED)
        self.life.calls = self.agents.keys
        if not self.disk.death.done():
            self.life.result = work.result()

    async def _work(self) -> str:
        self.run.listen(self._shown)
        self.run.launch(resume=True, create=True)
        while (result := await self.run).status == "paused":
            await self._answer(self.run.pending[0])
        assert result.success, result
        return result.last_response

    async def _answer(self, question: HITLState) -> None:
        action, text = self.case.answers[question.key]
        await asyncio.wrap_future(self.run.respond(question.question_id, action, text, by="script"))
        self.life.answered.add(question.question_id)

    def _shown(self, event: ev.Event) -> None:
        if event.durable and not self.disk.dead:
            self.life.shown.append((event.seq, event.event_type, event.key))

    def _on_question(self, question: HITLState) -> Any:
        self.disk.alive()
        if self.manner == "parked":
            raise Paused
        return self.case.decide(question)


class _Agents(ScriptedAgents):
    """Nobody is called by the dead."""

    def __init__(self, disk: _Disk) -> None:
        super().__init__()
        self._disk = disk

    async def call(self, call: Call) -> Reply:
        self._disk.alive()
        return await super().call(call)


def _silent(_: asyncio.AbstractEventLoop, __: object) -> None:
    """Whatever is under way dies with its process, and nobody is told."""


class _Unthreaded(ThreadPoolExecutor):
    """Does what others would do in a thread on the event loop, some turns later: whoever does not wait is faster."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done = Future[Any]()
        _later(_TURNS, partial(_settle, done, partial(fn, *args, **kwargs)))
        return done


def _later(turns: int, work: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_soon(partial(_later, turns - 1, work) if turns else work)


def _settle(done: Future[Any], work: Callable[[], Any]) -> None:
    try:
        done.set_result(work())
    except BaseException as error:  # noqa: BLE001 - whoever waits gets it
        done.set_exception(error)


class _Disk:
    """The system's disk, which is not waited for, and which dies at a call."""

    def __init__(self, point: Point) -> None:
        self.point, self.dead = point, False
        self.death: asyncio.Future[None] | None = None
        self.calls: list[str] = []
        """The names of those that change something."""
        self._real = _Unhurried()
        self._safe: dict[Path, int] = {}
        """How much of each file is on the disk for good."""
        self._open: dict[int, Path] = {}

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return partial(self._change if name in _CHANGES else self._look, name)

    def alive(self) -> None:
        if self.dead:
            raise Died

    def _look(self, name: str, *args: Any) -> Any:
        if name == "close":
            self._open.pop(args[0], None)
        else:
            self.alive()
        return getattr(self._real, name)(*args)

    def _change(self, name: str, *args: Any) -> Any:
        self.alive()
        self.calls.append(name)
        here = self.point.at == len(self.calls)
        if here and self.point.moment == "before":
            self._die()
        if here and self.point.moment == "half-way":
            self._real.half(name, *args)
            self._die()
        result = getattr(self._real, name)(*args)
        self._note(name, args, result)
        if here:
            self._die()
        return result

    def _note(self, name: str, args: tuple[Any, ...], result: Any) -> None:
        if name == "open_append":
            self._open[result] = args[0]
            self._safe.setdefault(args[0], os.fstat(result).st_size)
        elif name in ("sync", "truncate"):
            self._safe[self._open[args[0]]] = os.fstat(args[0]).st_size
        elif name == "rename":
            self._safe[args[1]] = self._safe.pop(args[0])

    def _die(self) -> None:
        self.dead = True
        assert self.death is not None
        self.death.set_result(None)
        raise Died

    def bury(self) -> None:
        """Close what the system would have closed; a power cut takes what was not safe."""
        for fd in self._open:
            self._real.close(fd)
        lock._held.clear()
        if self.dead and self.point.power:
            for path, size in self._safe.items():
                if path.exists():
                    os.truncate(path, size)


class _Unhurried(RealFs):
    """Waits for no disk, and can do half of a thing."""

    def sync(self, fd: int) -> None:
        del fd

    def sync_dir(self, path: Path) -> None:
        del path

    def half(self, name: str, *args: Any) -> None:
        match name, args:
            case "write", (fd, data):
                self.write(fd, data[: len(data) // 2])
            case "remove_tree", (path,):
                next(file for file in path.iterdir() if file.is_file()).unlink()
            case _:
                pass  # done or not done


def points(calls: list[str], *, power: bool) -> Iterator[Point]:
    """All the places to die in a life that makes these calls."""
    for at, name in enumerate(calls, 1):
        yield Point(at, "before", power)
        if name in _HALVED:
            yield Point(at, "half-way", power)
        yield Point(at, "after", power)
