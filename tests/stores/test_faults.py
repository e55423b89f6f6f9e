"""Runs on disks that fail: they pause, say why, and go on from where they were when the disk is well again."""

from __future__ import annotations

import errno
import gc
import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.engine.events import Event, UnitCompleted
from strands_nb.errors import StorageError
from strands_nb.stores import FileSessionRepository
from strands_nb.testing import ScriptedAgents
from tests.engine.support import PATIENCE, HeldAgents, asking, asks, begin, branches, log_of, steps, until
from tests.stores.disks import BadDisk, HeldDisk

if TYPE_CHECKING:
    from strands_nb.engine.run import Run
    from strands_nb.engine.session import Program

ROOT = Path(__file__).parents[2]
BIG = "tide " * 20_000
FAULTS = {name: getattr(errno, name) for name in ("ENOSPC", "EIO", "EDQUOT", "EROFS", "EACCES", "EFBIG")}
PROGRAMS: dict[str, tuple[Program, int]] = {
    "steps": (steps("x", BIG, "z"), 3),
    "branches": (branches("p", "q", "r"), 6),
    "collected": (branches("p", "q", on_error="collect"), 4),
}


def calls_of_a_calm_run(folder: Path, program: Program) -> int:
    disk = BadDisk()
    begin(program, store=FileSessionRepository(folder, fs=disk)).result(PATIENCE).raise_for_status()
    return disk._seen


def recorded(store: FileSessionRepository) -> set[str]:
    """The keys of what is done, as another process would find it."""
    if not any(path.stat().st_size for path in store.storage_dir.glob("*/journal.jsonl")):
        return set()
    return {event.key for event in log_of(FileSessionRepository(store.storage_dir)) if isinstance(event, UnitCompleted)}


