"""Processes that die at a call to the disk: `python -m tests.stores.dying FOLDER`.

For each call of a life, and each moment of it, a process of its own dies there; its session is in `FOLDER/<moment>-<n>`
and the number of appends that were acknowledged to it in the file `acknowledged` beside it.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from strands_nb.engine.store import settled
from strands_nb.stores import FileSessionRepository
from tests.stores.disks import RecordingDisk
from tests.stores.support import event

MOMENTS = ("before", "half", "after")
TEXTS = ["one", "two", "tide " * 20_000, "four", "tide " * 20_000 + "!", "six"]


class DyingDisk(RecordingDisk):
    """Dies at call `at` (counted from 1) of those that change something."""

    def __init__(self, at: int, moment: str) -> None:
        super().__init__(self._count)
        self.at, self.moment, self.seen = at, moment, 0

    def _count(self, call: str, name: str) -> None:
        del call, name
        self.seen += 1
        self._die("before", self.seen)

    def _die(self, moment: str, call: int) -> None:
        if call == self.at and self.moment == moment:
            os._exit(137)

    def write(self, fd: int, data: bytes) -> int:
        call = self.seen + 1
        half = self.moment == "half" and call == self.at
        written = super().write(fd, data[: len(data) // 2] if half else data)
        self._die(self.moment, call)
        return written

    def sync(self, fd: int) -> None:
        call = self.seen + 1
        super().sync(fd)
        self._die("after", call)

    def sync_dir(self, path: Path) -> None:
        call = self.seen + 1
        super().sync_dir(path)
        self._die("after", call)

    def truncate(self, fd: int, size: int) -> None:
        call = self.seen + 1
        super().truncate(fd, size)
        self._die("after", call)

    def rename(self, path: Path, target: Path) -> None:
        call = self.seen + 1
        super().rename(path, target)
        self._die("after", call)

    def remove(self, path: Path) -> None:
        call = self.seen + 1
        super().remove(path)
        self._die("after", call)


async def live(folder: Path, disk: RecordingDisk) -> None:
    """Write all the texts, two of them at a time, and note how many were acknowledged."""
    store = FileSessionRepository(folder, fs=disk)
    await store.claim("s")
    for seq in range(0, len(TEXTS), 2):
        durables: list[Any] = [store.append("s", event(n, TEXTS[n])) for n in (seq, seq + 1)]
        for durable in durables:
            await settled(durable)
        (folder / "acknowledged").write_text(str(seq + 2))
    await store.release("s")


def die(folder: Path, at: int, moment: str) -> None:
    """One life in a process of its own."""
    folder.mkdir()
    pid = os.fork()
    if pid == 0:
        disk = DyingDisk(at, moment)
        asyncio.run(live(folder, disk))
        (folder / "calls").write_text(str(disk.seen))
        os._exit(0)
    os.waitpid(pid, 0)


def main() -> None:
    """All lives."""
    lives = Path(sys.argv[1])
    die(lives / "whole", 0, "never")
    for moment in MOMENTS:
        for at in range(1, int((lives / "whole" / "calls").read_text()) + 1):
            die(lives / f"{moment}-{at}", at, moment)


if __name__ == "__main__":
    main()
