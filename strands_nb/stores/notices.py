"""Notices of who opens which session, for those who list them: a hint in the cache, never part of the truth.

A list of ten thousand sessions cannot look at each of them every time. So whoever opens or deletes one says so, in
one line of a file that is there only where somebody lists. Without it, a list is right a few seconds later.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from strands_nb.settings import cache_home

__all__ = ("cache_file", "heard", "listen", "notify")

_MOST_BYTES: Final = 1_000_000
"""Then the file begins anew, and lists look at everything once."""


def cache_file(storage_dir: Path, suffix: str) -> Path:
    """The file in the cache that is about this folder of sessions."""
    return cache_home() / "sessions" / f"{_name(storage_dir.absolute())}.{suffix}"


@lru_cache(maxsize=64)
def _name(storage_dir: Path) -> str:
    return sha256(os.fsencode(os.path.realpath(storage_dir))).hexdigest()[:16]


def notify(storage_dir: Path, session_id: str) -> None:
    """Say that a session has been opened or deleted, to whom it may concern; costs nothing where nobody lists."""
    with suppress(OSError):
        fd = os.open(cache_file(storage_dir, "notices"), os.O_WRONLY | os.O_APPEND | getattr(os, "O_CLOEXEC", 0))
        try:
            if os.fstat(fd).st_size > _MOST_BYTES:
                os.ftruncate(fd, 0)
            os.write(fd, f"{session_id}\n".encode())
        finally:
            os.close(fd)


def listen(storage_dir: Path) -> int:
    """Have notices kept from now on; returns how many bytes there are.

    Raises:
        OSError: the cache cannot be written.
    """
    fd = os.open(cache_file(storage_dir, "notices"), os.O_WRONLY | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        return os.fstat(fd).st_size
    finally:
        os.close(fd)


def heard(storage_dir: Path, since: int, until: int) -> set[str]:
    """The sessions named between two places of the notices."""
    with suppress(OSError), cache_file(storage_dir, "notices").open("rb") as file:
        file.seek(since)
        return set(file.read(until - since).decode("ascii", "replace").split())
    return set()