@pytest.fixture(autouse=True)
def no_traceback_spam(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Any:
    yield
    gc.collect()
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert "Traceback" not in capfd.readouterr().err


def outcome(run: Run) -> StorageError | None:
    """Why the leg did not come to its end; None where it did."""
    try:
        result = run.result(PATIENCE)
    except StorageError as error:
        return error  # not even opened
    if result.success:
        return None
    assert (result.status, result.exit_code, run.status, run.state.status) == ("paused", 19, "paused", "paused")
    assert isinstance(result.failure, StorageError)
    assert result.error_message == str(result.failure)
    return result.failure


def fail_and_go_on(folder: Path, program: Program, disk: BadDisk, *, anew: bool) -> bool:
    """Run until the disk fails, then mend it and go on, in this process or in a new one; whether it did fail."""
    shown: list[Event] = []
    agents, store = ScriptedAgents(), FileSessionRepository(folder, fs=disk)
    run = begin(program, agents, store=store, listener=shown.append)
    failure = outcome(run)
    seen = [event.seq for event in shown if event.event_type not in ("workflow_paused", "token")]
    assert seen == list(range(len(seen)))
    disk.mend()
    if failure is None:
        return False
    assert "What was shown of it is safe" in str(failure)
    assert str(folder) in str(failure)
    done, before = recorded(store), len(agents.keys)
    assert {event.key for event in shown if isinstance(event, UnitCompleted)} <= done, "shown, and not on the disk"
    if anew:
        there = bool(done) or (folder / "s" / "journal.jsonl").exists()
        run = begin(program, agents, store=FileSessionRepository(folder), resume=there and bool(log_or_nothing(store)))
    else:
        run.resume()
    assert run.result(PATIENCE).success
    assert not done & set(agents.keys[before:]), "a recorded call was made again"
    return True


def log_or_nothing(store: FileSessionRepository) -> list[Event]:
    try:
        return log_of(FileSessionRepository(store.storage_dir))
    except Exception:  # noqa: BLE001 - never begun
        return []


@pytest.mark.parametrize("anew", [False, True], ids=["same process", "new process"])
@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("times", [1, 10**9], ids=["once", "until mended"])
def test_whatever_call_fails_the_run_pauses_and_goes_on_with_no_recorded_call_made_again(
    tmp_path: Path,
    name: str,
    times: int,
    anew: bool,  # noqa: FBT001
) -> None:
    program = PROGRAMS[name][0]
    calls = calls_of_a_calm_run(tmp_path / "calm", program)
    codes = list(FAULTS.values())
    failed = [
        fail_and_go_on(tmp_path / str(at), program, BadDisk(at, codes[at % len(codes)], times), anew=anew)
        for at in range(1, calls + 1)
    ]
    assert failed.count(True) >= calls - 3, "all but those of letting go"


@pytest.mark.parametrize("code", FAULTS.values(), ids=FAULTS)
def test_the_error_names_cause_place_and_remedy(tmp_path: Path, code: int) -> None:
    disk = BadDisk()
    agents = HeldAgents("steps/1")
    run = begin(steps("x", "y"), agents, store=FileSessionRepository(tmp_path, fs=disk))
    agents.await_call("steps/1")
    disk._range, disk._code = range(10**9), code
    agents.let_go("steps/1")
    failure = outcome(run)
    words = {
        "ENOSPC": "the disk is full",
        "EIO": "the disk reports an error",
        "EDQUOT": "quota of disk space is used up",
        "EROFS": "the disk is read-only",
        "EACCES": "permission is denied",
        "EFBIG": "may not grow any larger",
    }
    assert words[errno.errorcode[code]] in str(failure)
    assert f"at {tmp_path / 's'}" in str(failure)
    assert str(failure).endswith("then resume it")
    assert isinstance(failure, StorageError)
    assert isinstance(failure.__cause__, OSError)
    disk.mend()
    assert run.resume().result(PATIENCE).success
    assert agents.keys == ["steps/0", "steps/1", "steps/1"], "the one that was never on record"


def test_a_failing_disk_stops_the_calls_that_are_under_way(tmp_path: Path) -> None:
    """Nobody could write down what they answer."""
    disk = BadDisk()
    agents = HeldAgents("p/0", "q/0")
    run = begin(branches("p", "q"), agents, store=FileSessionRepository(tmp_path, fs=disk))
    agents.await_call("p/0")
    agents.await_call("q/0")
    disk._range, disk._code = range(10**9), errno.ENOSPC
    agents.let_go("p/0")
    assert outcome(run) is not None
    assert agents.finished == ["p/0"]
    disk.mend()
    assert run.resume().result(PATIENCE).success


def test_an_answer_that_cannot_be_recorded_is_refused_and_may_be_given_again(tmp_path: Path) -> None:
    disk = BadDisk()
    run = begin(asks(), store=FileSessionRepository(tmp_path, fs=disk))
    asking(run)
    disk._range, disk._code = range(10**9), errno.ENOSPC
    with pytest.raises(StorageError, match="the disk is full"):
        run.answer("lost")
    assert outcome(run) is not None
    with pytest.raises(StorageError):
        run.answer("lost as well")
    disk.mend()
    run.answer("kept")
    result = run.result(PATIENCE)
    assert result.success
    assert "kept" in result.last_response


def test_a_sync_that_takes_long_stops_neither_the_loop_nor_other_runs_and_its_step_is_not_shown(tmp_path: Path) -> None:
    disk = HeldDisk()
    agents = HeldAgents("steps/0")
    run = begin(steps("x"), agents, store=FileSessionRepository(tmp_path, fs=disk))
    until(lambda: run.state.seq == 1, "the start of the step")
    disk.held = True
    agents.let_go("steps/0")
    assert disk.entered.wait(PATIENCE)
    assert begin(steps("other"), session_id="other").result(PATIENCE).success, "on the same event loop"
    assert run.steps["steps/0"].status == "running"
    assert not run.done
    disk.free.set()
    assert run.result(PATIENCE).success


def test_answers_that_come_during_a_long_sync_are_safe_by_the_next_one(tmp_path: Path) -> None:
    disk, names = HeldDisk(), [f"b{i}" for i in range(20)]
    agents = HeldAgents(*(f"{name}/0" for name in names))
    run = begin(branches(*names), agents, store=FileSessionRepository(tmp_path, fs=disk), max_parallel=None)
    for name in names:
        agents.await_call(f"{name}/0")
    disk.calls.clear()
    disk.held = True
    agents.let_go("b0/0")
    assert disk.entered.wait(PATIENCE)
    for name in names[1:]:
        agents.let_go(f"{name}/0")
    until(lambda: len(agents.finished) == len(names))
    disk.held = False
    disk.free.set()
    assert run.result(PATIENCE).success
    assert disk.calls.count(("sync", "journal.jsonl")) < 12


@pytest.mark.skipif(sys.platform == "win32", reason="it has neither such limits nor such rights")
@pytest.mark.parametrize(
    ("way", "cause", "again"),
    [("size", "the file may not grow any larger", ["steps/1"]), ("permission", "permission is denied", [])],
)
def test_when_the_system_itself_refuses_a_run_pauses_and_goes_on(
    tmp_path: Path, way: str, cause: str, again: list[str]
) -> None:
    """Without rights a journal that is open can still be written, so that nothing is called again."""
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(0o755)  # for the user that the process becomes
    command = [sys.executable, "-m", "tests.stores.limited", str(tmp_path), way]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=50, check=True)  # noqa: S603
    status, said, after, last, keys = json.loads(done.stdout)
    assert (status, after, last) == ("paused", "completed", "said steps/3")
    assert cause in said
    assert keys == ["steps/0", "steps/1", *again, "steps/2", "steps/3"]
    assert done.stderr == ""
