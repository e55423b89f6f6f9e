"""Sessions under one roof, in memory and in files: listed, looked up, gone on with, copied, thrown away."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from strands_nb import ResumeClient, SessionManager, SessionState, Workflow
from strands_nb.app import digests, reopen
from strands_nb.engine.events import Event
from strands_nb.engine.loop import engine_loop
from strands_nb.engine.store import SessionEntry
from strands_nb.errors import InvalidAnswerError, SessionBusyError, SessionError, SessionNotFoundError
from strands_nb.stores import FileSessionRepository
from strands_nb.testing import MemorySessionRepository
from tests.app.support import TWO_AND_A_GATE, flow, until

THREE = "agents: {a: {prompt: A}, b: {prompt: B}}\nsteps: [{a: one}, {b: two}, {b: 'three {{ topic | default(0) }}'}]"


class CountingFiles(FileSessionRepository):
    """Counts how often a journal is read."""

    reads = 0

    async def read(self, session_id: str) -> Sequence[Event]:
        self.reads += 1
        return await super().read(session_id)


class BareStore:
    """A store that offers only what it must: no look-up, no versions."""

    def __init__(self) -> None:
        self._inner = MemorySessionRepository()
        for name in ("read", "claim", "append", "release", "delete"):
            setattr(self, name, getattr(self._inner, name))

    async def list(self) -> list[SessionEntry]:
        return [dataclasses.replace(entry, version=None) for entry in await self._inner.list()]


@pytest.fixture(params=["memory", "files", "bare"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    match request.param:
        case "memory":
            return MemorySessionRepository()
        case "files":
            return FileSessionRepository(tmp_path)
        case _:
            return BareStore()


@pytest.fixture
def manager(store: Any) -> SessionManager:
    return SessionManager(storage=store)


def run(work: Any) -> Any:
    return asyncio.run(work)


def ids(found: Sequence[SessionState]) -> list[str]:
    return [one.session_id for one in found]


def filled(store: Any, **more: Any) -> Any:
    """Three sessions: one that asks, one that is done, one that failed, in this order."""
    workflow = flow(TWO_AND_A_GATE, store=store, model="scripted", **more)
    workflow.with_options(session="asks").run(topic="fog")
    time.sleep(0.012)  # the clock of a disk ticks slowly
    workflow.with_options(session="done", on_hitl="approve").run()
    time.sleep(0.012)
    flow(THREE, {"b": RuntimeError("broken")}, store=store, session="failed").run()
    return workflow


# ---- list -----------------------------------------------------------------------------------------------------------


def test_the_list_is_newest_first_and_comes_in_pages(store: Any, manager: SessionManager) -> None:
    filled(store)
    assert ids(run(manager.list())) == ["failed", "done", "asks"]
    assert ids(run(manager.list(offset=1, limit=1))) == ["done"]
    assert run(manager.list(offset=3)) == []


def test_the_list_can_be_filtered(store: Any, manager: SessionManager) -> None:
    filled(store)
    assert ids(run(manager.list(status="paused"))) == ["asks"]
    assert ids(run(manager.list(workflow_name="brief"))) == ["done", "asks"]
    assert ids(run(manager.list(workflow_name="brief", status="completed", pattern_type="chain"))) == ["done"]
    assert run(manager.list(pattern_type="graph")) == []


@pytest.mark.parametrize("page", [{"limit": 0}, {"limit": 1001}, {"limit": -1}, {"offset": -1}, {"status": "waiting"}])
def test_a_page_that_cannot_be_is_refused(manager: SessionManager, page: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"1 to 1000|there is no status 'waiting'; there are: running"):
        run(manager.list(**page))


def test_a_session_says_what_it_is_how_it_stands_and_what_it_waits_for(store: Any, manager: SessionManager) -> None:
    filled(store)
    state = run(manager.get("asks"))
    assert (state.status, state.workflow_name, state.pattern_type) == ("paused", "brief", "chain")
    assert (state.done, state.units, state.variables) == (1, 3, {"topic": "fog"})
    assert state.token_usage == {"researcher": 10}
    metadata = state.metadata
    assert metadata.interrupt_metadata is not None
    assert metadata.interrupt_metadata.prompt == "Good enough?"
    assert metadata.created_at is not None
    assert metadata.created_at <= metadata.updated_at
    assert metadata.spec_hash
    assert metadata.error is None
    done, failed = run(manager.get("done")), run(manager.get("failed"))
    assert (done.metadata.interrupt_metadata, done.pending) == (None, ())
    assert "broken" in str(failed.error)


def test_the_figures_of_a_session_are_those_of_its_result(tmp_path: Path) -> None:
    text = THREE + '\nname: w\noutputs: {artifacts: [{path: "a.md", from: "{{ last_response }}"}]}'
    workflow = flow(text, store=FileSessionRepository(tmp_path / "s"), output_dir=tmp_path / "out")
    result = workflow.run(topic="tea")
    state = SessionManager(tmp_path / "s").sync.get(result.session_id)
    assert state.token_usage == result.token_usage
    assert state.artifacts_written == result.artifacts_written == [str(tmp_path / "out" / "a.md")]
    assert state.variables == {"topic": "tea"}
    assert state.cost == result.cost


def test_a_manager_has_one_place(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="not both"):
        SessionManager(tmp_path, storage=MemorySessionRepository())


def test_what_is_in_a_folder_but_no_session_hides_nothing(tmp_path: Path) -> None:
    filled(FileSessionRepository(tmp_path))
    journal = tmp_path / "done" / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b"steps", b"stoops", 1))
    found = SessionManager(tmp_path).sync
    assert {one.session_id: one.status for one in found.list()} == {
        "asks": "paused",
        "done": "interrupted",
        "failed": "failed",
    }
    assert ids(found.list(status="completed")) == [], "though its last record says so"
    assert ids(found.list(status="interrupted")) == ["done"]
    assert "damaged" in str(found.get("done").error)


# ---- get ------------------------------------------------------------------------------------------------------------


def test_what_has_not_changed_is_not_read_again(tmp_path: Path) -> None:
    store = CountingFiles(tmp_path)
    filled(store)
    manager, store.reads = SessionManager(storage=store), 0
    for _ in range(50):
        assert run(manager.get("asks")).status == "paused"
    assert store.reads == 1
    assert ids(run(manager.list())) == ["failed", "done", "asks"]
    assert run(manager.get("done")).status == "completed"
    assert store.reads <= 3, "a list is looked up in as well"


def test_what_another_process_writes_is_seen_at_once(tmp_path: Path) -> None:
    workflow = filled(FileSessionRepository(tmp_path))
    manager = SessionManager(tmp_path)
    assert run(manager.get("asks")).status == "paused"
    workflow.with_options(store=FileSessionRepository(tmp_path)).resume("asks", "ok")
    assert run(manager.get("asks")).status == "completed"
    assert ids(run(manager.list(status="completed"))) == ["asks", "done"]
    run(FileSessionRepository(tmp_path).delete("asks"))
    with pytest.raises(SessionNotFoundError):
        run(manager.get("asks"))
    assert ids(run(manager.list())) == ["failed", "done"]


def test_a_session_that_is_deleted_and_made_again_is_another_one(store: Any, manager: SessionManager) -> None:
    workflow = flow(TWO_AND_A_GATE, store=store, session="s")
    for topic in ("fog", "tea", "ice"):
        workflow.run(topic=topic)
        assert run(manager.get("s")).variables == {"topic": topic}
        run(store.delete("s"))


def test_old_digests_and_too_many_are_dropped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    store = CountingFiles(tmp_path)
    filled(store)
    kept, entry, now = digests.Digests(most=1, seconds=5), run(store.entry("asks")), time.monotonic()
    store.reads = 0
    for _ in range(2):
        run(kept.of(store, entry))
    assert store.reads == 1
    run(kept.of(store, run(store.entry("done"))))
    run(kept.of(store, entry))
    assert store.reads == 3
    monkeypatch.setattr(time, "monotonic", lambda: now + 60)
    run(kept.of(store, entry))
    assert store.reads == 4


def test_nobody_can_change_what_others_are_given(store: Any, manager: SessionManager) -> None:
    filled(store)
    for look in (lambda: run(manager.get("asks")), lambda: run(manager.list(status="paused"))[0]):
        state = look()
        state.variables["topic"] = "spoilt"
        state.token_usage.clear()
        state.pending[0].choices.append("spoilt")
        assert look().variables == {"topic": "fog"}
        assert look().token_usage == {"researcher": 10}
        assert look().pending[0].choices == []
    with pytest.raises(dataclasses.FrozenInstanceError):
        state.status = "completed"  # pyright: ignore[reportPossiblyUnboundVariable, reportAttributeAccessIssue]


@pytest.mark.parametrize("name", ["nobody", "../x", "", "A B", "a/../b", "x" * 65])
def test_a_name_that_is_no_session_is_not_found(manager: SessionManager, name: str) -> None:
    for work in (manager.get(name), manager.delete(name), manager.resume(name), manager.fork(name)):
        with pytest.raises(SessionNotFoundError):
            run(work)


def test_a_session_that_runs_says_so_and_one_whose_process_died_does_not(tmp_path: Path) -> None:
    store = FileSessionRepository(tmp_path)
    manager = SessionManager(tmp_path)
    started = flow(TWO_AND_A_GATE, store=store, session="s").start()
    until(lambda: started.pending)
    state = manager.sync.get("s")
    assert (state.status, ids(manager.sync.list(status="running"))) == ("running", ["s"])
    assert str(os.getpid()) in str(state.owner)
    with pytest.raises(SessionBusyError):
        manager.sync.delete("s")
    started.answer("ok")
    started.result(5)
    assert manager.sync.get("s").owner is None


# ---- going on -------------------------------------------------------------------------------------------------------


@pytest.fixture
def real(store: Any) -> Any:
    """A workflow whose sessions can be gone on with by anybody: its model is named in it."""
    return Workflow.from_yaml(TWO_AND_A_GATE).with_options(store=store, model="scripted", session="s")


def test_a_session_is_gone_on_with_by_its_id_alone(real: Any, manager: SessionManager) -> None:
    real.run()
    result = run(manager.resume("s", "very good"))
    assert (result.status, result.steps[1]["response"]) == ("completed", "very good")
    assert run(manager.resume("s")).status == "completed"


def test_it_can_be_approved_modified_and_rejected(real: Any, manager: SessionManager) -> None:
    real.run()
    client = ResumeClient(manager)
    assert client.modify("s", "Shorter.").status == "paused"
    ended = client.reject("s", "not this one")
    assert (ended.status, ended.error_message) == ("cancelled", "not this one")
    with pytest.raises(SessionError, match="cancelled"):
        client.approve("s")
    real.with_options(session="t").run()
    assert client.approve("t").success


def test_an_answer_that_does_not_fit_is_refused(real: Any, manager: SessionManager) -> None:
    real.with_options(on_hitl="approve").run()
    with pytest.raises((InvalidAnswerError, SessionError)):
        run(manager.resume("s", "too late"))


@pytest.mark.parametrize("on_change", ["refuse", "reuse_unchanged"])
def test_what_becomes_of_a_changed_workflow_is_the_callers_choice(
    real: Any, manager: SessionManager, monkeypatch: pytest.MonkeyPatch, on_change: Any
) -> None:
    real.run()
    chosen: list[str] = []

    async def spy(*args: Any, **options: Any) -> Workflow:
        chosen.append(options["on_change"])
        return await reopen(*args, **options)

    monkeypatch.setattr("strands_nb.app.manager.reopen", spy)
    assert manager.sync.resume("s", feedback="shorter", on_change=on_change).status == "paused"
    assert run(manager.resume("s", approve=True, on_change=on_change)).success
    assert chosen == [on_change] * 2


def test_a_fork_is_a_session_of_its_own(real: Any, manager: SessionManager) -> None:
    real.run()
    copy = run(manager.fork("s"))
    assert copy.session_id != "s"
    assert (copy.status, copy.token_usage) == ("paused", {})
    assert run(manager.resume(copy.session_id, "ok")).success
    assert run(manager.get("s")).status == "paused"
    again = run(manager.fork(copy.session_id, "steps/0"))
    assert run(manager.resume(again.session_id)).status in ("paused", "completed")


# ---- cleaning up ----------------------------------------------------------------------------------------------------


def aged(folder: Path, **days: float) -> SessionManager:
    filled(FileSessionRepository(folder))
    for name, age in days.items():
        at = time.time() - age * 86_400
        os.utime(folder / name / "journal.jsonl", (at, at))
    return SessionManager(folder)


@pytest.mark.parametrize(
    ("arguments", "left"),
    [
        ({}, ["failed", "asks"]),
        ({"older_than_days": 30}, ["failed", "done", "asks"]),
        ({"max_age_days": 1}, ["asks"]),
        ({"older_than_days": 0}, ["asks"]),
        ({"older_than_days": 0, "keep_completed": True}, ["done", "asks"]),
        ({"status_filter": ["paused"]}, ["failed", "done"]),
        ({"older_than_days": 0, "status_filter": "failed"}, ["done", "asks"]),
        ({"older_than_days": 0, "status_filter": ["running", "interrupted"]}, ["failed", "done", "asks"]),
        ({"older_than_days": 0, "dry_run": True}, ["failed", "done", "asks"]),
    ],
)
def test_cleaning_up_deletes_what_is_old_and_finished_or_named(
    tmp_path: Path, arguments: dict[str, Any], left: list[str]
) -> None:
    manager = aged(tmp_path, failed=3, done=8, asks=20)
    count = manager.sync.cleanup(**arguments)
    assert ids(manager.sync.list()) == left
    assert count == (2 if arguments.get("dry_run") else 3 - len(left))


@pytest.mark.parametrize("arguments", [{"older_than_days": -1}, {"max_age_days": -0.5}, {"status_filter": ["old"]}])
def test_an_impossible_cleanup_is_refused(manager: SessionManager, arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"0 or more|no status 'old'"):
        manager.sync.cleanup(**arguments)


def test_a_session_that_somebody_runs_is_spared_even_if_it_is_named(tmp_path: Path) -> None:
    manager = aged(tmp_path)
    started = flow(TWO_AND_A_GATE, store=FileSessionRepository(tmp_path), session="runs").start()
    until(lambda: started.pending)
    assert manager.sync.cleanup(0, ["running", "paused"]) == 1
    assert set(ids(manager.sync.list())) == {"runs", "done", "failed"}
    started.cancel()


def test_a_session_that_somebody_went_on_with_meanwhile_is_spared(tmp_path: Path) -> None:
    manager = aged(tmp_path, failed=9, done=9)

    class Hesitant(SessionManager):
        async def get(self, session_id: str) -> SessionState:
            os.utime(tmp_path / "done" / "journal.jsonl")
            return await super().get(session_id)

    assert Hesitant(tmp_path).sync.cleanup() == 1
    assert set(ids(manager.sync.list())) == {"done", "asks"}


def test_nothing_of_a_deleted_session_stays_in_the_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRANDS_NB_HOME", str(tmp_path / "home"))
    workflow = flow(TWO_AND_A_GATE, store=FileSessionRepository(tmp_path / "s"), session="s")
    workflow.run(topic="a very private topic")
    manager = SessionManager(tmp_path / "s")
    assert manager.sync.list()
    cache = tmp_path / "home" / "cache" / "sessions"
    assert any(b"a very private topic" in path.read_bytes() for path in cache.iterdir())
    manager.sync.delete("s")
    assert not any(b"a very private topic" in path.read_bytes() for path in cache.iterdir())


# ---- the blocking twin ----------------------------------------------------------------------------------------------


def test_the_blocking_twin_has_the_same_names() -> None:
    public = {name for name in vars(SessionManager) if not name.startswith("_")}
    assert {name for name in dir(SessionManager().sync) if not name.startswith("_")} == public | {"manager", "wait_for"}


def test_the_blocking_twin_works_where_a_loop_runs(real: Any, manager: SessionManager) -> None:
    real.run()

    async def cell() -> Any:
        assert ids(manager.sync.list()) == ["s"]
        return manager.sync.resume("s", "ok")

    assert run(cell()).success


def test_the_blocking_twin_works_from_many_threads(tmp_path: Path) -> None:
    filled(FileSessionRepository(tmp_path))
    manager = SessionManager(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        pages = [pool.submit(manager.sync.list) for _ in range(40)]
    assert all(ids(page.result()) == ["failed", "done", "asks"] for page in pages)


def test_on_the_engine_thread_the_blocking_twin_refuses_to_wait_for_itself(manager: SessionManager) -> None:
    async def inside() -> None:
        manager.sync.list()

    with pytest.raises(RuntimeError, match="await the method there"):
        engine_loop.submit(inside).result(5)
