"""How safe sessions are kept: on the disk at each step, sooner or later, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.app import Workflow
from strands_nb.errors import BuildError, SessionNotFoundError
from strands_nb.stores import FileSessionRepository
from strands_nb.testing import MemorySessionRepository
from tests.app.support import TWO_AND_A_GATE

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STRANDS_NB_HOME", str(tmp_path))
    return tmp_path


def workflow(**options: Any) -> Workflow:
    return Workflow.from_yaml(TWO_AND_A_GATE).with_options(model="scripted", **options)


def test_in_memory_a_session_is_resumed_in_its_process_and_leaves_no_file(home: Path) -> None:
    paused = workflow(durability="memory").run()
    assert paused.status == "paused"
    assert list(home.iterdir()) == []
    with pytest.raises(SessionNotFoundError):
        workflow().resume(paused.session_id, approve=True)
    assert workflow(durability="memory").resume(paused.session_id, approve=True).success, "also by another object"


@pytest.mark.parametrize("durability", ["step", "fast", None])
def test_on_the_disk_a_session_outlives_its_process(home: Path, durability: Any) -> None:
    paused = workflow(durability=durability).run()
    assert (home / "sessions" / paused.session_id / "journal.jsonl").exists()
    assert workflow().resume(paused.session_id, approve=True).success


def test_it_decides_whether_there_are_syncs() -> None:
    chosen = [workflow(durability=name).store for name in ("step", "fast")]
    assert [store._durability for store in chosen if isinstance(store, FileSessionRepository)] == ["step", "fast"]


def test_one_that_there_is_not_is_refused() -> None:
    with pytest.raises(BuildError, match="no durability 'disk'; there are: step, fast, memory"):
        workflow(durability="disk")


def test_a_store_of_ones_own_has_its_own() -> None:
    with pytest.raises(BuildError, match="FileSessionRepository"):
        workflow(durability="fast", store=MemorySessionRepository())
