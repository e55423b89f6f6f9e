"""A process that writes to a session and then stays: `python -m tests.stores.holder FOLDER`."""

from __future__ import annotations

import asyncio
import sys

from strands_nb.engine.store import settled
from strands_nb.errors import SessionBusyError
from strands_nb.stores import FileSessionRepository
from tests.stores.support import event


async def main() -> None:
    """Claim, write two events, say so, and append another for each line read."""
    store = FileSessionRepository(sys.argv[1])
    try:
        await store.claim("s")
    except SessionBusyError as error:
        say(f"SessionBusyError: {error}")
        return
    for seq in range(2):
        await settled(store.append("s", event(seq, f"holder {seq}")))
    say("ready")
    seq = 2
    while await asyncio.to_thread(sys.stdin.readline):
        try:
            await settled(store.append("s", event(seq, f"holder {seq}")))
            word = "written"
        except Exception as error:  # noqa: BLE001 - the test reads it
            word = f"{type(error).__name__}: {error}"
        say(word)
        seq += 1


def say(text: str) -> None:
    """One line to whoever started us."""
    sys.stdout.write(text.replace("\n", " ") + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
