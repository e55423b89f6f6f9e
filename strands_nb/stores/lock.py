"""One writer per session: a lock the operating system drops when its holder dies, and a note of who it is."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from zlib import crc32

from strands_nb.errors import SessionBusyError
from strands_nb.stores.fs import Fs, put

__all__ = ("Lease", "Owner", "acquire", "alone", "living_owner", "owner_of")

_TRIES, _TRY_EVERY_S = 6_000, 0.005
_LOOKS, _LOOK_EVERY_S = 20, 0.02
"""How often and how far apart to look for the note of an owner that has only just become it."""


@dataclass(eq=False, slots=True)
class _Hold:
    """An open lock file."""

    fs: Fs
    fd: int


_held: dict[str, list[_Hold]] = {}
"""What this process holds, by folder: several where it took a session over from itself, the last one being the writer.

The system's lock is per process, and closing *any* descriptor of a file drops it: so they are closed all at once.
"""
_held_lock = threading.Lock()
_one_at_a_time = [threading.Lock() for _ in range(64)]
"""For sessions by a hash of their ids: the system's locks do not keep the threads of a process apart."""


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
    crashed: bool
    """Whether the writer before has not let go by itself, so that nobody knows what of it is on the disk."""

    def current(self, fs: Fs) -> bool:
        """Whether nobody has taken the session over meanwhile."""
        return owner_of(fs, self.folder) == self.owner

    def release(self, fs: Fs, *, crashed: bool = False) -> None:
        """Let go, while `alone`; after a crash of the disk leave the note as that of a process would be left."""
        with suppress(OSError):
            if not crashed and self.current(fs):
                fs.remove(self.folder / "owner.json")
        self.abandon()

    def abandon(self) -> None:
        """Give the system's lock back, and leave everything as a process would that dies."""
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
    """Become, while `alone`, the writer of the session in `folder`; `last_epoch` reads its journal.

    Raises:
        SessionBusyError: a living process is.
    """
    hold = _grasp(fs, folder, take_over=take_over)
    try:
        before = owner_of(fs, folder)
        epoch = max(last_epoch(), before.epoch if before else 0) + 1
        since = datetime.now(UTC).isoformat(timespec="seconds")
        owner = Owner(socket.gethostname(), os.getpid(), _born(), since, epoch)
        put(fs, folder / "owner.json", json.dumps(asdict(owner)).encode())
    except BaseException:
        _let_go(folder, hold)
        raise
    return Lease(folder, hold, owner, crashed=before is not None)


@contextmanager
def alone(fs: Fs, folder: Path, *, make: bool = False) -> Generator[None]:
    """Whoever becomes the writer, lets go, or puts one file in the place of another does so while nobody else does.

    Else two who take a session over at once would have the same epoch, and one of them could put what it has read in
    the place of what the other has written since. Who only appends need not be alone: it looks whether it still is the
    writer before it says that anything is safe.

    With `make`, the folder is made, also where others delete it meanwhile.

    Raises:
        FileNotFoundError: there is no such folder (any more).
        SessionBusyError: somebody has been at it for very long.
    """
    with _one_at_a_time[crc32(folder.name.encode()) % len(_one_at_a_time)]:
        fd = _locked(fs, folder / "owner.lock", make=make)
        try:
            yield
        finally:
            fs.close(fd)


def _locked(fs: Fs, path: Path, *, make: bool) -> int:
    """An open file that nobody else has locked; whoever deletes the session while we wait takes the file with it."""
    for _ in range(_TRIES):
        if make:
            fs.make_dir(path.parent)
        try:
            fd = fs.open_append(path)
        except FileNotFoundError:
            if make:
                continue
            raise
        try:
            if fs.try_lock(fd) and fs.is_at(fd, path):
                return fd
        except BaseException:
            fs.close(fd)
            raise
        fs.close(fd)
        time.sleep(_TRY_EVERY_S)
    raise _busy(path.parent, _named(fs, path.parent))


def _grasp(fs: Fs, folder: Path, *, take_over: bool) -> _Hold:
    """The system's lock on the folder, or without it where it is to be taken over."""
    here = os.path.realpath(folder)
    with _held_lock:
        if here in _held and not take_over:
            raise _busy(folder, "this process")
        hold = _Hold(fs, fs.open_append(folder / "lock"))
        if fs.try_lock(hold.fd) or take_over:
            _held.setdefault(here, []).append(hold)
            return hold
        fs.close(hold.fd)
    raise _busy(folder, _named(fs, folder))


def _named(fs: Fs, folder: Path) -> str:
    """Who has the lock; one that has just got it is given the time to leave its note."""
    for _ in range(_LOOKS):
        if (owner := living_owner(fs, folder)) is not None:
            return owner
        time.sleep(_LOOK_EVERY_S)
    return "another process"


def _let_go(folder: Path, hold: _Hold) -> None:
    """Close the lock file, and those of earlier writers; one that was taken over leaves it to its successor."""
    here = os.path.realpath(folder)
    with _held_lock:
        if here in _held and _held[here][-1] is hold:
            for each in _held.pop(here):
                each.fs.close(each.fd)


def _busy(folder: Path, who: str) -> SessionBusyError:
    message = f"session {folder.name} is running in {who}; answer it there, wait for it, or stop it first and try again"
    return SessionBusyError(message, session_id=folder.name, owner=who)


def _born() -> float:
    """When this process began, in seconds since 1970: with the pid, its identity."""
    import psutil  # noqa: PLC0415

    return psutil.Process().create_time()
