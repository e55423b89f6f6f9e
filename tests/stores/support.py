"""Events to store, and a few shapes of sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strands_nb.engine.store import settled
from strands_nb.testing.stores.support import count, event, put, run, values

if TYPE_CHECKING:
    from strands_nb.engine.store import Durable

__all__ = ("count", "event", "outcome", "put", "run", "values")


async def outcome(durable: Durable) -> BaseException | None:
    """How an append ended."""
    try:
        await settled(durable)
    except Exception as error:  # noqa: BLE001 - the test looks at it
        return error
    return None
