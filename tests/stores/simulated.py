"""A disk in memory that forgets what was not synced, as real ones do when the power fails.

A file has what can be read of it (the system's cache), what is on the disk, and the changes in between. A sync that
fails forgets those changes though they can still be read, as Linux does. Names lie in folders that are synced apart.
"""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

__all__ = ("Died", "SimulatedDisk", "WorstLuck")


class Died(BaseException):
    """What a process sees of its own death."""


class WorstLuck(random.Random):
    """Dice that let nothing survive that was not synced."""

    def random(self) -> float:
        return 0.999

    def randint(self, a: int, b: int) -> int:
        return a


Change: TypeAlias = "tuple[int, bytes] | int"
"""Bytes written at a place, or the size to which a file was cut."""


def changed(data: bytes, change: Change) -> bytes:
    """The data after a change; what was never written reads as zeros."""
    if isinstance(change, int):
        return data[:change]
    at, new = change
    return data[:at].ljust(at, b"\0") + new + data[at + len(new) :]


@dataclass(eq=False)
class _File:
    cached: bytes = b""
    durable: bytes = b""
    dirty: list[Change] = field(default_factory=list[Change])

    def change(self, change: Change) -> None:
        self.cached = changed(self.cached, change)
        self.dirty.append(change)

    def survive(self, dice: random.Random, *, in_order: bool) -> None:
        """A power cut: of the changes that were not synced some have reached the disk, the last one perhaps in part."""
        count = dice.randint(0, len(self.dirty))
        kept = self.dirty[:count]
        if not in_order:
            kept = [change for change in self.dirty if dice.random() < 0.5]
        for change in kept:
            if isinstance(change, tuple) and change is kept[-1]:
                self.durable = changed(self.durable, (change[0], change[1][: dice.randint(0, len(change[1]))]))
            else:
                self.durable = changed(self.durable, change)
        self.cached, self.dirty = self.durable, []


class SimulatedDisk:
    """Implements `Fs`. `before` is called with the name of each call that changes something, and may raise."""

    def __init__(self, before: Callable[[str], None] | None = None) -> None:
        self.before = before or _nothing
        self.room = 10**9
        """So many bytes can still be written."""
        self.failing_syncs = 0
        """So many syncs will fail."""
        self.dead = False
        self._names: dict[Path, _File] = {}
        self._on_disk: dict[Path, _File] = {}
        self._open: dict[int, _File] = {}
        self._next = 100

    # ---- what happens to it -------------------------------------------------------------------------------------

    def die(self) -> None:
        """The process dies; what it has written can be read by the next one."""
        self._open.clear()
        self.dead = True

    def lose_power(self, dice: random.Random, *, in_order: bool = True) -> None:
        """The machine dies: what was not synced is there in part, or not at all."""
        self.die()
        for path in {*self._names, *self._on_disk}:
            if dice.random() < 0.5:
                self._settle_name(path)
        self._names = dict(self._on_disk)
        for file in self._names.values():
            file.survive(dice, in_order=in_order)

    def live(self) -> None:
        """A new process has it; there is room, and it is well."""
        self.dead, self.room, self.failing_syncs = False, 10**9, 0

    def flip(self, path: Path, at: int, bit: int) -> None:
        """Damage a bit for good."""
        file = self._names[path]
        spoilt = bytearray(file.cached)
        spoilt[at] ^= 1 << bit
        file.cached = file.durable = bytes(spoilt)

    def _settle_name(self, path: Path) -> None:
        if path in self._names:
            self._on_disk[path] = self._names[path]
        else:
            self._on_disk.pop(path, None)

    def _enter(self, call: str) -> None:
        if self.dead:
            raise Died
        self.before(call)
        if self.dead:
            raise Died

    # ---- Fs -----------------------------------------------------------------------------------------------------

    def make_dir(self, path: Path) -> None:
        self._enter("make_dir")

    def open_append(self, path: Path) -> int:
        self._enter("open_append")
        self._next += 1
        self._open[self._next] = self._names.setdefault(path, _File())
        return self._next

    def write(self, fd: int, data: bytes) -> int:
        self._enter("write")
        if not self.room:
            raise _failure(errno.ENOSPC)
        taken = data[: self.room]
        self.room -= len(taken)
        file = self._open[fd]
        file.change((len(file.cached), taken))
        return len(taken)

    def sync(self, fd: int) -> None:
        self._enter("sync")
        file = self._open[fd]
        dirty, file.dirty = file.dirty, []
        if self.failing_syncs:
            self.failing_syncs -= 1
            raise _failure(errno.EIO)
        for change in dirty:
            file.durable = changed(file.durable, change)

    def sync_dir(self, path: Path) -> None:
        self._enter("sync_dir")
        for name in {*self._names, *self._on_disk}:
            if name.parent == path:
                self._settle_name(name)

    def truncate(self, fd: int, size: int) -> None:
        self._enter("truncate")
        self._open[fd].change(size)

    def close(self, fd: int) -> None:
        self._open.pop(fd, None)

    def try_lock(self, fd: int) -> bool:
        return not self.dead

    def is_at(self, fd: int, path: Path) -> bool:
        return self._open[fd] is self._names.get(path)

    def read(self, path: Path) -> bytes:
        if self.dead:
            raise Died
        if path not in self._names:
            raise FileNotFoundError(errno.ENOENT, "No such file", str(path))
        return self._names[path].cached

    def exists(self, path: Path) -> bool:
        return path in self._names

    def rename(self, path: Path, target: Path) -> None:
        self._enter("rename")
        self._names[target] = self._names.pop(path)

    def remove(self, path: Path) -> None:
        self._enter("remove")
        self._names.pop(path, None)

    def remove_tree(self, path: Path) -> None:
        self._enter("remove_tree")
        for name in [name for name in self._names if path in name.parents]:
            del self._names[name]

    def stamp(self, path: Path) -> tuple[int, int]:
        return 0, len(self.read(path))

    def entries(self, path: Path) -> list[tuple[str, float]]:
        journals = [name for name in self._names if name.name == "journal.jsonl" and name.parent.parent == path]
        return [(name.parent.name, 0.0) for name in journals if self._names[name].cached]


def _nothing(_: str) -> None:
    """Happens before a call."""


def _failure(code: int) -> OSError:
    return OSError(code, os.strerror(code))
