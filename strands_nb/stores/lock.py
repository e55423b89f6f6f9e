"""One writer per session: a lock the operating system drops when its holder dies, and a note of who it is."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from strands_nb.errors import SessionBusyError
from strands_nb.stores.fs import Fs

__all__ = ("Lease", "Owner", "acquire", "living_owner", "owner_of")


@dataclass(eq=False, slots=True)
class _Hold:
    """An open lock file."""

    fd: int


_held: dict[str, list[_Hold]] = {}
"""What this process holds, by folder: several where it took a session over from itself, the last one being the writer.

The system's lock is per process, and closing *any* descriptor of a file drops it: so they are closed all at once.
"""
_held_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Owner:
    """Who writes a session; `epoch` grows with each writer."""

    host: str
    pid: int
    born: float
    since: str
    epoch: int

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} (since {self.since})"

    def alive(self) -> bool:
        """Whether that very process still runs; yes where it cannot be known (another host)."""
        if self.host != socket.gethostname():
            return True
        import psutil  # noqa: PLC0415 - needed only where somebody has left a note

        try:
            return abs(psutil.Process(self.pid).create_time() - self.born) < 1.0
        except psutil.NoSuchProcess:
            return False


@dataclass(frozen=True, slots=True)
class Lease:
    """A held lock."""

    folder: Path
    hold: _Hold
    owner: Owner

    def current(self, fs: Fs) -> bool:
        """Whether nobody has taken the session over meanwhile."""
        return owner_of(fs, self.folder) == self.owner

    def release(self, fs: Fs) -> None:
        """Let go."""
        if self.current(fs):
            fs.remove(self.folder / "owner.json")
        _let_go(self.folder, self.hold)


def owner_of(fs: Fs, folder: Path) -> Owner | None:
    """Who is noted as the writer, living or dead."""
    try:
        return Owner(**json.loads(fs.read(folder / "owner.json")))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def living_owner(fs: Fs, folder: Path) -> str | None:
    """Who writes it now, in words; None where nobody does."""
    owner = owner_of(fs, folder)
    return str(owner) if owner is not None and owner.alive() else None


def acquire(fs: Fs, folder: Path, last_epoch: Callable[[], int], *, take_over: bool) -> Lease:
    """Become the writer of the session in `folder`; `last_epoch` reads its journal, once nobody else writes it.

    Raises:
        SessionBusyError: a living process is.
    """
    hold = _grasp(fs, folder, take_over=take_over)
    try:
        before = owner_of(fs, folder)
        epoch = max(last_epoch(), before.epoch if before else 0) + 1
        since = datetime.now(UTC).isoformat(timespec="seconds")
        owner = Owner(socket.gethostname(), os.getpid(), _born(), since, epoch)
        fs.put(folder / "owner.json", json.dumps(asdict(owner)).encode())
    except BaseException:
        _let_go(folder, hold)
        raise
    return Lease(folder, hold, owner)


def _grasp(fs: Fs, folder: Path, *, take_over: bool) -> _Hold:
    """The system's lock on the folder, or without it where it is to be taken over."""
    here = os.path.realpath(folder)
    with _held_lock:
        if here in _held and not take_over:
            raise _busy(folder, "this process")
        hold = _Hold(os.open(folder / "lock", os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600))
        if not _try_lock(hold.fd) and not take_over:
            os.close(hold.fd)
            raise _busy(folder, str(owner_of(fs, folder) or "another process"))
        _held.setdefault(here, []).append(hold)
        return hold


def _let_go(folder: Path, hold: _Hold) -> None:
    """Close the lock file, and those of earlier writers; one that was taken over leaves it to its successor."""
    here = os.path.realpath(folder)
    with _held_lock:
        if here in _held and _held[here][-1] is hold:
            for each in _held.pop(here):
                os.close(each.fd)


def _busy(folder: Path, who: str) -> SessionBusyError:
    message = f"session {folder.name} is running in {who}; answer it there, wait for it, or stop it first and try again"
    return SessionBusyError(message, session_id=folder.name, owner=who)


def _try_lock(fd: int) -> bool:
    try:
        if sys.platform == "win32":  # pragma: no cover
            import msvcrt  # noqa: PLC0415

            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415

            fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _born() -> float:
    """When this process began, in seconds since 1970: with the pid, its identity."""
    import psutil  # noqa: PLC0415

    return psutil.Process().create_time()
