"""What may follow on the line of `%%workflow` and `%workflow`, and what is said about slips."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebook.shells import Shell

BODY = """
agents: {writer: {prompt: You write.}}
steps: [{writer: "About {{ topic }}."}]"""
GATED = """
agents: {writer: {prompt: You write.}}
steps: [{writer: Go.}, {approve: "Good?"}]"""


def cell(options: str, body: str = BODY) -> str:
    return f"%%workflow brief --model scripted -o result {options}{body}"


# ---- inputs ---------------------------------------------------------------------------------------------------------


def test_an_input_is_not_taken_from_the_notebook_unless_that_is_asked_for(shell: Shell) -> None:
    shell.run("topic = 'tides'")
    said = shell.run(cell(""))
    assert "'topic' is not defined; give it, e.g. --var topic=…" in said
    assert "the notebook has topic: --from-ns takes it" in said
    assert "result" not in shell.ipython.user_ns


def test_from_ns_takes_what_the_workflow_lacks_and_nothing_else(shell: Shell) -> None:
    shell.run("topic, secret = 'tides', 'hunter2'")
    shell.run(cell("--from-ns"))
    assert shell["result"].status == "completed"
    assert shell["result"].variables == {"topic": "tides"}


def test_what_is_given_goes_before_what_the_notebook_has(shell: Shell) -> None:
    shell.run("topic = 'tides'")
    shell.run(cell("--from-ns --var topic=waves"))
    assert shell["result"].variables == {"topic": "waves"}


def test_a_value_in_the_text_stays_unless_the_name_is_listed(shell: Shell) -> None:
    body = "\ninputs: {values: {topic: waves}}" + BODY
    shell.run("topic = 'tides'")
    shell.run(cell("--from-ns", body))
    assert shell["result"].variables == {"topic": "waves"}
    shell.run(cell("--anew --from-ns topic", body))
    assert shell["result"].variables == {"topic": "tides"}


def test_later_changes_of_a_variable_do_not_reach_the_run(shell: Shell) -> None:
    shell.run("topic = ['tides']")
    shell.run(cell("--from-ns"))
    shell.run("topic.append('waves')")
    assert shell["result"].variables == {"topic": ["tides"]}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("object()", "topic is no JSON value but of the type object; take a text, number, list or mapping of it"),
        ("__import__('pathlib').Path('x')", "take str(topic)"),
        ("__import__('datetime').date(2026, 1, 2)", "put topic.isoformat() into a variable of its own"),
        ("float('nan')", "topic is no JSON value but of the type float"),
        ("'x' * (1 << 21)", "topic is 2,097,154 bytes as JSON, more than 1,048,576; take a part of it"),
    ],
)
def test_what_no_session_could_hold_is_not_taken(shell: Shell, value: str, said: str) -> None:
    shell.run(f"topic = {value}")
    found = shell.run(cell("--from-ns"))
    assert said in found
    assert found.count("\n") == 1


def test_a_frame_is_refused_with_what_to_do(shell: Shell) -> None:
    pytest.importorskip("pandas")
    shell.run("import pandas; topic = pandas.DataFrame({'a': [1]})")
    assert "of the type DataFrame; put topic.to_dict() into a variable of its own" in shell.run(cell("--from-ns"))


def test_a_listed_name_must_be_a_variable(shell: Shell) -> None:
    shell.run("topics = 'tides'")
    assert "--from-ns: the notebook has no variable 'topic'; did you mean 'topics'?" in shell.run(
        cell("--from-ns topic")
    )


def test_options_are_filled_in_from_variables_and_values_with_blanks_stay_whole(shell: Shell) -> None:
    shell.run("model, out, topic = 'scripted', 'mine', 'tidal power {model}'")
    shell.run("%%workflow brief --model {{model}} -o {{ out }} --var topic={{ topic }}" + BODY)
    assert shell["mine"].variables == {"topic": "tidal power {model}"}


def test_ipythons_own_way_of_filling_in_works_too(shell: Shell) -> None:
    shell.run("subject = 'tides'")
    shell.run(cell("--var topic={subject.upper()}"))
    assert shell["result"].variables == {"topic": "TIDES"}


def test_a_variable_that_is_not_there_is_said_with_the_nearest(shell: Shell) -> None:
    shell.run("model = 'scripted'")
    said = shell.run("%%workflow brief --model {{mod3l}}" + BODY)
    assert said.strip() == "UsageError: {{mod3l}}: the notebook has no variable 'mod3l'; did you mean 'model'?"


# ---- ways to run ----------------------------------------------------------------------------------------------------


def test_budgets_of_the_line_limit_the_run(shell: Shell) -> None:
    shell.run(cell("--max-steps 1", "\nagents: {w: {prompt: W.}}\nsteps: [{w: One.}, {w: Two.}]"))
    assert shell["result"].status == "failed"
    assert "max_steps" in shell["result"].error_message


def test_a_session_is_named_and_gone_on_with(shell: Shell) -> None:
    shell.run(cell("--session wf-feedbeef --on-hitl park", GATED))
    assert (shell["result"].status, shell["result"].session_id) == ("paused", "wf-feedbeef")
    shell.run(cell("--session wf-feedbeef --on-hitl approve", GATED))
    assert (shell["result"].status, shell["result"].session_id) == ("completed", "wf-feedbeef")


def test_a_check_shows_the_bound_and_runs_nothing(shell: Shell) -> None:
    said = shell.run(cell("--check --var topic=tides").replace("brief", "checked").replace("-o result", ""))
    assert "valid" in said
    assert "checked (at most 1 call, free)" in said
    shell.run(cell("--check --var topic=tides").replace("brief", "checked"))
    assert type(shell["result"]).__name__ == "Workflow"
    assert "no such sessions" in shell.run("%workflow list --workflow checked")


def test_output_files_go_into_the_folder_and_are_not_replaced_where_that_is_refused(
    shell: Shell, tmp_path: Path
) -> None:
    body = "\noutputs: {artifacts: [{path: a.md, from: '{{ last_response }}'}]}" + GATED.replace(
        ', {approve: "Good?"}', ""
    )
    shell.run(cell(f"--output-dir {tmp_path}", body))
    assert (tmp_path / "a.md").exists()
    said = shell.run(cell(f"--no-overwrite --output-dir {tmp_path}", body))
    assert "there already; nothing was run. Pass --overwrite to replace, or --output-dir DIR" in said
    shell.run(cell(f"--anew --output-dir {tmp_path}", body))
    assert shell["result"].success


def test_a_run_in_the_background_is_handed_over_at_once(shell: Shell) -> None:
    shell.run(cell("-b --var topic=x"))
    assert shell["result"].result(timeout=10).success


def test_a_file_runs_with_the_same_options(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "brief.yaml"
    path.write_text(f"name: filed{BODY}", encoding="utf-8")
    shell.run(f"topic = 'tides'; where = {str(path)!r}")
    shell.run("%workflow run {{where}} --model scripted -o result --from-ns")
    assert shell["result"].variables == {"topic": "tides"}
    assert "did you mean" in shell.run(f"%workflow run {tmp_path / 'breif.yaml'}")


# ---- slips ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--mod3l x", "%%workflow: there is no '--mod3l' here; did you mean '--model'?"),
        ("--on-hitl aks", "argument --on-hitl: invalid choice: 'aks'; did you mean 'ask'?"),
        ("--var topic", "argument --var: 'topic': write NAME=VALUE"),
        ("--max-cost much", "argument --max-cost: 'much': give an amount of US dollars above 0"),
        ("--max-cost -1", "argument --max-cost: "),
        ("--max-tokens 1.5", "argument --max-tokens: '1.5': give a whole number above 0"),
        ("-o 'my var'", "argument -o/--out: 'my var' is no name that a variable can have"),
        ("--reuse --anew", "not allowed with argument"),
        ("one two", "%%workflow: there is no 'two' here; %%workflow -h shows what there is"),
        ("--model scripted --session ../x", "is no session id"),
        ("--model openia:x", "did you mean 'openai'?"),
        ("'", "No closing quotation"),
    ],
)
def test_a_slip_in_the_options_is_said_in_one_line(shell: Shell, options: str, said: str) -> None:
    found = shell.run(f"%%workflow {options}" + GATED)
    assert said in found
    assert found.startswith("UsageError: ")
    assert found.count("\n") == 1


def test_an_error_shows_where_it_comes_from_if_that_is_asked_for(shell: Shell) -> None:
    assert "Traceback" not in shell.run("%workflow show wf-00000000")
    assert "Traceback" in shell.run("%workflow fork wf-00000000 --debug")


def test_help_is_printed_for_cells_verbs_and_all(shell: Shell) -> None:
    everything = shell.run("%workflow")
    for verb in shell.ipython.find_line_magic("workflow").__self__.verbs.table:
        assert f"%workflow {verb}" in everything
        known_as = {"sessions": "list", "clean": "cleanup"}.get(verb, verb)
        assert f"usage: %workflow {known_as}" in shell.run(f"%workflow {verb} -h")
    for asked in ("%%workflow -h", "%%workflow --help" + BODY, "%%workflow?"):
        assert "--from-ns" in shell.run(asked)


# ---- verbs ----------------------------------------------------------------------------------------------------------


def test_costs_are_shown_of_one_session_and_of_all(shell: Shell) -> None:
    shell.run(cell("--var topic=tides"))
    assert "scripted" in shell.run(f"%workflow cost {shell['result'].session_id}")
    everything = shell.run("%workflow cost")
    assert shell["result"].session_id in everything
    assert everything.rstrip().splitlines()[-1].split()[:1] == ["together"]


def test_a_file_is_drawn(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "brief.yaml"
    path.write_text(f"name: drawn{GATED}", encoding="utf-8")
    assert shell.run(f"%workflow graph {path} --mermaid").startswith("flowchart TD")
    assert shell.run(f"%workflow graph {path} --svg").startswith("<svg")
    assert "drawn (at most 1 call" in shell.run(f"%workflow graph {path}")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("schema steps", "context_display  string"),
        ("schema runtime.budgets", "max_cost_usd"),
        ("schema graph.edges", "Ways to go on"),
        ("schema agents.*.memory", "scope | none"),
        ("schema", '"title": "strands_nb workflow"'),
        ("schema stesp", "there is no 'stesp' here; did you mean 'steps'?"),
        ("sessions --workflow nothing-of-that-name", "no such sessions"),
        ("pause", "no run of this kernel is running"),
        ("clean --older-than 10000", "would be deleted"),
        ("demo now", "there is no 'now' here"),
    ],
)
def test_verbs_say_what_they_are_asked(shell: Shell, line: str, said: str) -> None:
    assert said in shell.run(f"%workflow {line}")


# ---- %config --------------------------------------------------------------------------------------------------------


def test_config_goes_before_the_environment_and_behind_the_line(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRANDS_NB_MODEL", "scripted:env")
    shell.run("%config WorkflowMagics.model = 'scripted'")
    shell.run("%%workflow brief -o result --var topic=x" + BODY)
    assert [entry["model"] for entry in shell["result"].usage.values()] == ["scripted"]
    shell.run("%config WorkflowMagics.max_tokens = 1")
    shell.run("%%workflow brief -o result --anew --max-tokens 5000 --var topic=x" + BODY)
    assert shell["result"].success


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("max_cost = 'much'", "max_cost should be an amount of US dollars above 0; write, e.g., max_cost = 1.0"),
        ("on_hitl = 'aks'", "did you mean 'ask'?"),
        ("provider = 'openia'", "did you mean 'openai'?"),
        ("background = 1", "background should be true or false"),
    ],
)
def test_config_refuses_what_is_no_setting_in_one_line(
    shell: Shell, caplog: pytest.LogCaptureFixture, line: str, said: str
) -> None:
    key = line.split(maxsplit=1)[0]
    found = shell.run(f"%config WorkflowMagics.{line}") + caplog.text
    assert said in found
    assert "Traceback" not in found
    assert getattr(shell.ipython.find_line_magic("workflow").__self__, key) is None


def test_config_makes_cells_run_in_the_background_and_the_line_says_otherwise(shell: Shell) -> None:
    shell.run("%config WorkflowMagics.background = True")
    shell.run(cell("--var topic=x"))
    assert type(shell["result"]).__name__ == "Run"
    shell.run(cell("--no-background --anew --var topic=x"))
    assert type(shell["result"]).__name__ == "RunResult"


def test_config_lets_cells_take_variables_and_keeps_sessions_elsewhere(shell: Shell, tmp_path: Path) -> None:
    shell.run(f"%config WorkflowMagics.storage_dir = {str(tmp_path)!r}")
    shell.run("%config WorkflowMagics.from_ns = True")
    shell.run("topic = 'tides'")
    shell.run(cell(""))
    assert (tmp_path / shell["result"].session_id / "journal.jsonl").exists()
    assert shell["result"].session_id in shell.run("%workflow list")


def test_a_config_file_sets_the_same() -> None:
    shell = Shell(WorkflowMagics={"model": "scripted"})
    shell.run("%load_ext strands_nb")
    shell.run("%%workflow brief -o result --anew --var topic=x" + BODY)
    shell.run("%unload_ext strands_nb")
    assert shell["result"].success
