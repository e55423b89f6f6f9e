"""What becomes of a workflow in every place where a notebook may run or be read: something that helps, and no hang."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbconvert
import pytest

from strands_nb import Workflow
from strands_nb.stores import FileSessionRepository
from tests.notebook.kernel import Kernel

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

CONFTEST = Path(__file__).parents[2] / "notebooks" / "conftest.py"
BODY = """
agents: {writer: {prompt: You write.}}
steps:
  - writer: "Write about {{ topic | default('tides') }}."
  - {type: hitl, prompt: "Good?", default: fine}
  - writer: "Once more: {{ hitl_response }}"
"""


def cell(options: str = "", name: str = "brief") -> str:
    return f"%%workflow {name} -o result --model scripted {options}{BODY}"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sessions of one test only."""
    monkeypatch.setenv("STRANDS_NB_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.fixture
def kernels(home: Path) -> Generator[Callable[[], Kernel], None, None]:
    started: list[Kernel] = []

    def start() -> Kernel:
        started.append(Kernel())
        started[-1].run("%load_ext strands_nb")
        return started[-1]

    yield start
    for one in started:
        one.stop()


# ---- a kernel that was restarted -----------------------------------------------------------------------------------


def test_a_restarted_kernel_has_found_the_run_and_goes_on_or_begins_anew(kernels: Callable[[], Kernel]) -> None:
    first, again = kernels(), kernels()
    for name in ("kept", "left"):
        first.run(cell("--on-hitl park", name))
    ids = first.run("%workflow list --status paused").text
    open_ = cell(name="open").replace("-o result", "-b -o run")
    first.run(f"{open_}\n")
    first.run("import time\nwhile not run.pending: time.sleep(0.1)")

    for name, said, same in (("kept", "resume it", True), ("left", "start anew", False)):
        request = again.start(cell("--on-hitl default", name), allow_stdin=True)
        asked = again.type(said)
        assert "Found a paused run of this workflow (" in asked
        assert "waiting at steps/1; 1 of 3 steps done," in asked
        assert f"{name}: done" in again.finish(request).text
        assert (again.run("print(result.session_id)").text.strip() in ids) is same

    ran = again.run(cell("--on-hitl default", "open"), allow_stdin=True)
    assert "open: done" in ran.text
    assert "Found" not in ran.text, "the other kernel has it open"
    assert first.run("print(run.status)").text.strip() == "running"


def test_where_nobody_can_be_asked_it_begins_anew_and_says_so_where_nothing_else_would(
    kernels: Callable[[], Kernel],
) -> None:
    first, again = kernels(), kernels()
    ran = first.run(cell("--on-hitl park"))
    before = first.run("print(result.session_id)").text.strip()
    first.start(cell("--on-hitl default", "slow").replace("scripted", "scripted:paced"))
    time.sleep(2)
    first.manager.shutdown_kernel(now=True)

    assert again.run(cell("--on-hitl park")).data == ran.data, "what is kept does not depend on the past"
    assert again.run("print(result.session_id)").text.strip() != before
    slow = again.run(cell("--on-hitl default", "slow").replace("scripted", "scripted:paced"))
    assert "slow was left unfinished before and starts anew; --reuse goes on with it" in slow.text
    assert "slow: done" in slow.text


def test_reuse_goes_on_unasked_with_what_another_kernel_has_left(kernels: Callable[[], Kernel]) -> None:
    first, again = kernels(), kernels()
    first.run(cell("--on-hitl park"))
    before = first.run("print(result.session_id)").text.strip()
    first.stop()
    assert "brief: done" in again.run(cell("--on-hitl default --reuse")).text
    assert again.run("print(result.session_id)").text.strip() == before


# ---- tools that run and convert notebooks --------------------------------------------------------------------------


def notebook(folder: Path, *cells: str) -> Path:
    path = folder / "given.ipynb"
    sources = ["%load_ext strands_nb", *cells]
    code: dict[str, Any] = {"cell_type": "code", "execution_count": None, "outputs": []}
    book = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "cells": [
            {**code, "metadata": {} if n else {"tags": ["parameters"]}, "id": f"cell-{n}", "source": source}
            for n, source in enumerate(sources)
        ],
    }
    path.write_text(json.dumps(book), encoding="utf-8")
    return path


