"""`run` and `resume` in scripts: exit codes, and one JSON object on standard output."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.support import THREE_MISTAKES
from tests.cli.support import FILES, GATED, REFUSAL, Shell

RESULT = {
    "success", "status", "exit_code", "session_id", "pattern_type", "agent_id", "last_response", "error_message",
    "duration_seconds", "waiting_seconds", "started_at", "completed_at", "artifacts_written", "token_usage", "usage",
    "cost", "execution_context", "variables",
}  # fmt: skip


def test_a_run_prints_its_last_response_and_nothing_else_on_standard_output(shell: Shell) -> None:
    done = shell.run("run", shell.write("w.yaml", GATED), "--on-hitl", "approve", "--var", "topic=fog")
    assert done.code == 0
    assert done.out.startswith("## Fog\n")
    assert [line[:2] for line in done.err.splitlines()] == ["at", "br", "◉ ", "✓ ", "◆ ", "✓ ", "◉ ", "✓ ", "✓ "]
    assert "✓ review: fine (policy approve)" in done.err


def test_with_json_standard_output_is_the_result_and_standard_error_is_empty(shell: Shell) -> None:
    done = shell.process("run", shell.write("w.yaml", GATED), "--on-hitl", "default", "--json", "--var", "topic=fog")
    assert (done.code, done.err) == (0, "")
    assert set(done.json) == RESULT
    assert (done.json["status"], done.json["variables"]) == ("completed", {"topic": "fog"})
    assert done.json["execution_context"]["steps"][1]["response"] == "fine"


@pytest.mark.parametrize(
    ("policy", "code", "status"), [("park", 19, "paused"), ("fail", 10, "failed"), ("ask", 19, "paused")]
)
def test_exit_codes_of_a_question_nobody_answers(shell: Shell, policy: str, code: int, status: str) -> None:
    done = shell.run("run", shell.write("w.yaml", GATED), "--on-hitl", policy, "--json")
    assert (done.code, done.json["exit_code"], done.json["status"]) == (code, code, status)


def test_answers_may_be_piped_in(shell: Shell) -> None:
    done = shell.process("run", shell.write("w.yaml", GATED), "--json", stdin="/modify shorter\nyes indeed\n")
    assert done.code == 0
    assert done.json["execution_context"]["steps"][1]["response"] == "yes indeed"
    assert shell.spent(done.json["session_id"]) == ["steps/0", "steps/0~2", "steps/2"]


def test_a_used_up_budget_is_exit_20_and_the_advice_works(shell: Shell) -> None:
    text = GATED.replace("{provider: scripted}", "{provider: scripted, budgets: {max_steps: 1}}")
    done = shell.run("run", shell.write("w.yaml", text), "--on-hitl", "approve")
    assert done.code == 20
    assert "budget max_steps is used up" in done.err
    advice = done.err.splitlines()[-1].partition("strands-nb ")[2]
    assert advice.endswith("--budget max_steps=2")
    assert shell.run(*advice.split()).code == 0


def test_a_budget_may_be_given_for_one_run(shell: Shell) -> None:
    name = shell.write("w.yaml", GATED)
    assert shell.run("run", name, "--on-hitl", "approve", "--budget", "max_tokens=1", "--json").code == 20
    for wrong in ("max_token=1", "max_tokens=many", "max_tokens"):
        assert shell.run("run", name, "--budget", wrong).code == 2
    assert len(shell.sessions) == 1


def test_a_failed_run_is_exit_10_and_goes_on_where_it_failed(shell: Shell) -> None:
    script = shell.write("script.yaml", "rules: [{prompt: /^Write/, error: auth}]")
    text = GATED.replace("scripted}", f"scripted, model_id: {script}}}")
    done = shell.process("run", shell.write("w.yaml", text), "--on-hitl", "approve")
    assert done.code == 10
    shell.write("script.yaml", "default: written at last")
    advice = done.err.splitlines()[-1].partition("strands-nb ")[2]
    again = shell.process(*advice.split())
    assert (again.code, again.out) == (0, "written at last\n")
    assert shell.spent(shell.sessions[0]) == ["steps/0", "steps/2"]


# ---- refusals -------------------------------------------------------------------------------------------------------


def test_mistakes_are_exit_3_all_at_once_with_line_caret_and_suggestion(shell: Shell) -> None:
    done = shell.run("run", shell.write("w.yaml", THREE_MISTAKES))
    assert (done.code, done.out) == (3, "")
    assert "3 problems, nothing was run" in done.err
    for line, caret, hint in ((10, 16, "'writer'"), (13, 9, "'input'"), (15, 26, "'topic'")):
        assert f"line {line}, col {caret}: " in done.err
        assert f"did you mean {hint}?" in done.err
    assert done.err.count("^^^^") == 3
    assert shell.sessions == []


def test_mistakes_as_json_have_their_places(shell: Shell) -> None:
    done = shell.run("run", shell.write("w.yaml", THREE_MISTAKES), "--json")
    assert (done.code, set(done.json)) == (3, REFUSAL)
    assert (done.json["status"], done.json["error_type"]) == ("refused", "SchemaValidationError")
    assert [(e["line"], e["column"], e["file"]) for e in done.json["errors"]] == [
        (10, 16, "w.yaml"), (13, 9, "w.yaml"), (15, 26, "w.yaml"),
    ]  # fmt: skip


def test_a_given_variable_is_not_said_to_be_missing_beside_mistakes(shell: Shell) -> None:
    name = shell.write("w.yaml", THREE_MISTAKES)
    assert len(shell.run("run", name, "--json", "--var", "topc=x").json["errors"]) == 2


def test_a_missing_key_is_exit_3_and_offers_what_needs_none(shell: Shell) -> None:
    name = shell.write("w.yaml", GATED.replace("scripted", "openai"))
    done = shell.run("run", name)
    assert done.code == 3
    assert "provider openai has no key; set OPENAI_API_KEY" in done.err
    assert "--model local" in done.err
    assert "--model scripted" in done.err
    assert shell.sessions == []
    assert shell.run("run", name, "--model", "scripted", "--on-hitl", "approve").code == 0


def test_all_variables_that_do_not_fit_are_named(shell: Shell) -> None:
    text = GATED + "inputs: {required: {n: integer, flag: boolean}}"
    done = shell.run("run", shell.write("w.yaml", text), "--var", "n=many", "--var", "flag=maybe", "--json")
    assert done.code == 3
    assert [e["message"] for e in done.json["errors"]] == [
        "input 'n' should be a whole number, is the text 'many'",
        "input 'flag' should be true or false, is the text 'maybe'",
    ]


def test_variables_are_read_by_their_declared_type(shell: Shell) -> None:
    text = GATED + "inputs: {required: {n: integer, many: array}, optional: {word: string}}"
    done = shell.run(
        "run", shell.write("w.yaml", text), "--on-hitl", "park", "--json",
        "--var", "n=3", "--var", "many=[1,2]", "--var", "word=3", "--var", "free=a=b",
    )  # fmt: skip
    assert done.json["variables"] == {"n": 3, "many": [1, 2], "word": "3", "free": "a=b"}


@pytest.mark.parametrize(
    "args",
    [
        ["run"],
        ["run", "nowhere.yaml"],
        ["run", "w.yaml", "--var", "x"],
        ["run", "w.yaml", "--var", "=x"],
        ["run", "w.yaml", "--on-hitl", "aks"],
        ["run", "w.yaml", "--model", "opena"],
        ["run", "w.yaml", "--bogus"],
        ["resume"],
        ["resume", "s", "--approve", "--answer", "x"],
        ["resume", "s", "--answer", "x", "--modify", "y"],
        ["resume", "s", "--reject", "x", "--approve"],
        ["resume", "s", "--question", "steps/1"],
        ["validate"],
        ["models", "pull", "--bogus"],
        ["nonsense"],
    ],
)
def test_a_wrong_call_is_exit_2_also_as_json(shell: Shell, args: list[str]) -> None:
    shell.write("w.yaml", GATED)
    assert shell.run(*args).code == 2
    if args[0] in {"run", "resume", "validate"}:
        done = shell.run(*args, "--json")
        assert (done.code, set(done.json)) == (2, REFUSAL)
        assert done.json["error_message"]
    assert shell.sessions == []


def test_an_unreadable_file_is_exit_3(shell: Shell) -> None:
    done = shell.run("run", shell.write("w.yaml", "a: [1\n"), "--json")
    assert (done.code, done.json["error_type"]) == (3, "LoadError")


def test_lenient_makes_doubtful_references_warnings(shell: Shell) -> None:
    text = GATED.replace("Facts about", "{% if false %}{{ steps[2].response }}{% endif %}Facts about")
    text = text.replace("- researcher: ", '- researcher: "').replace("default('tides') }}", "default('tides') }}\"")
    name = shell.write("w.yaml", text)
    assert shell.run("run", name).code == 3
    assert shell.run("run", name, "--lenient", "--on-hitl", "approve").code == 0


# ---- output files ---------------------------------------------------------------------------------------------------


def test_output_files_go_to_the_folder_that_is_named(shell: Shell) -> None:
    done = shell.run("run", shell.write("w.yaml", FILES), "--on-hitl", "approve", "--out", "made", "--json")
    assert done.json["artifacts_written"] == [str(shell.folder / "made" / "brief.md")]


def test_an_output_file_that_is_there_is_refused_before_the_run(shell: Shell) -> None:
    shell.write("brief.md", "old")
    name = shell.write("w.yaml", FILES)
    done = shell.run("run", name, "--json")
    assert (done.code, done.json["error_type"]) == (2, "ArtifactError")
    assert "nothing was run. Pass --overwrite" in done.json["error_message"]
    assert shell.sessions == []
    assert shell.run("run", name, "--on-hitl", "approve", "--overwrite").code == 0
    assert Path(shell.folder, "brief.md").read_text() != "old"


def test_an_output_file_that_appeared_meanwhile_is_not_replaced_and_the_advice_works(shell: Shell) -> None:
    session = shell.run("run", shell.write("w.yaml", FILES), "--on-hitl", "park", "--json").json["session_id"]
    shell.write("brief.md", "old")
    done = shell.run("resume", session, "--approve")
    assert done.code == 10
    assert Path(shell.folder, "brief.md").read_text() == "old"
    advice = done.err.splitlines()[-1].partition("strands-nb ")[2]
    assert advice == f"resume {session} --overwrite"
    assert shell.run(*advice.split()).code == 0
    assert shell.spent(session) == ["steps/0", "steps/2"]


def test_a_reader_who_leaves_early_does_not_stop_the_run(shell: Shell) -> None:
    with shell.start("run", shell.write("w.yaml", GATED), "--on-hitl", "approve", "--var", "topic=fog") as running:
        assert running.stderr is not None
        running.stderr.readline()
        running.stderr.close()
        assert running.stdout is not None
        assert running.stdout.read().startswith("## Fog\n")
        assert running.wait(60) == 0
