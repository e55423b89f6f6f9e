"""Prints logs with the state after each of their events, for the TypeScript fold to be held to.

    python -m tests.golden.prefixes

One JSON line per log: of the golden runs, and of runs of any shape.
"""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING

from strands_nb.engine.events import dump_event
from strands_nb.engine.state import EMPTY, fold, state_to_json
from tests.golden import make
from tests.golden.wild import wild_log

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strands_nb.engine.events import Event


def line(name: str, events: Sequence[Event]) -> str:
    """A log by its name, its events, and the state after each."""
    states = [fold(EMPTY, events[: n + 1]) for n in range(len(events))]
    return json.dumps(
        {
            "name": name,
            "events": [dump_event(event) for event in events],
            "states": [state_to_json(state) for state in states],
        }
    )


if __name__ == "__main__":
    for each in make.GOLDEN:
        print(line(each, make.recorded(each)))  # noqa: T201 - its output
    for seed in range(100):
        print(line(f"wild {seed}", wild_log(Random(seed))))  # noqa: S311, T201
