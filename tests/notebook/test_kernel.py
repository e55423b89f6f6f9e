"""The magics in a real kernel that no browser looks at: nothing hangs, nothing is lost."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.notebook.kernel import Kernel

if TYPE_CHECKING:
    from collections.abc import Generator

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

BODY = """
agents:
  researcher: {prompt: You find facts.}
  writer: {prompt: You write.}
steps:
  - researcher: "Find three facts about tides."
  - {type: hitl, prompt: "Good?", default: fine}
  - writer: "Write a brief about tides. The reviewer says: {{ hitl_response }}"
"""


def cell(options: str = "", body: str = BODY) -> str:
    return f"%%workflow brief -o result --model scripted {options}{body}"


@pytest.fixture(scope="module")
def kernel() -> Generator[Kernel, None, None]:
    started = Kernel()
    started.run("%load_ext strands_nb")
    yield started
    started.stop()


def test_load_ext_imports_no_model_and_no_template_engine() -> None:
    fresh = Kernel()
    try:
        heavy = "print([m for m in ('strands', 'jinja2', 'boto3', 'anywidget', 'pydantic') if m in sys.modules])"
        assert fresh.run(f"import sys\n%load_ext strands_nb\n{heavy}").text.strip().endswith("[]")
    finally:
        fresh.stop()


def test_a_question_nobody_can_answer_parks_the_run_and_the_cell_ends(kernel: Kernel) -> None:
    ran = kernel.run(cell())
    assert ran.status == "ok"
    assert "brief: paused" in ran.text
    assert "Waiting for an answer: %workflow answer approve, or later %workflow resume." in ran.text
    assert kernel.run("print(result.status, result.agent_id)").text.strip() == "paused hitl"


def test_on_hitl_park_returns_paused_and_resume_with_an_answer_finishes_it(kernel: Kernel) -> None:
    kernel.run(cell("--on-hitl park"))
    session = kernel.run("print(result.status, result.session_id)").text.split()
    assert session[0] == "paused"
    ran = kernel.run(f"%workflow resume {session[1]} --answer approved")
    assert "brief: done" in ran.text
    listed = kernel.run("%workflow list").text
    assert session[1] in listed
    assert "completed" in listed


def test_resume_without_an_id_takes_the_latest_that_waits(kernel: Kernel) -> None:
    kernel.run(cell("--on-hitl park"))
    assert "brief: cancelled" in kernel.run("%workflow resume --reject 'not today'").text


def test_answer_goes_to_the_run_that_waits(kernel: Kernel) -> None:
    kernel.run(cell("--on-hitl park").replace("-o result", "-b -o run"))
    kernel.run("run.result()")
    assert kernel.run("print(run.status, len(run.pending))").text.strip() == "paused 1"
    kernel.run("%workflow answer modify shorter, please")
    kernel.run("run.result()")
    assert kernel.run("print(run.state.units['steps/0'].revision)").text.strip() == "2"
    kernel.run("%workflow answer approve")
    assert kernel.run("print(run.result().status)").text.strip() == "completed"


def test_a_text_that_is_an_action_word_is_only_a_text(kernel: Kernel) -> None:
    kernel.run(cell("--on-hitl park").replace("-o result", "-b -o run"))
    kernel.run("run.result(); run.answer('reject')")
    assert (
        kernel.run("print(run.result().status, run.state.units['steps/1'].response)").text.strip() == "completed reject"
    )


def test_on_hitl_fail_fails_and_default_takes_the_default(kernel: Kernel) -> None:
    kernel.run(cell("--on-hitl fail"))
    assert kernel.run("print(result.status)").text.strip() == "failed"
    kernel.run(cell("--on-hitl default"))
    assert kernel.run("print(result.status, result.steps[1]['response'])").text.strip() == "completed fine"


def ids(kernel: Kernel, said: str, options: str = "", **how: Any) -> list[str]:
    """Run a cell, edit it, and run it again: the session of each; `said` is typed where it is asked."""
    name = f"edited{time.monotonic_ns()}"
    first = cell("--on-hitl default").replace("brief", name)
    assert f"{name}: done" in kernel.run(first).text
    before = kernel.run("print(result.session_id)").text.strip()
    again = first.replace("Write a", "Compose a").replace("--on-hitl", f"{options} --on-hitl")
    request = kernel.start(again, **how)
    if said:
        assert "was edited since" in kernel.type(said)
    assert f"{name}: done" in kernel.finish(request).text
    return [before, kernel.run("print(result.session_id)").text.strip()]


@pytest.mark.parametrize(("said", "same"), [("run only what changed", True), ("start anew", False)])
def test_an_edited_cell_asks_whether_to_keep_what_is_done(kernel: Kernel, said: str, same: bool) -> None:  # noqa: FBT001
    before, after = ids(kernel, said, allow_stdin=True)
    assert (before == after) is same


@pytest.mark.parametrize(("option", "same"), [("--reuse", True), ("--anew", False)])
def test_an_edited_cell_may_say_itself_what_to_keep(kernel: Kernel, option: str, same: bool) -> None:  # noqa: FBT001
    before, after = ids(kernel, "", option)
    assert (before == after) is same


def test_where_nobody_can_be_asked_an_edited_cell_pays_for_nothing_twice(kernel: Kernel) -> None:
    before, after = ids(kernel, "")
    assert before == after


def test_without_widgets_but_with_stdin_the_question_is_asked_with_input(kernel: Kernel) -> None:
    request = kernel.start(cell(), allow_stdin=True)
    assert "Good?" in kernel.type("very good")
    assert "brief: done" in kernel.finish(request).text
    assert kernel.run("print(result.steps[1]['response'])").text.strip() == "very good"


def test_under_time_and_capture_the_blocking_magic_works(kernel: Kernel) -> None:
    timed = kernel.run("%%time\n" + cell("--on-hitl default"))
    assert "brief: done" in timed.text
    assert "Wall time" in timed.text
    kernel.run("%%capture shown\n" + cell("--on-hitl default"))
    assert kernel.run("print(result.status)").text.strip() == "completed"


def test_with_autoawait_off_the_blocking_magic_works(kernel: Kernel) -> None:
    kernel.run("%autoawait off")
    try:
        assert "brief: done" in kernel.run(cell("--on-hitl default")).text
    finally:
        kernel.run("%autoawait on")


def test_what_stays_is_the_same_from_run_to_run(kernel: Kernel) -> None:
    first, second = (kernel.run(cell("--on-hitl default")).data for _ in range(2))
    assert first == second
    assert [sorted(data) for data in first] == [["text/html", "text/markdown", "text/plain"]]
    assert "wf-" not in str(first)
    assert " tok" not in str(first)


def test_an_interrupt_pauses_the_run_within_two_seconds_and_resume_goes_on(kernel: Kernel) -> None:
    slow = cell("--anew").replace("--model scripted", "--model scripted:paced").replace("-o result", "")
    request = kernel.start(slow)
    time.sleep(1.0)
    kernel.interrupt()
    began = time.monotonic()
    ran = kernel.finish(request)
    assert time.monotonic() - began < 2
    assert ran.status == "error"
    assert "brief: paused" in ran.text
    assert "brief: done" in kernel.run("%workflow resume --on-hitl default").text


def test_a_blocking_cell_is_interrupted_the_same_way(kernel: Kernel) -> None:
    request = kernel.start("%%time\n" + cell("--anew").replace("--model scripted", "--model scripted:paced"))
    time.sleep(1.0)
    kernel.interrupt()
    assert "brief: paused" in kernel.finish(request).text
    assert "brief: done" in kernel.run("%workflow resume --on-hitl default").text


def test_three_mistakes_are_shown_at_once_and_nobody_is_called(kernel: Kernel) -> None:
    wrong = (
        BODY.replace("prompt: You find", "promt: You find")
        .replace("- writer:", "- wirter:")
        .replace("about tides.", "{{ tidse }}", 1)
    )
    ran = kernel.run(cell(body=wrong))
    assert ran.status == "error"
    assert "3 problems, nothing was run" in ran.text
    assert all(
        word in ran.text for word in ("did you mean 'prompt'?", "'tidse' is not defined", "did you mean 'writer'?")
    )
    assert "Traceback" not in ran.text


def test_python_in_a_cell_shows_the_same_card(kernel: Kernel) -> None:
    text = f"""from strands_nb import Workflow
