"""Sessions in a cell: found, looked at, answered, copied, written out, thrown away."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.notebook.kernel import Kernel

if TYPE_CHECKING:
    from collections.abc import Generator

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

CELL = """%%workflow brief -o result --model scripted --on-hitl park
agents: {researcher: {prompt: You find facts.}, writer: {prompt: You write.}}
steps: [{researcher: Facts about tides.}, {approve: Good enough?}, {writer: "{{ hitl_response }}"}]
"""


@pytest.fixture(scope="module")
def kernel() -> Generator[Kernel, None, None]:
    started = Kernel()
    started.run("%load_ext strands_nb")
    yield started
    started.stop()


@pytest.fixture
def session(kernel: Kernel) -> str:
    """A session that waits, of a kernel that has been restarted since."""
    kernel.run(CELL)
    found = kernel.run("print(result.session_id)").text.strip()
    kernel.run("%reload_ext strands_nb")
    return found


def test_the_list_can_be_filtered_and_comes_in_pages(kernel: Kernel, session: str) -> None:
    assert session in kernel.run("%workflow list --status paused --workflow brief").text
    assert "no such sessions" in kernel.run("%workflow list --workflow other").text
    kernel.run(CELL)
    assert "there are more: --offset 1" in kernel.run("%workflow list --limit 1").text
    assert session in kernel.run("%workflow list --offset 1").text


def test_a_session_is_shown_with_its_steps_and_how_to_go_on(kernel: Kernel, session: str) -> None:
    (shown,) = kernel.run(f"%workflow show {session}").data
    assert {"text/html", "text/markdown", "text/plain"} <= set(shown)
    for words in ("brief: paused", "researcher", "steps/1 asks: Good enough?", f"%workflow resume {session}"):
        assert words in shown["text/plain"]


def test_a_session_of_another_kernel_is_answered(kernel: Kernel, session: str) -> None:
    ran = kernel.run(f"%workflow answer approve very good --session {session}")
    assert "brief: done" in ran.text
    assert "very good" in kernel.run(f"%workflow show {session}").text


def test_a_fork_goes_on_by_itself(kernel: Kernel, session: str) -> None:
    copy, _, how = kernel.run(f"%workflow fork {session} --from-step steps/0").text.strip().partition("; ")
    assert how == f"go on with it: %workflow resume {copy}"
    assert "brief: paused" in kernel.run(f"%workflow resume {copy} --on-hitl park").text
    assert "brief: cancelled" in kernel.run(f"%workflow resume {copy} --reject no").text
    assert "brief: paused" in kernel.run(f"%workflow show {session}").text


def test_a_session_is_written_out_into_the_folder_that_is_named(kernel: Kernel, session: str, tmp_path: Path) -> None:
    assert kernel.run(f"%workflow export {session} --format md").text.startswith("# brief\n")
    wrote = kernel.run(f"%workflow export {session} --out {tmp_path}").text.strip()
    assert wrote == f"wrote {tmp_path / session}.json"
    assert "there already" in kernel.run(f"%workflow export {session} --out {tmp_path}").text
    assert kernel.run(f"%workflow export {session} --out {tmp_path} --overwrite").status == "ok"


def test_a_damaged_session_is_repaired(kernel: Kernel, session: str) -> None:
    assert f"{session} is not damaged" in kernel.run(f"%workflow repair {session}").text
    path = kernel.run(
        "from strands_nb import FileSessionRepository\n"
        f"path = FileSessionRepository().storage_dir / {session!r} / 'journal.jsonl'\n"
        "data = bytearray(path.read_bytes()); data[len(data) // 2] ^= 1; path.write_bytes(data); print(path)"
    )
    assert path.status == "ok"
    assert "is damaged" in kernel.run(f"%workflow show {session}").text
    assert f"{session} is whole again" in kernel.run(f"%workflow repair {session}").text


def test_sessions_are_deleted_only_with_yes(kernel: Kernel, session: str) -> None:
    assert "add --yes" in kernel.run(f"%workflow delete {session}").text
    assert session in kernel.run("%workflow list").text
    assert "1 session deleted" in kernel.run(f"%workflow delete {session} --yes").text
    assert session not in kernel.run("%workflow list").text


def test_cleaning_up_says_first_what_it_would_do(kernel: Kernel, session: str) -> None:
    words = "%workflow cleanup --older-than 0 --status paused"
    assert "would be deleted for good; add --yes" in kernel.run(words).text
    assert session in kernel.run("%workflow list").text
    assert "deleted" in kernel.run(f"{words} --yes").text
    assert session not in kernel.run("%workflow list").text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("show", "%workflow show FILE|SESSION: name one"),
        ("show wf-00000000", "no session 'wf-00000000'"),
        ("answer approve --session wf-00000000", "no session 'wf-00000000'"),
        ("list --limit 0", "0: give a number from 1 to 1000"),
        ("list --offset many", "'many': give a number"),
        ("list --status old", "invalid choice: 'old'"),
        ("fork", "%workflow fork: the following arguments are required: session"),
        ("fork wf-00000000", "no session 'wf-00000000'"),
        ("export ../x", "is no session id"),
        ("cleanup --older-than -1", "%workflow cleanup"),
        ("cleanup --older-than soon", "'soon': give a number of days, 0 or more"),
        ("delete --yes", "%workflow delete: the following arguments are required: sessions"),
        ("delete wf-00000000 --yes", "no session 'wf-00000000'"),
        ("delete 'x", "No closing quotation"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(kernel: Kernel, line: str, said: str) -> None:
    ran = kernel.run(f"%workflow {line}")
    assert said in ran.text
    assert "Traceback" not in ran.text
    assert ran.text.strip().startswith("UsageError: ")
    assert ran.text.strip().count("\n") == 0
