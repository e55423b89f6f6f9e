"""When a session has only waited for people for a while, nothing of it is held in memory that the store holds as well.

Lives on the engine loop; nothing here may be called from another thread.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strands_nb.engine.result import Outcome
    from strands_nb.engine.session import Session

__all__ = ("REST_AFTER_S", "Watch")

REST_AFTER_S = 10.0
"""How long people are waited for before the session is put away, in seconds."""


class Watch:
    """Ends a program that has had nothing to do for a while; begun again, it comes back to the same point."""

    def __init__(self, session: Session, program: asyncio.Task[Outcome]) -> None:
        self._session, self._program = session, program
        self._loop = asyncio.get_running_loop()
        self._since = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self.rests = False
        """Whether it has ended the program."""
        self.seconds: float | None = None
        """From then to the first deadline, where there is one."""
        session.ledger.on_idle = self._idle

    def _idle(self) -> None:
        """People are waited for, and nothing else, from now on."""
        self._since = self._loop.time()
        if self._timer is None:
            self._timer = self._loop.call_at(self._since + REST_AFTER_S, self._look)

    def _look(self) -> None:
        self._timer, until = None, self._since + REST_AFTER_S
        if self._program.done() or not self._session.only_waits:
            return  # as soon as it is idle and safe again, `_idle` is called
        if self._loop.time() < until:
            self._timer = self._loop.call_at(until, self._look)
            return
        self.rests, self.seconds = True, self._session.desk.seconds_left
        self._program.cancel()
