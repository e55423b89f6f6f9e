"""Events to handlers: off the engine's loop, in order, and without any power over the run."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any, Self, TypeAlias, TypeVar, overload

from strands_nb.engine.events import Token, WorkflowEvent

__all__ = ("DRAIN_S", "EventBus", "Handler")

Handler: TypeAlias = Callable[[Any], "Awaitable[None] | None"]
_Item: TypeAlias = "tuple[WorkflowEvent, contextvars.Context | None]"
HandlerT = TypeVar("HandlerT", bound=Handler)

DRAIN_S = 5.0
"""How long the end of a run waits for handlers that have not seen it yet, in seconds."""
_TOKENS_KEPT = 256
_IDLE_S = 1.0
_LINGER_S = 0.02
"""How long a handler's thread lets events gather: waking it for each would cost more than the event."""
_ALIASES = {"workflow_error": "error", "interrupt_pending": "hitl_requested"}

_log = logging.getLogger("strands_nb.events")


class EventBus:
    """Subscriptions by event type, `"*"` for all.

    Each handler has a queue and, while there is something in it, a thread of its own: it may raise, sleep, subscribe,
    emit, or never come back, and neither a run nor another handler notices. It gets every durable event once, in
    order; tokens are joined when it is slower than they arrive.

    >>> bus, seen = EventBus(), []
    >>> @bus.subscribe("step_complete")
    ... def note(event):
    ...     seen.append(event.response)
    """

    def __init__(self) -> None:
        self._subscribers: tuple[_Subscriber, ...] = ()
        self._lock = threading.Lock()

    @overload
    def subscribe(self, event_type: str) -> Callable[[HandlerT], HandlerT]: ...
    @overload
    def subscribe(self, event_type: str, handler: HandlerT) -> HandlerT: ...
    def subscribe(self, event_type: str, handler: Any = None) -> Any:
        """Call `handler` with each event of the type; without a handler, a decorator."""
        if handler is None:
            return partial(self.subscribe, event_type)
        subscriber = _Subscriber(_ALIASES.get(event_type, event_type), handler, contextvars.copy_context())
        with self._lock:
            self._subscribers = (*self._subscribers, subscriber)
        return handler

    on = subscribe

    def unsubscribe(self, event_type: str, handler: Handler) -> None:
        """Stop calling `handler` for the type, also with what is in its queue; an unknown one is ignored."""
        wanted = _ALIASES.get(event_type, event_type)
        with self._lock:
            gone = [s for s in self._subscribers if s.event_type == wanted and s.handler == handler]
            self._subscribers = tuple(s for s in self._subscribers if s not in gone)
        for subscriber in gone:
            subscriber.close()

    off = unsubscribe

    def clear(self) -> None:
        """Forget all handlers."""
        with self._lock:
            gone, self._subscribers = self._subscribers, ()
        for subscriber in gone:
            subscriber.close()

    def emit_nowait(self, event: WorkflowEvent, context: contextvars.Context | None = None) -> None:
        """Queue an event for all its handlers; from any thread, never blocks.

        Handlers run in a copy of `context` (a run gives that of its caller, so that what they print appears under the
        cell that started it), else of the context in which they subscribed.
        """
        for subscriber in self._subscribers:
            if subscriber.event_type in (event.event_type, "*"):
                subscriber.put(event, context)

    async def emit(self, event: WorkflowEvent) -> None:
        """The same, as a coroutine; from any event loop."""
        self.emit_nowait(event)

    def drain(self, timeout: float = DRAIN_S) -> bool:
        """Wait until every handler has seen everything so far; False when one has not within `timeout` seconds.

        A handler that calls this does not wait for itself.
        """
        until = time.monotonic() + timeout
        waiting = [s for s in self._subscribers if not s.wait_quiet(until)]
        for subscriber in waiting:
            _log.warning("handler %r is still busy after %.0f s; its events wait in its queue", subscriber, timeout)
        return not waiting

    @property
    def quiet(self) -> bool:
        """Whether every handler has seen everything so far."""
        return all(s.quiet for s in self._subscribers)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await asyncio.to_thread(self.drain)


