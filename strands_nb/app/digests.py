"""What journals come to, made once for each version of them."""

from __future__ import annotations

import asyncio
import json
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, TypedDict

from strands_nb.app.shown import progress
from strands_nb.engine.events import Event, RunCancelled, RunCompleted, RunFailed, RunResumed, RunStarted, Spent
from strands_nb.engine.payloads import QuestionData
from strands_nb.engine.state import EMPTY, RunStatus, fold
from strands_nb.engine.store import SessionEntry, SessionRepository
from strands_nb.errors import SessionCorruptedError, SessionNotFoundError
from strands_nb.stores import FileSessionRepository

__all__ = ("Digest", "Digests")


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


async def _read(store: SessionRepository, session_id: str) -> str:
    """The digest of a session as JSON, by reading all of it; of a damaged one, what is left of it."""
    damage: str | None = None
    try:
        try:
            events = await store.read(session_id)
        except SessionCorruptedError as error:
            damage = str(error)
            events = await _left(store, session_id)
    except SessionNotFoundError:
        return "null"  # deleted meanwhile, never begun, or no session at all
    return await asyncio.to_thread(lambda: json.dumps(_digest(events, damage)))


async def _left(store: SessionRepository, session_id: str) -> Sequence[Event]:
    """What can be read of a damaged session."""
    return (await store.salvage(session_id)).events if isinstance(store, FileSessionRepository) else []


def _digest(events: Sequence[Event], damage: str | None) -> Digest | None:
    if not events:
        return _damaged(damage) if damage else None  # a process that died before its first record
    state = fold(EMPTY, events)
    done, units = progress(state)
    digest: Digest = {
        "workflow": events[0].spec_name,
        "pattern_type": events[0].pattern_type,
        "status": "interrupted" if damage else state.status,
        "done": done,
        "units": units,
        "tokens": state.tokens,
        "questions": [] if damage else list(state.questions.values()),  # nobody can answer them as it is
        "error": damage or state.error,
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
