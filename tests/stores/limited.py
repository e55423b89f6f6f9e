"""A process whose disk says no for a while: `python -m tests.stores.limited FOLDER size|permission`.

Runs four steps. In the second one the system begins to refuse what is written, really: by a limit on the size of files,
or by taking the rights of the folder away. Prints how that ended, and how the run ended when it was resumed after.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

from strands_nb.engine.run import Run
from strands_nb.engine.session import Plan
from strands_nb.stores import FileSessionRepository
from strands_nb.testing import ScriptedAgents
from tests.engine.support import steps

NOBODY = 65_534
PROGRAM = steps("one", "two", "three", "four")


def limit_size(folder: Path) -> None:
    """No file may grow by more than ten bytes from here on."""
    size = (folder / "s" / "journal.jsonl").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, resource.RLIM_INFINITY))


def unlimit_size(_: Path) -> None:
    """As before."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def take_rights(folder: Path) -> None:
    """Nobody may look into the session."""
    (folder / "s").chmod(0)


def give_rights(folder: Path) -> None:
    """As before."""
    (folder / "s").chmod(0o700)


WAYS = {"size": (limit_size, unlimit_size), "permission": (take_rights, give_rights)}


def main() -> None:
    """Run, be refused, resume."""
    folder, (forbid, allow) = Path(sys.argv[1]), WAYS[sys.argv[2]]
    warm = FileSessionRepository(folder / "warm")  # imports everything, as long as we may read it
    Run(Plan(PROGRAM, ScriptedAgents(), spec_hash="one"), warm, "s").launch().result(10)
    if os.getuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
        os.setuid(NOBODY)  # whom folders without rights stop
    keys: list[str] = []

    def say(call: Any) -> str:
        keys.append(call.key)
        if keys == ["steps/0", "steps/1"]:
            forbid(folder)
        return f"said {call.key}"

    run = Run(Plan(PROGRAM, ScriptedAgents({"a": say}), spec_hash="one"), FileSessionRepository(folder), "s").launch()
    refused = run.result(10)
    allow(folder)
    done = run.resume().result(10)
    sys.stdout.write(json.dumps([refused.status, str(refused.failure), done.status, done.last_response, keys]))


if __name__ == "__main__":
    main()
