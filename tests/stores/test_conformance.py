"""What every store promises, run on each of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strands_nb.stores import FileSessionRepository, S3SessionRepository
from strands_nb.testing import MemorySessionRepository
from strands_nb.testing.stores import OneObjectContract, SessionRepositoryContract
from tests.stores.example import SqliteSessionRepository
from tests.stores.support import put, run, values

if TYPE_CHECKING:
    from pathlib import Path

    from strands_nb.engine.store import SessionRepository
    from strands_nb.stores.file import Durability
    from tests.stores.s3 import Server


class TestMemory(OneObjectContract):
    def make_store(self) -> SessionRepository:
        return MemorySessionRepository()


class TestFile(SessionRepositoryContract):
    durability: Durability = "step"

    @pytest.fixture(autouse=True)
    def _place(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "sessions"

    def make_store(self) -> SessionRepository:
        return FileSessionRepository(self.folder, durability=self.durability)

    def reopen(self, store: SessionRepository) -> SessionRepository:
        return self.make_store()


class TestFastFile(TestFile):
    durability = "fast"


class TestExample(SessionRepositoryContract):
    """The store that the documentation shows, into which `broken.py` puts its faults."""

    @pytest.fixture(autouse=True)
    def _place(self, tmp_path: Path) -> None:
        self.path = tmp_path / "sessions.db"

    def make_store(self) -> SessionRepository:
        return SqliteSessionRepository(self.path)

    def reopen(self, store: SessionRepository) -> SessionRepository:
        return self.make_store()


class TestS3(SessionRepositoryContract):
    time_step = 1.1  # S3 dates its objects to the second

    @pytest.fixture(autouse=True)
    def _place(self, s3: Server) -> None:
        self.server = s3

    def make_store(self) -> SessionRepository:
        return self.server.store()

    def reopen(self, store: SessionRepository) -> SessionRepository:
        return self.server.store(cast("S3SessionRepository", store).prefix)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=JSON)
def test_any_json_comes_back_as_it_was(tmp_path: Path, value: Any) -> None:
    for store in (MemorySessionRepository(), FileSessionRepository(tmp_path / "sessions")):
        run(put(store, [value]))
        assert run(values(store))[-1] == value
