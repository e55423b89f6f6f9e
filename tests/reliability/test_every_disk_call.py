"""A process dies before, half-way through or after any call to its disk, and the one after it too: nothing is lost."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest

from strands_nb.engine import events as ev
from strands_nb.engine.state import EMPTY, base_key, fold
from tests.programs import CASES, Case
from tests.reliability.mortal import Life, Manner, Point, live, points
from tests.reliability.processes import log_in

SEVEN = [
    "reviewed chain",
    "workflow",
    "routing",
    "parallel",
    "evaluator_optimizer",
    "orchestrator_workers",
    "graph",
]
"""Each with approvals, of which at least one sends work back."""
CAMPAIGN = "death at a call to the disk"
MANNERS: tuple[Manner, ...] = ("at once", "parked")


class Undisturbed(NamedTuple):
    """What comes of a workflow to which nothing happens."""

    life: Life
    rows: dict[str, str | None]


@cache
def undisturbed(name: str, manner: Manner) -> Undisturbed:
    with TemporaryDirectory() as folder:
        return Undisturbed(live(Path(folder), CASES[name], manner), rows(Path(folder), CASES[name]))


def rows(folder: Path, case: Case) -> dict[str, str | None]:
    """What people see of the units of work at the end."""
    units = fold(EMPTY, log_in(folder)).units
    return {key: unit.response for key, unit in units.items() if key not in {base_key(one) for one in case.in_vain}}


def all_points(name: str, manner: Manner) -> Iterator[Point]:
    """All the places to die in the first process."""
    calls = undisturbed(name, manner).life.disk_calls
    for power in (False, True):
        yield from points(calls, power=power)


# ---- what must hold -------------------------------------------------------------------------------------------------


def keeps_its_word(folder: Path, life: Life) -> set[str]:
    """What the dead process had said is on the disk; returns the calls that nobody may make again."""
    log = log_in(folder)
    assert {(event.seq, event.event_type, event.key) for event in log} >= set(life.shown), (
        "a step that was shown is lost"
    )
    assert {e.data["question_id"] for e in log if isinstance(e, ev.HitlAnswered)} >= life.answered, "an answer is lost"
    return {event.key for event in log if isinstance(event, ev.UnitCompleted)}


def repeats_nothing(life: Life, recorded: set[str]) -> None:
    assert not recorded & set(life.calls), "a recorded call was made again"
    assert len(life.calls) == len(set(life.calls)), "a call was made twice"


def comes_to_the_same(folder: Path, life: Life, name: str, manner: Manner) -> None:
    log, want = log_in(folder), undisturbed(name, manner)
    assert life.result == want.life.result
    assert rows(folder, CASES[name]) == want.rows
    answers = Counter(event.data["question_id"] for event in log if isinstance(event, ev.HitlAnswered))
    outcomes = Counter((e.key, e.data["fingerprint"]) for e in log if isinstance(e, ev.UnitCompleted))
    assert set(answers.values()) | set(outcomes.values()) <= {1}, "something was recorded twice"


def goes_on(folder: Path, name: str, manner: Manner, recorded: set[str]) -> Life:
    """A process in which nothing happens brings the session to its end."""
    last = live(folder, CASES[name], manner)
    repeats_nothing(last, recorded)
    comes_to_the_same(folder, last, name, manner)
    return last


def dies_again(folder: Path, name: str, manner: Manner, point: Point, recorded: set[str]) -> None:
    """The process that goes on dies too, and the third one brings the session to its end."""
    dead = live(folder, CASES[name], manner, point)
    assert dead.result is None
    repeats_nothing(dead, recorded)
    goes_on(folder, name, manner, recorded | keeps_its_word(folder, dead))


def survives(folder: Path, name: str, manner: Manner, point: Point, second: slice) -> int:
    """Die at a point and go on; then go on from there once more for each of the places to die on the way (a slice).

    Returns how many these were.
    """
    first, again = folder / "first", folder / "again"
    first.mkdir(parents=True)
    dead = live(first, CASES[name], manner, point)
    assert dead.result is None
    recorded = keeps_its_word(first, dead)
    shutil.copytree(first, again)
    calls = goes_on(again, name, manner, recorded).disk_calls
    places = list(points(calls, power=point.power))[second]
    for each in places:
        shutil.rmtree(again)
        shutil.copytree(first, again)
        dies_again(again, name, manner, each, recorded)
    shutil.rmtree(folder)
    return len(places)


def campaign(folder: Path, name: str, every: int, twice: int) -> tuple[int, int]:
    """Die at each `every`-th point, and of those at each `twice`-th a second time: how many places once, and twice."""
    once = both = 0
    for manner in MANNERS:
        for number, point in enumerate(list(all_points(name, manner))[len(name) % every :: every]):
            second = slice(number % 31, None, 31) if number % twice == 0 else slice(0)
            both += survives(folder / manner / str(number), name, manner, point, second)
            once += 1
    return once, both


@pytest.mark.parametrize("name", SEVEN)
def test_death_at_a_call_to_the_disk_loses_and_repeats_nothing(
    name: str, tmp_path: Path, figures: Callable[..., None]
) -> None:
    once, both = campaign(tmp_path, name, every=37, twice=9)
    figures(CAMPAIGN, once=once, twice=both, lost=0, repeated=0, wrong=0)


@pytest.mark.soak
@pytest.mark.parametrize("name", SEVEN)
def test_death_at_every_call_to_the_disk_loses_and_repeats_nothing(
    name: str, tmp_path: Path, figures: Callable[..., None]
) -> None:
    once, both = campaign(tmp_path, name, every=1, twice=29)
    figures(CAMPAIGN, once=once, twice=both, lost=0, repeated=0, wrong=0)
