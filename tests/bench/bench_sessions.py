"""What it costs to list and to look up sessions: ten thousand of them, as runs leave them behind.

The first page is timed after the index was deleted, then pages follow one another; whoever waits longer than a few
seconds between two pages pays for looking at every journal's size once more, which is timed apart.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

os.environ["STRANDS_NB_HOME"] = HOME = tempfile.mkdtemp(prefix="bench-sessions-")

from strands_nb import FileSessionRepository, SessionManager, Workflow
from strands_nb.engine.events import Event
from strands_nb.stores.records import encode

SESSIONS = 10_000
PAGES = 500
GETS = 1000
GOAL_WARM_MS, GOAL_FIRST_S, GOAL_FEWER = 20, 1.5, 80
TEXT = """
name: brief
agents: {a: {prompt: You find facts.}, b: {prompt: You write.}}
steps:
  - a: "Three facts about {{ topic }}."
  - {approve: "Good enough?", context_display: "{{ steps[0].response }}"}
  - b: "One paragraph from {{ steps[0].response }}. {{ hitl_response }}"
"""


class CountingStore(FileSessionRepository):
    """Counts how often a journal is read."""

    reads = 0

    async def read(self, session_id: str) -> Sequence[Event]:
        self.reads += 1
        return await super().read(session_id)


def patterns(store: FileSessionRepository) -> list[Sequence[Event]]:
    """The journals of a few runs that ended in different ways."""
    workflow = Workflow.from_yaml(TEXT).with_options(model="scripted", store=store)
    ways = ("park", "approve", "fail")
    ended = [workflow.with_options(on_hitl=way).run(topic="tides") for way in ways]
    return [asyncio.run(store.read(result.session_id)) for result in ended]


def fill(folder: Path, count: int) -> None:
    """So many sessions, a second apart."""
    logs = patterns(FileSessionRepository(folder))
    now = time.time()
    for number in range(count):
        name = f"wf-{number:08d}"
        (folder / name).mkdir()
        events = (replace(event, session_id=name) for event in logs[number % len(logs)])
        journal = folder / name / "journal.jsonl"
        journal.write_bytes(b"".join(encode(event, 1) for event in events))
        os.utime(journal, (now - number, now - number))


async def timed_pages(manager: SessionManager, pause: float, times: int) -> list[float]:
    taken: list[float] = []
    for number in range(times):
        began = time.perf_counter()
        status = (None, "paused", "completed")[number % 3]
        page = await manager.list(limit=100, offset=100 * (number % 7), status=status)
        taken.append((time.perf_counter() - began) * 1e3)
        assert len(page) == 100
        if pause:
            await asyncio.sleep(pause)
    return taken


def shown(name: str, taken: list[float]) -> None:
    p99 = statistics.quantiles(taken, n=100, method="inclusive")[98] if len(taken) > 1 else taken[0]
    print(f"  {name:44}{statistics.median(taken):9.1f}{p99:9.1f}{max(taken):9.1f}")


def main() -> None:
    folder = Path(HOME) / "sessions"
    began = time.perf_counter()
    fill(folder, SESSIONS)
    print(f"{SESSIONS:,} sessions in {time.perf_counter() - began:.1f} s, {datetime.now(UTC):%Y-%m-%d}")
    asyncio.run(lists())
    asyncio.run(gets(CountingStore(folder)))


async def lists() -> None:
    manager = SessionManager()
    print("pages of 100, milliseconds                        median      p99      max")
    first: list[float] = []
    for _ in range(3):
        shutil.rmtree(Path(HOME) / "cache", ignore_errors=True)
        first += await timed_pages(SessionManager(), 0, 1)
    shown(f"first, without an index (goal: {GOAL_FIRST_S * 1e3:,.0f})", first)
    await timed_pages(manager, 0, 21)
    shown(f"then, {PAGES} pages (goal: p99 {GOAL_WARM_MS})", await timed_pages(manager, 0, PAGES))
    shown("one every 3.5 seconds", await timed_pages(manager, 3.5, 7))


async def gets(store: CountingStore) -> None:
    manager = SessionManager(storage=store)
    began = time.perf_counter()
    for number in range(GETS):
        await manager.get(f"wf-{number % 50:08d}")
    each = (time.perf_counter() - began) / GETS * 1e3
    fewer = f"{100 - 100 * store.reads / GETS:.0f} % fewer (goal: {GOAL_FEWER})"
    print(f"get: {GETS:,} of 50 sessions read {store.reads} journals, {fewer}; {each:.2f} ms each")


if __name__ == "__main__":
    try:
        main()
    finally:
        shutil.rmtree(HOME)
