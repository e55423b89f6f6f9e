"""`sessions` on the command line: looked at, answered, copied, written out, thrown away."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.support import COMMAND, GATED, REFUSAL, Shell, parked


@pytest.fixture
def session(shell: Shell) -> str:
    """A session that waits at its question."""
    return parked(shell)


def done(shell: Shell, *args: str) -> str:
    """A session that has completed."""
    ran = shell.run("run", shell.write("w.yaml", GATED), "--on-hitl", "approve", "--json", *args)
    Path(shell.folder, "w.yaml").unlink()
    return ran.json["session_id"]


# ---- list and show --------------------------------------------------------------------------------------------------


def test_the_list_comes_in_pages_and_can_be_filtered(shell: Shell) -> None:
    waits, ended = parked(shell), done(shell)
    assert [one["session_id"] for one in shell.run("sessions", "list", "--json").json["sessions"]] == [ended, waits]
    first = shell.run("sessions", "list", "--limit", "1", "--json").json
    assert (first["sessions"][0]["session_id"], first["more"]) == (ended, True)
    assert "--offset 1" in shell.run("sessions", "list", "--limit", "1").err
    rest = shell.run("sessions", "list", "--offset", "1", "--json").json
    assert (rest["sessions"][0]["session_id"], rest["more"]) == (waits, False)
    for words, expected in (
        (("--status", "paused"), [waits]),
        (("--workflow", "brief", "--pattern", "chain", "--status", "completed"), [ended]),
        (("--workflow", "other"), []),
    ):
        found = shell.run("sessions", "list", "--json", *words).json["sessions"]
        assert [one["session_id"] for one in found] == expected
    assert "no such sessions" in shell.run("sessions", "list", "--workflow", "other").err


@pytest.mark.parametrize("words", [("--limit", "0"), ("--limit", "1001"), ("--offset", "-1"), ("--status", "old")])
def test_a_page_that_cannot_be_is_a_wrong_call(shell: Shell, words: tuple[str, str]) -> None:
    refused = shell.run("sessions", "list", *words, "--json")
    assert (refused.code, refused.json["exit_code"]) == (2, 2)


def test_show_has_the_steps_the_question_how_to_answer_it_and_the_costs(shell: Shell, session: str) -> None:
    shown = shell.run("sessions", "show", session)
    assert (shown.code, shown.err) == (0, "")
    for words in (
        f"session {session}",
        "‖ paused",
        "✓ researcher",
        "◆ review",
        "needs you",
        "Good enough?",
        "topic: fog",
    ):
        assert words in shown.out
    assert f"answer it:  strands-nb resume {session} --approve | --answer TEXT" in shown.out
    assert shown.out.splitlines()[-1].split()[:3] == ["researcher", "scripted", "1"]
    found = shell.run("sessions", "show", session, "--json").json
    assert (found["session_id"], found["status"], found["variables"]) == (session, "paused", {"topic": "fog"})
    assert found["state"]["units"][0]["status"] == "completed"
    assert "events" not in found


def test_what_a_model_said_commands_no_terminal(shell: Shell) -> None:
    evil = GATED.replace("Good enough?", '"Good \\e]0;title\\a\\e[2J enough?"')
    session = parked(shell, evil)
    for words in (("show", session), ("list",)):
        assert "\x1b]" not in shell.run("sessions", *words).out
        assert "\x1b[2J" not in shell.run("sessions", *words).out


@pytest.mark.parametrize("name", ["nobody", "../home", "/etc", "A"])
@pytest.mark.parametrize(
    "words",
    [("show",), ("answer",), ("resume",), ("fork",), ("export",), ("export", "--out", "."), ("delete", "--yes")],
)
def test_a_session_that_is_not_there_is_refused(shell: Shell, words: tuple[str, ...], name: str) -> None:
    parked(shell)
    refused = shell.run("sessions", words[0], name, *words[1:], "--json")
    assert (refused.code, set(refused.json), refused.json["error_type"]) == (17, REFUSAL, "SessionNotFoundError")
    assert {path.name for path in shell.folder.iterdir()} == {"home"}


# ---- going on -------------------------------------------------------------------------------------------------------


def test_answer_approves_with_a_text_and_goes_on(shell: Shell, session: str) -> None:
    ran = shell.run("sessions", "answer", session, "very good", "--json")
    assert (ran.code, ran.json["status"]) == (0, "completed")
    assert ran.json["execution_context"]["steps"][1]["response"] == "very good"
    assert shell.spent(session) == ["steps/0", "steps/2"]


def test_answer_without_a_text_approves(shell: Shell, session: str) -> None:
    assert shell.run("sessions", "answer", session).code == 0


def test_answer_modifies_and_rejects(shell: Shell, session: str) -> None:
    assert shell.run("sessions", "answer", session, "--modify", "shorter").code == 19
    assert shell.run("sessions", "answer", session, "--reject", "enough", "--question", "steps/1").code == 11


def test_two_answers_are_a_wrong_call(shell: Shell, session: str) -> None:
    assert shell.run("sessions", "answer", session, "yes", "--reject", "no").code == 2
    assert shell.run("sessions", "list", "--json").json["sessions"][0]["status"] == "paused"


def test_resume_is_the_same_below_sessions(shell: Shell, session: str) -> None:
    assert shell.run("sessions", "resume", session, "--answer", "ok", "--json").json["status"] == "completed"


def test_a_fork_is_another_session_that_goes_on_by_itself(shell: Shell, session: str) -> None:
    made = shell.run("sessions", "fork", session)
    copy = made.out.strip()
    assert (made.code, copy != session) == (0, True)
    assert f"strands-nb resume {copy}" in made.err
    assert shell.run("sessions", "answer", copy, "ok").code == 0
    assert shell.run("sessions", "show", session, "--json").json["status"] == "paused"
    again = shell.run("sessions", "fork", copy, "--from-step", "steps/0", "--json").json
    assert (again["forked_from"], again["status"]) == (copy, "paused")
    assert shell.run("sessions", "fork", session, "--from-step", "nowhere").code == 17


# ---- export ---------------------------------------------------------------------------------------------------------


def test_export_writes_everything_to_standard_output(shell: Shell, session: str) -> None:
    out = shell.run("sessions", "export", session)
    assert (out.code, out.err) == (0, "")
    everything = out.json
    assert [event["seq"] for event in everything["events"]] == list(range(len(shell.journal(session))))
    assert everything["workflow_spec"]["name"] == "brief"
    report = shell.run("sessions", "export", session, "--format", "md").out
    assert report.startswith("# brief\n")
    for words in (
        f"- session: {session}",
        "- topic: fog",
        "## ✓ researcher",
        "## Waits for an answer",
        "> Good enough?",
    ):
        assert words in report
    assert "| researcher | scripted | 1 |" in report
    assert shell.run("sessions", "export", session, "--format", "md", "--json").json["markdown"] == report


def test_export_writes_into_the_folder_it_was_given_and_nowhere_else(shell: Shell, session: str) -> None:
    (shell.folder / "out").mkdir()
    assert shell.run("sessions", "export", session, "--out", "out").code == 0
    assert json.loads((shell.folder / "out" / f"{session}.json").read_text())["session_id"] == session
    assert shell.run("sessions", "export", session, "--out", "out").code == 2, "it is there already"
    wrote = shell.run("sessions", "export", session, "--out", "out", "--overwrite", "--json").json
    assert wrote["file"] == str(shell.folder / "out" / f"{session}.json")
    elsewhere = shell.folder / "elsewhere.md"
    (shell.folder / "out" / f"{session}.md").symlink_to(elsewhere)
    linked = shell.run("sessions", "export", session, "--out", "out", "--format", "md", "--overwrite")
    assert linked.code == 2
    assert not elsewhere.exists()


# ---- deleting -------------------------------------------------------------------------------------------------------


def test_delete_asks_first_and_needs_yes_where_nobody_can_be_asked(shell: Shell, session: str) -> None:
    refused = shell.run("sessions", "delete", session, "--json")
    assert (refused.code, "--yes" in refused.json["error_message"]) == (2, True)
    assert shell.sessions == [session]
    assert shell.run("sessions", "delete", session, "--yes", "--json").json == {"deleted": [session]}
    assert shell.sessions == []


def test_delete_deletes_all_it_was_given_or_none(shell: Shell, session: str) -> None:
    assert shell.run("sessions", "delete", session, "nobody", "--yes").code == 17
    assert shell.sessions == [session]
    other = done(shell)
    assert shell.run("sessions", "delete", session, other, "--yes").code == 0
    assert shell.sessions == []


@pytest.mark.parametrize(("typed", "code"), [("n\n", 11), ("\n", 11), ("y\n", 0)])
def test_who_is_asked_may_say_no(shell: Shell, session: str, typed: str, code: int) -> None:
    ours, theirs = pty.openpty()
    command = [*COMMAND, "sessions", "delete", session]
    with subprocess.Popen(command, stdin=theirs, stderr=subprocess.PIPE, env=shell.env, cwd=shell.folder) as process:  # noqa: S603
        os.write(ours, typed.encode())
        process.communicate(timeout=30)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == code
    assert shell.sessions == ([] if code == 0 else [session])


def test_a_damaged_session_can_be_deleted(shell: Shell, session: str) -> None:
    journal = shell.folder / "home" / "sessions" / session / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b"steps", b"stoops", 1))
    assert shell.run("sessions", "show", session).code == 17
    assert shell.run("sessions", "delete", session, "--yes").code == 0


def test_a_session_that_runs_elsewhere_is_shown_as_that_and_not_deleted(shell: Shell) -> None:
    slow = GATED.replace("provider: scripted", "provider: scripted, model_id: paced")
    process = shell.start("run", shell.write("w.yaml", slow), "--on-hitl", "park")
    try:
        until = time.monotonic() + 20
        while not (found := shell.run("sessions", "list", "--json").json["sessions"]):
            assert time.monotonic() < until
        assert (found[0]["status"], f"process {process.pid} " in found[0]["owner"]) == ("running", True)
        assert shell.run("sessions", "delete", found[0]["session_id"], "--yes").code == 17
        process.kill()
        process.communicate()
        assert shell.run("sessions", "list", "--json").json["sessions"][0]["status"] == "interrupted"
    finally:
        process.kill()
        process.communicate()


def test_cleanup_deletes_what_is_old_and_finished(shell: Shell) -> None:
    waits, ended = parked(shell), done(shell)
    assert shell.run("sessions", "cleanup", "--yes", "--json").json == {"deleted": 0}
    assert shell.run("sessions", "cleanup", "--older-than", "0", "--dry-run", "--json").json == {"expired": 1}
    refused = shell.run("sessions", "cleanup", "--older-than", "0")
    assert (refused.code, shell.sessions) == (2, sorted([waits, ended]))
    kept = shell.run("sessions", "cleanup", "--older-than", "0", "--keep-completed", "--yes", "--json")
    assert kept.json == {"deleted": 0}
    assert "1 session deleted" in shell.run("sessions", "cleanup", "--older-than", "0", "--yes").err
    assert shell.sessions == [waits]
    assert shell.run("sessions", "cleanup", "--older-than", "0", "--status", "paused", "--yes").code == 0
    assert shell.sessions == []
    assert shell.run("sessions", "cleanup", "--older-than", "-1", "--yes").code == 2


def test_the_whole_life_of_a_session_in_processes_of_their_own(shell: Shell) -> None:
    name = shell.write("w.yaml", GATED)
    session = shell.process("run", name, "--on-hitl", "park", "--json").json["session_id"]
    assert (
        shell.process("sessions", "list", "--status", "paused", "--json").json["sessions"][0]["session_id"] == session
    )
    copy = shell.process("sessions", "fork", session, "--json").json["session_id"]
    assert shell.process("sessions", "answer", session, "ok").code == 0
    assert shell.process("sessions", "export", copy, "--out", "out").code == 0
    assert shell.process("sessions", "cleanup", "--older-than", "0", "--yes").code == 0
    assert shell.sessions == [copy]
    assert shell.process("sessions", "delete", copy, "--yes").code == 0
    assert shell.process("sessions", "list", "--json").json == {"sessions": [], "more": False}


def test_two_sessions_are_compared(shell: Shell) -> None:
    first, second = (done(shell, "--var", f"topic={topic}") for topic in ("tides", "waves"))
    shown = shell.run("sessions", "diff", first, second)
    assert "variable topic: 'tides' -> 'waves'" in shown.out
    assert "Facts about [-tides-]{+waves+}" in shown.out
    told = shell.run("sessions", "diff", first, second, "--json").json
    assert [unit["change"] for unit in told["units"]] == ["changed", "same", "changed"]


@pytest.mark.parametrize(
    ("file_format", "begins"), [("py", '"""What session'), ("yaml", "# What"), ("html", "<!doctype html>")]
)
def test_a_session_is_exported_as_what_runs_or_reads(shell: Shell, file_format: str, begins: str) -> None:
    session = done(shell)
    words = ("sessions", "export", session, "--format", file_format)
    assert shell.run(*words).out.startswith(begins)
    shell.run(*words, "--out", "files")
    assert (shell.folder / "files" / f"{session}.{file_format}").read_text(encoding="utf-8").startswith(begins)
