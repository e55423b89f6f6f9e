"""A stop sign for one scope and all scopes inside it."""

from __future__ import annotations

import asyncio

from strands_nb.engine.signals import Halted

__all__ = ("Halt",)


class Halt:
    """Once set, no door of this scope opens any more; calls that are in flight go on."""

    __slots__ = ("_children", "_stopped", "_waiters")

    def __init__(self, parent: Halt | None = None) -> None:
        self._stopped = parent is not None and parent.stopped
        self._children: list[Halt] = []
        self._waiters: set[asyncio.Future[None]] = set()
        if parent is not None:
            parent._children.append(self)  # noqa: SLF001 - same class

    @property
    def stopped(self) -> bool:
        """Whether the sign is up."""
        return self._stopped

    def stop(self) -> None:
        """Put it up, here and in all scopes inside."""
        self._stopped = True
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        for child in self._children:
            child.stop()

    def check(self) -> None:
        """Raise `Halted` if the sign is up."""
        if self._stopped:
            raise Halted

    def waiter(self) -> asyncio.Future[None]:
        """A future that resolves when the sign goes up; forget it by `discard`."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self._stopped:
            future.set_result(None)
        self._waiters.add(future)
        return future

    def discard(self, waiter: asyncio.Future[None]) -> None:
        """The waiter is no longer interested."""
        self._waiters.discard(waiter)
