"""A thousand approvals wait in one process, which is killed while they are answered: none is lost or counts twice."""

from __future__ import annotations

import gc
import random
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from functools import cache, partial
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil
import pytest

from strands_nb import Workflow
from strands_nb.app.run import Run
from strands_nb.engine import events as ev
from strands_nb.engine import rest
from strands_nb.engine.call import Call, Reply
from strands_nb.stores import FileSessionRepository
from strands_nb.testing import ScriptedAgents
from tests.reliability.processes import Process, log_in

TEXT = """
agents: {a: {prompt: A}}
steps: [{a: "draft {{ n }}"}, {approve: "Good?"}, {a: "finish {{ hitl_response }}"}]
inputs: {required: {n: integer}}
"""
LAST = "steps/2"
AT_ONCE = 20
"""So many answers are under way at a time."""
FEW = 10
"""So few are left that nobody is killed any more."""


class Agents(ScriptedAgents):
    """Do not keep what they were asked, as real ones do not."""

    async def call(self, call: Call) -> Reply:
        reply = await super().call(call)
        self.calls.clear()
        return reply


@cache
def workflow(folder: Path) -> Workflow:
    return Workflow.from_yaml(TEXT).with_options(agents=Agents(), store=FileSessionRepository(folder))


def start(folder: Path, numbers: Iterable[int]) -> dict[int, Run]:
    """Sessions `s0` and so on, begun or gone on with, each of which waits for a human or has ended."""
    runs = {n: workflow(folder).with_options(session=f"s{n}").start(n=n) for n in numbers}
    while not all(run.pending or run.done for run in runs.values()):
        time.sleep(0.01)
    assert not [run for run in runs.values() if run.done and not run.result().success]
    return runs


# ---- answers --------------------------------------------------------------------------------------------------------


def attend(pipe: Connection[Any, Any], folder: Path, numbers: Iterable[int]) -> None:
    """Say which sessions wait; then give the answers that are told, and say of each when it is acknowledged."""
    runs, saying = start(folder, numbers), threading.Lock()

    def say(number: int, text: str, given: Future[None]) -> None:
        with saying:
            pipe.send((number, text, given.exception() is None))

    pipe.send([number for number, run in runs.items() if run.pending])
    number: int
    text: str
    while True:
        number, text = pipe.recv()
        given = runs[number].respond(None, "approve", text, by=text)
        given.add_done_callback(partial(say, number, text))


class Humans:
    """Those who answer, in any order, one in ten of them twice; what they were told is kept."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - chance that can be repeated
        self.acknowledged: dict[int, str] = {}
        self.refused = 0
        self.given = 0

    def answer(self, process: Process, waiting: list[int]) -> None:
        """Answer what waits, and kill the process while it is at it, unless little is left."""
        assert not set(waiting) & set(self.acknowledged), "an answer that was acknowledged is lost"
        self.dice.shuffle(waiting)
        answers = [(n, f"{n} by {name}") for n in waiting for name in ("ada", "bob")[: 1 + (self.dice.random() < 0.1)]]
        heard = self.dice.randint(1, len(answers) // 8 + 1) if len(waiting) > FEW else len(answers)
        untold = iter(answers)
        self.tell(process, islice(untold, AT_ONCE))
        for _ in range(heard):
            self.hear(*process.hear())
            self.tell(process, islice(untold, 1))
        for word in process.last_words():
            self.hear(*word)

    def tell(self, process: Process, answers: Iterable[tuple[int, str]]) -> None:
        for number, text in answers:
            process.tell((number, f"{text}, {self.given}"))
            self.given += 1

    def hear(self, number: int, text: str, taken: bool) -> None:  # noqa: FBT001 - as it is told
        if taken:
            assert number not in self.acknowledged, "two answers were taken"
            self.acknowledged[number] = text
        else:
            self.refused += 1


def check(folder: Path, number: int, acknowledged: str | None) -> None:
    """The session has ended, on the one answer that its human was told of."""
    log = log_in(folder, f"s{number}")
    answers = [event.data["text"] for event in log if isinstance(event, ev.HitlAnswered)]
    finishes = [event.data["response"] for event in log if isinstance(event, ev.UnitCompleted) and event.key == LAST]
    assert finishes == [f"a: finish {text}" for text in answers]
    assert len(answers) == 1
    assert acknowledged in (None, *answers)
    assert isinstance(log[-1], ev.RunCompleted)


def campaign(folder: Path, count: int, seed: int, figures: Callable[..., None]) -> None:
    humans, kills = Humans(seed), -1
    waiting = list(range(count))
    while waiting:
        with Process(attend, folder, waiting) as process:
            waiting = process.hear()
            kills += 1
            if waiting:
                humans.answer(process, waiting)
    for number in range(count):
        check(folder, number, humans.acknowledged.get(number))
    figures(
        "waiting approvals",
        sessions=count,
        kills=kills,
        answers=humans.given,
        acknowledged=len(humans.acknowledged),
        refused_as_second=humans.refused,
        lost=0,
        applied_twice=0,
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_answers_that_were_acknowledged_survive_any_kill(
    seed: int, tmp_path: Path, figures: Callable[..., None]
) -> None:
    campaign(tmp_path, 50, seed, figures)


@pytest.mark.soak
def test_a_thousand_answers_survive_any_kill(tmp_path: Path, figures: Callable[..., None]) -> None:
    campaign(tmp_path, 1_000, 3, figures)


# ---- what they cost -------------------------------------------------------------------------------------------------


def wait(pipe: Connection[Any, Any], folder: Path, few: int, many: int) -> None:
    """Say what a process takes with few waiting runs, and what with many: bytes of memory, and threads.

    They come by and by, and those before have come to rest meanwhile.
    """
    rest.REST_AFTER_S = 0.5
    kept: dict[int, Run] = {}
    for numbers in (range(few), range(few, many)):
        for batch in batched(numbers, 50):
            kept |= start(folder, batch)
            while any(run._holder.session for run in kept.values()):
                time.sleep(0.01)
        gc.collect()
        pipe.send((psutil.Process().memory_info().rss, threading.active_count()))


def batched(numbers: range, size: int) -> list[range]:
    return [numbers[at : at + size] for at in range(0, len(numbers), size)]


@pytest.mark.parametrize(("few", "many"), [(30, 130), pytest.param(100, 1_000, marks=pytest.mark.soak)])
def test_runs_that_wait_take_no_thread_each(few: int, many: int, tmp_path: Path, figures: Callable[..., None]) -> None:
    with Process(wait, tmp_path, few, many) as process:
        (before, threads), (after, more_threads) = process.hear(), process.hear()
    figures(
        f"{many:,} attended runs that have waited for a while",
        bytes_each=(after - before) // (many - few),
        threads_for_all=more_threads,
        threads_for_a_tenth=threads,
    )
    assert more_threads <= threads + 2, "the pool that syncs may grow to its size"
