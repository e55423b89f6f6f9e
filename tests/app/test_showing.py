"""What objects look like at the end of a cell: the same from run to run, and never anybody's markup."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from strands_nb import Problem, RunResult, SessionManager
from strands_nb.app import Workflow
from strands_nb.engine.question import HITLState
from tests.app.support import THREE_MISTAKES, TWO_AND_A_GATE, flow, until

EVIL = "<img src=x onerror=alert(1)>![p](https://x.example/p.png)"


def paused(**options: Any) -> tuple[Workflow, RunResult]:
    workflow = flow(TWO_AND_A_GATE, **options)
    return workflow, workflow.run()


def test_a_result_is_told_in_a_line_without_ids_and_times() -> None:
    workflow, before = paused()
    assert repr(before) == "RunResult(paused)"
    done = workflow.resume(before.session_id, "fine")
    assert repr(done) == "RunResult(completed, 'writer: researcher: Facts about tides / fine')"
    long = RunResult(status="failed", session_id="s", pattern_type="chain", error_message="no\n" * 100)
    assert repr(long) == f"RunResult(failed, '{('no ' * 20).strip()} …')"


def test_a_result_and_a_question_show_as_markdown_that_fetches_nothing() -> None:
    result = RunResult(status="completed", session_id="s", pattern_type="chain", last_response=f"**Done** {EVIL}")
    question = HITLState(active=True, prompt=f"Good? {EVIL}", context_display=EVIL, choices=[EVIL])
    for shown in (result._repr_html_(), question._repr_html_()):
        assert "<strong>" in shown
        assert "<img" not in shown
    assert repr(question).startswith("HITLState('Good? ")


def test_a_question_that_is_open_is_told_without_ids_and_deadlines() -> None:
    run = flow(TWO_AND_A_GATE).start()
    until(lambda: run.pending)
    assert repr(run.pending) == "[HITLState('Good enough?', key='steps/1', default='fine')]"
    assert "*without an answer:* fine" in run.pending[0]._repr_markdown_()
    run.cancel()


def test_a_run_shows_as_what_it_will_leave_behind() -> None:
    run = flow(TWO_AND_A_GATE, on_hitl="approve").start()
    run.result(10)
    first, again = run._repr_mimebundle_(), run.again()
    again.result(10)
    assert again._repr_mimebundle_() == first
    assert again.session_id != run.session_id
    assert sorted(first) == ["text/html", "text/markdown", "text/plain"]
    assert repr(run) == "Run('brief', completed)"


def test_a_list_of_sessions_is_a_list_and_a_table(tmp_path: Path) -> None:
    from strands_nb import FileSessionRepository

    _, result = paused(store=FileSessionRepository(tmp_path))
    manager = SessionManager(tmp_path)
    found = manager.sync.list()
    assert isinstance(found, list)
    assert repr(found).splitlines()[0].split() == [
        "session",
        "workflow",
        "status",
        "steps",
        "tokens",
        "updated",
        "waits",
        "for",
    ]
    assert re.match(rf"{result.session_id}  brief +paused  1/3 +10 .* Good enough\?$", repr(found).splitlines()[1])
    assert f'<td style="text-align:left">{result.session_id}</td>' in found._repr_html_()  # type: ignore[attr-defined]
    assert repr(found[0]) == f"SessionState('{result.session_id}', 'brief', paused, 1/3)"
    assert repr(manager.sync.list(status="failed")) == "[]"


def test_problems_show_with_their_places() -> None:
    from strands_nb.app.problems import Problems
    from strands_nb.errors import SchemaValidationError

    with pytest.raises(SchemaValidationError) as caught:
        Workflow.from_yaml(THREE_MISTAKES)
    problems = Problems(caught.value.errors)
    assert repr(problems).startswith("error: line ")
    assert "^^^" in repr(problems)
    assert problems._repr_html_().count("<pre") == len(problems)
    assert "<img" not in Problems([Problem(message=EVIL)])._repr_html_()
    assert flow(TWO_AND_A_GATE).check() == []


# ---- the handle of a session that nothing runs of -------------------------------------------------------------------


def test_a_session_is_opened_as_it_stands_and_nothing_runs() -> None:
    workflow, result = paused()
    run = workflow.opened(result.session_id)
    assert (run.status, run.done, len(run.pending)) == ("paused", True, 1)
    assert run.result(1).status == "paused"
    run.answer("fine")
    assert run.result(10).success


def test_a_session_that_has_ended_can_be_done_again_from_a_step_on() -> None:
    workflow = flow(TWO_AND_A_GATE, on_hitl="approve")
    ended = workflow.run()
    run = workflow.opened(ended.session_id)
    assert run.status == "completed"
    assert run.rerun("2").result(10).success
    assert [event.event_type for event in run.events()].count("rerun") == 1


def test_a_session_whose_process_died_is_interrupted() -> None:
    workflow, result = paused()
    log = workflow.store._logs[result.session_id]  # type: ignore[attr-defined]
    del log[-1]
    run = workflow.opened(result.session_id)
    assert (run.status, run.result(1).status) == ("interrupted", "interrupted")
