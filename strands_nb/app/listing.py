"""The sessions of a store as lines of a list: what each is, how far it is, what it waits for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from strands_nb.app.digests import Digest, Digests
from strands_nb.engine.payloads import QuestionData
from strands_nb.engine.state import RunStatus
from strands_nb.engine.store import SessionEntry, SessionLookup, SessionRepository
from strands_nb.errors import SessionNotFoundError
from strands_nb.stores import FileSessionRepository
from strands_nb.stores.index import Indexed, SessionIndex, Wanted, index_of

__all__ = ("SessionSummary", "Wanted", "entry_of", "forget", "summaries", "summary_of")

_ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """One line of a listing."""

    session_id: str
    workflow: str
    pattern_type: str
    status: RunStatus
    updated_at: datetime
    done: int
    units: int
    tokens: int
    questions: tuple[QuestionData, ...]
    owner: str | None = None
    error: str | None = None
    created_at: datetime | None = None
    cost: float | None = None
    """US dollars; None where it is unknown."""
    spec_hash: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict[str, Any])
    token_usage: Mapping[str, int] = field(default_factory=dict[str, int])
    """Tokens by agent."""
    artifacts_written: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The line as plain JSON."""
        return {
            "session_id": self.session_id,
            "workflow": self.workflow,
            "pattern_type": self.pattern_type,
            "status": self.status,
            "created_at": self.created_at.isoformat() if self.created_at else None,
            "updated_at": self.updated_at.isoformat(),
            "units_done": self.done,
            "units": self.units,
            "tokens": self.tokens,
            "cost": self.cost,
            "questions": [
                {"question_id": q["question_id"], "key": q["key"], "prompt": q["prompt"]} for q in self.questions
            ],
            "owner": self.owner,
            "error": self.error,
        }


async def summaries(
    store: SessionRepository, wanted: Wanted | None = None, *, digests: Digests | None = None
) -> list[SessionSummary]:
    """The sessions of a store that are wanted (by default: all), most recently updated first."""
    wanted, digests = wanted or Wanted(), digests or Digests()
    if isinstance(store, FileSessionRepository):
        return await _indexed(store, index_of(store.storage_dir.absolute()), wanted, digests)
    found: list[SessionSummary] = []
    end = None if wanted.limit is None else wanted.offset + wanted.limit
    for listed in await store.list():
        if len(found) == end:
            break
        entry = await _versioned(store, listed)
        summary = _summary(entry, json.loads(await digests.of(store, entry)))
        if summary is not None and _fits(summary, wanted):
            found.append(summary)
    return found[wanted.offset : end]


async def _versioned(store: SessionRepository, entry: SessionEntry) -> SessionEntry:
    """The same with its version, where the listing does not tell it and the store can; without, where it is gone."""
    if entry.version is None and isinstance(store, SessionLookup):
        with suppress(SessionNotFoundError):
            return await store.entry(entry.session_id)
    return entry


async def summary_of(store: SessionRepository, session_id: str, *, digests: Digests | None = None) -> SessionSummary:
    """The line of one session; read only if it has changed, where the store can tell.

    Raises:
        SessionNotFoundError: there is no such session.
    """
    entry = await entry_of(store, session_id)
    summary = _summary(entry, json.loads(await (digests or Digests()).of(store, entry)))
    if summary is None:
        raise _unknown(session_id)
    return summary


async def entry_of(store: SessionRepository, session_id: str) -> SessionEntry:
    """What the listing of its store says of a session, also of a damaged one; reads nothing.

    Raises:
        SessionNotFoundError: there is no such session.
    """
    if isinstance(store, SessionLookup):
        return await store.entry(session_id)
    for entry in await store.list():
        if entry.session_id == session_id:
            return entry
    raise _unknown(session_id)


def _unknown(session_id: str) -> SessionNotFoundError:
    message = f"no session {session_id!r}; `strands-nb sessions list` shows those there are"
    return SessionNotFoundError(message, session_id=session_id)


def _summary(entry: SessionEntry, digest: Digest | None) -> SessionSummary | None:
    """The line of a session; None where there is no record yet."""
    if digest is None:
        return None
    status = digest["status"]
    created = datetime.fromisoformat(digest["created_at"]) if digest["created_at"] else None
    return SessionSummary(
        session_id=entry.session_id,
        workflow=digest["workflow"],
        pattern_type=digest["pattern_type"],
        status="interrupted" if status == "running" and entry.owner is None else status,
        updated_at=entry.updated_at,
        done=digest["done"],
        units=digest["units"],
        tokens=digest["tokens"],
        questions=tuple(digest["questions"]),
        owner=entry.owner,
        error=digest["error"],
        created_at=min(created, entry.updated_at) if created else None,  # the clock of a disk ticks more slowly
        cost=digest["cost"],
        spec_hash=digest["spec_hash"],
        variables=digest["variables"],
        token_usage=digest["token_usage"],
        artifacts_written=tuple(digest["artifacts_written"]),
    )


def _fits(one: SessionSummary, wanted: Wanted) -> bool:
    asked = ((wanted.status, one.status), (wanted.workflow, one.workflow), (wanted.pattern_type, one.pattern_type))
    early = wanted.before is None or one.updated_at < wanted.before
    return early and all(value in (None, actual) for value, actual in asked)


async def forget(store: SessionRepository, session_id: str) -> None:
    """Keep nothing of a session that was deleted."""
    if isinstance(store, FileSessionRepository):
        await asyncio.to_thread(index_of(store.storage_dir.absolute()).forget, session_id)


# ---- a folder with its index ----------------------------------------------------------------------------------------


async def _indexed(
    store: FileSessionRepository, index: SessionIndex, wanted: Wanted, digests: Digests
) -> list[SessionSummary]:
    """By the index; where it has no digest, the journal is read, and may show that the index was wrong."""
    found: list[SessionSummary] = []
    for _ in range(_ATTEMPTS):
        page = await asyncio.to_thread(index.page, wanted)
        texts = [one.digest or await digests.of(store, one.entry) for one in page]
        for one, text in zip(page, texts, strict=True):
            digests.put(one.entry, text)
        found, right = await asyncio.to_thread(_learned, index, list(zip(page, texts, strict=True)))
        if right:
            break
    return [summary for summary in found if _fits(summary, wanted)]


def _learned(index: SessionIndex, page: list[tuple[Indexed, str]]) -> tuple[list[SessionSummary], bool]:
    """The lines of a page, and whether the index was right about them; it is told what it did not know."""
    if fresh := [(one, text) for one, text in page if one.digest is None]:
        index.keep(fresh)
    found: list[SessionSummary] = []
    right = True
    for one, text in page:
        digest: Digest | None = json.loads(text)
        kind = (digest["status"], digest["workflow"], digest["pattern_type"]) if digest else (None, "", "")
        if kind != one.kind:
            index.correct(one, *kind)
            right = False
        if (summary := _summary(one.entry, digest)) is not None:
            found.append(summary)
    return found, right
