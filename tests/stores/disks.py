"""Disks that fail, and disks that remember what was asked of them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

from strands_nb.stores.fs import RealFs


class RecordingDisk(RealFs):
    """Notes each writing call as (name, file), and calls back before it."""

    def __init__(self, before: Callable[[str, str], None] | None = None) -> None:
        self.calls: list[tuple[str, str]] = []
        self._names: dict[int, str] = {}
        self._before = before
        self._lock = threading.Lock()

    def _note(self, call: str, name: str) -> None:
        with self._lock:
            self.calls.append((call, name))
        if self._before is not None:
            self._before(call, name)

    def open_append(self, path: Path) -> int:
        fd = super().open_append(path)
        self._names[fd] = path.name
        return fd

    def write(self, fd: int, data: bytes) -> int:
        self._note("write", self._names[fd])
        return super().write(fd, data)

    def sync(self, fd: int) -> None:
        self._note("sync", self._names[fd])
        super().sync(fd)

    def sync_dir(self, path: Path) -> None:
        self._note("sync_dir", path.name)
        super().sync_dir(path)

    def truncate(self, fd: int, size: int) -> None:
        self._note("truncate", self._names[fd])
        super().truncate(fd, size)

    def rename(self, path: Path, target: Path) -> None:
        self._note("rename", target.name)
        super().rename(path, target)

    def remove(self, path: Path) -> None:
        self._note("remove", path.name)
        super().remove(path)


class FailingDisk(RecordingDisk):
    """Fails calls of one kind on one file, from the `at`-th on (counted from 1), as often as `times`."""

    def __init__(self, call: str, name: str, at: int, error: OSError, times: int = 1) -> None:
        super().__init__(self._fail)
        self._wanted, self._at, self._times, self._error = (call, name), at, times, error
        self.seen = 0

    def _fail(self, call: str, name: str) -> None:
        if (call, name) == self._wanted:
            self.seen += 1
            if self._at <= self.seen < self._at + self._times:
                raise self._error


class ShortDisk(RecordingDisk):
    """Writes a few bytes at a time; fails for good after so many bytes of journal and blobs."""

    def __init__(self, step: int, room: int = 10**9) -> None:
        super().__init__()
        self.room, self._step = room, step

    def write(self, fd: int, data: bytes) -> int:
        if self._names[fd].startswith("owner.json"):
            return super().write(fd, data)
        if self.room <= 0:
            raise OSError(28, "No space left on device")
        written = super().write(fd, data[: min(self._step, self.room)])
        self.room -= written
        return written


class HeldDisk(RecordingDisk):
    """Syncs of the journal wait until they are let go."""

    def __init__(self) -> None:
        super().__init__(self._hold)
        self.held = False
        self.entered, self.free = threading.Event(), threading.Event()

    def _hold(self, call: str, name: str) -> None:
        if self.held and (call, name) == ("sync", "journal.jsonl"):
            self.entered.set()
            assert self.free.wait(10)


class BadDisk(RecordingDisk):
    """From the `at`-th call on (counted from 1) writing calls fail with `code`: so many, or all until it is mended."""

    def __init__(self, at: int = 0, code: int = 0, times: int = 10**9) -> None:
        super().__init__(self._fail)
        self._range, self._code = range(at, at + times) if at else range(0), code
        self._seen = 0

    def mend(self) -> None:
        self._range = range(0)

    def _fail(self, call: str, name: str) -> None:
        self._seen += 1
        if self._seen in self._range:
            raise OSError(self._code, os.strerror(self._code), name)
