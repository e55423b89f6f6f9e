"""Sessions: gone on with by the same workflow, by an edited one, or from their id alone."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from strands_nb.app import SessionSummary, Workflow, reopen, summaries
from strands_nb.engine.events import Spent
from strands_nb.engine.question import Question
from strands_nb.engine.result import Outcome
from strands_nb.errors import (
    AlreadyAnsweredError,
    CapabilityError,
    InvalidAnswerError,
    SessionBusyError,
    SessionError,
    SessionNotFoundError,
    SpecChangedError,
)
from strands_nb.stores import FileSessionRepository
from strands_nb.testing import MemorySessionRepository, ScriptedAgents, start
from tests.app.support import TWO_AND_A_GATE, agents_of, events_of, flow, prompts, until

THREE = "agents: {a: {prompt: A}, b: {prompt: B}}\nsteps: [{a: one}, {b: two}, {b: 'three {{ topic | default(0) }}'}]"


@pytest.fixture(params=["memory", "files"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return MemorySessionRepository() if request.param == "memory" else FileSessionRepository(tmp_path)


def _nothing(_: object) -> list[Any]:
    return []


def spent(events: Any) -> list[str]:
    return [event.key for event in events if isinstance(event, Spent)]


# ---- the same workflow ----------------------------------------------------------------------------------------------


def test_a_second_run_of_a_session_goes_on_with_it(store: Any) -> None:
    workflow = flow(TWO_AND_A_GATE, store=store, session="s")
    assert workflow.run().status == "paused"
    assert workflow.with_options(on_hitl="approve").run().success
    assert agents_of(workflow).keys == ["steps/0", "steps/2"]
    assert workflow.run().success
    assert agents_of(workflow).keys == ["steps/0", "steps/2"], "a finished session is only read"


def test_every_attempt_is_in_the_books_once_however_often_a_session_is_resumed(store: Any) -> None:
    workflow = flow(TWO_AND_A_GATE, store=store, session="s")
    for _ in range(3):
        workflow.run()
    workflow.resume("s", "ok")
    assert spent(asyncio.run(store.read("s"))) == ["steps/0", "steps/2"]


def test_an_unknown_session_cannot_be_resumed(store: Any) -> None:
    with pytest.raises(SessionNotFoundError, match="no session 'nobody'"):
        flow(THREE, store=store).resume("nobody")


def test_a_session_that_runs_cannot_be_resumed_besides(store: Any) -> None:
    workflow = flow(TWO_AND_A_GATE, store=store, session="s")
    run = workflow.start()
    until(lambda: run.pending)
    with pytest.raises(SessionBusyError, match=r"is (already )?running in this process"):
        workflow.resume("s", "ok")
    run.answer("ok")
    assert run.result(5).success


def test_a_second_answer_is_refused_and_names_the_first(store: Any) -> None:
    workflow = flow(TWO_AND_A_GATE, store=store, session="s")
    workflow.run()
    workflow.resume("s", "ok")
    with pytest.raises(AlreadyAnsweredError, match="steps/1 is answered already: 'ok', by user") as caught:
        workflow.resume("s", "no", question="steps/1")
    assert caught.value.first == "user"


def test_an_answer_without_a_question_is_refused(store: Any) -> None:
    workflow = flow(THREE, store=store, session="s")
    workflow.run()
    with pytest.raises(InvalidAnswerError, match="no question is open"):
        workflow.resume("s", "ok")


def test_a_cancelled_session_stays_cancelled(store: Any) -> None:
    workflow = flow(TWO_AND_A_GATE, store=store, session="s")
    workflow.run()
    workflow.resume("s", reject=True, feedback="no")
    before = len(asyncio.run(store.read("s")))
    with pytest.raises(SessionError, match="was cancelled"):
        workflow.resume("s")
    with pytest.raises(SessionError):
        workflow.resume("s", approve=True)
    assert len(asyncio.run(store.read("s"))) == before, "nothing is written after the end"


def test_a_failed_session_goes_on_at_the_step_that_failed() -> None:
    workflow = flow(THREE, {"b": [RuntimeError("broken"), "two", "three"]}, session="s")
    assert workflow.run().status == "failed"
    assert workflow.run().last_response == "three"
    assert agents_of(workflow).keys == ["steps/0", "steps/1", "steps/1", "steps/2"]


def test_a_deadline_that_passed_while_nobody_was_there_is_applied_on_the_resume(store: Any) -> None:
    text = TWO_AND_A_GATE.replace("default: fine", "default: fine, timeout_seconds: 0.05")
    workflow = flow(text, store=store, session="s")
    assert workflow.run().status == "paused"
    time.sleep(0.06)
    with pytest.raises(AlreadyAnsweredError, match="'fine', by the deadline"):
        workflow.resume("s", "too late")
    assert workflow.resume("s").steps[1]["response"] == "fine"


# ---- an edited one --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", ["text", "variables", "model"])
def test_another_workflow_variables_or_model_are_refused(change: str) -> None:
    workflow = flow(TWO_AND_A_GATE, session="s")
    workflow.run(topic="fog")
    edited = workflow
    if change == "text":
        edited = flow(TWO_AND_A_GATE.replace("You write.", "You sing."), session="s", store=workflow.store)
    if change == "model":
        edited = workflow.with_options(model="scripted")
    with pytest.raises(SpecChangedError, match="reuse_unchanged"):
        edited.run(topic="tides" if change == "variables" else "fog")
    assert agents_of(edited).keys in ([], ["steps/0"])


def test_a_changed_default_model_is_another_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STRANDS_NB_MODEL", "scripted")
    workflow = Workflow.from_yaml(TWO_AND_A_GATE).with_options(session="s", store=FileSessionRepository(tmp_path))
    workflow.run()
    monkeypatch.setenv("STRANDS_NB_MODEL", "ollama:llama3")
    monkeypatch.setattr("strands_nb.app.models.missing", _nothing)
    with pytest.raises(SpecChangedError):
        workflow.run()


def test_reuse_unchanged_runs_only_what_changed_and_what_depends_on_it() -> None:
    workflow = flow(THREE, session="s", store=MemorySessionRepository())
    workflow.run()
    edited = flow(THREE.replace("b: two", "b: deux"), session="s", store=workflow.store, on_change="reuse_unchanged")
    assert edited.run().success
    # steps/2 is asked the same as before, but by an agent that remembers steps/1
    assert prompts(edited) == ["deux", "three 0"]


def test_reuse_unchanged_keeps_what_nobody_remembers() -> None:
    agents = ScriptedAgents(remembers=False)
    workflow = flow(THREE, agents=agents, session="s")
    workflow.run()
    edited = Workflow.from_yaml(THREE.replace("b: two", "b: deux")).with_options(
        agents=ScriptedAgents(remembers=False), session="s", store=workflow.store, on_change="reuse_unchanged"
    )
    edited.run()
    assert prompts(edited) == ["deux"]


def test_a_larger_budget_is_no_other_workflow() -> None:
    text = THREE + "\nruntime: {provider: scripted, budgets: {max_steps: 2}}"
    workflow = flow(text, session="s")
    assert workflow.run().exit_code == 20
    assert workflow.with_options(budgets={"max_steps": 3}).resume("s").success


# ---- from its id alone ----------------------------------------------------------------------------------------------


def reopened(store: Any, session_id: str, **more: Any) -> Workflow:
    return asyncio.run(reopen(store, session_id, **more))


def test_a_session_is_reopened_with_its_workflow_variables_and_options(tmp_path: Path) -> None:
    store = FileSessionRepository(tmp_path / "sessions")
    text = TWO_AND_A_GATE + 'outputs: {artifacts: [{path: "{{ topic }}.md", from: "{{ last_response }}"}]}'
    workflow = Workflow.from_yaml(text, topic="fog").with_options(
        store=store, session="s", model="scripted", output_dir=tmp_path / "out", budgets={"max_steps": 7}, lenient=True
    )
    assert workflow.run().status == "paused"
    again = reopened(FileSessionRepository(tmp_path / "sessions"), "s")
    assert again.spec == workflow.spec
    assert (again._options.model, again._options.lenient, again._options.budgets) == (
        "scripted",
        True,
        {"max_steps": 7},
    )
    assert again.resume("s", "ok").artifacts_written == [str(tmp_path / "out" / "fog.md")]


def test_a_session_gone_on_with_by_an_edited_workflow_is_reopened_as_that() -> None:
    store = MemorySessionRepository()
    first = Workflow.from_yaml(TWO_AND_A_GATE).with_options(store=store, session="s", model="scripted")
    first.run(topic="fog")
    edited = Workflow.from_yaml(TWO_AND_A_GATE.replace("default: fine", "default: good"))
    edited = edited.with_options(store=store, session="s", provider="scripted", on_change="reuse_unchanged")
    edited.run(topic="tea")
    again = reopened(store, "s")
    assert again.spec == edited.spec
    assert again._given == {"topic": "tea"}
    assert (again._options.model, again._options.provider) == (None, "scripted")
    assert again.resume("s", approve=True).steps[1]["response"] == "good"


def test_the_default_model_of_the_first_process_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STRANDS_NB_MODEL", "scripted")
    store = FileSessionRepository(tmp_path)
    Workflow.from_yaml(TWO_AND_A_GATE).with_options(store=store, session="s").run()
    monkeypatch.delenv("STRANDS_NB_MODEL")
    assert reopened(store, "s").resume("s", "ok").success


def test_budgets_given_on_reopening_go_before_the_stored_ones(tmp_path: Path) -> None:
    store = FileSessionRepository(tmp_path)
    workflow = Workflow.from_yaml(THREE).with_options(
        store=store, session="s", model="scripted", budgets={"max_steps": 1, "max_tokens": 10**6}
    )
    assert workflow.run().exit_code == 20
    assert reopened(store, "s").resume("s").exit_code == 20
    assert reopened(store, "s", budgets={"max_steps": 5}).resume("s").success


def test_what_a_run_would_lack_is_said_before_a_resume_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    store = FileSessionRepository(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    text = TWO_AND_A_GATE.replace("steps:", "runtime: {provider: openai}\nsteps:")
    text = text.replace("- researcher: Facts about {{ topic | default('tides') }}", "- approve: Begin?")
    text = text.replace("{{ steps[0].response }} / ", "")
    text = text.replace('context_display: "{{ steps[0].response }}", ', "")
    Workflow.from_yaml(text).with_options(store=store, session="s").run()
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(CapabilityError, match="provider openai has no key"):
        reopened(store, "s").resume("s", "ok")
    assert "hitl_answered" not in [event.event_type for event in asyncio.run(store.read("s"))]
    result = reopened(store, "s").resume("s", reject=True, feedback="no key anyway")
    assert result.status == "cancelled"


def test_a_session_of_a_program_holds_no_workflow_to_reopen() -> None:
    async def program(ctx: Any) -> Outcome:
        await ctx.ask(Question("Ok?"), key="gate")
        return Outcome("")

    store = MemorySessionRepository()
    run = start(program, store=store, session_id="s")
    until(lambda: run.pending)
    run.pause()
    with pytest.raises(SessionError, match="resume it from the program that started it"):
        reopened(store, "s")


# ---- listing --------------------------------------------------------------------------------------------------------


def listed(store: Any) -> dict[str, SessionSummary]:
    return {one.session_id: one for one in asyncio.run(summaries(store))}


def test_the_list_says_of_each_session_how_far_it_is_and_what_it_waits_for(store: Any) -> None:
    workflow = flow(TWO_AND_A_GATE, store=store)
    workflow.with_options(session="asks").run()
    workflow.with_options(session="done", on_hitl="approve").run()
    flow(THREE, {"b": RuntimeError("broken")}, store=store, session="failed").run()
    found = listed(store)
    assert {name: (one.status, one.done, one.units) for name, one in found.items()} == {
        "asks": ("paused", 1, 3),
        "done": ("completed", 3, 3),
        "failed": ("failed", 1, 3),
    }
    assert [question["prompt"] for question in found["asks"].questions] == ["Good enough?"]
    assert "broken" in str(found["failed"].error)
    assert found["asks"].to_dict()["questions"][0]["key"] == "steps/1"


def test_a_session_whose_process_died_is_interrupted() -> None:
    workflow = flow(THREE, session="s")
    workflow.run()
    store = workflow.store
    assert isinstance(store, MemorySessionRepository)
    store._logs["s"] = events_of(workflow, "s")[:5]
    assert listed(store)["s"].status == "interrupted"
    assert workflow.run().success
    assert agents_of(workflow).keys.count("steps/0") == 1


def test_strange_and_damaged_folders_do_not_hide_the_other_sessions(tmp_path: Path) -> None:
    store = FileSessionRepository(tmp_path)
    flow(THREE, store=store, session="good").run()
    flow(THREE, store=store, session="bad").run()
    journal = tmp_path / "bad" / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b"steps", b"stoops", 1))
    (tmp_path / "empty").mkdir()
    (tmp_path / "No Session At All").mkdir()
    (tmp_path / ".DS_Store").write_text("")
    found = listed(store)
    assert set(found) == {"good", "bad"}
    assert found["good"].status == "completed"
    assert "damaged" in str(found["bad"].error)
