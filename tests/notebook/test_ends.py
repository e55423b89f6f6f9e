"""What becomes of a workflow in every place where a notebook may run or be read: something that helps, and no hang."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.notebook.kernel import Kernel

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

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
