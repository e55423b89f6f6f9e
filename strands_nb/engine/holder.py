"""Who has a session open in this process: one leg at a time, or somebody for a moment while no leg runs.

Lives on the engine loop; nothing here may be called from another thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, TypeAlias

from strands_nb.engine import events as ev
from strands_nb.engine.ledger import Clocks
from strands_nb.engine.leg import Ending, Stop, run_leg
from strands_nb.engine.rest import Watch
from strands_nb.engine.result import Outcome
from strands_nb.engine.session import Plan, Session
from strands_nb.engine.signals import AtRest
from strands_nb.engine.store import SessionRepository
from strands_nb.errors import SessionNotFoundError

__all__ = ("Closed", "First", "Holder")

Closed: TypeAlias = tuple[Session, Ending]
"""A session that a leg has let go of, and how that leg ended."""
First: TypeAlias = Callable[[Session], Awaitable[None]]
"""What is done with a session before a leg runs on it."""


@dataclass(slots=True, eq=False)
class _Leg:
    """One that is under way: from before it opens the session until it has let go of it, or rests."""

    opened: asyncio.Future[None]
    """Resolves when its program runs, or never will."""
    body: asyncio.Task[Closed | None] = field(init=False)
    program: asyncio.Task[Outcome] | None = None
    watch: Watch | None = None
    stop: Stop | None = None

    @property
    def runs(self) -> bool:
        """Whether its program runs and nobody has stopped it."""
        return self.program is not None and not self.program.done() and self.stop is None

    @property
    def falls_asleep(self) -> bool:
        """Whether it is about to rest."""
        return self.watch is not None and self.watch.rests

    def is_open(self) -> None:
        """Tell those who have waited for it."""
        if not self.opened.done():
            self.opened.set_result(None)


@dataclass(frozen=True, slots=True)
class _Rest:
    """What is kept of a leg at rest; the store still holds the session for us."""

    clocks: Clocks
    alarm: asyncio.TimerHandle | None
    """Goes off at the first deadline."""


class Holder:
    """Opens a session and lets go of it; `on_open` is called with it before anything is done with it.

    A leg that has only waited for people for a while comes to rest: its task ends with None, and nothing of it stays in
    memory. As soon as anybody wants the session, `on_wanted` is called, which is to call `begin_again`.
    """

    def __init__(
        self,
        plan: Plan,
        store: SessionRepository,
        session_id: str,
        on_open: Callable[[Session], None],
        on_wanted: Callable[[], object],
    ) -> None:
        self.plan = plan
        self.store, self._session_id, self._on_open, self._on_wanted = store, session_id, on_open, on_wanted
        self.session: Session | None = None
        """While it is open."""
        self.notice: str | None = None
        """What the store had to say when it was opened last."""
        self._gate = asyncio.Lock()
        """Held by whoever has the session open."""
        self._leg: _Leg | None = None
        """The latest, while it is under way."""
        self._rest: _Rest | None = None

    def begin(self, *, resume: bool, create: bool = False, first: First | None = None) -> asyncio.Task[Closed | None]:
        """Begin a leg: open the session, do `first`, run. Where `first` raises, nothing is run.

        Nobody else gets hold of the session in between.
        """
        return self._begun(lambda: self._open(resume=resume, create=create), first)

    def begin_again(self) -> asyncio.Task[Closed | None]:
        """Have the leg that rests go on."""
        rest, self._rest = self._rest, None
        assert rest is not None  # noqa: S101 - it rests
        if rest.alarm is not None:
            rest.alarm.cancel()
        return self._begun(lambda: self._reopen(rest.clocks), rested=True)

    async def running(self) -> Session | None:
        """The session while its program runs and nobody has stopped it; waits for a leg that is just opening it.

        One that rests is taken up for whoever asks.
        """
        while True:
            if self._rest is not None:
                self._on_wanted()
            if (leg := self._leg) is None:
                return None
            if leg.falls_asleep:
                await asyncio.wait({leg.body})
            elif not leg.opened.done():
                await asyncio.wait({leg.opened})
            else:
                return self.session if leg.runs else None

    async def past(self) -> Sequence[ev.Event]:
        """What the store has of it."""
        return await self.store.read(self._session_id)

    @asynccontextmanager
    async def between_legs(self) -> AsyncGenerator[Session]:
        """The session, opened for a moment while no leg is under way; waits for one that is just ending."""
        async with self._gate:
            session = await self._open(resume=True, create=False)
            try:
                yield session
            finally:
                await self._close()

    async def interrupt(self, how: Literal["pause", "cancel"], reason: str) -> None:
        """Stop the leg that is under way, if one is, and wait until it has let go of the session."""
        if self._rest is not None:
            self._on_wanted()
        if (leg := self._leg) is None:
            return
        first = leg.stop is None
        if first or how == "cancel":
            leg.stop = Stop(how, reason, tuple(sorted(self.session.in_flight)) if self.session else ())
        if first and leg.program is not None:
            leg.program.cancel()
        await asyncio.wait({leg.body})

    # ---- one leg ------------------------------------------------------------------------------------------------

    def _begun(
        self, opening: Callable[[], Awaitable[Session]], first: First | None = None, *, rested: bool = False
    ) -> asyncio.Task[Closed | None]:
        self._leg = leg = _Leg(asyncio.get_running_loop().create_future())
        leg.body = asyncio.ensure_future(self._hold(leg, opening, first, rested=rested))
        return leg.body

    async def _hold(
        self, leg: _Leg, opening: Callable[[], Awaitable[Session]], first: First | None, *, rested: bool
    ) -> Closed | None:
        """A leg, from claiming the session to letting go of it. Nobody cancels this, only the program inside."""
        async with self._gate:
            try:
                session = await opening()
                try:
                    if first is not None:
                        await first(session)
                    return session, await run_leg(session, partial(self._play, leg), lambda: leg.stop, rested=rested)
                except AtRest as rest:
                    self._put_away(session, rest.seconds)
                    return None
                finally:
                    if self._rest is None:
                        await self._close()
            finally:
                leg.is_open()
                if self._leg is leg:
                    self._leg = None

    async def _play(self, leg: _Leg, session: Session) -> Outcome:
        """Run the program in a task of its own, so that it can be stopped."""
        leg.program = asyncio.ensure_future(session.leg())
        leg.watch = watch = Watch(session, leg.program)
        session.on_broken = leg.program.cancel
        if leg.stop is not None:
            leg.program.cancel()
        leg.is_open()
        try:
            return await leg.program
        except asyncio.CancelledError:
            if watch.rests and leg.stop is None:
                raise AtRest(watch.seconds) from None
            raise

    def _put_away(self, session: Session, seconds: float | None) -> None:
        alarm = None if seconds is None else asyncio.get_running_loop().call_later(seconds, self._on_wanted)
        self._rest, self.session = _Rest(session.ledger.clocks(), alarm), None

    # ---- opening and closing ------------------------------------------------------------------------------------

    async def _open(self, *, resume: bool, create: bool) -> Session:
        self.notice = await self.store.claim(self._session_id)
        return await self._filled(self._past(create=create) if resume else None)

    async def _reopen(self, clocks: Clocks) -> Session:
        """The session has been ours all the time."""
        session = await self._filled(self.past())
        session.ledger.go_on(clocks)
        return session

    async def _filled(self, past: Coroutine[Any, Any, Sequence[ev.Event]] | None) -> Session:
        session = Session(self.plan, self.store, self._session_id)
        try:
            if past is not None:
                session.open(await past)
        except BaseException:
            await self.store.release(self._session_id)
            raise
        self.session = session
        self._on_open(session)
        return session

    async def _past(self, *, create: bool) -> Sequence[ev.Event]:
        try:
            return await self.past()
        except SessionNotFoundError:
            if create:
                return ()
            raise

    async def _close(self) -> None:
        self.session = None
        await self.store.release(self._session_id)
