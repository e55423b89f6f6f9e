"""Structured concurrency whose members may wait for a human.

Unlike `asyncio.TaskGroup`, a member that pauses does not stop its siblings, and a member that fails does not throw
away what they have paid for: by default nothing new is started, and calls in flight finish and are recorded.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypeAlias, TypeVar

from strands_nb.engine.halt import Halt
from strands_nb.engine.signals import Halted, Paused, Rejected

if TYPE_CHECKING:
    from types import TracebackType

    from strands_nb.engine.context import Context

__all__ = ("GRACE_S", "Group", "Member", "OnError")

OnError: TypeAlias = Literal["cancel", "collect"]
GRACE_S = 60.0
"""How long calls in flight may take to finish after a sibling has failed, in seconds."""

T = TypeVar("T")


class Member(Generic[T]):
    """A started member; awaiting it gives its result, or the reason why there is none."""

    __slots__ = ("_task", "ctx", "key")

    def __init__(self, key: str, ctx: Context, task: asyncio.Task[T | BaseException]) -> None:
        self.key, self.ctx, self._task = key, ctx, task

    def __await__(self) -> Generator[Any, None, T]:
        task = self._task
        outcome = task.result() if task.done() else (yield from asyncio.shield(task).__await__())
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    @property
    def outcome(self) -> T | BaseException | None:
        """What it ended with; None while it runs."""
        return self._task.result() if self._task.done() and not self._task.cancelled() else None


class Group:
    """The members of one `async with ctx.group()`; all have ended when it ends."""

    def __init__(self, ctx: Context, halt: Halt, on_error: OnError) -> None:
        self._ctx, self._halt, self._on_error = ctx, Halt(halt), on_error
        self._members: list[Member[Any]] = []
        self._running: set[asyncio.Task[Any]] = set()
        self._quiet: asyncio.Future[None] | None = None
        self._news: deque[Member[Any]] = deque()
        """Those that have ended and were not yet told of."""
        self._awaited: asyncio.Future[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    def start(self, key: str, fn: Callable[..., Coroutine[Any, Any, T]], *args: object) -> Member[T]:
        """Start `fn(child, *args)` in a scope of its own under `key`; agents know nothing there."""
        return self._start(key, self._ctx.apart(key, self._halt), fn, args)

    def start_here(self, key: str, fn: Callable[..., Coroutine[Any, Any, T]], *args: object) -> Member[T]:
        """The same without a prefix of its own: `key` only names the member."""
        return self._start(key, self._ctx.apart("", self._halt), fn, args)

    def again(self, member: Member[Any], fn: Callable[..., Coroutine[Any, Any, T]], *args: object) -> Member[T]:
        """Start `fn(child, *args)` in the scope of a member that has ended, with what its agents remember."""
        return self._start(member.key, member.ctx.again(self._halt), fn, args)

    def beside(self, key: str, fn: Callable[..., Coroutine[Any, Any, T]], *args: object) -> Member[T]:
        """Start `fn(child, *args)` where agents remember what they do here, each member for itself."""
        return self._start(key, self._ctx.beside(self._halt), fn, args)

    def _start(
        self, key: str, child: Context, fn: Callable[..., Coroutine[Any, Any, T]], args: tuple[object, ...]
    ) -> Member[T]:
        task = asyncio.get_running_loop().create_task(self._guard(fn, child, args))
        member: Member[T] = Member(key, child, task)
        self._members.append(member)
        self._running.add(task)
        task.add_done_callback(partial(self._ended, member))
        return member

    def _ended(self, member: Member[Any], task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # a crash of the member is raised by `__aexit__`; asyncio need not report it as well
        self._news.append(member)
        if self._awaited is not None and not self._awaited.done():
            self._awaited.set_result(None)
        if not self._running and self._quiet is not None and not self._quiet.done():
            self._quiet.set_result(None)

    async def __aiter__(self) -> AsyncIterator[Member[Any]]:
        """The members as they end, until none runs or the sign is up."""
        stop = self._halt.waiter()
        try:
            while not self._halt.stopped:
                while self._news and not self._halt.stopped:
                    yield self._news.popleft()
                if not self._running:
                    return
                self._awaited = asyncio.get_running_loop().create_future()
                await asyncio.wait({self._awaited, stop}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._halt.discard(stop)

    async def _guard(
        self, fn: Callable[..., Coroutine[Any, Any, T]], child: Context, args: tuple[object, ...]
    ) -> T | BaseException:
        """Turn every end into a value, so that one member's end is not another's."""
        try:
            # Called no sooner: a coroutine that is made and never begun is warned of.
            return await fn(child, *args)
        except (Paused, Halted) as signal:
            return signal
        except Rejected as no:
            self._halt.stop()
            return no
        except Exception as error:  # noqa: BLE001 - kept whole, raised by __aexit__
            if self._on_error == "cancel":
                self._halt.stop()
            return error

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        waits_for_human = isinstance(error, Paused)
        if error is not None and not waits_for_human:
            self._halt.stop()
        try:
            await self._settle(hard=isinstance(error, asyncio.CancelledError))
        except asyncio.CancelledError:
            await self._settle(hard=True)
            raise
        if error is None or waits_for_human:
            self._raise_first()

    async def _settle(self, *, hard: bool) -> None:
        """Wait for all; once the sign is up, no longer than the grace."""
        if not hard:
            await self._until_quiet(None)
            await self._until_quiet(GRACE_S)
        for task in list(self._running):
            task.cancel()
        await self._until_quiet(GRACE_S)

    async def _until_quiet(self, timeout: float | None) -> None:  # noqa: ASYNC109 - a bound on waiting, nothing is cancelled
        """Wait until no member runs; without a timeout, or until the sign is up."""
        if not self._running:
            return
        self._quiet = asyncio.get_running_loop().create_future()
        stop = self._halt.waiter() if timeout is None else None
        waits = {self._quiet} if stop is None else {self._quiet, stop}
        try:
            await asyncio.wait(waits, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if stop is not None:
                self._halt.discard(stop)

    def _raise_first(self) -> None:
        """Errors before a refusal, a refusal before a pause, each the first in the order of starting."""
        outcomes = [member.outcome for member in self._members]
        if self._on_error == "cancel":
            for kind in (Exception, Rejected, Paused, Halted):
                for outcome in outcomes:
                    if isinstance(outcome, kind):
                        raise outcome
            return
        for kind in (Rejected, Paused, Halted):
            for outcome in outcomes:
                if isinstance(outcome, kind):
                    raise outcome
