"""What benchmarks run in a kernel: lanes and chains that write, other output beside them, what the process uses."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, Any

import psutil
from IPython.display import DisplayHandle

from strands_nb import Workflow
from strands_nb.app.surface import current_surface, set_surface
from strands_nb.engine.call import Reply
from strands_nb.testing import ScriptedAgents

if TYPE_CHECKING:
    from strands_nb.engine.call import Call

__all__ = ("HOLD_S", "LANES", "SECONDS", "TOKENS", "bare", "beside", "long_chain", "measured", "workflow")

LANES, RATE, SECONDS = 20, 200, 10
"""Branches, tokens a second in each, and for how long."""
TOKENS = RATE * SECONDS
HOLD_S = 25
"""How long a lane is kept open after its last token."""
_SPEC = """\
version: 0
name: flood
agents: {writer: {prompt: You write.}}
runtime: {max_parallel: 20}
pattern:
  type: parallel
  config:
    branches:
"""


class Writers(ScriptedAgents):
    """Every token is its number and the time of its birth, in milliseconds since 1970; a paragraph has 25."""

    async def call(self, call: Call) -> Reply:
        said: list[str] = []
        began = time.perf_counter()
        for n in range(TOKENS):
            if (delay := began + n / RATE - time.perf_counter()) > 0:
                await asyncio.sleep(delay)
            said.append(f"{n}@{time.time() * 1e3:.0f}" + ("\n\n" if n % 25 == 24 else " "))
            call.watch.text(said[-1])
        await asyncio.sleep(HOLD_S)
        return Reply("".join(said))


def workflow() -> Workflow:
    """Twenty branches of one step."""
    lanes = [f"      - {{id: lane{i}, steps: [{{agent: writer, input: Write.}}]}}" for i in range(LANES)]
    return Workflow.from_yaml(_SPEC + "\n".join(lanes)).with_options(agents=Writers())


class Talkers(ScriptedAgents):
    """Twenty words in a quarter of a second."""

    async def call(self, call: Call) -> Reply:
        for n in range(20):
            call.watch.text(f"word{n} ")
            await asyncio.sleep(0.0125)
        return Reply(f"**{call.key}**: " + "a reply of several words. " * 8)


def long_chain(steps: int) -> Workflow:
    """So many steps, one after the other, and a question at the end."""
    lines = [f'  - writer: "Step {n}"' for n in range(steps - 1)]
    text = "\n".join(["agents: {writer: {prompt: You write.}}", "steps:", *lines, "  - approve: Good?"])
    return Workflow.from_yaml(text).with_options(agents=Talkers())


async def bare() -> None:
    """The same without a card, for as long as it writes."""
    surface = current_surface()
    set_surface(None)
    run = workflow().start()
    await asyncio.sleep(SECONDS)
    run.cancel()
    set_surface(surface)


def measured(seconds: float = SECONDS - 1.5) -> list[float]:
    """Begin to measure this process; where its share of a processor will be."""
    used: list[float] = []

    def measure() -> None:
        me = psutil.Process()
        time.sleep(0.5)
        before, began = sum(me.cpu_times()[:2]), time.perf_counter()
        time.sleep(seconds)
        used.append((sum(me.cpu_times()[:2]) - before) / (time.perf_counter() - began))

    threading.Thread(target=measure).start()
    return used


def beside(per_second: int = 1000) -> None:
    """Begin to send so many messages of other output, for as long as the lanes write."""
    shown: Any = DisplayHandle()
    shown.display({"text/plain": "0"}, raw=True)

    def shout() -> None:
        began = time.perf_counter()
        for n in range(per_second * SECONDS):
            shown.update({"text/plain": str(n)}, raw=True)
            if (delay := began + n / per_second - time.perf_counter()) > 0:
                time.sleep(delay)

    threading.Thread(target=shout).start()