def tool(home: Path, *words: str, ok: bool = True) -> str:
    """Run a tool of Jupyter's in the folder, bounded in time; what it has said."""
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", *words], cwd=home, capture_output=True, text=True, timeout=90, check=False
    )
    assert (done.returncode == 0) is ok, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_nbconvert_runs_a_question_to_a_parked_page_in_html_markdown_and_latex(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = notebook(home, cell())
    tool(home, "nbconvert", "--execute", "--to", "notebook", "--output", "ran.ipynb", str(given))
    _stand_in_for_pandoc(home, monkeypatch)
    exporters: list[Any] = [nbconvert.HTMLExporter(), nbconvert.MarkdownExporter(), nbconvert.LatexExporter()]
    for exporter in exporters:
        text, _ = exporter.from_filename(str(home / "ran.ipynb"))
        assert "three things deserve attention" in text
        assert "Waiting for an answer" in text
        assert "model_id" not in text


def _stand_in_for_pandoc(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """nbconvert has Markdown made into LaTeX by pandoc; where there is none, Markdown as it is will do to look at."""
    if shutil.which("pandoc"):
        return
    script = home / "bin" / "pandoc"
    script.parent.mkdir()
    script.write_text('#!/bin/sh\n[ "$1" = -v ] && echo "pandoc 3.1" || cat\n', encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")


def test_papermill_gives_parameters_takes_defaults_parks_and_fails_readably(home: Path) -> None:
    runs = cell("--on-hitl default --from-ns=topic").replace("Write about", "Write about {{ topic }}, not")
    parks = cell(name="parks") + "\n"
    fails = cell("--on-hitl fail", "fails") + "\n"
    wrong = "if result.status == 'failed': raise RuntimeError(result.error_message)"
    given = notebook(home, runs, parks, "print(result.status)", fails, wrong)
    said = tool(home, "papermill", str(given), "out.ipynb", "-p", "topic", "waves", ok=False)
    assert "steps/1: 'Good?' needs a human, and the policy `fail` forbids to ask one" in said
    out = (home / "out.ipynb").read_text(encoding="utf-8")
    assert "paused" in out
    assert "Waiting for an answer" in out


def test_nbval_finds_the_same_again_also_of_a_run_that_parks(home: Path) -> None:
    given = notebook(home, cell("--on-hitl park"), "print(result.status)")
    tool(home, "nbconvert", "--execute", "--to", "notebook", "--inplace", str(given))
    (home / "conftest.py").write_text(CONFTEST.read_text(encoding="utf-8"), encoding="utf-8")
    said = tool(home, "pytest", "-q", "-p", "no:cacheprovider", "--nbval", "--nbval-current-env", str(given))
    assert "3 passed" in said, "although the store holds the parked run of before"


def test_colab_is_told_to_show_widgets_before_the_first_card(kernels: Callable[[], Kernel]) -> None:
    kernel = kernels()
    kernel.run(COLAB)
    request = kernel.start(cell("--on-hitl default"))
    metadata: dict[str, Any] = {}
    while not metadata:
        message = kernel.client.get_iopub_msg(timeout=20)
        if message["msg_type"] == "display_data":
            metadata = message["content"]["metadata"]["application/vnd.jupyter.widget-view+json"]
    assert metadata["colab"]["custom_widget_manager"]["url"] == "https://colab.test/manager.js"
    kernel.finish(request)
    assert kernel.run("print(told)").text.strip() == "['enabled']"


COLAB = """\
import sys, types, importlib.machinery
told = []
for name in ("google", "google.colab", "google.colab.output"):
    made = sys.modules[name] = types.ModuleType(name)
    made.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
    made.__path__ = []
sys.modules["google.colab.output"].enable_custom_widget_manager = lambda: told.append("enabled")
sys.modules["google.colab.output"]._widgets = types.SimpleNamespace(_installed_url="https://colab.test/manager.js")
"""


def test_the_card_of_a_run_needs_no_kernel(tmp_path: Path) -> None:
    workflow = Workflow.from_yaml(f"name: brief{BODY}")
    run = workflow.with_options(model="scripted", store=FileSessionRepository(tmp_path)).start()
    assert run.widget is run.widget
    while not run.widget.questions:
        time.sleep(0.02)
    question = run.widget.questions[0]["question_id"]
    answer = {"v": 1, "type": "answer", "id": "1", "question": question, "action": "approve", "text": "yes"}
    run.widget._handle_custom_msg(answer, [])
    assert run.result(20).status == "completed"
    while run.widget.live:
        time.sleep(0.02)
    assert (run.widget.status, run.widget.questions) == ("completed", [])
