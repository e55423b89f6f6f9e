"""Two at once want to go on with a session, or answer its question: one does, and the other is told who was first."""

from __future__ import annotations

import asyncio
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import pytest

from strands_nb import Workflow
from strands_nb.engine import events as ev
from strands_nb.errors import AlreadyAnsweredError, ProviderError, SessionBusyError
from strands_nb.stores import FileSessionRepository
from strands_nb.testing import ScriptedAgents
from tests.engine.support import PATIENCE, until
from tests.reliability.processes import SERVER, Process, log_in

if TYPE_CHECKING:
    from strands_nb.engine.call import Call, Reply
    from strands_nb.engine.run import Run

TEXT = """
agents: {a: {prompt: A}}
steps: [{a: draft}, {approve: "Good?"}, {a: "finish {{ hitl_response }}"}]
"""
LAST = "steps/2"
NAMES = ("ada", "bob")
Race: TypeAlias = "Callable[[Path, str, Sequence[float]], list[Told]]"
"""In a folder, of a kind, and by how many seconds each of the two is late."""


class Told(NamedTuple):
    """What has come of it for one of the two."""

    name: str
    calls: int
    error: str = ""
    first: str = ""
    """Who was faster, as the error says."""
    seconds: float = 0.0


class Agents(ScriptedAgents):
    """The last call is answered only when the other one has been told that it is too late."""

    def __init__(self, told: Any) -> None:
        super().__init__()
        self._told = told

    async def call(self, call: Call) -> Reply:
        reply = await super().call(call)
        while call.key == LAST and not self._told.is_set():
            await asyncio.sleep(0.001)
        return reply


def flow(folder: Path, agents: ScriptedAgents) -> Workflow:
    return Workflow.from_yaml(TEXT).with_options(agents=agents, store=FileSessionRepository(folder), session="s")


def contend(folder: Path, kind: str, name: str, late: float, start: Callable[[], Any], told: Any) -> Told:
    """Be one of the two, each with a workflow of its own, `late` by so many seconds."""
    workflow = flow(folder, agents := Agents(told))
    start()
    time.sleep(late)
    began = time.monotonic()
    try:
        if kind == "resume":
            workflow.resume("s").raise_for_status()
        else:
            workflow.reopened("s", name, by=name).result(PATIENCE).raise_for_status()
    except (SessionBusyError, AlreadyAnsweredError) as error:
        seconds = time.monotonic() - began
        told.set()
        first = error.first if isinstance(error, AlreadyAnsweredError) else error.owner
        return Told(name, len(agents.calls), type(error).__name__, str(first), seconds)
    return Told(name, len(agents.calls))


def answer_at_once(run: Run, name: str, late: float, start: Callable[[], Any]) -> Told:
    """Be one of the two, both on the same run."""
    start()
    time.sleep(late)
    began = time.monotonic()
    try:
        run.answer(name, by=name)
    except AlreadyAnsweredError as error:
        return Told(name, 0, type(error).__name__, str(error.first), time.monotonic() - began)
    return Told(name, 0)


def prepare(folder: Path, kind: str) -> None:
    """A session that waits for an answer, or (to be resumed) that had it and failed then."""
    parked = flow(folder, ScriptedAgents()).run()
    assert parked.status == "paused"
    if kind == "resume":
        broken = ScriptedAgents({"a": ProviderError("down")})
        assert flow(folder, broken).resume("s", "go on").status == "failed"


# ---- where they run -------------------------------------------------------------------------------------------------


@contextmanager
def threads() -> Iterator[Race]:
    """Both in this process."""
    with ThreadPoolExecutor(2) as pool:

        def race(folder: Path, kind: str, late: Sequence[float]) -> list[Told]:
            start, told = threading.Barrier(2), threading.Event()
            return list(pool.map(lambda name, at: contend(folder, kind, name, at, start.wait, told), NAMES, late))

        yield race


