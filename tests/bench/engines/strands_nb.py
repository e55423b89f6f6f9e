"""strands_nb with plain functions as agents: what the engine itself costs.

Written for a harness that compares workflow engines: it brings `.base` (the interface and the fake model) and finds
this file through the environment variable PERF_ENGINES.
"""
# pyright: basic, reportMissingImports=false

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

from strands_nb.app import summaries
from strands_nb.engine import events as ev
from strands_nb.engine.bus import EventBus
from strands_nb.engine.call import AgentInfo, Reply, Usage
from strands_nb.engine.clock import SYSTEM_CLOCK
from strands_nb.engine.fingerprint import fingerprint
from strands_nb.engine.loop import engine_loop
from strands_nb.engine.middleware import FailurePolicy
from strands_nb.engine.question import Question
from strands_nb.engine.result import Outcome
from strands_nb.engine.run import Run
from strands_nb.engine.session import Limits, Plan
from strands_nb.engine.store import MemorySessionRepository
from strands_nb.errors import ProviderError
from strands_nb.patterns import Record, outline, program_of
from strands_nb.spec import Spec
from strands_nb.stores import FileSessionRepository
from strands_nb.stores.records import frame, scan

from .base import SEED, dag_deps, model_stream, prompt_for, reply
from .base import Engine as Base

_numbers = itertools.count()
_USAGE = Usage(1, 1, cost=0.0)


class FunctionAgents:
    """The engine's port to agents, kept by a function; `fails_at` is the call that fails for good."""

    def __init__(self, latency: float = 0.0, tokens: int = 0, fails_at: int = 0) -> None:
        self._latency, self._tokens, self._fails_at, self._calls = latency, tokens, fails_at, 0

    def describe(self, agent: str) -> AgentInfo:
        return AgentInfo(agent, fingerprint(agent), "function", remembers=False)

    async def call(self, call) -> Reply:
        self._calls += 1
        if self._calls == self._fails_at:
            raise ProviderError("stopped here")
        if self._latency:
            await asyncio.sleep(self._latency)
        if self._tokens:
            async for text in model_stream(self._tokens):
                call.watch.text(text)
        return Reply(reply(call.prompt), _USAGE, model="function")


def chain_spec(n: int) -> Spec:
    steps = [{"agent": "writer", "input": SEED}]
    steps += [{"agent": "writer", "input": "Improve on this answer: {{ last_response }}"}] * (n - 1)
    agents = {"writer": {"prompt": "You improve.", "memory": "none"}}
    return Spec.model_validate({"agents": agents, "pattern": {"type": "chain", "config": {"steps": steps}}})


def dag_spec(width: int, depth: int) -> Spec:
    """A workflow of tasks; each joins the replies of those it depends on, as the harness does."""

    def name(at) -> str:
        return f"t{at[0]}-{at[1]}"

    tasks = [
        {
            "id": name(at),
            "agent": "node",
            "deps": [name(dep) for dep in deps],
            "input": prompt_for(*(f"{{{{ tasks['{name(dep)}'].response }}}}" for dep in deps)) if deps else SEED,
        }
        for at, deps in dag_deps(width, depth).items()
    ]
    agents = {"node": {"prompt": "You improve.", "memory": "none"}}
    return Spec.model_validate({"agents": agents, "pattern": {"type": "workflow", "config": {"tasks": tasks}}})


def loop_spec(n: int) -> Spec:
    """A node with an edge to itself until its reply says `n`."""
    step = {
        "agent": "writer",
        "input": "{% if nodes.step %}" + prompt_for("{{ last_response }}") + "{% else %}" + SEED + "{% endif %}",
    }
    way = {"from": "step", "choose": [{"when": f"nodes.step.response | search('[0-9]+') | int < {n}", "to": "step"}]}
    config = {"nodes": {"step": step}, "edges": [way], "max_iterations": n + 1}
    agents = {"writer": {"prompt": "You improve.", "memory": "none"}}
    return Spec.model_validate({"agents": agents, "pattern": {"type": "graph", "config": config}})


