"""Other processes with sessions in S3: `python -m tests.stores.s3_process WHAT URL PREFIX …`."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from strands_nb import S3SessionRepository
from strands_nb.engine.store import settled
from strands_nb.testing import ScriptedAgents
from tests.app.support import TWO_AND_A_GATE, flow
from tests.stores.racer import race
from tests.stores.s3 import BUCKET, ENVIRONMENT
from tests.stores.support import event

if TYPE_CHECKING:
    from tests.stores.s3 import Server

ROOT = Path(__file__).parents[2]


class Process:
    """Another process; says a line, and goes on when it is told to."""

    def __init__(self, server: Server, what: str, *words: str) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "tests.stores.s3_process", what, server.url, *words],
            cwd=ROOT,
            env={**os.environ, **ENVIRONMENT},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @property
    def pid(self) -> int:
        return self.process.pid

    def read(self) -> str:
        """Its next line."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def go_on(self) -> str:
        """Let it go on, and give its next line."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.read()

    def lines(self) -> list[str]:
        """All its lines to the end."""
        return self.process.communicate(timeout=50)[0].splitlines()

    def end(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.communicate(timeout=10)


def say(text: str) -> None:
    """One line to whoever started us."""
    sys.stdout.write(text.replace("\n", " ") + "\n")
    sys.stdout.flush()


async def hold(store: S3SessionRepository) -> None:
    """Claim, write two events, say so, and append another for each line read."""
    await store.claim("s")
    for seq in range(2):
        await settled(store.append("s", event(seq, f"holder {seq}")))
    say("ready")
    seq = 2
    while await asyncio.to_thread(sys.stdin.readline):
        try:
            await settled(store.append("s", event(seq, f"holder {seq}")))
            say("written")
        except Exception as error:  # noqa: BLE001 - the test reads it
            say(f"{type(error).__name__}: {error}")
        seq += 1


def resume(store: S3SessionRepository, session_id: str) -> None:
    """Answer a workflow that asks, and go on with it; say who was called, and what came of it."""
    agents = ScriptedAgents()
    result = flow(TWO_AND_A_GATE, agents=agents, store=store).resume(session_id, hitl_response="yes")
    say(" ".join(agents.keys))
    say(f"{result.status}: {result.last_response}")


def main(what: str, url: str, prefix: str, *words: str) -> None:
    options: dict[str, Any] = {"endpoint_url": url, "heartbeat": 0.2, "stale_after": 2.0}
    store = S3SessionRepository(BUCKET, prefix, **options)
    match what:
        case "hold":
            asyncio.run(hold(store))
        case "race":
            asyncio.run(race(store, words[0], 8))
        case _:
            resume(store, *words)


if __name__ == "__main__":
    main(*sys.argv[1:])
