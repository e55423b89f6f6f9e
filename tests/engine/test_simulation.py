"""Ten thousand machines, each with a fate of its own: a session comes to what it would have come to undisturbed."""

from __future__ import annotations

from collections import Counter

import pytest

from strands_nb.testing import ScriptedAgents
from tests.engine.simulation import simulated
from tests.engine.support import PATIENCE, begin
from tests.programs import CASES

STEADY = sorted(name for name, case in CASES.items() if not case.in_vain)
"""Where the calls do not depend on who is faster."""
WANT: dict[str, str] = {}


def wanted(name: str) -> str:
    if name not in WANT:
        result = begin(CASES[name].program, ScriptedAgents(), on_question=CASES[name].decide).result(PATIENCE)
        WANT[name] = result.last_response
    return WANT[name]


def simulate(seeds: range) -> Counter[str]:
    happened: Counter[str] = Counter()
    for seed in seeds:
        name = STEADY[seed % len(STEADY)]
        try:
            result, events = simulated(CASES[name], seed)
            assert (result.status, result.last_response) == ("completed", wanted(name))
        except BaseException as error:
            error.add_note(f"seed {seed}, {name}")
            raise
        happened += events
    return happened


def test_whatever_happens_to_its_machine_a_session_comes_to_its_end_and_pays_for_nothing_twice() -> None:
    happened = simulate(range(1_000))
    print(dict(happened))  # noqa: T201 - what has been tried
    kinds = {"kill", "power", "disorder", "full", "sync", "stopped", "refused", "taken over", "rested"}
    assert kinds <= happened.keys(), "each of it has happened"


@pytest.mark.soak
def test_this_holds_for_ten_thousand_machines() -> None:
    print(dict(simulate(range(1_000, 11_000))))  # noqa: T201 - what has been tried
