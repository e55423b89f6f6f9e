"""The command line on a real terminal: what is seen, and what is typed."""

from __future__ import annotations

import json
import re
import sys
import time
from typing import Any

import pytest

from tests.cli.support import COMMAND, GATED, Shell, plain

pexpect: Any = pytest.importorskip("pexpect")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals on Windows")

PROMPT = r"your answer(\x1b\[0m)? > "


class Terminal:
    """A process on a terminal of its own."""

    def __init__(self, shell: Shell, *args: str, columns: int = 100, **env: str) -> None:
        self._process = pexpect.spawn(
            COMMAND[0],
            [*COMMAND[1:], *args],
            cwd=str(shell.folder),
            env=shell.env | {"COLUMNS": str(columns), "LINES": "40"} | env,
            dimensions=(40, columns),
            encoding="utf-8",
            timeout=10,
        )
        self.screen = ""

    def wait_for(self, text: str) -> str:
        """Everything on the screen up to and with this text."""
        self._process.expect(text)
        self.screen += self._process.before + self._process.after
        return self.screen

    def type(self, line: str) -> None:
        self._process.sendline(line)

    def press(self, key: str) -> None:
        self._process.sendcontrol(key)

    def end(self) -> tuple[int, str]:
        """Exit code, and the screen without colours."""
        self._process.expect(pexpect.EOF)
        self.screen += self._process.before
        self._process.close()
        return self._process.exitstatus, plain(self.screen)


def test_an_answer_is_typed_and_the_run_goes_on_to_its_end(shell: Shell) -> None:
    terminal = Terminal(shell, "run", shell.write("w.yaml", GATED), "--var", "topic=fog")
    seen = plain(terminal.wait_for(PROMPT))
    assert "Good enough?" in seen
    assert "Enter: “fine” · a text approves with it · /modify feedback · /reject reason" in seen
    assert "When it comes to fog" in seen
    terminal.type("good as it is")
    code, screen = terminal.end()
    assert code == 0
    assert re.search(r"brief  ✓ done  00:0\d · .* tok · session wf-\w+ · scripted", screen)
    assert "✓ review      good as it is (terminal)" in screen
    assert screen.rstrip().endswith("works.") or "Taken together" in screen


def test_a_form_says_what_it_takes_and_is_asked_again_until_it_gets_it(shell: Shell) -> None:
    form = "{type: object, required: [n], properties: {n: {type: integer}, note: {type: string}}}"
    asking = GATED.replace("default: fine}", f"schema: {form}}}")
    terminal = Terminal(shell, "run", shell.write("w.yaml", asking))
    seen = plain(terminal.wait_for(PROMPT))
    assert "JSON that fits the form: n, note · /modify feedback · /reject reason" in seen
    terminal.type('{"n": "two"}')
    assert "at $.n: 'two' is not of type 'integer'" in plain(terminal.wait_for(PROMPT))
    terminal.type('{"n": 2}')
    code, screen = terminal.end()
    assert code == 0
    assert '✓ review      {"n": 2} (terminal)' in screen


def test_modify_and_then_enter_takes_the_default(shell: Shell) -> None:
    terminal = Terminal(shell, "run", shell.write("w.yaml", GATED))
    terminal.wait_for(PROMPT)
    terminal.type("/modify shorter, please")
    terminal.wait_for(PROMPT)
    terminal.type("")
    code, screen = terminal.end()
    assert code == 0
    assert "✓ review      fine (terminal)" in screen
    (session,) = shell.sessions
    assert shell.spent(session) == ["steps/0", "steps/0~2", "steps/2"]


def test_reject_ends_the_run_with_its_reason(shell: Shell) -> None:
    terminal = Terminal(shell, "run", shell.write("w.yaml", GATED))
    terminal.wait_for(PROMPT)
    terminal.type("/reject not good enough")
    code, screen = terminal.end()
    assert code == 11
    assert screen.rstrip().endswith("cancelled: not good enough")


def test_an_answer_that_does_not_fit_is_asked_for_again(shell: Shell) -> None:
    text = "agents: {a: {prompt: A}}\nsteps: [{type: hitl, prompt: Which?, choices: ['[red]', c]}, {a: Go}]\n"
    terminal = Terminal(shell, "run", shell.write("w.yaml", text), "--model", "scripted")
    assert "one of: [red], c · /modify" in plain(terminal.wait_for(PROMPT))
    terminal.type("[blue]")
    assert "'[blue]' is not one of the choices: [red], c" in plain(terminal.wait_for(PROMPT))
    terminal.type("/modify x")
    assert "nothing to modify" in plain(terminal.wait_for(PROMPT))
    terminal.type("[red]")
    assert terminal.end()[0] == 0


