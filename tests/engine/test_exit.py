"""What becomes of runs when their process comes to its end: they are paused, and nothing is said."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from strands_nb.engine import events as ev
from strands_nb.stores import FileSessionRepository
from tests.engine.support import log_of

ROOT = Path(__file__).parents[2]
SCRIPT = """
import asyncio, sys, time
from pathlib import Path
from strands_nb.stores import FileSessionRepository
from strands_nb.testing import ScriptedAgents
from tests.engine.support import asking, asks, begin, steps

class Slow(ScriptedAgents):
    async def call(self, call):
        print("called", flush=True)
        await asyncio.sleep(1000)

store = FileSessionRepository(Path(sys.argv[1]))
runs = [begin(asks(), store=store, session_id=f"asks{n}") for n in range(20)]
for run in runs:
    asking(run)
works = begin(steps("one"), Slow(), store=store, session_id="works")
while "steps/0" not in works.steps:
    time.sleep(0.01)
"""


def test_runs_under_way_are_paused_in_silence(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SCRIPT, str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=50, cwd=ROOT, check=False)  # noqa: S603
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "called\n", "")
    store = FileSessionRepository(tmp_path)
    for name, in_flight in {**{f"asks{n}": [] for n in range(20)}, "works": ["steps/0"]}.items():
        end = log_of(store, name)[-1]
        assert isinstance(end, ev.RunPaused), name
        assert end.data["reason"] == "the process is ending"
        assert end.data["in_flight"] == in_flight
        assert len(end.data["questions"]) == (name != "works")