class Engine(Base):
    name = "strands_nb"
    packages = ("strands-nb", "pydantic", "jinja2")
    note = (
        "function agents; templates rendered; events to one subscriber; the engine's own loop thread; "
        "ckpt sync and fsync: on disk before the next step (fdatasync); async: handed to the system"
    )

    def __init__(self, tmp: str) -> None:
        super().__init__(tmp)
        self.seen = 0
        self.events = EventBus()
        self.events.subscribe("*", self._count)

    def _count(self, _event) -> None:
        self.seen += 1

    def agents(self, latency: float = 0.0, tokens: int = 0):
        return FunctionAgents(latency, tokens)

    def launched(self, *args, resume=False, **plan) -> Run:
        return self.prepared(*args, **plan).launch(resume=resume)

    def prepared(self, program, agents, store=None, session="", *, cap=None, **plan) -> Run:
        """A run like those that a `Workflow` starts."""
        limits = Limits(max_parallel=cap or None, failure=FailurePolicy(retries=plan.pop("retries", 2)))
        made = Plan(program, agents, spec_hash="bench", limits=limits, **plan)
        session = session or f"bench-{next(_numbers)}"
        return Run(made, store or MemorySessionRepository(), session, bus=self.events)

    async def answer(self, run: Run) -> str:
        result = await run
        result.raise_for_status()
        return result.last_response

    def chain(self, n):
        return self._chain(n, self.agents(), MemorySessionRepository)

    def _chain(self, n, agents, store):
        spec = chain_spec(n)
        picture = outline(spec).to_json()

        async def run():
            program = program_of(spec, Record({}))
            return await self.answer(self.launched(program, agents, store(), outline=picture))

        return run

    def fan_out(self, w, latency=0.0, max_parallel=0):
        agents = self.agents(latency)

        async def one(ctx, _):
            return (await ctx.agent("branch", SEED, key="call")).text

        async def program(ctx):
            texts = await ctx.map(one, range(w))
            reduced = await self._reduce(ctx, texts)
            return Outcome(reduced, "reduce")

        async def run():
            last = await self.answer(self.launched(program, agents, cap=max_parallel))
            return w, last

        return run

    async def _reduce(self, ctx, texts):
        return (await ctx.agent("reduce", prompt_for(*texts), key="reduce")).text

    def dag(self, width, depth):
        spec, agents = dag_spec(width, depth), self.agents()
        picture = outline(spec).to_json()

        async def run():
            return await self.answer(self.launched(program_of(spec, Record({})), agents, outline=picture))

        return run

    def loop(self, n):
        spec, agents = loop_spec(n), self.agents()
        picture = outline(spec).to_json()

        async def run():
            return await self.answer(self.launched(program_of(spec, Record({})), agents, outline=picture))

        return run

    def stream(self, tokens):
        agents = self.agents(tokens=tokens)

        async def program(ctx):
            return Outcome((await ctx.agent("writer", SEED, key="call")).text, "writer")

        async def run():
            # As `async for event in run` does, but there before the first token: this model never really waits.
            loop, queue = asyncio.get_running_loop(), asyncio.Queue()
            made = self.prepared(program, agents)

            def push(event):
                loop.call_soon_threadsafe(queue.put_nowait, event)

            made.listen(push)
            made.launch()
            seen, event = 0, None
            while not isinstance(event, ev.RunCompleted):
                event = await queue.get()
                seen += isinstance(event, ev.Token)
            await made
            return seen

        return run

    def ckpt_chain(self, n, path, mode="sync"):
        if mode not in ("sync", "fsync", "async"):
            raise NotImplementedError
        durability = "fast" if mode == "async" else "step"
        return self._chain(n, self.agents(), lambda: FileSessionRepository(path, durability=durability))

    def resume(self, n, path):
        spec = chain_spec(n)

        async def leg(agents, *, resume):
            # retries=0 and the same session: as a process that was stopped, and the one that goes on
            store = FileSessionRepository(path)
            return await self.launched(program_of(spec, Record({})), agents, store, "bench", resume=resume, retries=0)

        asyncio.run(leg(FunctionAgents(fails_at=n), resume=False))

        async def run():
            result = await leg(self.agents(), resume=True)
            result.raise_for_status()
            return result.last_response

        return run

    def list_sessions(self, count, path):
        asyncio.run(self._chain(3, self.agents(), lambda: FileSessionRepository(path))())
        (first,) = Path(path).iterdir()
        records = scan((first / "journal.jsonl").read_bytes()).records
        rest = b"".join(map(frame, records[1:]))
        for i in range(1, count):
            folder = Path(path) / f"copy-{i}"
            folder.mkdir()
            head = frame({**records[0], "session_id": folder.name})
            (folder / "journal.jsonl").write_bytes(head + rest)

        async def run():
            found = engine_loop.submit(lambda: summaries(FileSessionRepository(path)))
            return len(await asyncio.wrap_future(found))

        return run

    def waiting(self, count, gate, arrived):
        agents, store = self.agents(), MemorySessionRepository()

        async def program(ctx):
            first = await ctx.agent("writer", SEED, key="draft")
            await ctx.ask(Question("Good enough?"), key="review")
            return Outcome((await ctx.agent("writer", prompt_for(first.text), key="text")).text, "writer")

        async def run():
            loop = asyncio.get_running_loop()

            def heard(event):
                if isinstance(event, ev.HitlPaused):
                    loop.call_soon_threadsafe(arrived)

            self.events.subscribe("hitl_pause", heard)
            runs = [self.launched(program, agents, store) for _ in range(count)]
            await gate.wait()
            for one in runs:
                one.respond(None, "approve", None, by="bench")
            results = [await one for one in runs]
            self.events.unsubscribe("hitl_pause", heard)
            return sum(result.success for result in results)

        return run

    def bus(self, subs, events, hit):
        bus = EventBus()
        for _ in range(subs):
            bus.subscribe("*", lambda _event: hit())
        event = ev.Noted(0, "note", SYSTEM_CLOCK.now(), "bench", "bench", "chain", "n", {"value": 1})

        async def run():
            for _ in range(events):
                bus.emit_nowait(event)
            await asyncio.to_thread(bus.drain, 30)

        return run
