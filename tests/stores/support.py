"""Events to store, and a few shapes of sessions."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from strands_nb.engine import events as ev
from strands_nb.engine.store import Durable, SessionRepository, settled

T = TypeVar("T")
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def event(seq: int, value: Any = None, session_id: str = "s") -> ev.Noted:
    """An event that carries any JSON."""
    at = BEGIN + timedelta(seconds=seq)
    return ev.Noted(seq, "note", at, session_id, "w", "chain", f"notes/{seq}", {"value": value})


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine; each call is a process of its own as far as event loops go."""
    return asyncio.run(work)


async def put(store: SessionRepository, values: Sequence[Any], session_id: str = "s") -> None:
    """Claim, write the values as events after those there are, let go."""
    await store.claim(session_id)
    try:
        first = await count(store, session_id)
        for seq, value in enumerate(values, first):
            await settled(store.append(session_id, event(seq, value, session_id)))
    finally:
        await store.release(session_id)


async def count(store: SessionRepository, session_id: str = "s") -> int:
    """How many events there are."""
    from strands_nb.errors import SessionNotFoundError

    try:
        return len(await store.read(session_id))
    except SessionNotFoundError:
        return 0


async def values(store: SessionRepository, session_id: str = "s") -> list[Any]:
    """What the events carry."""
    return [each.data["value"] for each in await store.read(session_id) if isinstance(each, ev.Noted)]


async def outcome(durable: Durable) -> BaseException | None:
    """How an append ended."""
    try:
        await settled(durable)
    except Exception as error:  # noqa: BLE001 - the test looks at it
        return error
    return None
