"""The list of the sessions of a folder, without looking at all of them every time.

The truth is in the journals. What was seen of them is remembered in a database in the cache, which anybody may delete
at any time. It is brought up to date by what costs least:

- Sessions that had a living writer, and those that somebody says he has opened (see `notices`), are looked at again.
- Now and then all are, for writers of other hosts or with another cache: every few seconds, on slow disks less often.
- Whatever is about to be shown is looked at in any case.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from zlib import crc32

from strands_nb.engine.store import SessionEntry
from strands_nb.stores.database import Database
from strands_nb.stores.fs import RealFs
from strands_nb.stores.glance import glance
from strands_nb.stores.ids import is_session_id
from strands_nb.stores.lock import living_owner
from strands_nb.stores.notices import cache_file, heard, listen

__all__ = ("Indexed", "SessionIndex", "Wanted", "index_of")

VERSION: Final = 1
"""Raise it whenever a table, or what is kept as `digest`, changes."""
# What is remembered wrongly is found by looking; what the index of a table leaves out never is. So there is none.
_SCHEMA: Final = """
CREATE TABLE sessions (
  id TEXT, changed INTEGER, size INTEGER, owner TEXT, status TEXT, workflow TEXT, pattern TEXT
);
CREATE TABLE digests (id TEXT PRIMARY KEY, changed INTEGER, size INTEGER, crc INTEGER, digest BLOB);
CREATE TABLE looked (at REAL, took REAL, heard INTEGER);
"""
_STATUS: Final = "CASE WHEN status = 'running' AND owner IS NULL THEN 'interrupted' ELSE status END"
_PAGE: Final = f"""
SELECT page.*, digests.crc, CAST(digests.digest AS BLOB)
FROM (
  SELECT id, changed, size, owner, status, workflow, pattern FROM sessions
  WHERE status IS NOT NULL
    AND (:status IS NULL OR {_STATUS} = :status)
    AND (:workflow IS NULL OR workflow = :workflow)
    AND (:pattern IS NULL OR pattern = :pattern)
    AND (:before IS NULL OR changed < :before)
  ORDER BY changed DESC, id LIMIT :limit OFFSET :offset
) AS page LEFT JOIN digests USING (id, changed, size)
ORDER BY changed DESC, id
"""  # noqa: S608 - made of constants
_LOOKED: Final = "SELECT CAST(at AS REAL), CAST(took AS REAL), CAST(heard AS INTEGER) FROM looked"
_EVERY_S: Final = 3.0
_SHARE: Final = 20
"""Looking at everything may take one part in so many of the time."""
_MOST_DIGEST: Final = 65_536
_ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which sessions: None is any. `limit` None is all."""

    status: str | None = None
    workflow: str | None = None
    pattern_type: str | None = None
    before: datetime | None = None
    """Last updated before then."""
    offset: int = 0
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class _Row:
    """A session as it was seen: `status` as recorded, None where there is no record yet."""

    id: str
    changed: int
    size: int
    owner: str | None
    status: str | None
    workflow: str
    pattern: str

    def values(self) -> tuple[Any, ...]:
        return self.id, self.changed, self.size, self.owner, self.status, self.workflow, self.pattern


@dataclass(frozen=True, slots=True)
class Indexed:
    """A session of a page; `digest` is what was kept of it, None if nothing was since it last changed."""

    row: _Row
    digest: str | None

    @property
    def kind(self) -> tuple[str | None, str, str]:
        """Status as recorded, workflow and pattern, as they were seen."""
        return self.row.status, self.row.workflow, self.row.pattern

    @property
    def entry(self) -> SessionEntry:
        """Its line in the listing of the store."""
        row = self.row
        updated = datetime.fromtimestamp(row.changed / 1e9, UTC)
        return SessionEntry(row.id, updated, row.owner, f"{row.changed}-{row.size}")


@lru_cache(maxsize=16)
def index_of(storage_dir: Path) -> SessionIndex:
    """The index of a folder of sessions; one that can only be in memory lasts as long as the process."""
    return SessionIndex(storage_dir)


