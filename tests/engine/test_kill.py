"""Processes that are really killed, in the middle of a call; a new one goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from strands_nb.stores import FileSessionRepository
from strands_nb.testing import ScriptedAgents
from tests.engine.support import begin, log_of, until
from tests.programs import sequence

ROOT = Path(__file__).parents[2]
KEYS = [f"steps/{i}" for i in range(5)]


def start_victim(folder: Path, log: Path, hang: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.engine.victim", str(folder), str(log), str(hang)]
    return subprocess.Popen(command, cwd=ROOT)  # noqa: S603 - our own module


def lines(log: Path) -> list[str]:
    return log.read_text().splitlines() if log.exists() else []


def kill_in_step(folder: Path, log: Path, step: int) -> None:
    victim = start_victim(folder, log, step)
    try:
        until(lambda: f"steps/{step}" in lines(log), f"step {step}")
    finally:
        victim.kill()
        victim.wait(10)


@pytest.mark.parametrize("step", [0, 2, 4])
def test_a_process_killed_in_the_middle_of_a_step_has_done_the_steps_before(tmp_path: Path, step: int) -> None:
    folder, log = tmp_path / "sessions", tmp_path / "log"
    kill_in_step(folder, log, step)
    assert lines(log) == KEYS[: step + 1]
    survivor = start_victim(folder, log, -1)
    assert survivor.wait(20) == 0
    want = begin(sequence, ScriptedAgents()).result(10).last_response
    assert lines(log) == [*KEYS[: step + 1], *KEYS[step:], f"completed: {want}"]


def test_a_process_may_be_killed_again_and_again(tmp_path: Path) -> None:
    folder, log = tmp_path / "sessions", tmp_path / "log"
    for step in (1, 3):
        kill_in_step(folder, log, step)
    assert start_victim(folder, log, -1).wait(20) == 0
    assert lines(log)[:-1] == ["steps/0", "steps/1", "steps/1", "steps/2", "steps/3", "steps/3", "steps/4"]
    events = log_of(FileSessionRepository(folder))
    assert [event.seq for event in events] == list(range(len(events)))
    assert [event.event_type for event in events].count("workflow_resume") == 2
