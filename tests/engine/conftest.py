"""Stores and clocks for the engine's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from strands_nb.stores import FileSessionRepository
from strands_nb.testing import MemorySessionRepository
from tests.engine.support import VirtualTime

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from strands_nb.engine.store import SessionRepository


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> SessionRepository:
    """Each test that takes it runs on every store."""
    return MemorySessionRepository() if request.param == "memory" else FileSessionRepository(tmp_path)


@pytest.fixture
def virtual() -> Iterator[VirtualTime]:
    """An engine thread whose seconds pass in no time."""
    time = VirtualTime()
    yield time
    time.stop()