class _Subscriber:
    """One handler, its queue, and its thread while there is work."""

    def __init__(self, event_type: str, handler: Handler, context: contextvars.Context) -> None:
        self.event_type, self.handler = event_type, handler
        self._context = context
        self._queue: deque[_Item] = deque()
        self._late: dict[str, _Item] = {}
        self._change = threading.Condition()
        self._thread: threading.Thread | None = None
        self._busy = False
        self._idle = True
        """Whether a new event must wake it: its thread waits, or there is none."""
        self._hurry = 0
        """How many wait for it to be quiet: then it does not linger."""
        self._closed = False

    def __repr__(self) -> str:
        return f"{self.event_type!r} -> {getattr(self.handler, '__qualname__', self.handler)}"

    def put(self, event: WorkflowEvent, context: contextvars.Context | None) -> None:
        """Queue one event; tokens of a handler that has fallen behind are joined by key."""
        if self._closed:
            return
        if self._late or (isinstance(event, Token) and len(self._queue) >= _TOKENS_KEPT):
            self._put_late(event, context)
        else:
            self._queue.append((event, context))
        # Without the lock, which would cost as much as all the rest: whoever turns idle looks at the queue once more.
        if self._idle:
            with self._change:
                self._wake()

    def _put_late(self, event: WorkflowEvent, context: contextvars.Context | None) -> None:
        with self._change:
            if isinstance(event, Token) and len(self._queue) >= _TOKENS_KEPT:
                self._late[event.key] = _joined(self._late.get(event.key), event), context
                return
            if event.key in self._late:
                self._queue.append(self._late.pop(event.key))
            self._queue.append((event, context))

    def _wake(self) -> None:
        if self._thread is None:
            self._idle = False
            self._thread = threading.Thread(target=self._work, name="strands-nb-handler", daemon=True)
            self._thread.start()
        else:
            self._change.notify_all()

    def close(self) -> None:
        """No further calls; one that is under way goes on."""
        with self._change:
            self._closed = True
            self._queue.clear()
            self._late.clear()
            self._change.notify_all()

    @property
    def quiet(self) -> bool:
        """Whether it has seen everything so far."""
        return not (self._queue or self._late or self._busy)

    def wait_quiet(self, until: float) -> bool:
        """Wait for that, until `until` on the monotonic clock."""
        if threading.current_thread() is self._thread:
            return True
        with self._change:
            self._hurry += 1
            self._change.notify_all()
            while not self.quiet and (left := until - time.monotonic()) > 0:
                self._change.wait(left)
            self._hurry -= 1
            return self.quiet

    def _gather(self) -> bool:
        """Wait for events, then a little for more; False after a while without any."""
        with self._change:
            self._queue.extend(self._late.values())
            self._late.clear()
            self._busy = bool(self._queue)
            if self._busy:
                return True
            self._change.notify_all()  # it is quiet now, which somebody may be waiting for
            self._idle = True
            if not self._queue:
                self._change.wait(_IDLE_S)
            if not self._queue:
                self._thread = None
                return False
            self._idle = False
            if not self._hurry:
                self._change.wait_for(lambda: self._hurry or self._closed, _LINGER_S)
            self._busy = True
            return True

    def _work(self) -> None:
        runner = asyncio.Runner()  # its loop is made only when a handler is a coroutine
        try:
            while self._gather():
                while self._queue:
                    self._call(*self._queue.popleft(), runner)
        finally:
            runner.close()

    def _call(self, event: WorkflowEvent, context: contextvars.Context | None, runner: asyncio.Runner) -> None:
        own = (context or self._context).copy()  # the original may be in use by another handler
        try:
            answer = own.run(self.handler, event)
            if answer is not None and hasattr(answer, "__await__"):
                runner.run(_wait(answer), context=own)
        except BaseException:  # noqa: BLE001 - see below
            # Also SystemExit and KeyboardInterrupt: a handler ends nothing but its own call.
            _log.exception("handler %r failed on %s %s; the run goes on", self, event.event_type, event.key)


def _joined(late: _Item | None, token: Token) -> Token:
    return token if late is None else replace(token, data={"text": late[0].data["text"] + token.data["text"]})


async def _wait(answer: Awaitable[None]) -> None:
    await answer
