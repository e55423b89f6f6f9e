"""A result that is not there yet, for thousands that nobody waits for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

__all__ = ("Promise",)

T = TypeVar("T")
_making = threading.Lock()


class Promise(Generic[T]):
    """As a `Future`, which it makes (1.4 KiB, of locks mostly) only for whoever waits. Thread-safe.

    >>> promise = Promise[int]()
    >>> promise.set_result(2)
    >>> promise.done(), promise.future.result()
    (True, 2)
    """

    __slots__ = ("_future", "_outcome")

    def __init__(self) -> None:
        self._future: Future[T] | None = None
        self._outcome: Callable[[Future[T]], None] | None = None
        """Gives a future what has come."""

    def done(self) -> bool:
        """Whether it is there."""
        return self._outcome is not None

    def set_result(self, result: T) -> None:
        """It has come."""
        self._settle(lambda future: future.set_result(result))

    def set_exception(self, error: BaseException) -> None:
        """It will never come, for this reason."""
        self._settle(lambda future: future.set_exception(error))

    @property
    def future(self) -> Future[T]:
        """To wait for it; always the same."""
        with _making:
            if (future := self._future) is None:
                future = self._future = Future()
                if self._outcome is not None:
                    self._outcome(future)
        return future

    def _settle(self, outcome: Callable[[Future[T]], None]) -> None:
        with _making:
            self._outcome, future = outcome, self._future
        if future is not None:
            outcome(future)
