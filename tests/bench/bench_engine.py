"""What a step of the engine costs: CPU time of the whole process, per step, with agents that answer at once.

Templates are rendered, events go to one subscriber, every reply is kept. Best run by itself: other work on the machine
shows in the figures.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from strands_nb.engine.bus import EventBus
from strands_nb.engine.call import AgentInfo, Call, Reply, Usage
from strands_nb.engine.context import Context
from strands_nb.engine.result import Outcome
from strands_nb.engine.run import Run
from strands_nb.engine.session import Limits, Plan, Program
from strands_nb.engine.store import MemorySessionRepository, SessionRepository
from strands_nb.patterns import Record, outline, program_of
from strands_nb.spec import Spec
from strands_nb.stores import FileSessionRepository

ROUNDS = 5
PAD = "lorem ipsum dolor sit amet " * 7
Case: TypeAlias = Callable[[SessionRepository], Awaitable[None]]


class Instant:
    """Agents that answer at once."""

    def describe(self, agent: str) -> AgentInfo:
        return AgentInfo(agent, agent, "function", remembers=False)

    async def call(self, call: Call) -> Reply:
        return Reply(PAD, Usage(1, 1, cost=0.0))


async def run(program: Program, store: SessionRepository, **plan: Any) -> None:
    bus = EventBus()
    bus.subscribe("*", _ignore)
    made = Plan(program, Instant(), limits=Limits(max_parallel=None), **plan)
    result = await Run(made, store, "bench", bus=bus).launch()
    result.raise_for_status()


def _ignore(_: Any) -> None:
    """The subscriber."""


def chain(steps: int) -> Case:
    """Steps in order, each prompted with the one before."""
    asked = [{"agent": "writer", "input": "Improve on this answer: {{ last_response }}"}] * (steps - 1)
    config = {"steps": [{"agent": "writer", "input": "Begin."}, *asked]}
    spec = Spec.model_validate(
        {"agents": {"writer": {"prompt": "You improve."}}, "pattern": {"type": "chain", "config": config}}
    )
    picture = outline(spec).to_json()

    async def case(store: SessionRepository) -> None:
        await run(program_of(spec, Record({})), store, outline=picture)

    return case


def fan_out(width: int) -> Case:
    """So many calls at once."""

    async def one(ctx: Context, item: int) -> str:
        return (await ctx.agent("branch", f"Number {item}", key="call")).text

    async def program(ctx: Context) -> Outcome:
        return Outcome(str(len(await ctx.map(one, range(width)))))

    async def case(store: SessionRepository) -> None:
        await run(program, store)

    return case


def measured(case: Case, steps: int, make_store: Callable[[str], SessionRepository]) -> tuple[float, float, float]:
    """Median and largest CPU time, and median time on the clock, in microseconds per step."""
    cpu: list[float] = []
    wall: list[float] = []
    for _ in range(ROUNDS + 1):  # the first one warms up
        with tempfile.TemporaryDirectory() as folder:
            store = make_store(folder)
            spent, began = time.process_time(), time.perf_counter()
            asyncio.run(_awaited(case(store)))
            cpu.append((time.process_time() - spent) / steps * 1e6)
            wall.append((time.perf_counter() - began) / steps * 1e6)
    return statistics.median(cpu[1:]), max(cpu[1:]), statistics.median(wall[1:])


async def _awaited(work: Awaitable[None]) -> None:
    await work


def _in_memory(_: str) -> SessionRepository:
    return MemorySessionRepository()


def main() -> None:
    stores: dict[str, Callable[[str], SessionRepository]] = {
        "memory": _in_memory,
        "file, durability fast": lambda folder: FileSessionRepository(folder, durability="fast"),
        "file, durability step": FileSessionRepository,
    }
    cases = {f"chain {n:,}": (chain(n), n) for n in (10, 100, 1000)}
    cases |= {f"fan-out {n:,}": (fan_out(n), n) for n in (10, 100, 1000)}
    print(f"microseconds per step, {ROUNDS} rounds     CPU median      max    clock median")
    for store, make in stores.items():
        for name, (case, steps) in cases.items():
            median, most, clock = measured(case, steps, make)
            print(f"  {store:24}{name:16}{median:10.1f}{most:9.1f}{clock:16.1f}")


if __name__ == "__main__":
    main()
