"""The sessions of a store as lines of a list: what each is, how far it is, what it waits for."""

from __future__ import annotations

import asyncio
import json
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypedDict

from strands_nb.app.shown import progress
from strands_nb.engine.events import Event, RunCancelled, RunCompleted, RunFailed, RunResumed, RunStarted, Spent
from strands_nb.engine.payloads import QuestionData
from strands_nb.engine.state import EMPTY, RunStatus, fold
from strands_nb.engine.store import SessionEntry, SessionLookup, SessionRepository
from strands_nb.errors import SessionCorruptedError, SessionNotFoundError
from strands_nb.stores import FileSessionRepository
from strands_nb.stores.index import Indexed, SessionIndex, Wanted, index_of

__all__ = ("Digests", "SessionSummary", "Wanted", "summaries", "summary_of")

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


class Digest(TypedDict):
    """What a journal comes to, as plain JSON; who runs the session is no part of it."""

    workflow: str
    pattern_type: str
    status: RunStatus
    done: int
    units: int
    tokens: int
    questions: list[QuestionData]
    error: str | None
    created_at: str | None
    cost: float | None
    spec_hash: str
    variables: dict[str, Any]
    token_usage: dict[str, int]
    artifacts_written: list[str]


class Digests:
    """Digests by session and version, the latest `most` of them for `seconds`; as text, so that nobody shares one."""

    def __init__(self, most: int = 1000, seconds: float = 300.0) -> None:
        self._kept: OrderedDict[str, tuple[str, float, str]] = OrderedDict()
        self._most, self._seconds = most, seconds

    async def of(self, store: SessionRepository, entry: SessionEntry) -> str:
        """The digest of a session as JSON, read only if it has changed; `null` where there is none."""
        version, until, text = self._kept.get(entry.session_id, ("", 0.0, ""))
        if version == entry.version and until > time.monotonic():
            self._kept.move_to_end(entry.session_id)
            return text
        text = await _read(store, entry.session_id)
        self.put(entry, text)
        return text

    def put(self, entry: SessionEntry, text: str) -> None:
        """Keep a digest that was made of this version, or of a later one."""
        if entry.version is not None:
            self._kept[entry.session_id] = entry.version, time.monotonic() + self._seconds, text
            self._kept.move_to_end(entry.session_id)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def drop(self, session_id: str) -> None:
        """Forget a session."""
        self._kept.pop(session_id, None)


async def summaries(
    store: SessionRepository, wanted: Wanted | None = None, *, digests: Digests | None = None
) -> list[SessionSummary]:
    """The sessions of a store that are wanted (by default: all), most recently updated first."""
    wanted, digests = wanted or Wanted(), digests or Digests()
    if isinstance(store, FileSessionRepository):
        return await _indexed(store, index_of(store.storage_dir.absolute()), wanted, digests)
    found: list[SessionSummary] = []
    end = None if wanted.limit is None else wanted.offset + wanted.limit
    for entry in await store.list():
        if len(found) == end:
            break
        summary = _summary(entry, json.loads(await digests.of(store, entry)))
        if summary is not None and _fits(summary, wanted):
            found.append(summary)
    return found[wanted.offset : end]


async def summary_of(store: SessionRepository, session_id: str, *, digests: Digests | None = None) -> SessionSummary:
    """The line of one session; read only if it has changed, where the store can tell.

    Raises:
        SessionNotFoundError: there is no such session.
    """
    if isinstance(store, SessionLookup):
        entry = await store.entry(session_id)
    else:
        entry = next((one for one in await store.list() if one.session_id == session_id), None)
    summary = _summary(entry, json.loads(await (digests or Digests()).of(store, entry))) if entry else None
    if summary is None:
        message = f"no session {session_id!r}; `strands-nb sessions list` shows those there are"
        raise SessionNotFoundError(message, session_id=session_id)
    return summary


def _summary(entry: SessionEntry, digest: Digest | None) -> SessionSummary | None:
    """The line of a session; None where there is no record yet."""
    if digest is None:
        return None
    status, created = digest["status"], digest["created_at"]
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
        created_at=datetime.fromisoformat(created) if created else None,
        cost=digest["cost"],
        spec_hash=digest["spec_hash"],
        variables=digest["variables"],
        token_usage=digest["token_usage"],
        artifacts_written=tuple(digest["artifacts_written"]),
    )


def _fits(summary: SessionSummary, wanted: Wanted) -> bool:
    return wanted.takes(status=summary.status, workflow=summary.workflow, pattern_type=summary.pattern_type)


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


# ---- journals -------------------------------------------------------------------------------------------------------


async def _read(store: SessionRepository, session_id: str) -> str:
    """The digest of a session as JSON, by reading all of it."""
    try:
        events = await store.read(session_id)
    except SessionNotFoundError:
        return "null"  # deleted meanwhile, never begun, or no session at all
    except SessionCorruptedError as error:
        return json.dumps(_damaged(str(error)))
    return await asyncio.to_thread(lambda: json.dumps(_digest(events)))


def _digest(events: Sequence[Event]) -> Digest | None:
    if not events:
        return None  # a process that died before its first record
    state = fold(EMPTY, events)
    done, units = progress(state)
    digest: Digest = {
        "workflow": events[0].spec_name,
        "pattern_type": events[0].pattern_type,
        "status": state.status,
        "done": done,
        "units": units,
        "tokens": state.tokens,
        "questions": list(state.questions.values()),
        "error": state.error,
        "created_at": events[0].timestamp.isoformat(),
        "cost": state.cost,
        "spec_hash": "",
        "variables": {},
        "token_usage": {},
        "artifacts_written": [],
    }
    _add_details(digest, events)
    return digest


def _add_details(digest: Digest, events: Sequence[Event]) -> None:
    """What the picture of a run leaves out."""
    for event in events:
        match event:
            case RunStarted(data=data) | RunResumed(data=data):
                digest["spec_hash"] = data["spec_hash"]
                digest["variables"] = data.get("variables", digest["variables"])
            case RunCompleted(data=data) | RunFailed(data=data) | RunCancelled(data=data):
                digest["artifacts_written"] = data["artifacts"]
            case Spent(data=data) if tokens := data["usage"]["input"] + data["usage"]["output"]:
                usage = digest["token_usage"]
                usage[data["agent"]] = usage.get(data["agent"], 0) + tokens
            case _:
                pass


def _damaged(error: str) -> Digest:
    return {
        "workflow": "?",
        "pattern_type": "?",
        "status": "interrupted",
        "done": 0,
        "units": 0,
        "tokens": 0,
        "questions": [],
        "error": error,
        "created_at": None,
        "cost": None,
        "spec_hash": "",
        "variables": {},
        "token_usage": {},
        "artifacts_written": [],
    }
