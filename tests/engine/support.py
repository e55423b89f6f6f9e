"""What the engine's tests share: agents that can be held, time that can be turned, and waits with a bound."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from strands_nb.engine import events as ev
from strands_nb.engine.ledger import Budgets
from strands_nb.engine.loop import EngineLoop, engine_loop
from strands_nb.engine.middleware import FailurePolicy
from strands_nb.engine.question import HITLState, Question
from strands_nb.engine.result import Outcome
from strands_nb.engine.run import Run
from strands_nb.engine.session import Limits, Plan, Program
from strands_nb.engine.signals import Paused
from strands_nb.testing import MemorySessionRepository, ScriptedAgents

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from strands_nb.engine.bus import EventBus
    from strands_nb.engine.call import Call, Reply
    from strands_nb.engine.context import Context
    from strands_nb.engine.store import SessionRepository
    from strands_nb.testing import Said

PATIENCE = 10.0
"""Seconds after which a wait has failed; never reached when all is well."""


def until(condition: Callable[[], Any], what: str = "it") -> None:
    """Wait for something that another thread brings about."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited {PATIENCE} s for {what}"
        time.sleep(0.001)


def asking(run: Run, count: int = 1) -> list[HITLState]:
    """The open questions, as soon as there are so many."""
    until(lambda: len(run.pending) == count, f"{count} questions; there are {run.pending}")
    return run.pending


def park(_: HITLState) -> None:
    """The policy of a run that nobody attends."""
    raise Paused


NO_WAIT = FailurePolicy(retries=2, wait_min=0.0, wait_max=0.0)


def begin(
    program: Program,
    agents: ScriptedAgents | None = None,
    *,
    store: SessionRepository | None = None,
    session_id: str = "s",
    resume: bool = False,
    loop: EngineLoop = engine_loop,
    bus: EventBus | None = None,
    listener: Callable[[ev.Event], None] | None = None,
    budgets: Budgets | None = None,
    failure: FailurePolicy = NO_WAIT,
    max_parallel: int | None = 5,
    call_timeout_s: float | None = None,
    **plan: Any,
) -> Run:
    """Start a program; unlike `strands_nb.testing.start` with every part within reach."""
    limits = Limits(budgets or Budgets(), failure, max_parallel, call_timeout_s)
    plan.setdefault("spec_hash", "one")
    made = Plan(program, agents or ScriptedAgents(), limits=limits, **plan)
    run = Run(made, store or MemorySessionRepository(), session_id, bus=bus, loop=loop)
    if listener is not None:
        run.listen(listener)
    return run.launch(resume=resume)


def log_of(store: SessionRepository, session_id: str = "s") -> list[ev.Event]:
    """What is recorded of a session."""
    return list(asyncio.run(store.read(session_id)))  # pyright: ignore[reportArgumentType, reportUnknownVariableType]


def of_kind(store: SessionRepository, *kinds: type[ev.Event]) -> list[Any]:
    """The recorded events of some classes."""
    return [event for event in log_of(store) if isinstance(event, kinds)]


def steps(*prompts: str, agent: str = "a") -> Program:
    """A sequence: step `i` gets `prompts[i]`."""

    async def program(ctx: Context) -> Outcome:
        text = ""
        for i, prompt in enumerate(prompts):
            text = (await ctx.agent(agent, prompt, key=f"steps/{i}")).text
        return Outcome(text, agent)

    return program


def one_asks_one_works(question: Question | None = None) -> Program:
    """Two branches: `human` waits for an answer while `machine` has an agent work."""

    async def branch(ctx: Context, name: str) -> str:
        if name == "human":
            return (await ctx.ask(question or Question("?"), key="gate")).text
        return (await ctx.agent("a", name, key="work")).text

    async def program(ctx: Context) -> Outcome:
        return Outcome(" ".join(await ctx.map(branch, ["human", "machine"], keys=["human", "machine"])))

    return program


def asks(question: Question | None = None) -> Program:
    """Agent, question, agent."""

    async def program(ctx: Context) -> Outcome:
        draft = await ctx.agent("a", "draft", key="draft")
        said = await ctx.ask(question or Question("Good?", context_display=draft.text), key="gate")
        return Outcome((await ctx.agent("a", f"finish: {said.text}", key="finish")).text, "a")

    return program


