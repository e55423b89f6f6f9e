"""One writer per session where no system keeps locks: a note that its writer renews, and anyone may replace once stale.

The note only tells others to keep off. What makes a session safe is that each place of its log is written once.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final, Literal
from uuid import uuid4

import psutil

from strands_nb.errors import SessionBusyError, SessionError
from strands_nb.stores.bucket import Bucket, Stored, until_clear

__all__ = ("Lease", "Note", "acquire", "owner_of")

_TRIES: Final = 100
_let_go: set[str] = set()
"""Tokens of leases that this process has let go of though it could not say so: to itself at least they are over."""
_log = logging.getLogger("strands_nb.sessions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Who writes a session, and how it went; `epoch` grows with each writer, `token` is different for each."""

    host: str
    pid: int
    born: float
    machine: str
    since: str
    epoch: int
    token: str
    beats: int = 0
    ended: Literal["", "cleanly", "badly"] = ""
    """`badly`: a write of it may still arrive."""

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} (since {self.since})"

    def dump(self) -> bytes:
        """The note as it is stored."""
        return json.dumps(asdict(self)).encode()

    def dead(self) -> bool:
        """Whether its process is known to be gone: that can be said of this machine's only."""
        if self.machine != _machine():
            return False
        try:
            return abs(psutil.Process(self.pid).create_time() - self.born) >= 1.0
        except psutil.NoSuchProcess:
            return True


class Lease:
    """A note that is ours, until somebody replaces it. Its methods block."""

    def __init__(self, bucket: Bucket, session_id: str, note: Note, etag: str, *, follows_cleanly: bool) -> None:
        self.session_id, self.note, self.follows_cleanly = session_id, note, follows_cleanly
        self._bucket, self._etag = bucket, etag
        self._writing = threading.Lock()

    def renew(self) -> None:
        """Say that we are alive.

        Raises:
            SessionBusyError: the session has been taken over.
        """
        self._write(replace(self.note, beats=self.note.beats + 1))

    def release(self, *, cleanly: bool) -> None:
        """Let go, unless it is no longer ours."""
        try:
            self._write(replace(self.note, ended="cleanly" if cleanly else "badly"))
        except SessionBusyError:
            pass
        except SessionError as error:
            _let_go.add(self.note.token)
            _log.warning("session %s is free only when its lease has run out: %s", self.session_id, error)

    def overtaken(self) -> SessionBusyError:
        """Why we can write no more: names who has taken the session over."""
        there = self._bucket.get(_key(self.session_id))
        now = _note(there)
        return _overtaken(self.session_id, now if now is not None and now.token != self.note.token else None)

    @until_clear
    def _write(self, note: Note) -> None:
        with self._writing:
            etag = self._bucket.put_over(_key(self.session_id), note.dump(), self._etag)
            if etag is None:  # replaced: by somebody else, or by a write of ours whose answer was lost
                there = self._bucket.get(_key(self.session_id))
                now = _note(there)
                if there is None or now is None or now.token != note.token:
                    raise _overtaken(self.session_id, now)
                etag = self._bucket.put_over(_key(self.session_id), note.dump(), there.etag) or there.etag
            self.note, self._etag = note, etag


def owner_of(bucket: Bucket, session_id: str, stale_after: float) -> Note | None:
    """Who writes a session now, as far as is known."""
    there = bucket.get(_key(session_id))
    return _note(there) if there is not None and _in_use(there, stale_after) else None


def acquire(bucket: Bucket, session_id: str, *, take_over: bool, stale_after: float) -> Lease:
    """Become the writer; of several at once exactly one does.

    Raises:
        SessionBusyError: there is a writer that has shown itself in the last `stale_after` seconds.
    """
    return _acquire(bucket, session_id, uuid4().hex, take_over=take_over, stale_after=stale_after)


@until_clear
def _acquire(bucket: Bucket, session_id: str, token: str, *, take_over: bool, stale_after: float) -> Lease:
    before: Note | None = None
    for _ in range(_TRIES):  # each of them lost against somebody else
        there = bucket.get(_key(session_id))
        before = _note(there)
        if there is not None and before is not None and before.token == token:  # we had it, and the answer was lost
            return Lease(bucket, session_id, before, there.etag, follows_cleanly=False)
        if there is not None and not take_over and _in_use(there, stale_after):
            raise _busy(session_id, before)
        note = _ours(token, before.epoch + 1 if before is not None else 1)
        if there is None:
            etag = bucket.put_new(_key(session_id), note.dump())
        else:
            etag = bucket.put_over(_key(session_id), note.dump(), there.etag)
        if etag is not None:
            bucket.refuse_careless(_key(session_id), note.dump())
            clean = there is None or (before is not None and before.ended == "cleanly")
            return Lease(bucket, session_id, note, etag, follows_cleanly=clean)
    raise _busy(session_id, before)


def _key(session_id: str) -> str:
    return f"{session_id}.owner"


def _note(there: Stored | None) -> Note | None:
    """What the object says; None where there is none, or no note of ours."""
    if there is None:
        return None
    try:
        return Note(**json.loads(there.body))
    except (ValueError, TypeError):
        return None


def _in_use(there: Stored, stale_after: float) -> bool:
    note = _note(there)
    return there.age < stale_after and (note is None or not (note.ended or note.token in _let_go or note.dead()))


def _ours(token: str, epoch: int) -> Note:
    return Note(
        host=socket.gethostname(),
        pid=os.getpid(),
        born=psutil.Process().create_time(),
        machine=_machine(),
        since=datetime.now(UTC).isoformat(timespec="seconds"),
        epoch=epoch,
        token=token,
    )


@cache
def _machine() -> str:
    """This machine since it was started; a container with a process table of its own counts as a machine."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{socket.gethostname()} {boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:  # no Linux
        return f"{socket.gethostname()} {psutil.boot_time():.0f}"


def _busy(session_id: str, owner: Note | None) -> SessionBusyError:
    who = str(owner or "another process")
    message = f"session {session_id} is running in {who}; answer it there, wait for it, or stop it first and try again"
    return SessionBusyError(message, session_id=session_id, owner=who)


def _overtaken(session_id: str, owner: Note | None) -> SessionBusyError:
    who = str(owner or "another writer")
    message = f"session {session_id} was taken over by {who}; this run of it stops here"
    return SessionBusyError(message, session_id=session_id, owner=who)
