"""A process that takes a session from others again and again: `python -m tests.stores.racer FOLDER NAME TIMES`."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress

from strands_nb.engine.store import SessionRepository, settled
from strands_nb.errors import SessionBusyError
from strands_nb.stores import FileSessionRepository
from tests.stores.support import count, event


async def race(store: SessionRepository, name: str, times: int) -> None:
    """Write for as long as the session is ours, and say what was acknowledged."""
    for attempt in range(times):
        with suppress(SessionBusyError):
            await store.claim("s", take_over=True)
            first = await count(store)
            for seq in range(first, first + 5):
                value = f"{name} {attempt} {seq}"
                await settled(store.append("s", event(seq, value)))
                sys.stdout.write(f"{value}\n")
                sys.stdout.flush()
        await store.release("s")


if __name__ == "__main__":
    asyncio.run(race(FileSessionRepository(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
