"""Agents that answer from a script, a clock that ticks when it is looked at, and runs without ceremony."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from uuid import uuid4

from strands_nb.agents import JsonFault, read_json, sample
from strands_nb.engine.call import AgentInfo, Call, Reply, Usage
from strands_nb.engine.events import Event
from strands_nb.engine.fingerprint import fingerprint
from strands_nb.engine.run import Run
from strands_nb.engine.session import Plan, Program
from strands_nb.engine.store import MemorySessionRepository, SessionRepository
from strands_nb.errors import ProviderError
from strands_nb.spec.toolset import agent_of

__all__ = ("Said", "ScriptedAgents", "TickingClock", "collect", "start", "timeless")

Said: TypeAlias = "str | Exception | Reply | Callable[[Call], str | Reply]"
"""One scripted answer: a text, an error to raise, a whole reply, or a function of the call."""


class TickingClock:
    """Time that passes by one second whenever somebody looks; both clocks are one."""

    def __init__(self, begin: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self.time = begin

    def now(self) -> datetime:
        """The time, and a second passes."""
        self.time += timedelta(seconds=1)
        return self.time

    def monotonic(self) -> float:
        """The same clock in seconds; looking at it takes no time."""
        return self.time.timestamp()


class ScriptedAgents:
    """Agents that say what they are told to: the engine's port in a few lines.

    `script` gives each agent its answers in order (the last one repeats) or one function of the call. Without a
    script an agent says its own name and the prompt, or plausible JSON where a schema asks for it. `calls` keeps
    every call, `keys` their keys.

    >>> from strands_nb.engine.result import Outcome
    >>> async def program(ctx):
    ...     return Outcome((await ctx.agent("writer", "Write.", key="draft")).text, "writer")
    >>> start(program, ScriptedAgents({"writer": "A haiku."})).result().last_response
    'A haiku.'
    """

    def __init__(
        self,
        script: Mapping[str, Said | Sequence[Said]] | None = None,
        *,
        tokens: int = 10,
        latency: float = 0.0,
        remembers: bool = True,
        version: str = "1",
    ) -> None:
        self.script = dict(script or {})
        self.calls: list[Call] = []
        self._given: dict[str, int] = {}
        self._tokens, self._latency, self._remembers, self._version = tokens, latency, remembers, version

    @property
    def keys(self) -> list[str]:
        """The keys of all calls, in order."""
        return [call.key for call in self.calls]

    def describe(self, agent: str) -> AgentInfo:
        """Every name is an agent; its fingerprint is its name and `version`. A variant is still the same agent."""
        return AgentInfo(agent_of(agent), fingerprint(agent, self._version), "scripted", self._remembers)

    async def call(self, call: Call) -> Reply:
        """Answer from the script; the text streams word by word."""
        self.calls.append(call)
        if self._latency:
            await asyncio.sleep(self._latency)
        reply = self._said(call)
        return reply if call.schema is None or reply.value is not None else self._with_value(call, reply)

    def _said(self, call: Call) -> Reply:
        said = self._next(call)
        if callable(said):
            said = said(call)
        if isinstance(said, Exception):
            raise said
        if isinstance(said, Reply):
            return said
        for word in said.splitlines(keepends=True):
            call.watch.text(word)
        return Reply(said, Usage(self._tokens // 2, self._tokens - self._tokens // 2, cost=0.0), model="scripted")

    def _with_value(self, call: Call, reply: Reply) -> Reply:
        """The reply with its JSON; asked again as a model would be where it holds none."""
        schema: Mapping[str, Any] = call.schema or {}
        for attempt in range(1, call.reasks + 2):
            try:
                return replace(reply, value=read_json(reply.text, schema))
            except JsonFault as fault:
                if attempt > call.reasks:
                    message = f"{call.agent}: no usable JSON: {fault}; it said {reply.text!r}"
                    raise ProviderError(message, key=call.key) from fault
                call.watch.asked_again(attempt, str(fault))
            reply = self._said(call)
        raise AssertionError  # the loop returns or raises

    def _next(self, call: Call) -> Said:
        agent = agent_of(call.agent)
        said = self.script.get(agent)
        if said is None:
            return f"{agent}: {call.prompt}" if call.schema is None else _sampled(call)
        if isinstance(said, (str, Exception, Reply)) or callable(said):
            return said
        n = self._given.get(agent, 0)
        self._given[agent] = n + 1
        return said[min(n, len(said) - 1)]


def _sampled(call: Call) -> str:
    turn = sum(message["role"] == "assistant" for message in call.history)
    return json.dumps(sample(call.schema or {}, call.prompt, agent=call.agent, turn=turn))


def start(
    program: Program,
    agents: ScriptedAgents | None = None,
    *,
    store: SessionRepository | None = None,
    session_id: str | None = None,
    resume: bool = False,
    **plan: Any,  # noqa: ANN401 - fields of Plan
) -> Run:
    """Start a program written directly on the context; further keywords are fields of `Plan`."""
    made = Plan(program, agents or ScriptedAgents(), spec_hash=plan.pop("spec_hash", "test"), **plan)
    run = Run(made, store or MemorySessionRepository(), session_id or uuid4().hex[:12])
    return run.launch(resume=resume)


def collect(run: Run) -> list[Event]:
    """All events of a run, once its leg has ended."""

    async def gather() -> list[Event]:
        return [event async for event in run]

    run.result()
    return asyncio.run(gather())


def timeless(events: Iterable[Event]) -> list[str]:
    """Event types with their keys, without anything that differs from run to run.

    >>> timeless([])
    []
    """
    return [f"{event.event_type} {event.key}".strip() for event in events]
