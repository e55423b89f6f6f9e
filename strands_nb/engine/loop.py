"""The engine thread: one event loop for all runs of a process, apart from the kernel's and everybody else's.

A cell that blocks cannot stop a run, a run cannot stop a cell, and model clients, which belong to the loop they were
made on, are shared.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

__all__ = ("EngineLoop", "engine_loop")

T = TypeVar("T")


class EngineLoop:
    """A daemon thread with an event loop, started when first needed."""

    def __init__(self) -> None:
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

    def stop(self) -> None:
        """End the thread; whatever still runs on it is dropped. For tests and for unloading the extension."""
        with self._lock:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(5)
            loop.close()


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
