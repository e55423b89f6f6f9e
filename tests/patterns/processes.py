"""Processes that run a session one after the other, each for as long as it lives, on a disk that outlives them all.

A process is one `asyncio.run`, the engine's thread included: what happens depends on nothing but the data drawn.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn
from zlib import crc32

from strands_nb.app.options import Options
from strands_nb.app.plan import Blueprint, Prepared
from strands_nb.engine.call import AgentInfo, Call, Reply, Usage, text_message
from strands_nb.engine.events import Event, RunCancelled, UnitCompleted, dump_event, load_event
from strands_nb.engine.fingerprint import canonical, fingerprint
from strands_nb.engine.question import Answer, HITLState
from strands_nb.engine.run import Run
from strands_nb.engine.signals import Paused
from strands_nb.engine.state import EMPTY, RunState, base_key, fold
from strands_nb.errors import ProviderError
from strands_nb.patterns.results import as_data
from strands_nb.testing import MemorySessionRepository
from tests.engine.support import Here
from tests.patterns.random_flow import EDITED, Flow
from tests.patterns.random_lives import Life

if TYPE_CHECKING:
    from asyncio import Future

    from strands_nb.engine.payloads import QuestionData
    from strands_nb.engine.result import RunResult
    from strands_nb.engine.store import Durable
    from strands_nb.spec import Spec

__all__ = ("Request", "World")

_QUIET = 24
"""Turns of the event loop after which nothing will happen any more by itself."""

_ENDLESS = 2_000
"""Appends of one process that are too many."""


class Died(BaseException):
    """What a process sees of its own death."""


class Request(NamedTuple):
    """What an agent was asked, and where."""

    key: str
    agent: str
    prompt: str
    history: str

    @property
    def digest(self) -> str:
        """Octal digits that stand for everything but the place."""
        return f"{crc32(repr(self[1:]).encode()):011o}"


class World:
    """A session on its disk, and everything that was ever asked of an agent."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.disk: list[str] = []
        self.requests: list[Request] = []
        self.twice: list[Request] = []
        """Those that were made although the reply was recorded."""
        self.appends = 0
        """By the latest process."""
        self.state: RunState = EMPTY
        """The picture that the latest process had at its end."""
        self.names: Any = None
        """What artifacts would have seen then."""

    @property
    def log(self) -> list[Event]:
        """What is on the disk."""
        return [load_event(json.loads(line)) for line in self.disk]

    @property
    def refused(self) -> str | None:
        """Why the session has ended for good, if a human has refused to go on."""
        last = self.log[-1] if self.disk else None
        return last.error if isinstance(last, RunCancelled) else None

    def live(self, life: Life) -> RunResult | None:
        """One process from its birth to its end; the result of the run, if it did not die."""
        return asyncio.run(_Process(self, life).main())


def _silent(_: asyncio.AbstractEventLoop, __: object) -> None:
    """Whatever is under way dies with its process, and nobody is told."""


class _Process:
    """A run, and somebody who answers its questions."""

    def __init__(self, world: World, life: Life) -> None:
        self.world, self.life = world, life
        self.store = _Store(self)
        self.interrupted = False
        self._answering: set[Future[None]] = set()

    # ---- life and death -----------------------------------------------------------------------------------------

    async def main(self) -> RunResult | None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_silent)
        self.death = loop.create_future()
        work = asyncio.ensure_future(self._work())
        await asyncio.wait({work, self.death}, return_when=asyncio.FIRST_COMPLETED)
        return None if self.death.done() else work.result()

    def die(self) -> NoReturn:
        if not self.death.done():
            self.death.set_result(None)
        raise Died

    def alive(self, *at: tuple[str, int]) -> None:
        """Die here, if this is one of the places where it is to happen, or if it has happened."""
        if self.death.done() or self.life.crash in at:
            self.die()

    async def _work(self) -> RunResult:
        world, life = self.world, self.life
        spec = world.flow.edited if life.edited else world.flow.spec
        options = Options(agents=_Cast(self, spec), on_change="reuse_unchanged")
        prepared = Prepared(Blueprint(spec), {}, options, "ask")
        plan = replace(prepared.plan, on_question=self._on_question)
        self.run = Run(plan, self.store, "s", context=prepared.execution_context, loop=Here())
        waiting = list(fold(EMPTY, world.log).questions.values())
        if waiting and life.answers_first:
            await self._answer(min(waiting, key=self._rank))
        else:
            self.run.launch(resume=bool(world.disk))
        await self._attend()
        result = await self.run
        world.state, world.appends = self.run.state, self.store.appends
        world.names = as_data(prepared._record.names)
        return result

    # ---- answering ----------------------------------------------------------------------------------------------

    def _on_question(self, state: HITLState) -> Answer | None:
        self.alive()
        assert self.run._session is not None
        question = self.run._session.journal.questions[state.question_id]
        match self.life.pick(self.life.manners, base_key(state.key)):
            case "parked":
                raise Paused
            case "at once":
                return Answer(*self.world.flow.answer(question), "script", datetime.now(UTC))
            case "soon":
                self._answering.add(asyncio.ensure_future(self._answer_soon(question)))
            case _:
                pass
        return None

    async def _answer_soon(self, question: QuestionData) -> None:
        for _ in range(self.life.pick(self.life.turns, question["key"])):
            await asyncio.sleep(0)
        await self._answer(question)

    async def _answer(self, question: QuestionData) -> None:
        action, text = self.world.flow.answer(question)
        await asyncio.wrap_future(self.run.respond(question["question_id"], action, text, by="script"))

    async def _attend(self) -> None:
        """Answer what nobody has answered yet, one at a time, whenever nothing else can happen."""
        while True:
            await self._quiet()
            questions = list(self.run.state.questions.values())
            if self.run.done and (self.run.status != "paused" or self.interrupted or self.life.leaves):
                return
            assert questions, "the run waits for nothing"
            await self._answer(min(questions, key=self._rank))

    def _rank(self, question: QuestionData) -> int:
        return crc32(f"{self.life.order} {base_key(question['key'])}".encode())

    async def _quiet(self) -> None:
        still, before = 0, (-1, -1)
        while still < _QUIET and not self.run.done:
            session = self.run._session
            now = self.store.moves, len(session._visited) if session else 0  # a replay leaves no other trace
            still, before = (still + 1 if now == before else 0), now
            await asyncio.sleep(0)


