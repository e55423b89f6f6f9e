"""A process that ends while people think: `python -m tests.patterns.parked FOLDER`.

Runs a session for each question of the patterns, up to that question, and parks it there.
"""

from __future__ import annotations

import sys
from pathlib import Path

from strands_nb.stores import FileSessionRepository
from tests.patterns.gates import GATES
from tests.patterns.support import flow, park_at


def main() -> None:
    """Leave a folder of sessions for each question behind."""
    for name, gate in GATES.items():
        park_at(flow(gate.text, store=FileSessionRepository(Path(sys.argv[1]) / name)), gate.key)


if __name__ == "__main__":
    main()
