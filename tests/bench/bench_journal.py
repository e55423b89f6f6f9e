"""What the journal costs on this disk: time per durable step, bytes per step, and a resume of 10,000 steps.

The disk's own time is measured in the same run and turn by turn with ours, since no two disks are alike: what counts is
what is added to it.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from strands_nb.engine.call import AgentInfo, Call, Reply, Usage
from strands_nb.engine.context import Context
from strands_nb.engine.events import Noted
from strands_nb.engine.loop import engine_loop
from strands_nb.engine.result import Outcome
from strands_nb.engine.run import Run
from strands_nb.engine.session import Limits, Plan
from strands_nb.engine.store import settled
from strands_nb.stores import FileSessionRepository
from strands_nb.stores.records import encode

APPENDS = 300
WIDE = 20
STEPS = 10_000
TEXT = "lorem ipsum dolor sit amet " * 75
"""2 kB."""
PROMPT, REPLY = "Go on with it. " * 8, "x" * 4_096


class Instant:
    """Agents that answer at once, 4 kB each."""

    calls = 0

    def describe(self, agent: str) -> AgentInfo:
        return AgentInfo(agent, agent, "function", remembers=False)

    async def call(self, call: Call) -> Reply:
        self.calls += 1
        return Reply(REPLY, Usage(1, 1, cost=0.0))


def chain(steps: int, agents: Instant) -> Plan:
    async def program(ctx: Context) -> Outcome:
        for i in range(steps):
            await ctx.agent("a", PROMPT, key=f"steps/{i}")
        return Outcome("done")

    return Plan(program, agents, spec_hash="one", limits=Limits(max_parallel=None))


# ---- time per durable step ---------------------------------------------------------------------------------------


async def durable(store: FileSessionRepository, folder: Path) -> tuple[list[float], list[float]]:
    """Seconds of single appends, and of the same bytes written and synced raw, turn by turn."""
    ours: list[float] = []
    raw: list[float] = []
    fd = os.open(folder / "raw", os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    await store.claim("s")
    for seq in range(APPENDS):
        event = made(seq)
        line = encode(event, 1)
        began = time.perf_counter()
        await settled(store.append("s", event))
        ours.append(time.perf_counter() - began)
        began = time.perf_counter()
        os.write(fd, line)
        os.fdatasync(fd)
        raw.append(time.perf_counter() - began)
    await store.release("s")
    os.close(fd)
    return ours, raw


async def wide(store: FileSessionRepository) -> float:
    """Seconds per append where so many wait for the disk together."""
    await store.claim("w")
    began = time.perf_counter()
    for first in range(0, APPENDS, WIDE):
        await asyncio.gather(*[settled(store.append("w", made(seq))) for seq in range(first, first + WIDE)])
    taken = time.perf_counter() - began
    await store.release("w")
    return taken / APPENDS


def made(seq: int) -> Noted:
    from datetime import UTC, datetime

    return Noted(seq, "note", datetime.now(UTC), "s", "w", "chain", f"n/{seq}", {"value": TEXT})


def time_per_step(folder: Path) -> None:
    store = FileSessionRepository(folder)
    ours, raw = asyncio.run(durable(store, folder))
    median, plain = statistics.median(ours), statistics.median(raw)
    p99, plain99 = (sorted(each)[int(len(each) * 0.99)] for each in (ours, raw))
    amortised = asyncio.run(wide(store))
    print(f"time per durable append of {len(TEXT) / 1000:.0f} kB, {APPENDS} rounds, milliseconds")
    print(f"  {'median':32}{median * 1e3:8.2f}   fdatasync alone {plain * 1e3:6.2f}", end="")
    print(f"   added {(median - plain) * 1e3:6.2f}   (goal: 0.3)")
    print(f"  {'p99':32}{p99 * 1e3:8.2f}   fdatasync alone {plain99 * 1e3:6.2f}", end="")
    print(f"   added {(p99 - plain99) * 1e3:6.2f}   (goal: 2)")
    print(f"  {f'{WIDE} at once, each':32}{amortised * 1e3:8.2f}   (goal: 1.0)")


# ---- bytes per step ----------------------------------------------------------------------------------------------


def bytes_per_step(folder: Path) -> None:
    payload = len(PROMPT) + len(REPLY)
    print(f"bytes per step of {len(PROMPT):,} characters of prompt and {len(REPLY):,} of reply")
    for steps in (100, 1_000):
        store = FileSessionRepository(folder / str(steps), durability="fast")
        Run(chain(steps, Instant()), store, "s").launch().result().raise_for_status()
        size = (store.storage_dir / "s" / "journal.jsonl").stat().st_size
        print(f"  {f'{steps:,} steps':32}{size / steps:8,.0f}   {size / steps / payload:.3f} x payload   (goal: 1.25)")


# ---- resume ------------------------------------------------------------------------------------------------------


def resume(folder: Path) -> None:
    """A process of its own resumes what another one has left after 10,000 steps."""
    store = FileSessionRepository(folder, durability="fast")
    agents = Instant()
    run = Run(chain(STEPS + 1, agents), store, "s").launch()
    while agents.calls < STEPS:
        time.sleep(0.01)
    run.pause()
    run.result()
    rounds = [json.loads(_process(folder)) for _ in range(3)]
    seconds, megabytes, calls = (statistics.median(each[i] for each in rounds) for i in range(3))
    print(f"resume after {STEPS:,} steps of {len(REPLY):,} characters, each time in a fresh process")
    print(f"  {'seconds':32}{seconds:8.2f}   (goal: 2)   {calls:.0f} calls")
    print(f"  {'megabytes of memory':32}{megabytes:8.0f}   (goal: 300)")


def _process(folder: Path) -> str:
    command = [sys.executable, __file__, str(folder)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - ourselves


def resumed(folder: Path) -> None:
    import resource

    agents = Instant()
    engine_loop.submit(_nothing).result()
    before = (folder / "s" / "journal.jsonl").read_bytes()
    began = time.perf_counter()
    store = FileSessionRepository(folder)
    Run(chain(STEPS, agents), store, "s").launch(resume=True).result().raise_for_status()
    taken = time.perf_counter() - began
    (folder / "s" / "journal.jsonl").write_bytes(before)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([taken, peak, agents.calls]))


async def _nothing() -> Any:
    """Starts the engine."""


def main() -> None:
    if len(sys.argv) > 1:
        resumed(Path(sys.argv[1]))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        time_per_step(folder)
        bytes_per_step(folder / "bytes")
        resume(folder / "resume")


if __name__ == "__main__":
    main()
