"""A run as it might happen to somebody, told in time-lapse: what the pictures of the docs show."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from strands_nb.engine.call import Reply, Usage
from strands_nb.engine.run import Run
from strands_nb.engine.session import Limits, Plan
from strands_nb.engine.state import EMPTY, fold, state_to_json
from strands_nb.errors import ProviderError
from strands_nb.patterns import Record, outline, program_of
from strands_nb.spec import parse
from strands_nb.testing import MemorySessionRepository, ScriptedAgents

if TYPE_CHECKING:
    from strands_nb.engine.call import Call
    from strands_nb.engine.context import Context
    from strands_nb.engine.events import Event
    from strands_nb.engine.result import Outcome

__all__ = ("told", "traits")

_FASTER = 40
_BEGIN = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

SPEC = """\
version: 0
name: tidal-brief
runtime: {provider: scripted}
agents:
  scout: {prompt: You find facts and name their sources.}
  critic: {prompt: You doubt what is claimed.}
  writer: {prompt: You write short briefs.}
pattern:
  type: workflow
  config:
    tasks:
      - {id: physics, agent: scout, input: "How do tides drive turbines?"}
      - {id: costs, agent: scout, input: "What does tidal power cost?"}
      - {id: risks, agent: critic, input: "What speaks against it?"}
      - {id: review, type: hitl, deps: [physics, costs, risks], prompt: "Good enough to write from?",
         context_display: "{{ tasks.costs.response }}", default: approved, timeout_seconds: 300}
      - {id: brief, agent: writer, deps: [review], input: "Write a brief: {{ tasks.review.response }}"}
"""
PHYSICS = """\
Tides follow the moon, so their power is **predictable for decades**. A barrage turns the head between basin and sea; \
a stream turbine takes what flows past it."""
COSTS = """\
1. **Capital** is most of it: 4 to 7 M$ per MW for barrages.
2. La Rance has run since 1966 and is paid off; its power costs about 0.12 € per kWh.
3. Stream turbines fell from 300 to 180 $/MWh in ten years."""
RISKS = "Silt, fish and salt. Barrages change an estuary for good; every permit so far took years."
BRIEF = """\
## Tidal power, in brief

It is the one renewable whose output can be printed in an almanac. What holds it back is *capital*, not physics:

- 4 to 7 M$ per MW for barrages
- permits that take years

Stream turbines are the ones to watch: **180 $/MWh** and falling."""
_SAID = {
    "physics": (4.2, 610, PHYSICS),
    "costs": (5.9, 840, COSTS),
    "risks": (3.1, 420, RISKS),
    "brief": (6.4, 730, BRIEF),
}
"""By task: how many seconds it takes, how many tokens, and what is said."""


class Lapse:
    """A clock that runs faster than ours."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def now(self) -> datetime:
        return _BEGIN + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return (time.monotonic() - self._began) * _FASTER


class Actors(ScriptedAgents):
    """Each takes its time, and streams what it says."""

    def __init__(self, *, broken: bool) -> None:
        super().__init__()
        self.broken = broken

    async def call(self, call: Call) -> Reply:
        takes, tokens, text = next(said for name, said in _SAID.items() if f"/{name}" in f"/{call.key}")
        words = text.split(" ")
        for word in words:
            await asyncio.sleep(takes / _FASTER / len(words))
            call.watch.text(word + " ")
        if self.broken and "risks" in call.key:
            raise ProviderError("the provider is overloaded (529); it asks to try again in 30 s", key=call.key)
        usage = Usage(tokens * 2 // 3, tokens // 3, cost=tokens * 6e-6)
        return Reply(text, usage, model="anthropic:claude-sonnet-4-5")


@cache
def told(*, broken: bool = False) -> tuple[Event, ...]:
    """All events of the story, answered when it asks; or of the one in which a call fails for good."""
    spec = parse(SPEC)

    async def program(ctx: Context) -> Outcome:
        return await program_of(spec, Record({}))(ctx)

    plan = Plan(
        program,
        Actors(broken=broken),
        spec_name=spec.name,
        pattern_type="workflow",
        outline=outline(spec).to_json(),
        clock=Lapse(),
        limits=Limits(),
    )
    run = Run(plan, MemorySessionRepository(), "wf-7k3q")
    seen: list[Event] = []
    run.listen(seen.append)
    run.launch()
    while not (run.pending or run.done):
        time.sleep(0.005)
    if run.pending:
        time.sleep(4 / _FASTER)
        run.approve("shorter, and name the sources")
    run.result(20)
    return tuple(seen)


def traits(until: str = "", **changes: Any) -> dict[str, Any]:
    """What a card gets that shows the story up to the end of a moment: its first event of a type at a key."""
    events = list(told(broken=changes.pop("broken", False)))
    if until:
        kind, _, key = until.partition(" ")
        at = next(n for n, event in enumerate(events, 1) if event.event_type == kind and event.key.endswith(key))
        events = events[:at]
    state = state_to_json(fold(EMPTY, events))
    head = {
        "v": 1,
        "session": "wf-7k3q",
        "name": "tidal-brief",
        "model": "anthropic:claude-sonnet-4-5",
        "budget": {"max_cost": 1.0, "max_tokens": None},
        "bound": "at most 4 calls, $0.09",
        "seq": 0,
        "at": _BEGIN.isoformat(),
        "menu": True,
    }
    made = {"head": head, "snapshot": {"v": 1, "n": 1, "state": state}, "questions": state["questions"]}
    return {
        **made,
        "status": state["status"],
        "at": state["updated_at"],
        "replies": {"spec": {"yaml": SPEC}},
        **changes,
    }
