"""Processes that are interrupted, killed, or in each other's way."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from typing import Any

import pytest

from tests.app.support import until
from tests.cli.support import GATED, Shell

FIVE = """
name: five
runtime: {provider: scripted, model_id: script.json}
agents: {odd: {prompt: You are odd.}, even: {prompt: You are even.}}
steps:
  - odd: first
  - even: "second after {{ steps[0].response }}"
  - odd: "third after {{ last_response }}"
  - even: "fourth after {{ steps | length }}"
  - odd: "fifth after {{ last_response }}"
"""
REPLIES = [
    {"prompt": "/^first/", "reply": "one"},
    {"prompt": "/^second/", "reply": "two"},
    {"prompt": "/^third/", "reply": "three " * 400},
    {"prompt": "/^fourth/", "reply": "four"},
    {"prompt": "/^fifth/", "reply": ["alone", "two turns", "five, and I remember"]},
]


def script(shell: Shell, delay: float) -> None:
    """The third reply streams in six hundred pieces; with a delay that takes minutes."""
    shell.write("script.json", json.dumps({"rules": REPLIES, "chunk_size": 4, "delay": delay}))


def reached(shell: Shell, key: str, event_type: str = "step_start") -> bool:
    """Whether the one session has come to a step, seen from outside."""
    return any(
        event.key == key and event.event_type == event_type
        for name in shell.sessions
        for event in _records(shell, name)
    )


def _records(shell: Shell, name: str) -> list[Any]:
    from strands_nb.errors import SessionNotFoundError

    try:
        return shell.journal(name)
    except SessionNotFoundError:
        return []


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=20)
    return process.returncode, out, err


@pytest.fixture
def uninterrupted(shell: Shell) -> Any:
    """The result of a run that nobody disturbs."""
    script(shell, 0)
    return shell.process("run", shell.write("w.yaml", FIVE), "--json", STRANDS_NB_HOME=str(shell.folder / "calm")).json


def test_killed_in_the_middle_of_a_step_a_new_process_goes_on_and_repeats_nothing(
    shell: Shell, uninterrupted: Any
) -> None:
    script(shell, 0.2)
    process = shell.start("run", "w.yaml", "--json")
    until(lambda: reached(shell, "steps/2"), 20)
    time.sleep(0.3)
    process.kill()
    assert ended(process)[:2] == (-signal.SIGKILL, "")
    (session,) = shell.sessions
    assert shell.spent(session) == ["steps/0", "steps/1"]
    (entry,) = shell.process("sessions", "list", "--json").json["sessions"]
    assert (entry["status"], entry["units_done"], entry["owner"]) == ("interrupted", 2, None)

    script(shell, 0)
    done = shell.process("resume", session, "--json")
    assert done.code == 0
    assert shell.spent(session) == ["steps/0", "steps/1", "steps/2", "steps/3", "steps/4"]
    assert done.json["last_response"] == uninterrupted["last_response"] == "five, and I remember"
    assert done.json["execution_context"] == uninterrupted["execution_context"]
    assert done.json["token_usage"] == uninterrupted["token_usage"]


@pytest.mark.parametrize("after", [0.0, 0.4, 0.6, 0.8, 1.2, 1.6])
def test_killed_at_any_moment_nothing_recorded_is_done_again(shell: Shell, uninterrupted: Any, after: float) -> None:
    script(shell, 0.002)
    process = shell.start("run", "w.yaml", "--json")
    time.sleep(after)
    process.kill()
    ended(process)
    script(shell, 0)
    if not shell.sessions or not _records(shell, shell.sessions[0]):
        return  # it died before its first record
    (session,) = shell.sessions
    done = shell.process("resume", session, "--json")
    assert done.json["last_response"] == uninterrupted["last_response"]
    assert sorted(shell.spent(session)) == [f"steps/{i}" for i in range(5)]


def test_ctrl_c_pauses_and_the_session_goes_on(shell: Shell, uninterrupted: Any) -> None:
    script(shell, 0.2)
    process = shell.start("run", "w.yaml", "--json")
    until(lambda: reached(shell, "steps/2"), 20)
    process.send_signal(signal.SIGINT)
    code, out, err = ended(process)
    assert (code, err) == (19, "")
    result = json.loads(out)
    assert (result["status"], len(result["execution_context"]["steps"])) == ("paused", 2)
    paused = shell.journal(result["session_id"])[-1]
    assert (paused.data["reason"], paused.data["in_flight"]) == ("interrupted from the keyboard", ["steps/2"])

    script(shell, 0)
    done = shell.process("resume", result["session_id"], "--json")
    assert (done.code, done.json["last_response"]) == (0, uninterrupted["last_response"])
    assert done.json["execution_context"] == uninterrupted["execution_context"]


def test_ctrl_c_says_how_to_go_on_and_offers_no_answer_where_nothing_is_asked(shell: Shell) -> None:
    script(shell, 0.2)
    process = shell.start("run", shell.write("w.yaml", FIVE))
    until(lambda: reached(shell, "steps/2"), 20)
    process.send_signal(signal.SIGINT)
    code, _, err = ended(process)
    assert code == 19
    assert err.splitlines()[-1] == f"go on from here:  strands-nb resume {shell.sessions[0]}"


def test_a_session_that_a_living_process_runs_is_exit_17_and_names_it(shell: Shell) -> None:
    process = shell.start("run", shell.write("w.yaml", GATED), "--json")
    until(lambda: reached(shell, "steps/1", "hitl_pause"), 20)
    (session,) = shell.sessions
    for answer in ([], ["--answer", "mine"]):
        done = shell.process("resume", session, *answer, "--json")
        assert (done.code, done.json["error_type"]) == (17, "SessionBusyError")
        assert f"process {process.pid} on " in done.json["error_message"]
    assert (
        f"in process {process.pid}" in shell.process("sessions", "list").out
        or "asks" in shell.process("sessions", "list").out
    )
    out, _ = process.communicate("good\n", timeout=20)
    assert json.loads(out)["execution_context"]["steps"][1]["response"] == "good"