workflow = Workflow.from_yaml('''name: brief{BODY}''').with_options(model='scripted')
"""
    ran = kernel.run(text + "result = workflow.run()")
    assert "brief: paused" in ran.text
    ran = kernel.run("result = await workflow.run_interactive_async(hitl_handler=lambda state: 'from a handler')")
    assert "brief: done" in ran.text
    assert "from a handler" in ran.text


def test_print_in_an_event_handler_lands_under_the_cell_that_started_the_run(kernel: Kernel) -> None:
    kernel.run("@workflow.on('step_complete')\ndef _(event):\n    print('done:', event.key)")
    assert "done: steps/0" in kernel.run("result = workflow.run()").text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("%workflow help", "%workflow demo"),
        ("%workflow doctor", "no front end shows widgets here"),
        ("%workflow validte x", "did you mean 'validate'?"),
        ("%workflow show no-such-file.yaml", "there is no file no-such-file.yaml"),
        ("%workflow resume wf-00000000", "no session 'wf-00000000'"),
        ("%workflow answer maybe", "invalid choice: 'maybe'"),
    ],
)
def test_verbs_answer_in_a_line_or_a_page(kernel: Kernel, line: str, said: str) -> None:
    ran = kernel.run(line)
    assert said in ran.text
    assert "Traceback" not in ran.text


def test_the_demo_puts_a_cell_that_runs_into_the_next_input(kernel: Kernel) -> None:
    source = kernel.run("from strands_nb.app.demo import demo_cell; print(demo_cell())").text
    ran = kernel.run(source.replace("scripted:paced", "scripted --on-hitl default"))
    assert "first-light: done" in ran.text


def test_loading_twice_and_unloading_leave_one_and_then_none(kernel: Kernel) -> None:
    count = "print(sum(getattr(t, '__name__', '') == '_await_workflow' for t in get_ipython().input_transformers_post))"
    assert kernel.run(f"%reload_ext strands_nb\n{count}").text.strip() == "1"
    assert kernel.run(f"%unload_ext strands_nb\n{count}").text.strip() == "0"
    gone = kernel.run("%workflow help")
    assert "not found" in gone.text
    assert kernel.run("%load_ext strands_nb").text == ""
