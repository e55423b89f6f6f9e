"""The journal port: where the durable events of a session live."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Protocol, TypeAlias, runtime_checkable

from strands_nb.engine.events import Event
from strands_nb.errors import SessionBusyError, SessionNotFoundError

__all__ = ("Durable", "MemorySessionRepository", "SessionEntry", "SessionLookup", "SessionRepository", "settled")

Durable: TypeAlias = "asyncio.Future[None] | None"
"""When an append is safe: None means already, else a future that says so (or why it never will be)."""


async def settled(durable: Durable) -> None:
    """Wait until an append is safe.

    Events share such futures: cancelling one waiter must not cancel the others, as awaiting it as it is would.

    Raises:
        OSError, SessionError: it never will be.
    """
    if durable is not None:
        await asyncio.shield(durable)


@dataclass(frozen=True, slots=True)
class SessionEntry:
    """One line of a listing; `owner` is who runs it now, None where nobody does.

    `version` stands for what is recorded: as long as it stays the same, so does that. None: the store cannot tell.
    """

    session_id: str
    updated_at: datetime
    owner: str | None = None
    version: str | None = None


class SessionRepository(Protocol):
    """Append-only logs by session id, with one writer each.

    All methods but `append` are coroutines. `append` writes at once, in the same tick of the event loop as the
    answer it records, and says when the record is durable: that alone makes a killed process lose nothing it had
    been told. Nobody may be shown an event, and no dependent step may start, before it is.
    """

    async def read(self, session_id: str) -> Sequence[Event]:
        """All intact events in order.

        Raises:
            SessionNotFoundError: there is no such session.
            SessionCorruptedError: the log is damaged before its end.
        """
        ...

    async def claim(self, session_id: str, *, take_over: bool = False) -> None:
        """Become the session's only writer (it need not exist yet).

        Raises:
            SessionBusyError: it has a live writer already, named in the message.
        """
        ...

    def append(self, session_id: str, event: Event) -> Durable:
        """Write one event, on condition that `event.seq` is the next number.

        Raises:
            SessionBusyError: it is not, or the session is not ours: somebody else writes.
        """
        ...

    async def release(self, session_id: str) -> None:
        """Make everything durable and let go of the session."""
        ...

    async def list(self) -> Sequence[SessionEntry]:
        """All sessions, most recently updated first."""
        ...

    async def delete(self, session_id: str) -> None:
        """Remove the session and all it holds.

        Raises:
            SessionNotFoundError: there is no such session.
            SessionBusyError: somebody is running it.
        """
        ...


@runtime_checkable
class SessionLookup(Protocol):
    """What a store may offer besides: whether a session has changed, without reading it."""

    async def entry(self, session_id: str) -> SessionEntry:
        """The session's line of the listing, with a version.

        Raises:
            SessionNotFoundError: there is no such session.
        """
        ...


class MemorySessionRepository:
    """Sessions that live as long as this object: for tests, previews and services that keep nothing.

    >>> asyncio.run(MemorySessionRepository().list())
    []
    """

    def __init__(self) -> None:
        self._logs: dict[str, list[Event]] = {}
        self._claimed: set[str] = set()
        self._versions: dict[str, int] = {}
        self._changes = count()

    async def read(self, session_id: str) -> Sequence[Event]:
        """All events so far; see `SessionRepository.read`."""
        return list(self._log(session_id))

    async def claim(self, session_id: str, *, take_over: bool = False) -> None:
        """Become the only writer; see `SessionRepository.claim`."""
        if session_id in self._claimed and not take_over:
            message = f"session {session_id} is already running in this process; wait for it, or answer it there"
            raise SessionBusyError(message, session_id=session_id, owner="this process")
        self._claimed.add(session_id)

    def append(self, session_id: str, event: Event) -> Durable:
        """Keep one event; memory is as durable as it gets, hence None."""
        if session_id not in self._claimed:
            message = f"session {session_id} is not ours to write: claim it first"
            raise SessionBusyError(message, session_id=session_id)
        log = self._logs.setdefault(session_id, [])
        if event.seq != len(log):
            message = f"session {session_id} is at record {len(log)}, not {event.seq}: it has another writer"
            raise SessionBusyError(message, session_id=session_id)
        log.append(event)
        self._versions[session_id] = next(self._changes)

    async def release(self, session_id: str) -> None:
        """Let go; see `SessionRepository.release`."""
        self._claimed.discard(session_id)

    async def list(self) -> Sequence[SessionEntry]:
        """All sessions, newest first."""
        entries = [self._entry(name, log) for name, log in self._logs.copy().items()]
        return sorted(entries, key=lambda entry: entry.updated_at, reverse=True)

    async def entry(self, session_id: str) -> SessionEntry:
        """One line of the listing; see `SessionLookup.entry`."""
        return self._entry(session_id, self._log(session_id))

    async def delete(self, session_id: str) -> None:
        """Forget a session; see `SessionRepository.delete`."""
        self._log(session_id)
        if session_id in self._claimed:
            message = f"session {session_id} is running; cancel it first"
            raise SessionBusyError(message, session_id=session_id, owner="this process")
        del self._logs[session_id]
        self._versions.pop(session_id, None)

    def _entry(self, session_id: str, log: Sequence[Event]) -> SessionEntry:
        owner = "this process" if session_id in self._claimed else None
        updated = log[-1].timestamp if log else datetime.now(UTC)
        return SessionEntry(session_id, updated, owner, str(self._versions.get(session_id, "")))

    def _log(self, session_id: str) -> list[Event]:
        try:
            return self._logs[session_id]
        except KeyError:
            message = f"no session {session_id!r}; `strands-nb sessions list` shows those there are"
            raise SessionNotFoundError(message, session_id=session_id) from None
