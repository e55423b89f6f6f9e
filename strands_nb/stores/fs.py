"""The seam to the disk. Every byte of a session passes here, so that tests can make any disk out of it."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

__all__ = ("Fs", "RealFs", "make_certain", "put", "write_all")


_CLOEXEC, _NOFOLLOW = (getattr(os, name, 0) for name in ("O_CLOEXEC", "O_NOFOLLOW"))  # Windows has neither


class Fs(Protocol):
    """The calls a store makes. All block; errors are `OSError`."""

    def make_dir(self, path: Path) -> None:
        """Make a private folder (0700), parents too; fine if it is there."""
        ...

    def open_append(self, path: Path) -> int:
        """Open for appending, made private (0600) if new; returns a descriptor."""
        ...

    def write(self, fd: int, data: bytes) -> int:
        """Write, perhaps less than all; returns how many bytes."""
        ...

    def sync(self, fd: int) -> None:
        """Return when the file's data is on the disk."""
        ...

    def sync_dir(self, path: Path) -> None:
        """Return when the folder's entries are on the disk."""
        ...

    def truncate(self, fd: int, size: int) -> None:
        """Cut the file."""
        ...

    def close(self, fd: int) -> None:
        """Close a descriptor."""
        ...

    def try_lock(self, fd: int) -> bool:
        """Lock the file for this process, until it closes it or dies; False where another process has it."""
        ...

    def is_at(self, fd: int, path: Path) -> bool:
        """Whether the open file is the one of that name, and not one that had it before."""
        ...

    def read(self, path: Path) -> bytes:
        """The whole file."""
        ...

    def exists(self, path: Path) -> bool:
        """Whether there is such a file."""
        ...

    def rename(self, path: Path, target: Path) -> None:
        """Give a file another name, in the place of what bears it."""
        ...

    def remove(self, path: Path) -> None:
        """Remove a file; fine if it is not there."""
        ...

    def remove_tree(self, path: Path) -> None:
        """Remove a folder and all in it."""
        ...

    def stamp(self, path: Path) -> tuple[int, int]:
        """When a file was last changed, in nanoseconds since 1970, and its size in bytes."""
        ...

    def entries(self, path: Path) -> list[tuple[str, float]]:
        """Folders below `path` whose journal has begun, with its time of last change (seconds since 1970)."""
        ...


class RealFs:
    """The operating system's disk."""

    def make_dir(self, path: Path) -> None:
        """Make a private folder; `mkdir(parents=True)` would leave its new parents open to all."""
        if not path.parent.exists():
            self.make_dir(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)

    def open_append(self, path: Path) -> int:
        """Open for appending; a link to a file elsewhere is not followed."""
        return os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | _CLOEXEC | _NOFOLLOW, 0o600)

    def write(self, fd: int, data: bytes) -> int:
        """Write once."""
        return os.write(fd, data)

    def sync(self, fd: int) -> None:
        """Flush to the disk itself: on macOS fsync only reaches the drive's cache."""
        if sys.platform == "darwin":  # pragma: no cover
            import fcntl  # noqa: PLC0415

            fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
        else:
            getattr(os, "fdatasync", os.fsync)(fd)

    def sync_dir(self, path: Path) -> None:
        """Flush a folder; Windows has no such call and needs none."""
        if sys.platform == "win32":  # pragma: no cover
            return
        fd = os.open(path, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def truncate(self, fd: int, size: int) -> None:
        """Cut the file."""
        os.ftruncate(fd, size)

    def close(self, fd: int) -> None:
        """Close a descriptor."""
        os.close(fd)

    def try_lock(self, fd: int) -> bool:
        """Lock it by the operating system."""
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

    def is_at(self, fd: int, path: Path) -> bool:
        """By device and number."""
        try:
            return os.path.samestat(os.fstat(fd), path.stat())
        except FileNotFoundError:
            return False

    def read(self, path: Path) -> bytes:
        """The whole file."""
        return path.read_bytes()

    def exists(self, path: Path) -> bool:
        """Whether it is a file."""
        return path.is_file()

    def rename(self, path: Path, target: Path) -> None:
        """Give a file another name."""
        path.replace(target)

    def remove(self, path: Path) -> None:
        """Remove a file."""
        path.unlink(missing_ok=True)

    def remove_tree(self, path: Path) -> None:
        """Remove a folder."""
        shutil.rmtree(path)

    def stamp(self, path: Path) -> tuple[int, int]:
        """Last change and size."""
        found = path.stat()
        return found.st_mtime_ns, found.st_size

    def entries(self, path: Path) -> list[tuple[str, float]]:
        """Folders with a journal that is not empty."""
        return list(self._entries(path))

    def _entries(self, path: Path) -> Iterator[tuple[str, float]]:
        if not path.is_dir():
            return
        with os.scandir(path) as found:
            for entry in found:
                with suppress(OSError):  # no session, or one that is being deleted
                    journal = (Path(entry.path) / "journal.jsonl").stat()
                    if journal.st_size:
                        yield entry.name, journal.st_mtime


def write_all(fs: Fs, fd: int, data: bytes) -> None:
    """Write all of it, however little the disk takes at a time."""
    done = 0
    while done < len(data):
        done += fs.write(fd, data[done:])


def put(fs: Fs, path: Path, data: bytes) -> None:
    """Replace a file whole: at every moment its name leads to the old data or to the new, and at the end to the new."""
    beside = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.new")
    fd = fs.open_append(beside)
    try:
        try:
            fs.truncate(fd, 0)
            write_all(fs, fd, data)
            fs.sync(fd)
        finally:
            fs.close(fd)
        fs.rename(beside, path)
    except OSError:
        with suppress(OSError):
            fs.remove(beside)
        raise
    fs.sync_dir(path.parent)


def make_certain(fs: Fs, paths: Iterable[Path]) -> None:
    """Write files once more, of which it is not known whether what can be read of them is on the disk.

    A sync that fails may drop the data for good and leave it readable; another sync would then succeed, and lie.
    """
    for path in paths:
        put(fs, path, fs.read(path))
