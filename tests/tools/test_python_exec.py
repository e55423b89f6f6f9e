"""Code that a model wrote runs apart: what it prints comes back, and whatever it does ends with it."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
import pytest

from strands_nb.errors import ToolError
from strands_nb.tools.python_exec import MAX_OUTPUT, python_exec
from tests.spec.shared import CORPORA, needs_corpora
from tests.tools.support import call

limited = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")


@pytest.fixture(autouse=True)
def _own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_what_is_printed_comes_back() -> None:
    assert python_exec("import math\nprint(math.factorial(10), '– süß')", call()) == "3628800 – süß\n"  # noqa: RUF001
    assert python_exec("x = 1", call()) == "(nothing)"


def test_an_error_comes_back_with_its_line_and_without_our_folder() -> None:
    with pytest.raises(
        ToolError, match=r'exit code 1; it printed:\nhello\nTraceback[^$]*File "code.py", line 2'
    ) as caught:
        python_exec("print('hello')\n1 / 0", call())
    assert "strands-nb-" not in str(caught.value)


def test_it_runs_in_an_empty_folder_that_is_gone_afterwards(tmp_path: Path) -> None:
    code = "import os\nopen('made.txt', 'w').write('x')\nprint(os.getcwd(), sorted(os.listdir()))"
    where, _, there = python_exec(code, call()).partition(" ")
    assert there == "['code.py', 'made.txt']\n"
    assert where.startswith(str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_it_sees_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "SECRET")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    told = python_exec("import os, sys\nprint(sorted(os.environ), sys.path)", call())
    assert "OPENAI" not in told
    assert "/somewhere" not in told


def test_nobody_answers_its_questions() -> None:
    with pytest.raises(ToolError, match="EOFError"):
        python_exec("input('?')", call())


def test_code_that_does_not_end_is_stopped_and_what_it_printed_is_kept() -> None:
    with pytest.raises(ToolError, match="stopped after 1 s; until then it printed:\nbegun"):
        python_exec("print('begun', flush=True)\nwhile True: pass", call(), 1)


def test_code_that_is_no_longer_wanted_is_stopped() -> None:
    unwanted = call()
    threading.Timer(0.2, unwanted.cancelled.set).start()
    began = time.monotonic()
    with pytest.raises(ToolError, match="stopped"):
        python_exec("import time; time.sleep(60)", unwanted, 60)
    assert time.monotonic() - began < 30


def test_output_has_an_end() -> None:
    told = python_exec("print('x' * 1_000_000)", call())
    assert len(told) < MAX_OUTPUT + 100
    assert told.endswith("(cut: 1,000,001 bytes in all)")


@limited
def test_a_flood_of_output_is_stopped() -> None:
    with pytest.raises(ToolError, match=r"\(cut: 10,\d\d\d,\d\d\d bytes in all\)"):
        python_exec("while True: print('x' * 100_000)", call(), 20)


@limited
@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("print(len(bytearray(4_000_000_000)))", "MemoryError"),
        ("open('big', 'wb').write(b'x' * 50_000_000)", "File too large"),
        ("kept = [open(f'{i}', 'w') for i in range(10_000)]", "Too many open files"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "killed by SIGKILL"),
        ("import sys; sys.exit(7)", "exit code 7"),
        ("def f(): f()\nf()", "RecursionError"),
    ],
)
def test_what_goes_too_far_ends_and_says_so(code: str, words: str) -> None:
    with pytest.raises(ToolError, match=words):
        python_exec(code, call())


@limited
def test_processes_it_leaves_behind_are_ended_even_if_they_left_its_group(tmp_path: Path) -> None:
    mark = f"987{os.getpid()}"
    code = f"import subprocess\nfor new in (True, False): subprocess.Popen(['sleep', '{mark}'], start_new_session=new)"
    assert python_exec(code, call()) == "(nothing)"
    left = [p for p in psutil.process_iter(["cmdline"]) if mark in (p.info["cmdline"] or [])]
    gone, _ = psutil.wait_procs(left, timeout=10)
    assert len(gone) == len(left)
    assert list(tmp_path.iterdir()) == []


def test_code_that_no_file_could_hold_is_refused() -> None:
    with pytest.raises(ToolError, match="surrogate"):
        python_exec("'\ud800'", call())
    with pytest.raises(ToolError, match="null bytes"):
        python_exec("\0", call())


@needs_corpora
@limited
def test_nothing_anybody_thought_of_outlives_it_or_reads_our_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_CANARY", "canary-value")
    before = {process.pid for process in psutil.process_iter()}
    for line in (CORPORA / "python_tool_escape.jsonl").read_text(encoding="utf-8").splitlines():
        try:
            told = python_exec(json.loads(line)["code"], call(), 1)
        except ToolError as error:
            told = str(error)
        assert "canary-value" not in told
        assert len(told) < MAX_OUTPUT + 200
    ours = [p for p in psutil.process_iter(["pid", "ppid"]) if p.pid not in before and p.info["ppid"] == os.getpid()]
    assert ours == []