def test_a_deadline_that_passes_at_the_prompt_takes_the_default_and_the_prompt_goes_away(shell: Shell) -> None:
    text = GATED.replace("default: fine", "default: fine, timeout_seconds: 0.5")
    terminal = Terminal(shell, "run", shell.write("w.yaml", text))
    assert re.search(r"until \d\d:\d\d:\d\d", plain(terminal.wait_for(PROMPT)))
    code, screen = terminal.end()
    assert code == 0
    assert "no longer needed" in screen
    assert "✓ review      fine (deadline)" in screen


@pytest.mark.parametrize("key", ["c", "d"])
def test_ctrl_c_and_ctrl_d_at_the_prompt_park_the_run(shell: Shell, key: str) -> None:
    terminal = Terminal(shell, "run", shell.write("w.yaml", GATED))
    terminal.wait_for(PROMPT)
    terminal.press(key)
    code, screen = terminal.end()
    assert code == 19
    (session,) = shell.sessions
    assert f"answer it:  strands-nb resume {session} --approve | --answer TEXT" in screen
    assert shell.run("resume", session, "--approve").code == 0


def test_ctrl_c_in_the_middle_of_a_step_pauses(shell: Shell) -> None:
    script = shell.write("s.json", json.dumps({"delay": 0.3, "chunk_size": 5}))
    text = GATED.replace("scripted}", f"scripted, model_id: {script}}}")
    terminal = Terminal(shell, "run", shell.write("w.yaml", text))
    terminal.wait_for("│")
    time.sleep(0.5)
    terminal.press("c")
    code, screen = terminal.end()
    assert code == 19
    assert "‖ paused" in screen
    assert "go on from here:  strands-nb resume wf-" in screen


def test_a_resume_asks_the_open_question_here(shell: Shell) -> None:
    session = shell.run("run", shell.write("w.yaml", GATED), "--on-hitl", "park", "--json").json["session_id"]
    terminal = Terminal(shell, "resume", session)
    assert "Good enough?" in plain(terminal.wait_for(PROMPT))
    terminal.type("from another process")
    code, screen = terminal.end()
    assert code == 0
    assert "from another process (terminal)" in screen


EVIL = "[bold red]not bold[/] [link=http://x]y[/link] :smile: \x1b[2J\x1b]0;stolen title\x07\x1b[31mred\x07"


def test_nothing_a_model_or_an_author_says_is_markup_or_commands_the_terminal(shell: Shell) -> None:
    script = shell.write("s.json", json.dumps({"default": EVIL}))
    text = GATED.replace("scripted}", f"scripted, model_id: {script}}}")
    text = text.replace("prompt: Good enough?", 'prompt: "[blue]Good[/blue] :smile: {{ steps[0].response }}"')
    text = text.replace("name: brief", "name: '[bold]brief[/bold] :smile:'").replace("id: review", "id: review")
    terminal = Terminal(shell, "run", shell.write("w.yaml", text))
    terminal.wait_for(PROMPT)
    terminal.type("[green]yes[/green] \x1b[A")
    code, screen = terminal.end()
    assert code == 0
    for said in ("[bold red]not bold[/]", ":smile:", "[blue]Good[/blue]", "[bold]brief[/bold]", "[green]yes[/green]"):
        assert said in screen
    raw = terminal.screen.replace("^[", "")
    assert "\x1b[2J" not in raw
    assert "\x1b]0;" not in raw
    assert "stolen title" not in raw
    assert "\x07" not in raw


def test_without_a_terminal_lines_show_what_a_model_says_as_it_is(shell: Shell) -> None:
    script = shell.write("s.json", json.dumps({"default": EVIL}))
    text = GATED.replace("scripted}", f"scripted, model_id: {script}}}")
    done = shell.run("run", shell.write("w.yaml", text), "--on-hitl", "approve")
    assert "✓ writer: [bold red]not bold[/] [link=http://x]y[/link] :smile: red ·" in done.err
    assert "\x1b" not in done.err
    assert done.out == EVIL + "\n", "a pipe gets the text unchanged"


def test_the_list_of_sessions_fits_and_never_cuts_an_id(shell: Shell) -> None:
    name = shell.write("w.yaml", GATED.replace("name: brief", f"name: {'long-' * 12}name"))
    session = shell.run("run", name, "--on-hitl", "park", "--json").json["session_id"]
    code, screen = Terminal(shell, "sessions", "list", columns=60).end()
    assert code == 0
    assert f"{session}  paused  1/3 " in screen
    assert all(len(line) <= 60 for line in screen.split("\n"))
