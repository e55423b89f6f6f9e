"""The smaller commands, and what holds for all."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.app.support import THREE_MISTAKES
from tests.cli.support import GATED, Shell, parked


def test_the_home_moves_all_state(shell: Shell) -> None:
    shell.run("run", shell.write("w.yaml", GATED), "--on-hitl", "approve")
    assert {path.name for path in shell.folder.iterdir()} == {"home", "w.yaml"}
    assert shell.run("sessions", "list", "--json", STRANDS_NB_HOME=str(shell.folder / "other")).json["sessions"] == []


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


def test_the_module_is_the_command_line_too(shell: Shell) -> None:
    done = subprocess.run([sys.executable, "-m", "strands_nb", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == shell.run("--version").out


def test_text_of_any_script_survives_a_narrow_encoding(shell: Shell) -> None:
    script = shell.write("s.json", json.dumps({"default": "süß \U0001f600"}, ensure_ascii=False))
    text = f"agents: {{a: {{prompt: A}}}}\nruntime: {{provider: scripted, model_id: {script}}}\nsteps: [{{a: Go}}]"
    name = shell.write("w.yaml", text)
    assert shell.process("run", name, "--json", PYTHONIOENCODING="ascii").json["last_response"] == "süß \U0001f600"
    assert shell.process("run", name, PYTHONIOENCODING="ascii").out == "s?? ?\n"


@pytest.mark.parametrize(
    ("options", "begins"), [(("--mermaid",), "flowchart TD"), (("--svg",), "<svg"), ((), "brief (at most 2 calls")]
)
def test_show_draws_a_workflow_and_calls_nobody(shell: Shell, options: tuple[str, ...], begins: str) -> None:
    shown = shell.run("show", shell.write("w.yaml", GATED), *options)
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.startswith(begins)
    assert "review" in shown.out
