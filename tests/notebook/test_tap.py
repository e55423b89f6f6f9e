"""Clicks in a kernel that is busy, sent as a front end sends them, without any front end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests import kernels
from tests.notebook.kernel import Kernel

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

BODY = """
agents: {writer: {prompt: You write.}}
steps:
  - {type: hitl, prompt: "Go on?", default: fine}
  - writer: "Write about tides. The reviewer says: {{ hitl_response }}"
"""
MAGIC = f"%%workflow brief -o result --anew --model scripted{BODY}"
PYTHON = f"""from strands_nb import Workflow
result = Workflow.from_yaml('''name: brief{BODY}''').with_options(model='scripted').run_interactive()"""
RESULT = "print(result.status, result.steps[0]['response'])"
EXTENSION = "get_ipython()._strands_nb"
TAP = f"{EXTENSION}.notebook.tap"
RUN = f"{EXTENSION}.notebook.cards[result.session_id].run"
LATEST = f"{EXTENSION}.notebook.latest['brief']"
SOCKET = "get_ipython().kernel.shell_stream._recv_callback"

CELLS = {
    "a cell that awaits": MAGIC,
    "a cell that blocks": PYTHON,
    "under %%time": f"%%time\n{MAGIC}",
    "under %%capture": f"%%capture shown\n{MAGIC}",
    "with %autoawait off": MAGIC,
}


def versions() -> list[Any]:
    usual = ("6.31.0", "7.4.0")
    return [pytest.param(v, marks=() if v in usual else pytest.mark.matrix) for v in kernels.PROMISED]


@pytest.fixture(scope="module", params=versions())
def kernel(request: pytest.FixtureRequest) -> Generator[Kernel, None, None]:
    started = Kernel(request.param)
    assert started.run("import ipykernel; print(ipykernel.__version__)").text.strip() == request.param
    started.run("%load_ext strands_nb")
    yield started
    started.stop()


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Callable[..., Kernel], None, None]:
    """Kernels that find nothing that others have left."""
    monkeypatch.setenv("STRANDS_NB_HOME", str(tmp_path))
    started: list[Kernel] = []

    def start(*args: Any, **options: Any) -> Kernel:
        started.append(Kernel(*args, **options))
        started[-1].run("%load_ext strands_nb")
        return started[-1]

    yield start
    for one in started:
        one.stop()


def click(kernel: Kernel, request: str, action: str = "approve") -> None:
    """Say hello for the card of a running cell, and answer its question, as a front end would."""
    comm, question = kernel.question(request)
    kernel.say(comm, type="hello", view="a")
    kernel.say(comm, type="answer", id="1", question=question, action=action, text="")


@pytest.mark.parametrize("way", CELLS)
def test_an_answer_reaches_the_run_while_its_cell_waits(kernel: Kernel, way: str) -> None:
    if "autoawait" in way:
        kernel.run("%autoawait off")
    request = kernel.start(CELLS[way])
    click(kernel, request)
    assert kernel.finish(request).status == "ok"
    kernel.run("%autoawait on")
    assert kernel.run(RESULT).text.strip() == "completed fine"


def test_an_answer_reaches_a_run_beside_another_cell_at_once_or_when_that_has_ended(kernel: Kernel) -> None:
    request = kernel.start(MAGIC.replace("-o result", "-b -o run"))
    comm, question = kernel.question(request)
    busy = kernel.start("import time\ntime.sleep(1)\nprint(run.pending == [])")
    kernel.say(comm, type="answer", id="1", question=question, action="approve", text="")
    at_once = kernel.finish(busy).text.strip()
    assert at_once == str(kernel.version.startswith("7."))
    assert kernel.run("result = run.result()\n" + RESULT).text.strip() == "completed fine"


def test_an_interrupt_pauses_a_run_that_waits_for_a_click_and_a_click_on_resume_goes_on(kernel: Kernel) -> None:
    request = kernel.start(MAGIC.replace("-o result", "-o result --anew"))
    comm, question = kernel.question(request)
    kernel.say(comm, type="hello", view="a")
    time.sleep(0.2)
    kernel.interrupt()
    assert kernel.finish(request).status == "error"
    kernel.say(comm, type="resume", id="1")
    kernel.heard(comm, "ack")
    kernel.say(comm, type="answer", id="2", question=question, action="approve", text="")
    kernel.heard(comm, "ack")
    assert kernel.run(f"print({LATEST}.result().status)").text.strip() == "completed"


@pytest.mark.parametrize("code", [MAGIC, PYTHON])
def test_a_page_that_is_loaded_again_is_not_kept_waiting_for_the_cell(kernel: Kernel, code: str) -> None:
    request = kernel.start(code)
    comm, question = kernel.question(request)
    kernel.say(comm, type="hello", view="a")
    kernel.heard(comm, "welcome")
    kernel.client.kernel_info()  # with which a page begins
    kernel.heard(comm, "call")
    assert kernel.finish(request).status == "ok"
    assert kernel.run("print(result.status)").text.strip() == "paused"
    kernel.say(comm, type="hello", view="b")
    kernel.say(comm, type="answer", id="1", question=question, action="approve", text="")
    kernel.heard(comm, "ack")
    assert "completed" in kernel.run(f"print({RUN}.result().status)").text


def test_a_page_that_was_there_before_answers_the_call_and_the_cell_waits_on(kernel: Kernel) -> None:
    request = kernel.start(MAGIC)
    comm, question = kernel.question(request)
    kernel.say(comm, type="hello", view="a")
    kernel.heard(comm, "welcome")
    kernel.client.kernel_info()
    kernel.heard(comm, "call")
    kernel.say(comm, type="hello", view="a")
    time.sleep(3.5)
    kernel.say(comm, type="answer", id="1", question=question, action="approve", text="")
    assert kernel.finish(request).status == "ok"
    assert kernel.run(RESULT).text.strip() == "completed fine"


def test_an_interrupt_ends_a_question_on_standard_input_and_the_kernel_lives(kernel: Kernel) -> None:
    request = kernel.start(MAGIC, allow_stdin=True)
    assert "Go on?" in kernel.client.get_stdin_msg(timeout=20)["content"]["prompt"]
    kernel.interrupt()
    ran = kernel.finish(request)
    assert (ran.status, "brief: paused" in ran.text) == ("error", True)
    assert kernel.run("print('alive')").text.strip() == "alive"


@pytest.mark.parametrize("code", [MAGIC, PYTHON])
def test_a_card_that_comes_up_late_takes_the_question_back_from_standard_input(fresh: Any, code: str) -> None:
    kernel = fresh("7.4.0")
    request = kernel.start(code, allow_stdin=True)
    comm, question = kernel.question(request)
    assert "Go on?" in kernel.client.get_stdin_msg(timeout=20)["content"]["prompt"]
    kernel.say(comm, type="hello", view="a")
    kernel.say(comm, type="answer", id="1", question=question, action="approve", text="")
    assert kernel.finish(request).status == "ok"
    assert kernel.run(RESULT).text.strip() == "completed fine"


def test_unloading_gives_the_socket_back_and_loading_again_takes_it_again(kernel: Kernel) -> None:
    kernel.run(f"print({TAP}.refused)")
    name = f"print({SOCKET}.__qualname__ if hasattr({SOCKET}, '__qualname__') else '')"
    assert "CommTap" in kernel.run(name).text
    kernel.run("%unload_ext strands_nb")
    assert "CommTap" not in kernel.run(name).text
    kernel.run(f"%load_ext strands_nb\n{TAP}")
    assert "CommTap" in kernel.run(name).text


def test_a_callback_that_others_have_put_over_ours_stays(kernel: Kernel) -> None:
    kernel.run(f"{TAP}\nours = {SOCKET}\ndef theirs(frames):\n    return ours(frames)\n{SOCKET} = theirs")
    kernel.run("%unload_ext strands_nb")
    assert kernel.run(f"print({SOCKET} is theirs)").text.strip() == "True"
    kernel.run(f"{SOCKET} = ours.__self__._original\n%load_ext strands_nb")


def parked(kernel: Kernel, code: str) -> str:
    ran = kernel.run(code, allow_stdin=True)
    assert "brief: paused" in ran.text
    assert kernel.run(RESULT.replace(", result.steps[0]['response']", "")).text.strip() == "paused"
    return kernel.run("%workflow doctor").text


@pytest.mark.parametrize("code", [MAGIC, PYTHON])
def test_in_a_kernel_of_an_unknown_version_nothing_is_touched_and_a_question_parks(fresh: Any, code: str) -> None:
    kernel = fresh("7.4.0")
    before = kernel.run(f"import ipykernel._version as v; v.__version__ = '8.0.0'\nprint(id({SOCKET}.__func__))").text
    said = parked(kernel, code)
    assert "clicks wait for the cell, so questions park: ipykernel 8.0.0 is not one" in said
    assert kernel.run(f"print(id({SOCKET}.__func__))").text == before


def test_a_tap_by_which_nothing_comes_is_taken_away_and_a_question_parks(fresh: Any) -> None:
    kernel = fresh("6.31.0")
    deaf = (
        "class Deaf:\n"
        "    _recv_callback = original = staticmethod(lambda frames: None)\n"
        "    def __init__(self, stream): self.socket = stream.socket\n"
        "    def flush(self, flag): pass\n"
        f"tap = {TAP.removesuffix('.tap')}\n"
        "from strands_nb.notebook.tap import CommTap\n"
        "import types\n"
        "kernel = get_ipython().kernel\n"
        "deaf = Deaf(kernel.shell_stream)\n"
        "tap._tap = CommTap(types.SimpleNamespace(\n"
        "    shell_stream=deaf, session=kernel.session, comm_manager=kernel.comm_manager))\n"
    )
    kernel.run(deaf)
    assert "did not come by the tap" in parked(kernel, PYTHON)
    assert kernel.run("print(deaf._recv_callback is Deaf.original)").text.strip() == "True"


def test_an_encrypted_kernel_is_tapped_too(fresh: Any) -> None:
    kernel = fresh("7.4.0", transport_encryption="required")
    assert kernel.run(f"print({TAP}.attached)").text.strip() == "True"
