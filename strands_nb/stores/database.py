"""A small SQLite database in the cache: whatever happens to it, it begins anew, and nobody is told."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final, TypeVar

from strands_nb.stores.fs import RealFs

__all__ = ("Database",)

T = TypeVar("T")
_log = logging.getLogger("strands_nb.sessions")
_BUSY_S: Final = 2.0
_ATTEMPTS: Final = 4
_PAUSE_S: Final = 0.01
_IN_MEMORY_S: Final = 60.0
_OLD_S: Final = 90 * 86_400
"""Databases that nobody has written to for so long are removed when a new one is made."""
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR})
"""`SQLITE_ERROR` is a table that is not as we make it."""


class Database:
    """A file with the tables of `schema`. One that is damaged or of another version is thrown away.

    Connections last for one piece of work: the file may disappear, and other processes come and go. Where there can
    be no file, another database in memory does for a while, as long as this object lives.
    """

    def __init__(self, path: Path, schema: str, version: int) -> None:
        self._path, self._schema, self._version = path, schema, version
        self._in_memory: sqlite3.Connection | None = None
        self._in_memory_until = 0.0
        self._one_at_a_time = threading.Lock()

    def do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do `work` with a connection; it may have to be done again from its start."""
        if time.monotonic() >= self._in_memory_until:
            for attempt in range(_ATTEMPTS):
                try:
                    with closing(self._connect()) as database:
                        return work(database)
                except (sqlite3.DatabaseError, TypeError, ValueError, OSError) as error:
                    _log.debug("%s cannot be used: %s", self._path, error)
                    if _is_locked(error):
                        break
                    if _is_damage(error):
                        self._discard()
                    time.sleep(attempt * _PAUSE_S)  # somebody may be deleting the folder
            self._in_memory_until = time.monotonic() + _IN_MEMORY_S
        with self._one_at_a_time:
            return work(self._memory())

    def _memory(self) -> sqlite3.Connection:
        if self._in_memory is None:
            self._in_memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            self._in_memory.executescript(self._schema)
            weakref.finalize(self, self._in_memory.close)
        return self._in_memory

    def _connect(self) -> sqlite3.Connection:
        if not self._path.exists():
            RealFs().make_dir(self._path.parent)
            _remove_old(self._path.parent)
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite would leave it open to all
        database = sqlite3.connect(self._path, timeout=_BUSY_S, isolation_level=None)
        try:
            database.execute("PRAGMA synchronous = OFF")  # a power cut costs a database that is made again
            database.execute("PRAGMA secure_delete = ON")  # what is deleted is gone here too
            if database.execute("PRAGMA user_version").fetchone()[0] != self._version:
                self._make(database)
        except BaseException:
            database.close()
            raise
        return database

    def _make(self, database: sqlite3.Connection) -> None:
        """Make the tables in the place of whatever is there."""
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("BEGIN IMMEDIATE")
        if database.execute("PRAGMA user_version").fetchone()[0] != self._version:  # else another process was first
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                database.execute(f'DROP TABLE "{name}"')
            for statement in filter(str.strip, self._schema.split(";")):
                database.execute(statement)
            database.execute(f"PRAGMA user_version = {self._version}")
        database.execute("COMMIT")

    def _discard(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            with suppress(OSError):
                Path(f"{self._path}{suffix}").unlink(missing_ok=True)


def _is_damage(error: Exception) -> bool:
    """Whether it lies in the file, and not in its surroundings (a full disk, a lock, missing rights).

    A damaged byte may also make a value of another type, or a text that is no UTF-8.
    """
    code = getattr(error, "sqlite_errorcode", None)
    return not isinstance(error, OSError) if code is None else code & 0xFF in _DAMAGED


def _is_locked(error: Exception) -> bool:
    """Whether somebody else has held it for longer than anybody should be waited for."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _remove_old(folder: Path) -> None:
    """Folders of sessions come and go; what was remembered of them must not pile up."""
    for path in folder.iterdir():
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - _OLD_S:
                path.unlink()
