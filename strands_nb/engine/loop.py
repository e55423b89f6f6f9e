"""The engine thread: one event loop for all runs of a process, apart from the kernel's and everybody else's.

A cell that blocks cannot stop a run, a run cannot stop a cell, and model clients, which belong to the loop they were
made on, are shared.
"""

from __future__ import annotations

import asyncio
import atexit
import contextvars
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeAlias, TypeVar

__all__ = ("EngineLoop", "engine_loop")

T = TypeVar("T")
Leave: TypeAlias = Callable[[], Coroutine[Any, Any, object]]
PATIENCE_S = 5.0
"""How long guests may take to leave, in seconds."""


class EngineLoop:
    """A daemon thread with an event loop, started when first needed; stopped before the interpreter ends."""

    def __init__(self) -> None:
        self._guests: set[Leave] = set()
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop; the first to ask starts it."""
        with self._lock:
            if self._loop is None or self._loop.is_closed():
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="strands-nb-engine", daemon=True)
                self._thread.start()
                _at_exit(self.stop)
            return self._loop

    def inside(self) -> bool:
        """Whether the caller is on the engine thread, where blocking would wait for itself."""
        return threading.current_thread() is self._thread

    def submit(self, make: Callable[[], Coroutine[Any, Any, T]]) -> Future[T]:
        """Run a coroutine on the loop, in a copy of the caller's context (so that prints land under its cell)."""
        loop, context, done = self.loop, contextvars.copy_context(), Future[T]()

        def start() -> None:
            task = loop.create_task(make(), context=context)
            task.add_done_callback(lambda finished: _settle(finished, done))

        loop.call_soon_threadsafe(start)
        return done

    def enter(self, leave: Leave) -> None:
        """Have `leave` called before the loop stops, unless it is given to `left` before; whose it is lives so long."""
        self._guests.add(leave)

    def left(self, leave: Leave) -> None:
        """It need not be called any more."""
        self._guests.discard(leave)

    def stop(self) -> None:
        """Have guests leave, and end the thread: what takes longer than `PATIENCE_S` is dropped."""
        with self._lock:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is not None and thread is not None:
            with suppress(TimeoutError):
                asyncio.run_coroutine_threadsafe(self._see_off(), loop).result(PATIENCE_S)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(PATIENCE_S)
            loop.close()

    async def _see_off(self) -> None:
        await asyncio.gather(*[leave() for leave in list(self._guests)], return_exceptions=True)


def _at_exit(stop: Callable[[], None]) -> None:
    """Have `stop` called while the pools of threads still work: disks are written to in one. `atexit` comes too late.

    Who was registered last is called first, and the pools are when their module is loaded.
    """
    _ = ThreadPoolExecutor
    register: Callable[[Callable[[], None]], object] = getattr(threading, "_register_atexit", atexit.register)
    register(stop)


def _settle(task: asyncio.Task[T], done: Future[T]) -> None:
    if not done.set_running_or_notify_cancel():  # nobody wants to know any more
        _ = task.cancelled() or task.exception()
    elif task.cancelled():
        done.set_exception(asyncio.CancelledError())
    elif (error := task.exception()) is not None:
        done.set_exception(error)
    else:
        done.set_result(task.result())


engine_loop = EngineLoop()
"""The one of this process."""
