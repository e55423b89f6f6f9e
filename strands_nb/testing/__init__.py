"""For tests: agents that answer from a script, runs without ceremony, and a contract for stores of one's own.

The contract is in `strands_nb.testing.stores`, apart from the rest, as it alone needs pytest.
"""

from __future__ import annotations

from strands_nb.engine.store import MemorySessionRepository
from strands_nb.testing.agents import Said, ScriptedAgents, TickingClock, collect, start, timeless

__all__ = (
    "MemorySessionRepository",
    "Said",
    "ScriptedAgents",
    "TickingClock",
    "collect",
    "start",
    "timeless",
)