@contextmanager
def processes() -> Iterator[Race]:
    """Each in a process of its own, which takes part in many races."""
    start, told = SERVER.Barrier(2), SERVER.Event()
    with Process(take_part, NAMES[0], start, told) as one, Process(take_part, NAMES[1], start, told) as other:

        def race(folder: Path, kind: str, late: Sequence[float]) -> list[Told]:
            told.clear()
            for process, at in zip((one, other), late, strict=True):
                process.tell((folder, kind, at))
            return [process.hear() for process in (one, other)]

        yield race


def take_part(pipe: Connection[Any, Any], name: str, start: Any, told: Any) -> None:
    while True:
        folder, kind, late = pipe.recv()
        pipe.send(contend(folder, kind, name, late, start.wait, told))


@contextmanager
def one_run() -> Iterator[Race]:
    """Both have the same run in their hands, which waits for them (`attended`) or has paused (`parked`)."""
    with ThreadPoolExecutor(2) as pool:

        def race(folder: Path, kind: str, late: Sequence[float]) -> list[Told]:
            start, told = threading.Barrier(2), threading.Event()
            told.set()
            agents = Agents(told)
            run = flow(folder, agents).with_options(on_hitl="ask" if kind == "attended" else "park").start()
            until(lambda: run.pending and (kind == "attended" or run.done), "the question")
            ends = list(pool.map(lambda name, at: answer_at_once(run, name, at, start.wait), NAMES, late))
            assert run.result(PATIENCE).success
            return [end if end.error else end._replace(calls=len(agents.calls)) for end in ends]

        yield race


WHERE = {"threads": threads, "processes": processes, "one run": one_run}
RACES = [
    ("threads", "resume"),
    ("threads", "answer"),
    ("processes", "resume"),
    ("processes", "answer"),
    ("one run", "attended"),
    ("one run", "parked"),
]


# ---- what must hold -------------------------------------------------------------------------------------------------


def one_proceeds_and_the_other_is_told(folder: Path, kind: str, ends: list[Told]) -> Told:
    """Returns the loser."""
    (winner,), (loser,) = [end for end in ends if not end.error], [end for end in ends if end.error]
    assert (winner.calls, loser.calls) == (1, 0)
    if loser.error == "AlreadyAnsweredError":
        assert loser.first == winner.name
    else:
        assert loser.first.startswith(("this process", "process "))
    log = log_in(folder)
    assert sum(isinstance(event, ev.UnitCompleted) and event.key == LAST for event in log) == 1
    answers = [event.data["by"] for event in log if isinstance(event, ev.HitlAnswered)]
    assert answers == (["user"] if kind == "resume" else [winner.name])
    return loser


def campaign(folder: Path, where: str, kind: str, rounds: int, figures: Callable[..., None]) -> None:
    prepare(folder / "template", kind)
    losers: list[Told] = []
    with WHERE[where]() as race:
        for number in range(rounds):
            here = folder / str(number)
            shutil.copytree(folder / "template", here)
            late = [0.0, number // 2 % 20 / 1000]  # seconds
            losers.append(
                one_proceeds_and_the_other_is_told(here, kind, race(here, kind, late[:: number % 2 * -2 + 1]))
            )
            shutil.rmtree(here)
    busy = sum(loser.error == "SessionBusyError" for loser in losers)
    figures(
        f"races, {where}, {kind}",
        rounds=rounds,
        double_calls=0,
        told_that_it_is_busy=busy,
        told_that_it_is_answered=rounds - busy,
        most_milliseconds_until_told=round(1000 * max(loser.seconds for loser in losers)),
    )


@pytest.mark.parametrize(("where", "kind"), RACES)
def test_one_proceeds_and_the_other_is_told_who_was_first(
    where: str, kind: str, tmp_path: Path, figures: Callable[..., None]
) -> None:
    campaign(tmp_path, where, kind, 17, figures)


@pytest.mark.soak
@pytest.mark.parametrize(("where", "kind"), RACES)
def test_one_proceeds_in_each_of_a_thousand_races(
    where: str, kind: str, tmp_path: Path, figures: Callable[..., None]
) -> None:
    campaign(tmp_path, where, kind, 170, figures)
