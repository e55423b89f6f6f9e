"""The handle on a run, safe to use from any thread."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from queue import SimpleQueue
from typing import Any, Literal, Self, TypeVar

from strands_nb.engine import events as ev
from strands_nb.engine.bus import EventBus
from strands_nb.engine.forking import unit_named
from strands_nb.engine.holder import Closed, First, Holder
from strands_nb.engine.leg import cancel_idle
from strands_nb.engine.loop import EngineLoop, engine_loop
from strands_nb.engine.payloads import Action
from strands_nb.engine.promise import Promise
from strands_nb.engine.question import HITLState
from strands_nb.engine.result import RunResult, result_of
from strands_nb.engine.session import Listener, Plan, Session
from strands_nb.engine.state import EMPTY, RunState, RunStatus, fold, streamed_so_far
from strands_nb.engine.steps import Steps
from strands_nb.engine.store import SessionRepository
from strands_nb.errors import SessionError

__all__ = ("Run",)

T = TypeVar("T")
_FOLD_AT = 4096
"""Fold without being asked once so many events have piled up."""
_log = logging.getLogger("strands_nb.events")


class Run:
    """One session, running or not: watch it, answer it, pause it, resume it.

    `await run` (or `run.result()`) gives the result of the leg that is under way: how the run ended, or that it is
    paused. An answer to a paused run goes on with it.
    """

    def __init__(
        self,
        plan: Plan,
        store: SessionRepository,
        session_id: str,
        *,
        bus: EventBus | None = None,
        context: Callable[[], dict[str, Any]] = dict,
        loop: EngineLoop = engine_loop,
    ) -> None:
        self.session_id, self.bus = session_id, bus or EventBus()
        self._loop, self._context = loop, context
        self._holder = Holder(plan, store, session_id, on_open=self._opened, on_wanted=self._go_on)
        self._fresh = False
        """Whether the session was to be made by this run."""
        self._leg = Promise[RunResult]()
        self._launching = threading.Lock()
        self._listeners: tuple[Listener, ...] = ()
        self._on_done: tuple[Callable[[Future[RunResult]], Any], ...] = ()
        self._caller = contextvars.copy_context()
        self._shown = -1
        self._fold_lock = threading.Lock()
        self._unfolded: SimpleQueue[ev.Event] = SimpleQueue()
        self._state = EMPTY
        self.card: Any = None
        """The widget that shows the run, where there is one."""

    def __repr__(self) -> str:
        return f"Run({self.plan.spec_name!r}, {self.status})"

    # ---- reading ------------------------------------------------------------------------------------------------

    @property
    def plan(self) -> Plan:
        """What it was made from."""
        return self._holder.plan

    @property
    def state(self) -> RunState:
        """Everything known about the run now."""
        with self._fold_lock:
            batch = [self._unfolded.get_nowait() for _ in range(self._unfolded.qsize())]
            if batch:
                self._state = fold(self._state, batch)
            return self._state

    @property
    def status(self) -> RunStatus:
        """`interrupted` where the record says running and nothing runs."""
        status = self.state.status
        return "interrupted" if status == "running" and self._leg.done() else status

    @property
    def steps(self) -> Steps:
        """The units of work in the order of the workflow, by key, id or number."""
        return Steps(self.state.units)

    @property
    def pending(self) -> list[HITLState]:
        """The open questions, oldest first."""
        return [HITLState.of(data, self.session_id) for data in self.state.questions.values()]

    @property
    def done(self) -> bool:
        """Whether the leg has ended (completed, failed, cancelled or paused)."""
        return self._leg.done()

    # ---- waiting ------------------------------------------------------------------------------------------------

    def result(self, timeout: float | None = None) -> RunResult:
        """Wait for the end of the leg, at most `timeout` seconds.

        Raises:
            TimeoutError: it still runs.
            SessionError: it could not be opened.
        """
        if self._loop.inside():
            message = "result() on the engine's own thread would wait for itself; use `await run` there"
            raise RuntimeError(message)
        return self._leg.future.result(timeout)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end of the leg, at most `timeout` seconds; whether it has ended."""
        return not wait_for({self._leg.future}, timeout).not_done

    def __await__(self) -> Generator[Any, None, RunResult]:
        return asyncio.shield(asyncio.wrap_future(self._leg.future)).__await__()

    async def __aiter__(self) -> AsyncIterator[ev.Event]:
        """All events of the session, from the first to the end of the leg; then live ones as they come."""
        loop, queue = asyncio.get_running_loop(), asyncio.Queue[ev.Event | None]()

        def push(event: ev.Event | None) -> None:
            with suppress(RuntimeError):  # the reader's loop is closed: nobody is left to tell
                loop.call_soon_threadsafe(queue.put_nowait, event)

        await asyncio.wrap_future(self._loop.submit(lambda: self._join(push, replay=True)))
        self._leg.future.add_done_callback(lambda _: push(None))
        try:
            while (event := await queue.get()) is not None:
                yield event
        finally:
            self._leave(push)

    def listen(self, listener: Listener, *, replay: bool = False) -> Callable[[], None]:
        """Call `listener` on the engine thread with each event, first with those of the past if `replay`.

        It must return at once and not raise: for handlers of users there is the bus. Returns how to stop.
        """
        self._do(self._join(listener, replay=replay))
        return partial(self._leave, listener)

    async def _join(self, listener: Listener, *, replay: bool) -> None:
        if replay:
            for event in [*await self._past(), *streamed_so_far(self.state, datetime.now(UTC))]:
                listener(event)
        # A session that is not open yet shows its past to all who are there when it opens.
        self._listeners = (*self._listeners, listener)

    async def _past(self) -> list[ev.Event]:
        """The durable events that have been shown."""
        while True:
            if self._shown < 0:
                return []
            if (session := await self._holder.running()) is not None:
                return session.log
            past = await self._holder.past()
            if past[-1].seq >= self._shown:  # nobody has gone on with it meanwhile
                return [event for event in past if event.seq <= self._shown]

    def _leave(self, listener: Listener) -> None:
        self._listeners = tuple(one for one in self._listeners if one is not listener)

    # ---- steering -----------------------------------------------------------------------------------------------

    def answer(self, text: str | None = None, question: str | None = None, *, by: str = "user") -> None:
        """Approve with a text; returns when the answer is on disk. A paused run goes on.

        `question` is an id or a key; it may be left out where one question is open. A text is never an action:
        `answer("reject")` approves with the word "reject".

        Raises:
            AlreadyAnsweredError: somebody was first.
            InvalidAnswerError: no such question, or it does not take this answer.
        """
        self._do(self._answer(question, "approve", text, by))

    approve = answer

    def reject(self, reason: str | None = None, question: str | None = None, *, by: str = "user") -> None:
        """End the run as cancelled, for this reason; raises as `answer` does."""
        self._do(self._answer(question, "reject", reason, by))

    def modify(self, feedback: str, question: str | None = None, *, by: str = "user") -> None:
        """Run again what the question reviews, with the feedback as a further user turn; raises as `answer` does."""
        self._do(self._answer(question, "modify", feedback, by))

    def respond(self, question: str | None, action: Action, text: str | None, *, by: str) -> Future[None]:
        """Answer without waiting: the future says when it is on disk, or why it was refused."""
        return self._loop.submit(lambda: self._answer(question, action, text, by))

    def extend(self, seconds: float, question: str | None = None) -> datetime:
        """Move a question's deadline by so many seconds; returns the new one.

        Raises:
            InvalidAnswerError: no such question, or none with a deadline.
        """
        return self._do(self._extend(question, seconds))

    def park(self) -> None:
        """Nobody will answer here: questions stay open, what else runs is finished, then the run is paused."""
        self._do(self._park())

    def pause(self, reason: str = "paused") -> None:
        """Stop for now: nothing recorded is lost, calls in flight are given up and named. A no-op when not running."""
        self._do(self._interrupt("pause", reason))

    def cancel(self, reason: str = "cancelled") -> None:
        """End the run for good. A no-op when it has ended."""
        self._do(self._interrupt("cancel", reason))

    def resume(self) -> Self:
        """Go on with a run that is paused, failed or interrupted; one that has completed stays as it is."""
        with self._launching:
            if self._leg.done():
                self.launch(resume=True, create=self._fresh and self._shown < 0)
        return self

    def rerun(self, step: str, *, by: str = "user") -> Self:
        """Do a unit again, with all units in it, and what its new outcome changes; the rest is not paid again.

        `step` is a key (`branches/web/steps/1`, or `branches/web` for the whole branch), the id of a step, or the
        number of a step in a chain. The session must not be running.

        Raises:
            SessionError: it runs, it was cancelled, or it has no such unit.
        """
        self._do(self._forget(step, by))
        return self

    def launch(self, *, resume: bool = False, create: bool = False) -> Self:
        """Start a leg; with `resume`, on what the store holds already (or, with `create`, anew where it holds none)."""
        self._fresh, leg = create or not resume, self._next_leg()
        self._loop.submit(lambda: self._start(leg, resume=resume, create=create))
        return self

    def on_done(self, callback: Callable[[], Any]) -> None:
        """Call back, once, at the end of each leg; at once for one that has ended. From the engine thread."""
        wrapped = _without_argument(callback)
        self._on_done = (*self._on_done, wrapped)
        self._leg.future.add_done_callback(wrapped)

    # ---- on the engine loop -------------------------------------------------------------------------------------

    @property
    def _session(self) -> Session | None:
        return self._holder.session

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` on the engine loop and wait for it; on the engine thread itself, only start it."""
        if self._loop.inside():
            return asyncio.ensure_future(work)  # type: ignore[return-value]  # pyright: ignore[reportReturnType]
        return self._loop.submit(lambda: work).result()

    def _opened(self, session: Session) -> None:
        """Take in what the session holds, and show what others have added to it."""
        session.listeners = (self._take,)
        news = session.log[self._shown + 1 :]
        if not news and self._shown >= 0:
            return
        with self._fold_lock:
            self._state, self._unfolded = EMPTY, SimpleQueue()
            for event in session.log:
                self._unfolded.put(event)
        for event in news:
            self._show(event)

    def _take(self, event: ev.Event) -> None:
        self._unfolded.put(event)
        if self._unfolded.qsize() >= _FOLD_AT:
            _ = self.state
        self._show(event)
        self.bus.emit_nowait(event, self._caller)

    def _show(self, event: ev.Event) -> None:
        """Tell the listeners; what another process has added meanwhile is told when the session is opened again."""
        self._shown = event.seq
        for listener in self._listeners:
            try:
                listener(event)
            except BaseException:  # noqa: BLE001 - a view ends no run, not even by SystemExit
                _log.exception("listener %r failed on %s; the run goes on", listener, event.event_type)

    def _next_leg(self) -> Promise[RunResult]:
        self._loop.enter(self._leave_loop)
        self._leg = leg = Promise[RunResult]()
        self._caller = contextvars.copy_context()
        for callback in self._on_done:
            leg.future.add_done_callback(callback)
        return leg

    async def _start(self, leg: Promise[RunResult], *, resume: bool, create: bool) -> None:
        await self._end(leg, self._holder.begin(resume=resume, create=create))

    def _go_on(self) -> None:
        """Have the leg go on that rests."""
        context, leg = self._caller.copy(), self._leg
        body = context.run(self._holder.begin_again)
        context.run(self._loop.submit, lambda: self._end(leg, body))

    async def _end(self, leg: Promise[RunResult], body: asyncio.Task[Closed | None]) -> None:
        try:
            if (closed := await body) is None:
                _ = self.state  # the leg rests, and events take more room than what they come to
                return
            session, ending = closed
            if not self.bus.quiet:
                await asyncio.to_thread(self.bus.drain)
            made = partial(result_of, session, context=self._context(), notice=self._holder.notice)
            leg.set_result(made(artifacts=ending.artifacts, failure=ending.failure))
        except BaseException as error:  # noqa: BLE001 - whoever waits gets it
            leg.set_exception(error)
        if self._leg is leg:
            self._loop.left(self._leave_loop)

    async def _go_on_after(self, first: First) -> None:
        """Do `first` while the session is at rest, and begin a leg; nobody gets hold of the session in between.

        Where `first` raises, nothing is begun.
        """
        begun: asyncio.Future[Promise[RunResult]] = asyncio.get_running_loop().create_future()

        async def then_begin(session: Session) -> None:
            await first(session)
            self._fresh = False
            begun.set_result(self._next_leg())

        body = self._holder.begin(resume=True, first=then_begin)
        await asyncio.wait({begun, body}, return_when=asyncio.FIRST_COMPLETED)
        if not begun.done():
            body.result()  # raises
        self._loop.submit(lambda: self._end(begun.result(), body))

    async def _answer(self, question: str | None, action: Action, text: str | None, by: str) -> None:
        if (session := await self._holder.running()) is not None:
            await session.desk.answer(question, action, text, by)
            return

        async def give(session: Session) -> None:
            session.refuse_cancelled()
            session.refuse_changed()  # before the answer is on record: it could not be used
            await session.desk.lapse()
            await session.desk.answer(question, action, text, by)

        await self._go_on_after(give)

    async def _forget(self, step: str, by: str) -> None:
        if await self._holder.running() is not None:
            message = f"session {self.session_id} is running; pause it first, then have {step!r} done again"
            raise SessionError(message, session_id=self.session_id)

        async def forget(session: Session) -> None:
            session.refuse_cancelled()
            session.refuse_changed()
            key = unit_named(self.state.units, step)
            session.emit(ev.Rerun, key, {"key": key, "by": by})
            await session.safe()

        await self._go_on_after(forget)

    async def _extend(self, question: str | None, seconds: float) -> datetime:
        if (session := await self._holder.running()) is not None:
            return await session.desk.extend(question, seconds)
        async with self._holder.between_legs() as session:
            return await session.desk.extend(question, seconds)

    async def _park(self) -> None:
        if (session := await self._holder.running()) is not None:
            session.desk.close()

    async def _interrupt(self, how: Literal["pause", "cancel"], reason: str) -> None:
        await self._holder.interrupt(how, reason)
        if how == "cancel" and self.state.status not in ("completed", "cancelled"):
            async with self._holder.between_legs() as session:
                await cancel_idle(session, reason)

    async def _leave_loop(self) -> None:
        await self._holder.interrupt("pause", "the process is ending")


def _without_argument(callback: Callable[[], Any]) -> Callable[[Future[RunResult]], Any]:
    return lambda _: callback()
