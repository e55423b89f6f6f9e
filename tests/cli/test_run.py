"""`run` and `resume` in scripts: exit codes, and one JSON object on standard output."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.app.support import THREE_MISTAKES
from tests.cli.support import GATED, Shell

RESULT = {
    "success", "status", "exit_code", "session_id", "pattern_type", "agent_id", "last_response", "error_message",
    "duration_seconds", "waiting_seconds", "started_at", "completed_at", "artifacts_written", "token_usage", "usage",
    "cost", "execution_context", "variables",
}  # fmt: skip
REFUSAL = {"success", "status", "exit_code", "error_message", "error_type", "errors"}


def test_a_run_prints_its_last_response_and_nothing_else_on_standard_output(shell: Shell) -> None:
    done = shell.run("run", shell.write("w.yaml", GATED), "--on-hitl", "approve", "--var", "topic=fog")
    assert done.code == 0
    assert done.out.startswith("## Fog\n")
    assert [line[:2] for line in done.err.splitlines()] == ["br", "◉ ", "✓ ", "◆ ", "✓ ", "◉ ", "✓ ", "✓ "]
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

FILES = GATED + 'outputs: {artifacts: [{path: "{{ name }}.md", from: "{{ last_response }}"}]}'


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


# ---- resume ---------------------------------------------------------------------------------------------------------


def parked(shell: Shell, text: str = GATED, *args: str) -> str:
    done = shell.run("run", shell.write("w.yaml", text), "--on-hitl", "park", "--json", "--var", "topic=fog", *args)
    assert done.code == 19
    Path(shell.folder, "w.yaml").unlink()  # all it needs is in the session
    return done.json["session_id"]


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


# ---- the rest -------------------------------------------------------------------------------------------------------


def test_the_home_moves_all_state(shell: Shell) -> None:
    shell.run("run", shell.write("w.yaml", GATED), "--on-hitl", "approve")
    assert {path.name for path in shell.folder.iterdir()} == {"home", "w.yaml"}
    assert shell.run("sessions", "list", "--json", STRANDS_NB_HOME=str(shell.folder / "other")).json == {"sessions": []}


def test_the_list_of_sessions_names_each_with_its_question(shell: Shell) -> None:
    session = parked(shell)
    done = shell.run("sessions", "list", "--json")
    (entry,) = done.json["sessions"]
    assert (entry["session_id"], entry["status"], entry["units_done"], entry["units"]) == (session, "paused", 1, 3)
    assert entry["questions"][0]["prompt"] == "Good enough?"
    shown = shell.run("sessions", "list").out.splitlines()
    assert shown[0].split() == ["session", "status", "done", "tokens", "updated", "workflow"]
    assert shown[1].split()[:3] == [session, "paused", "1/3"]
    assert shown[1].rstrip().endswith("asks: Good enough?")


def test_without_sessions_the_list_says_how_to_make_one(shell: Shell) -> None:
    done = shell.run("sessions", "list")
    assert (done.code, done.out) == (0, "")
    assert "no sessions yet" in done.err


def test_validate_lists_mistakes_and_needs_of_several_files(shell: Shell) -> None:
    bad, good = shell.write("bad.yaml", THREE_MISTAKES), shell.write("good.yaml", GATED.replace("scripted", "openai"))
    done = shell.run("validate", bad, good, "--json")
    assert (done.code, done.err, done.json["valid"]) == (3, "", False)
    assert [(f["file"], f["valid"], len(f["problems"])) for f in done.json["files"]] == [
        (bad, False, 3),
        (good, True, 1),
    ]
    shown = shell.run("validate", bad, good)
    assert shown.code == 3
    assert "✕ bad.yaml" in shown.out
    assert "10:16  error  unknown agent 'wrtier'; did you mean 'writer'?" in shown.out
    assert shell.run("validate", good).code == 0


def test_the_schema_is_a_json_schema(shell: Shell) -> None:
    assert "agents" in shell.run("schema").json["properties"]


def test_models_are_listed_with_what_they_need(shell: Shell) -> None:
    found = shell.run("models", "list", "--json").json
    assert found["providers"]["scripted"] == []
    assert "OPENAI_API_KEY" in found["providers"]["openai"][0]
    assert "✓ scripted      ready" in shell.run("models", "list").out


def test_the_demo_shows_its_text_which_is_valid(shell: Shell) -> None:
    done = shell.run("demo", "--show")
    assert done.code == 0
    assert shell.run("validate", shell.write("demo.yaml", done.out)).code == 0


def test_the_version_and_the_help_are_said(shell: Shell) -> None:
    assert shell.run("--version").out.startswith("strands-nb ")
    assert "--no-version" not in shell.run("--help").out
    assert "--on-hitl" in shell.run("run", "--help").out


def test_text_of_any_script_survives_a_narrow_encoding(shell: Shell) -> None:
    script = shell.write("s.json", json.dumps({"default": "süß \U0001f600"}, ensure_ascii=False))
    text = f"agents: {{a: {{prompt: A}}}}\nruntime: {{provider: scripted, model_id: {script}}}\nsteps: [{{a: Go}}]"
    name = shell.write("w.yaml", text)
    assert shell.process("run", name, "--json", PYTHONIOENCODING="ascii").json["last_response"] == "süß \U0001f600"
    assert shell.process("run", name, PYTHONIOENCODING="ascii").out == "s?? ?\n"
