"""`resume`, from the id of a session alone."""

from __future__ import annotations

import pytest

from tests.cli.support import FILES, GATED, REFUSAL, Shell, parked


@pytest.mark.parametrize(
    ("answer", "code", "response"),
    [
        (["--approve"], 0, "fine"),
        (["--answer", "very good"], 0, "very good"),
        (["--answer", ""], 0, "fine"),
        (["--answer", "reject"], 0, "reject"),
        (["--modify", "shorter", "--on-hitl", "approve"], 0, "fine"),
        (["--modify", "shorter", "--on-hitl", "park"], 19, None),
        (["--reject", "not now"], 11, None),
        (["--approve", "--question", "steps/1"], 0, "fine"),
    ],
)
def test_a_session_is_resumed_from_its_id_alone(
    shell: Shell, answer: list[str], code: int, response: str | None
) -> None:
    done = shell.run("resume", parked(shell), *answer, "--json")
    assert (done.code, done.json["exit_code"], done.err) == (code, code, "")
    assert done.json["variables"] == {"topic": "fog"}
    if response is not None:
        assert done.json["execution_context"]["steps"][1]["response"] == response
    if code == 11:
        assert done.json["error_message"] == "not now"


def test_the_advice_of_a_parked_run_works_as_it_is_printed(shell: Shell) -> None:
    done = shell.run("run", shell.write("w.yaml", GATED), "--on-hitl", "park")
    line = done.err.splitlines()[-1]
    session = shell.sessions[0]
    assert (
        line
        == f"answer it:  strands-nb resume {session} --approve | --answer TEXT | --modify FEEDBACK | --reject REASON"
    )


def test_the_advice_offers_no_answer_that_the_question_does_not_take(shell: Shell) -> None:
    text = "agents: {a: {prompt: A}}\nsteps: [{type: hitl, prompt: Which?, choices: [a b, c]}, {a: Go}]\n"
    done = shell.run("run", shell.write("w.yaml", text), "--model", "scripted", "--on-hitl", "park")
    session = shell.sessions[0]
    assert done.err.splitlines()[-1] == f"answer it:  strands-nb resume {session} --answer 'a b' | --reject REASON"
    assert shell.run("resume", session, "--answer", "a b").code == 0


def test_a_resume_shows_only_what_is_new(shell: Shell) -> None:
    session = parked(shell)
    done = shell.run("resume", session, "--answer", "good")
    lines = done.err.splitlines()
    assert lines[0] == f"brief: session {session} goes on"
    assert "✓ review: good (command line)" in lines
    assert not any("researcher" in line for line in lines)


def test_the_options_of_the_first_process_count(shell: Shell) -> None:
    session = parked(
        shell, FILES.replace("provider: scripted", "provider: openai"), "--model", "scripted", "--out", "o"
    )
    done = shell.process("resume", session, "--approve", "--json")
    assert done.json["artifacts_written"] == [str(shell.folder / "o" / "brief.md")]


def test_a_session_resumed_again_after_its_end_gives_the_same_result_and_calls_nobody(shell: Shell) -> None:
    session = parked(shell)
    first = shell.run("resume", session, "--approve", "--json").json
    again = shell.run("resume", session, "--json").json
    assert again["last_response"] == first["last_response"]
    assert again["execution_context"] == first["execution_context"]
    assert shell.spent(session) == ["steps/0", "steps/2"]


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (["--answer", "no"], "steps/1 is answered already"),
        (["--answer", "no", "--question", "steps/1"], "'good', by command line"),
    ],
)
def test_a_question_that_has_its_answer_is_exit_17(shell: Shell, second: list[str], words: str) -> None:
    session = parked(shell)
    shell.run("resume", session, "--answer", "good")
    done = shell.run("resume", session, *second, "--json")
    assert (done.code, set(done.json)) == (17, REFUSAL)
    assert words in done.json["error_message"]


@pytest.mark.parametrize("session", ["wf-00000000", "No Such Thing", "../../etc"])
def test_an_unknown_session_is_exit_17(shell: Shell, session: str) -> None:
    done = shell.run("resume", session, "--json")
    assert (done.code, done.json["error_type"]) == (17, "SessionNotFoundError")


def test_a_cancelled_session_is_exit_17(shell: Shell) -> None:
    session = parked(shell)
    shell.run("resume", session, "--reject", "no")
    done = shell.run("resume", session)
    assert done.code == 17
    assert "was cancelled (no) and cannot be resumed; start a new run" in done.err


def test_a_home_that_cannot_be_written_is_exit_17_without_a_traceback(shell: Shell) -> None:
    shell.write("file", "")
    done = shell.run("run", shell.write("w.yaml", GATED), "--json", STRANDS_NB_HOME=str(shell.folder / "file"))
    assert (done.code, set(done.json)) == (17, REFUSAL)
