"""The store that `docs/stores.md` shows: sessions in one SQLite file."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from strands_nb import SessionBusyError, SessionNotFoundError
from strands_nb.engine.events import Event, dump_event, load_event
from strands_nb.engine.store import SessionEntry

TABLES = """
    CREATE TABLE IF NOT EXISTS records (session, seq, at, body, PRIMARY KEY (session, seq));
    CREATE TABLE IF NOT EXISTS owners (session PRIMARY KEY, token, who);
"""
CLAIM = "INSERT OR IGNORE INTO owners VALUES (?, ?, ?)"
TAKE_OVER = "INSERT OR REPLACE INTO owners VALUES (?, ?, ?)"
APPEND = """
    INSERT INTO records SELECT ?1, ?2, ?3, ?4
    WHERE ?5 = (SELECT token FROM owners WHERE session = ?1)
    AND ?2 = (SELECT count(*) FROM records WHERE session = ?1)
    RETURNING seq
"""
LIST = """
    SELECT session, max(at), (SELECT who FROM owners WHERE owners.session = records.session)
    FROM records GROUP BY session ORDER BY max(at) DESC
"""


class SqliteSessionRepository:
    """Sessions in one SQLite file on this machine."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.who = f"process {os.getpid()} on {socket.gethostname()}"
        self.tokens: dict[str, str] = {}
        with closing(sqlite3.connect(path)) as db:
            db.executescript(TABLES)

    def sql(self, statement: str, *values: Any) -> list[Any]:
        with closing(sqlite3.connect(self.path)) as db, db:
            return db.execute(statement, values).fetchall()

    async def read(self, session_id: str) -> list[Event]:
        rows = self.sql("SELECT body FROM records WHERE session = ? ORDER BY seq", session_id)
        if not rows:
            raise SessionNotFoundError(f"no session {session_id!r} in {self.path}", session_id=session_id)
        return [load_event(json.loads(body)) for (body,) in rows]

    async def claim(self, session_id: str, *, take_over: bool = False) -> None:
        token = uuid4().hex
        self.sql(TAKE_OVER if take_over else CLAIM, session_id, token, self.who)
        ((owner, who),) = self.sql("SELECT token, who FROM owners WHERE session = ?", session_id)
        if owner != token:
            raise SessionBusyError(f"session {session_id} runs in {who}", session_id=session_id, owner=who)
        self.tokens[session_id] = token

    def append(self, session_id: str, event: Event) -> None:
        at, token = datetime.now(UTC).isoformat(), self.tokens.get(session_id)
        body = json.dumps(dump_event(event))  # ASCII: SQLite keeps no half surrogates
        if not self.sql(APPEND, session_id, event.seq, at, body, token):
            raise SessionBusyError(f"session {session_id} has another writer", session_id=session_id)

    async def release(self, session_id: str) -> None:
        self.sql("DELETE FROM owners WHERE token = ?", self.tokens.pop(session_id, None))

    async def list(self) -> list[SessionEntry]:
        return [SessionEntry(name, datetime.fromisoformat(at), who) for name, at, who in self.sql(LIST)]

    async def delete(self, session_id: str) -> None:
        await self.claim(session_id)
        try:
            await self.read(session_id)
            self.sql("DELETE FROM records WHERE session = ?", session_id)
        finally:
            await self.release(session_id)