class _Store(MemorySessionRepository):
    """The disk as one process sees it."""

    def __init__(self, process: _Process) -> None:
        super().__init__()
        self._process, self._disk = process, process.world.disk
        self._logs = {"s": process.world.log} if self._disk else {}
        self.recorded: set[tuple[str, str]] = set()
        """By key and digest, the requests whose replies are on record."""
        for event in self._logs.get("s", ()):
            self._index(event)
        self.appends = self.moves = 0
        self._unsafe: list[tuple[str, asyncio.Future[None]]] = []
        self._syncing: asyncio.Task[None] | None = None

    def append(self, session_id: str, event: Event) -> Durable:
        self.appends, self.moves = self.appends + 1, self.moves + 1
        assert self.appends < _ENDLESS, "the run never ends"
        self._process.alive(("before append", self.appends))
        super().append(session_id, event)
        durable = self._write(json.dumps(dump_event(event)))
        self._index(event)
        self._process.alive(("after append", self.appends))
        return durable

    def _index(self, event: Event) -> None:
        if isinstance(event, UnitCompleted):
            self.recorded.add((event.key, event.data["model"]))

    def _write(self, line: str) -> Durable:
        if not self._process.life.lag:
            self._disk.append(line)
            return None
        safe = asyncio.get_running_loop().create_future()
        self._unsafe.append((line, safe))
        if self._syncing is None or self._syncing.done():
            self._syncing = asyncio.ensure_future(self._sync())
        return safe

    async def _sync(self) -> None:
        while self._unsafe:
            for _ in range(self._process.life.lag):
                await asyncio.sleep(0)
            self._process.alive()
            self._flush()

    def _flush(self) -> None:
        unsafe, self._unsafe = self._unsafe, []
        self._disk.extend(line for line, _ in unsafe)
        for _, safe in unsafe:
            safe.set_result(None)
        self.moves += 1

    async def release(self, session_id: str) -> None:
        self._process.alive()
        self._flush()
        await super().release(session_id)


class _Cast:
    """The agents of one process: what they say depends on what they are, on what they are asked and remember."""

    def __init__(self, process: _Process, spec: Spec) -> None:
        self._process, self._spec, self._calls = process, spec, 0

    def describe(self, agent: str) -> AgentInfo:
        definition = self._spec.agents[agent]
        return AgentInfo(agent, fingerprint(definition.prompt), "scripted", definition.memory == "scope")

    async def call(self, call: Call) -> Reply:
        request = Request(call.key, self._spec.agents[call.agent].prompt, call.prompt, canonical(call.history))
        self._begin(request)
        for _ in range(self._process.life.pick(self._process.life.turns, call.key)):
            await asyncio.sleep(0)
        self._process.alive()
        self._fail(call)
        return _reply(self._process.world.flow, call, request.digest)

    def _begin(self, request: Request) -> None:
        process = self._process
        self._calls += 1
        process.store.moves += 1
        process.world.requests.append(request)
        process.alive(("in call", self._calls))
        if (request.key, request.digest) in process.store.recorded:
            process.world.twice.append(request)
        if process.life.crash == ("interrupted", self._calls):
            process.interrupted = True
            process.run.pause()

    def _fail(self, call: Call) -> None:
        life, flow = self._process.life, self._process.world.flow
        if call.attempt <= life.flaky.get(call.key, 0):
            raise ProviderError(f"{call.key}: busy", key=call.key, retryable=True)
        if call.key in life.broken or (base_key(call.key) in flow.refuses and EDITED not in call.prompt):
            raise ProviderError(f"{call.key}: no", key=call.key)


def _reply(flow: Flow, call: Call, digest: str) -> Reply:
    value = None if call.schema is None else flow.value(call.key, call.schema, digest)
    text = f"said {digest}" if value is None else json.dumps(value)
    usage = Usage(int(digest[-2:], 8), int(digest[-1:], 8), cost=0.0)
    turn = None
    if digest[-1] in "024":  # as if tools had been called on the way
        turn = (text_message("assistant", "wait"), text_message("user", digest), text_message("assistant", text))
    return Reply(text, usage, turn, value, model=digest)
