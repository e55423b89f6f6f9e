"""A process to be killed: `python -m tests.engine.victim FOLDER LOG HANG`.

Runs the five steps of a session, or goes on with them. Each call is noted in the log as it begins; the one of the step
HANG never answers (`-1` for none). The last line of the log is the result.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from strands_nb.engine.run import Run
from strands_nb.engine.session import Plan
from strands_nb.stores import FileSessionRepository
from strands_nb.testing import ScriptedAgents
from tests.programs import sequence

if TYPE_CHECKING:
    from strands_nb.engine.call import Call, Reply


class SlowAgents(ScriptedAgents):
    """Notes each call on the disk before it answers; one never answers."""

    def __init__(self, log: Path, hang: int) -> None:
        super().__init__(latency=0.01)
        self._log, self._hang = log, f"steps/{hang}"

    async def call(self, call: Call) -> Reply:
        with self._log.open("a") as out:
            out.write(call.key + "\n")
        if call.key == self._hang:
            await asyncio.sleep(3600)
        return await super().call(call)


def main() -> None:
    """Run to the end, unless killed."""
    folder, log, hang = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    plan = Plan(sequence, SlowAgents(log, hang), spec_hash="victim")
    result = Run(plan, FileSessionRepository(folder), "s").launch(resume=True, create=True).result()
    with log.open("a") as out:
        out.write(f"{result.status}: {result.last_response}\n")


if __name__ == "__main__":
    main()
