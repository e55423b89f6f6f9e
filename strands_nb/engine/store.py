"""The journal port: where the durable events of a session live."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Final, Protocol, TypeAlias, runtime_checkable

from strands_nb.engine.events import Event
from strands_nb.errors import SessionBusyError, SessionError, SessionNotFoundError, StorageError

__all__ = (
    "Durable",
    "MemorySessionRepository",
    "Repair",
    "Salvage",
    "SessionEntry",
    "SessionLookup",
    "SessionRepository",
    "as_session_error",
    "settled",
    "storage_error",
)

Durable: TypeAlias = "asyncio.Future[None] | None"
"""When an append is safe: None means already, else a future that says so (or why it never will be)."""


async def settled(durable: Durable) -> None:
    """Wait until an append is safe.

    Events share such futures: cancelling one waiter must not cancel the others, as awaiting it as it is would.

    Raises:
        StorageError, SessionBusyError: it never will be.
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


@dataclass(frozen=True, slots=True)
class Salvage:
    """What can still be read of a session; `lost` are the numbers of the records that cannot, of those there were."""

    events: Sequence[Event]
    lost: tuple[int, ...] = ()
    notice: str | None = None
    """What is wrong and what to do about it, for people; None where nothing is."""


@dataclass(frozen=True, slots=True)
class Repair:
    """How a session was repaired: records `kept` and `lost`, and where the damaged original lies `aside`."""

    kept: int
    lost: int = 0
    aside: str | None = None
    """None where nothing was damaged, and so nothing was changed."""


class SessionRepository(Protocol):
    """Append-only logs by session id, with one writer each.

    All methods but `append` are coroutines. `append` takes a record in the same tick of the event loop as the answer
    it records, and says when it is durable: nobody may be shown an event, and no dependent step may start, before it
    is. One that hands the record to the system in that very tick loses nothing when its process is killed; one that can
    only queue it, as over a network, may have what was under way done again.
    """

    async def read(self, session_id: str) -> Sequence[Event]:
        """All intact events in order.

        Raises:
            SessionNotFoundError: there is no such session.
            SessionCorruptedError: the log is damaged before its end.
            StorageError: it cannot be read now.
        """
        ...

    async def claim(self, session_id: str, *, take_over: bool = False) -> str | None:
        """Become the session's only writer (it need not exist yet); all that it holds is durable then.

        Returns a notice for people where something had to be mended.

        Raises:
            SessionBusyError: it has a live writer already, named in the message.
            SessionCorruptedError: the log is damaged before its end.
            StorageError: it cannot be written now.
        """
        ...

    def append(self, session_id: str, event: Event) -> Durable:
        """Write one event, on condition that `event.seq` is the next number.

        Raises:
            SessionBusyError: it is not, or the session is not ours: somebody else writes.
            StorageError: it cannot be written, and nothing more can be until the session is claimed again.
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

    async def claim(self, session_id: str, *, take_over: bool = False) -> str | None:
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


_CAUSES: Final[Mapping[int | None, tuple[str, str]]] = {
    errno.ENOSPC: ("the disk is full", "make room"),
    errno.EDQUOT: ("your quota of disk space is used up", "make room"),
    errno.EFBIG: ("the file may not grow any larger", "raise the limit (`ulimit -f`)"),
    errno.EACCES: ("permission is denied", "allow writing there"),
    errno.EPERM: ("permission is denied", "allow writing there"),
    errno.EROFS: ("the disk is read-only", "make it writable"),
    errno.EIO: ("the disk reports an error", "see to the disk"),
    errno.ENOENT: ("the folder is gone", "bring it back"),
    errno.ESTALE: ("the network folder is gone", "mount it again"),
    errno.EMFILE: ("too many files are open", "close some"),
    errno.ENFILE: ("too many files are open", "close some"),
}


def storage_error(error: OSError, session_id: str, place: object = None) -> StorageError:
    """The system's error as one that says what is the matter, where, and what to do.

    >>> print(storage_error(OSError(28, "No space left on device"), "wf-1", "/data/wf-1"))
    session wf-1 is at a stop: the disk is full (No space left on device) at /data/wf-1. What was shown of it is safe:
    make room, then resume it
    """
    cause, remedy = _CAUSES.get(error.errno, ("it cannot be written or read", "see to the cause"))
    where = place or error.filename
    at = f" at {where}" if where else ""
    message = (
        f"session {session_id} is at a stop: {cause} ({error.strerror or error}){at}. "
        f"What was shown of it is safe: {remedy}, then resume it"
    )
    failure = StorageError(message, session_id=session_id)
    failure.__cause__ = error
    return failure


def as_session_error(error: BaseException, session_id: str) -> SessionError:
    """Whatever a store has failed with as an error about the session."""
    match error:
        case SessionError():
            return error
        case OSError():
            return storage_error(error, session_id)
        case _:
            return SessionError(f"the store of session {session_id} failed: {error!r}", session_id=session_id)