class SessionIndex:
    """What is known of the sessions of one folder; every method may block for a while, and any thread may call it.

    >>> SessionIndex(Path("/nowhere")).page(Wanted())
    []
    """

    def __init__(self, storage_dir: Path) -> None:
        self._dir, self._fs = storage_dir, RealFs()
        self._database = Database(cache_file(storage_dir, "sqlite"), _SCHEMA, VERSION)

    def page(self, wanted: Wanted) -> list[Indexed]:
        """The sessions that are wanted as they are now, most recently updated first."""
        return self._database.do(lambda database: _Listing(self._dir, self._fs, database).page(wanted))

    def keep(self, digests: Iterable[tuple[Indexed, str]]) -> None:
        """Remember what was made of journals, as long as they stay the same; nothing that is very long."""
        rows = [
            (one.row.id, one.row.changed, one.row.size, crc32(data), data)
            for one, text in digests
            if len(data := text.encode()) <= _MOST_DIGEST
        ]
        insert = "INSERT OR REPLACE INTO digests VALUES (?, ?, ?, ?, ?)"
        self._database.do(lambda database: _write(database, lambda: database.executemany(insert, rows)))

    def correct(self, found: Indexed, status: str | None, workflow: str = "", pattern_type: str = "") -> None:
        """What reading the whole journal has shown, where a glance was wrong; no status: it is no session."""
        row = found.row
        values = (status, workflow, pattern_type, row.id, row.changed, row.size)
        update = "UPDATE sessions SET status = ?, workflow = ?, pattern = ? WHERE id = ? AND changed = ? AND size = ?"
        self._database.do(lambda database: _write(database, lambda: database.execute(update, values)))

    def forget(self, session_id: str) -> None:
        """Keep nothing of a session that was deleted."""

        def work(database: sqlite3.Connection) -> None:
            for table in ("sessions", "digests"):
                _delete(database, table, [session_id])

        self._database.do(work)


