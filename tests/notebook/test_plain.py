"""IPython in a terminal: no kernel, no card, the same runs."""

from __future__ import annotations

import sys

import pytest

pexpect = pytest.importorskip("pexpect")

CELL = """%%workflow short -o result --model scripted
agents: {writer: {prompt: You write.}}
steps: [{writer: Go.}, {approve: Good?}]"""


@pytest.mark.slow
def test_a_question_is_asked_on_the_terminal_and_the_run_is_printed() -> None:
    child = pexpect.spawn(
        sys.executable, ["-m", "IPython", "--simple-prompt", "--no-banner", "--colors=NoColor"], encoding="utf8"
    )
    try:
        child.expect_exact("In [1]", timeout=30)
        child.sendline("%load_ext strands_nb")
        child.expect_exact("In [2]", timeout=30)
        child.sendline(f"get_ipython().run_cell({CELL!r});")
        child.expect_exact("your answer", timeout=30)
        child.sendline("very good")
        child.expect_exact("short: done", timeout=30)
        child.expect_exact("In [3]", timeout=30)
        child.sendline("print(result.status, result.steps[1]['response'])")
        child.expect_exact("completed very good", timeout=30)
    finally:
        child.close(force=True)


@pytest.mark.slow
def test_ctrl_c_pauses_and_the_run_goes_on_later() -> None:
    child = pexpect.spawn(
        sys.executable, ["-m", "IPython", "--simple-prompt", "--no-banner", "--colors=NoColor"], encoding="utf8"
    )
    try:
        child.expect_exact("In [1]", timeout=60)
        child.sendline("%load_ext strands_nb")
        child.expect_exact("In [2]", timeout=30)
        child.sendline(f"get_ipython().run_cell({CELL.replace('short', 'stopped')!r});")
        child.expect_exact("your answer", timeout=60)
        child.sendintr()
        child.expect_exact("KeyboardInterrupt", timeout=30)
        child.expect_exact("In [3]", timeout=30)
        child.sendline("%workflow list --workflow stopped")
        child.expect_exact("paused", timeout=30)
        child.sendline("%workflow resume --answer fine")
        child.expect_exact("stopped: done", timeout=30)
    finally:
        child.close(force=True)
