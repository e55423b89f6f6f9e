"""What the tests of stores are made of: events that carry any JSON, and a few ways to write and read them."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, TypeVar

import pytest

from strands_nb.engine.events import Noted
from strands_nb.engine.store import SessionRepository, settled
from strands_nb.errors import SessionNotFoundError

__all__ = ("StoreTests", "count", "event", "put", "run", "values")

T = TypeVar("T")
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


class StoreTests(ABC):
    """What all parts of the contract share."""

    time_step: ClassVar[float] = 0.02
    """Seconds after which the store can tell a later update of a session from an earlier one of another."""

    @abstractmethod
    def make_store(self) -> SessionRepository:
        """A new store that holds nothing."""

    @pytest.fixture
    def store(self) -> SessionRepository:
        """The store of one test."""
        return self.make_store()


def event(seq: int, value: Any = None, session_id: str = "s") -> Noted:  # noqa: ANN401 - any JSON
    """An event that carries any JSON; each is a second later than the one before."""
    at = _BEGIN + timedelta(seconds=seq)
    return Noted(seq, "note", at, session_id, "w", "chain", f"notes/{seq}", {"value": value})


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end; as far as event loops go, each call is a process of its own."""
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
    try:
        return len(await store.read(session_id))
    except SessionNotFoundError:
        return 0


async def values(store: SessionRepository, session_id: str = "s") -> list[Any]:
    """What the events carry."""
    return [each.data["value"] for each in await store.read(session_id) if isinstance(each, Noted)]