class _Listing:
    """One look at the list."""

    def __init__(self, storage_dir: Path, fs: RealFs, database: sqlite3.Connection) -> None:
        self._dir, self._fs, self._database = storage_dir, fs, database

    def page(self, wanted: Wanted) -> list[Indexed]:
        heard_until = self._refresh()
        found, changed = list[Indexed](), dict[str, _Row | None]()
        for _ in range(_ATTEMPTS):
            found = [Indexed(_Row(*values[:-2]), _whole(*values[-2:])) for values in self._select(wanted)]
            changed = {one.row.id: seen for one in found if (seen := self._look(one.row.id, one.row)) != one.row}
            if len({one.row.id for one in found}) < len(found):
                message = "one session is there twice"
                raise sqlite3.DatabaseError(message)
            if not changed:
                return found
            self._note(changed, heard_until)
        # Some change faster than we look: these are shown as they were a moment ago.
        return [one for one in found if changed.get(one.row.id, one.row) is not None]

    def _select(self, wanted: Wanted) -> list[Any]:
        values = {
            "status": wanted.status,
            "workflow": wanted.workflow,
            "pattern": wanted.pattern_type,
            "before": int(wanted.before.timestamp() * 1e9) if wanted.before else None,
            "limit": -1 if wanted.limit is None else wanted.limit,
            "offset": wanted.offset,
        }
        return self._database.execute(_PAGE, values).fetchall()

    # ---- bringing it up to date ---------------------------------------------------------------------------------

    def _refresh(self) -> int:
        """Look at what may have changed; returns up to where notices have been heard."""
        until = _listen(self._dir)  # first: what happens while we look will be heard of next time
        last = self._database.execute(_LOOKED).fetchone()
        if last is None or until < max(0, last[2]) or not 0 <= time.time() - last[0] < max(_EVERY_S, _SHARE * last[1]):
            self._look_at_all(until)
        else:
            named = heard(self._dir, last[2], until) if until > last[2] else set[str]()
            owned = {row.id: row for row in self._known("owner IS NOT NULL")}
            again = {one: owned.get(one) for one in (*owned, *named) if is_session_id(one)}
            looked = {one: self._look(one, row) for one, row in again.items()}
            changed = {one: seen for one, seen in looked.items() if seen is None or seen != again[one]}
            if changed or until != last[2]:
                self._note(changed, until)
        return until

    def _look_at_all(self, until: int) -> None:
        began, at = time.perf_counter(), time.time()
        known = dict(_stamps_known(self._database))
        changed: dict[str, _Row | None] = {}
        for name, stamp in _stamps(self._dir):
            if known.pop(name, None) != stamp:
                changed[name] = self._look(name, None)
        owned = {row.id: self._look(row.id, row) for row in self._known("owner IS NOT NULL")}
        gone = dict.fromkeys(known)  # or being begun, which `owned` knows
        self._note(gone | owned | changed, until, looked=(at, time.perf_counter() - began))

    def _known(self, where: str) -> Iterator[_Row]:
        select = f"SELECT id, changed, size, owner, status, workflow, pattern FROM sessions WHERE {where}"  # noqa: S608
        return (_Row(*values) for values in self._database.execute(select))

    def _note(self, rows: dict[str, _Row | None], until: int, looked: tuple[float, float] | None = None) -> None:
        """Write down what was seen, None for what is gone; notices after `until` are still to be heard."""

        def write() -> None:
            _delete(self._database, "sessions", rows)
            _delete(self._database, "digests", [name for name, row in rows.items() if row is None])
            insert = "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?)"
            self._database.executemany(insert, [row.values() for row in rows.values() if row is not None])
            if looked is not None:
                self._database.execute("DELETE FROM looked")
                self._database.execute("INSERT INTO looked VALUES (?, ?, ?)", (*looked, until))
            self._database.execute("UPDATE looked SET heard = ?", (until,))

        _write(self._database, write)

    def _look(self, session_id: str, before: _Row | None) -> _Row | None:
        """A session as it is now; None where there is none."""
        folder = self._dir / session_id
        owner = living_owner(self._fs, folder)  # first: what a writer has written, it wrote before it let go
        journal = folder / "journal.jsonl"
        try:
            changed, size = self._fs.stamp(journal)
            if before is not None and (before.changed, before.size) == (changed, size):
                return replace(before, owner=owner)
            seen = glance(journal) if size else None
        except OSError:
            changed, size, seen = 0, 0, None
        if seen is None:
            return _Row(session_id, changed, size, owner, None, "", "") if owner or size else None
        return _Row(session_id, changed, size, owner, seen.status, seen.workflow, seen.pattern_type)


def _write(database: sqlite3.Connection, work: Callable[[], object]) -> None:
    """All of it or nothing."""
    database.execute("BEGIN IMMEDIATE")
    try:
        work()
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def _delete(database: sqlite3.Connection, table: str, session_ids: Iterable[str]) -> None:
    listed = json.dumps(list(session_ids))
    database.execute(f"DELETE FROM {table} WHERE id IN (SELECT value FROM json_each(?))", (listed,))  # noqa: S608


def _whole(crc: int | None, digest: bytes | None) -> str | None:
    """A digest, if it is what was kept: SQLite does not notice a damaged byte."""
    return digest.decode() if digest is not None and crc32(digest) == crc else None


def _listen(storage_dir: Path) -> int:
    try:
        return listen(storage_dir)
    except OSError:  # no cache, no notices: everything is looked at every time
        return -1


def _stamps_known(database: sqlite3.Connection) -> Iterator[tuple[str, tuple[int, int]]]:
    """What `_stamps` gave when we last looked; of what was no session then, nothing that it can give."""
    found = database.execute("SELECT id, CASE WHEN status IS NULL THEN -1 ELSE changed END, size FROM sessions")
    return ((name, (changed, size)) for name, changed, size in found)


def _stamps(storage_dir: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    """The sessions of a folder, with the last change and the size of their journals."""
    try:
        names = os.listdir(storage_dir)  # noqa: PTH208 - as below
    except OSError:
        return
    root = os.fspath(storage_dir)
    for name in names:
        if is_session_id(name):
            with suppress(OSError):  # no session
                found = os.stat(f"{root}/{name}/journal.jsonl")  # noqa: PTH116 - ten thousand times
                yield name, (found.st_mtime_ns, found.st_size)
