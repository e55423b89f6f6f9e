"""Who has a session open in this process: one leg at a time, or somebody for a moment while no leg runs.

Lives on the engine loop; nothing here may be called from another thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Literal, TypeAlias

from strands_nb.engine import events as ev
from strands_nb.engine.leg import Ending, Stop, run_leg
from strands_nb.engine.result import Outcome
from strands_nb.engine.session import Plan, Session
from strands_nb.engine.store import SessionRepository
from strands_nb.errors import SessionNotFoundError

__all__ = ("Closed", "First", "Holder")

Closed: TypeAlias = tuple[Session, Ending]
"""A session that a leg has let go of, and how that leg ended."""
First: TypeAlias = Callable[[Session], Awaitable[None]]
"""What is done with a session before a leg runs on it."""


class Holder:
    """Opens a session and lets go of it; `on_open` is called with it each time, before anything is done with it."""

    def __init__(
        self, plan: Plan, store: SessionRepository, session_id: str, on_open: Callable[[Session], None]
    ) -> None:
        self.plan = plan
        self._store, self._session_id, self._on_open = store, session_id, on_open
        self.session: Session | None = None
        """As it was opened last; it may be closed again."""
        self.notice: str | None = None
        """What the store had to say when it was opened last."""
        self._gate = asyncio.Lock()
        """Held by whoever has the session open."""
        self._body: asyncio.Task[Closed] | None = None
        """The leg under way: from before it opens the session until it has let go of it."""
        self._opened = asyncio.Event()
        self._program: asyncio.Task[Outcome] | None = None
        self._stop: Stop | None = None

    def begin(self, *, resume: bool, create: bool = False, first: First | None = None) -> asyncio.Task[Closed]:
        """Begin a leg: open the session, do `first`, run. Where `first` raises, nothing is run.

        Nobody else gets hold of the session in between.
        """
        self._stop, self._opened = None, asyncio.Event()
        self._body = asyncio.ensure_future(self._hold(resume=resume, create=create, first=first))
        return self._body

    async def running(self) -> Session | None:
        """The session while its program runs and nobody has stopped it; waits for a leg that is just opening it."""
        if self._body is not None and not self._body.done():
            await self._opened.wait()
        running = self._program is not None and not self._program.done() and self._stop is None
        return self.session if running else None

    @asynccontextmanager
    async def at_rest(self) -> AsyncGenerator[Session]:
        """The session, opened for a moment while no leg runs; waits for one that is just ending."""
        async with self._gate:
            session = await self._open(resume=True, create=False)
            try:
                yield session
            finally:
                await self._store.release(self._session_id)

    async def interrupt(self, how: Literal["pause", "cancel"], reason: str) -> None:
        """Stop the leg that is under way, if one is, and wait until it has let go of the session."""
        if self._body is None or self._body.done():
            return
        first = self._stop is None
        if first or how == "cancel":
            self._stop = Stop(how, reason, tuple(sorted(self.session.in_flight)) if self.session else ())
        if first and self._program is not None:
            self._program.cancel()
        await asyncio.wait({self._body})

    async def _hold(self, *, resume: bool, create: bool, first: First | None) -> Closed:
        """One leg, from claiming the session to letting go of it. Nobody cancels this, only the program inside."""
        async with self._gate:
            try:
                session = await self._open(resume=resume, create=create)
                try:
                    if first is not None:
                        await first(session)
                    return session, await run_leg(session, self._play, lambda: self._stop)
                finally:
                    await self._store.release(self._session_id)
            finally:
                self._opened.set()

    async def _open(self, *, resume: bool, create: bool) -> Session:
        self.notice = await self._store.claim(self._session_id)
        session = Session(self.plan, self._store, self._session_id)
        try:
            if resume:
                await session.open(await self._past(create=create))
        except BaseException:
            await self._store.release(self._session_id)
            raise
        self.session = session
        self._on_open(session)
        return session

    async def _past(self, *, create: bool) -> list[ev.Event]:
        try:
            return list(await self._store.read(self._session_id))
        except SessionNotFoundError:
            if create:
                return []
            raise

    async def _play(self, session: Session) -> Outcome:
        """Run the program in a task of its own, so that it can be stopped."""
        self._program = asyncio.ensure_future(session.leg())
        session.on_broken = self._program.cancel
        if self._stop is not None:
            self._program.cancel()
        self._opened.set()
        return await self._program
