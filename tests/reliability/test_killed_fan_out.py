"""Twenty calls at once, and `kill -9` among their answers: what was answered is not asked again."""

from __future__ import annotations

import asyncio
import itertools
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import pytest

from strands_nb import Workflow
from strands_nb.engine.events import UnitCompleted
from strands_nb.stores import FileSessionRepository
from tests.reliability.processes import BilledAgents, Process, log_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from strands_nb.engine.call import Call, Reply

WIDE = 20
KEYS = [f"branches/b{n}/steps/0" for n in range(WIDE)]
TEXT = f"""
version: 0
name: fan-out
runtime: {{max_parallel: {WIDE}}}
agents: {{a: {{prompt: A}}}}
pattern:
  type: parallel
  config:
    branches: [{", ".join(f"{{id: b{n}, steps: [{{a: find {n}}}]}}" for n in range(WIDE))}]
"""


class Case(NamedTuple):
    """Killed so many milliseconds after so many answers."""

    answers: int
    delay_ms: int
    manner: Literal["staggered", "at once"]


CASES = [Case(*each) for each in itertools.product((1, 5, 10, 19, 20), (0, 2, 5, 20), ("staggered", "at once"))]
FEW = [Case(1, 0, "at once"), Case(10, 2, "at once"), Case(19, 20, "staggered"), Case(20, 0, "at once")]


class Provider(BilledAgents):
    """Answers a little later each time, or all calls at the same moment."""

    def __init__(self, bill: Connection[Any, Any], manner: str) -> None:
        super().__init__(bill)
        self._staggered = manner == "staggered"
        self._began = 0.0

    async def call(self, call: Call) -> Reply:
        loop = asyncio.get_running_loop()
        self._began = self._began or loop.time()
        number = int(call.prompt.split()[1])
        answered: asyncio.Future[None] = loop.create_future()
        loop.call_at(self._began + (0.003 * number if self._staggered else 0.1), answered.set_result, None)
        await answered
        return await super().call(call)


def run(bill: Connection[Any, Any], folder: Path, manner: str) -> None:
    """Start the session, or go on with it, and stay."""
    workflow = Workflow.from_yaml(TEXT).with_options(
        agents=Provider(bill, manner), store=FileSessionRepository(folder), session="s"
    )
    bill.send(workflow.run().to_dict())
    time.sleep(60)


def billed_until_killed(folder: Path, case: Case) -> list[str]:
    with Process(run, folder, case.manner) as victim:
        billed = [victim.hear() for _ in range(case.answers)]
        time.sleep(case.delay_ms / 1000)
        return [word for word in (*billed, *victim.last_words()) if isinstance(word, str)]


def billed_until_done(folder: Path) -> tuple[list[str], dict[str, Any]]:
    with Process(run, folder, "at once") as survivor:
        return survivor.result()


def repeated(folder: Path, case: Case) -> tuple[int, int]:
    """How many calls that were answered have been made again; how many of these were killed in their last instruction.

    That can be one: it was billed, and the process was dead before the next instruction, which writes the answer down.
    """
    first = billed_until_killed(folder, case)
    recorded = {event.key for event in log_in(folder) if isinstance(event, UnitCompleted)} & set(KEYS)
    second, result = billed_until_done(folder)
    assert result["status"] == "completed"
    assert [row["response"] for row in result["execution_context"]["branches"].values()] == [
        f"a: find {n}" for n in range(WIDE)
    ]
    assert sorted(second) == sorted(set(KEYS) - recorded), "what is recorded is kept, all else is made once"
    again = set(first) & set(second)
    excused = again & set(first[-1:])
    return len(again), len(excused)


def campaign(folder: Path, cases: list[Case], figures: Callable[..., None]) -> None:
    counts = [repeated(folder / str(number), case) for number, case in enumerate(cases)]
    in_last, again = sum(excused for _, excused in counts), sum(n for n, _ in counts)
    figures(
        "killed fan-out of 20",
        cases=len(cases),
        answered_calls_made_again=again,
        of_them_killed_in_their_last_instruction=in_last,
    )
    assert again == in_last


def test_a_fan_out_that_is_killed_repeats_no_call_that_was_answered(
    tmp_path: Path, figures: Callable[..., None]
) -> None:
    campaign(tmp_path, FEW, figures)


@pytest.mark.soak
def test_it_repeats_none_whenever_it_is_killed(tmp_path: Path, figures: Callable[..., None]) -> None:
    campaign(tmp_path, CASES, figures)
