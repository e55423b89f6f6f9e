"""`sessions repair`: damaged sessions are shown as such, and made whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.support import Shell, parked


def damage(shell: Shell, session: str) -> Path:
    """Make a record in the middle unreadable."""
    journal = shell.folder / "home" / "sessions" / session / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'"step_start"', b'"step_stArt"', 1))
    return journal


def test_a_damaged_session_is_refused_shown_repaired_and_goes_on(shell: Shell) -> None:
    session = parked(shell)
    before = damage(shell, session).read_bytes()
    refused = shell.run("resume", session, "--json")
    assert (refused.code, refused.json["error_type"]) == (17, "SessionCorruptedError")
    (entry,) = shell.run("sessions", "list", "--json").json["sessions"]
    assert (entry["workflow"], entry["status"], entry["questions"]) == ("brief", "interrupted", [])
    assert f"strands-nb sessions repair {session}" in entry["error"]

    done = shell.run("sessions", "repair", session)
    assert (done.code, done.out) == (0, "")
    first, aside, how = done.err.splitlines()
    assert first.startswith(f"{session} is whole again: ")
    assert first.endswith("records kept, 1 lost")
    assert Path(aside.removeprefix("the damaged original is kept as ")).read_bytes() == before
    assert how == f"go on with it:  strands-nb resume {session}"
    resumed = shell.run("resume", session, "--approve", "--json")
    assert (resumed.code, resumed.json["status"]) == (0, "completed")


def test_a_whole_session_is_left_as_it_is(shell: Shell) -> None:
    session = parked(shell)
    done = shell.run("sessions", "repair", session, "--json")
    assert done.code == 0
    assert done.json == {"session_id": session, "repaired": False, "kept": done.json["kept"], "lost": 0, "aside": None}
    assert "is not damaged" in shell.run("sessions", "repair", session).err


@pytest.mark.parametrize("name", ["nobody", "../etc", ""])
def test_a_session_that_is_not_there_is_exit_17(shell: Shell, name: str) -> None:
    done = shell.run("sessions", "repair", name, "--json")
    assert (done.code, done.json["error_type"]) == (17, "SessionNotFoundError")