def branches(*names: str, on_error: Any = "cancel") -> Program:
    """Concurrent branches, two calls each."""

    async def branch(ctx: Context, name: str) -> str:
        await ctx.agent("a", f"{name} 0", key="0")
        return (await ctx.agent("a", f"{name} 1", key="1")).text

    async def program(ctx: Context) -> Outcome:
        return Outcome(" ".join(await ctx.map(branch, names, keys=names, on_error=on_error)), "a")

    return program


class HeldAgents(ScriptedAgents):
    """Calls of the keys in `held` wait, once each, until they are let go; `begun` tells that they have begun."""

    def __init__(self, *held: str, script: Mapping[str, Said | Sequence[Said]] | None = None, **more: Any) -> None:
        super().__init__(script, **more)
        self.begun = {key: threading.Event() for key in held}
        self._go = {key: Future[None]() for key in held}
        self._waiting: dict[str, Future[None]] = {}
        self.finished: list[str] = []

    async def call(self, call: Call) -> Reply:
        go = self._go.pop(call.key, None)
        if go is not None:
            self._waiting[call.key] = go
            self.begun[call.key].set()
            await asyncio.wrap_future(go)
        reply = await super().call(call)
        self.finished.append(call.key)
        return reply

    def await_call(self, key: str) -> None:
        """Wait until the held call has begun."""
        assert self.begun[key].wait(PATIENCE), f"{key} was not called"

    def let_go(self, key: str) -> None:
        """Let a held call answer."""
        self.await_call(key)
        self._waiting[key].set_result(None)


class CountingAgents(ScriptedAgents):
    """Counts the calls under way; each takes some turns of the event loop."""

    def __init__(self, script: Mapping[str, Said | Sequence[Said]] | None = None, turns: int = 3) -> None:
        super().__init__(script)
        self.now = self.most = 0
        self._turns = turns

    async def call(self, call: Call) -> Reply:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            for _ in range(self._turns):
                await asyncio.sleep(0)
            return await super().call(call)
        finally:
            self.now -= 1


class SlowAgents(ScriptedAgents):
    """Each call takes as many seconds as `seconds` says for its key; on a `VirtualTime` that costs nothing."""

    def __init__(self, seconds: Mapping[str, float], script: Mapping[str, Said | Sequence[Said]] | None = None) -> None:
        super().__init__(script)
        self._seconds = seconds

    async def call(self, call: Call) -> Reply:
        await asyncio.sleep(self._seconds.get(call.key, 0.0))
        return await super().call(call)


class _JumpingLoop(asyncio.SelectorEventLoop):
    """Its clock jumps to the next timer as soon as there is nothing else to do."""

    def __init__(self) -> None:
        super().__init__()
        self.moment = 0.0

    def time(self) -> float:
        return self.moment

    def _run_once(self) -> None:
        loop: Any = self
        if not loop._ready and (timers := [t for t in loop._scheduled if not t.cancelled()]):
            self.moment = max(self.moment, min(timer.when() for timer in timers))
        super()._run_once()  # type: ignore[misc]  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue]


class Here(EngineLoop):
    """The engine on the event loop of whoever asks."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    def inside(self) -> bool:
        return True


class VirtualTime(EngineLoop):
    """An engine thread whose seconds pass in no time, and the clock that belongs to it."""

    def __init__(self) -> None:
        super().__init__()
        self._loop = self._jumping = _JumpingLoop()
        self._thread = threading.Thread(target=self._jumping.run_forever, daemon=True)
        self._thread.start()

    def now(self) -> datetime:
        """The time on the wall."""
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self._jumping.moment)

    def monotonic(self) -> float:
        """Seconds since the beginning."""
        return self._jumping.moment


def times(store: SessionRepository, *kinds: type[ev.Event]) -> list[float]:
    """When events of some classes happened, in seconds of virtual time."""
    zero = datetime(2026, 1, 1, tzinfo=UTC)
    return [round((event.timestamp - zero).total_seconds(), 3) for event in of_kind(store, *kinds)]
