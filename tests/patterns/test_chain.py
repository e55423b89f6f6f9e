"""Steps, one after the other: what each is asked, what it answers, and what stays of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from strands_nb.app import Workflow
from strands_nb.engine.question import HITLState, InterruptResponse
from strands_nb.errors import InvalidAnswerError
from strands_nb.testing import MemorySessionRepository, ScriptedAgents
from tests.app.support import TWO_AND_A_GATE, agents_of, flow, prompts, told

PROMPTS = "agents: {a: {prompt: A}, b: {prompt: B}}\n"


def test_a_chain_of_one_step_is_no_special_case() -> None:
    result = flow(PROMPTS + "steps: [{a: Go}]", {"a": "gone"}).run()
    assert (result.last_response, result.agent_id, result.exit_code) == ("gone", "a", 0)
    assert result.execution_context == {
        "steps": [{"index": 0, "response": "gone", "agent": "a", "status": "completed", "tokens": 10}]
    }


def test_steps_see_what_came_before_by_number_by_id_and_as_the_last() -> None:
    text = """
agents: {a: {prompt: A}}
pattern:
  type: chain
  config:
    steps:
      - {agent: a, id: first, input: one}
      - {agent: a, input: "{{ steps[0].response }} {{ steps.first.response }} {{ steps['first'].agent }}"}
      - {agent: a, input: "{{ last_response }}|{{ steps[-1].index }}|{{ steps | length }}|{{ steps[0].tokens }}"}
version: 0
name: n
runtime: {provider: scripted}
"""
    workflow = flow(text, {"a": ["uno", "due", "tre"]})
    workflow.run()
    assert prompts(workflow) == ["one", "uno uno a", "due|1|2|10"]


def test_a_step_without_input_is_asked_what_the_last_one_said() -> None:
    workflow = flow(PROMPTS + "steps: [{agent: a}, {agent: b}]", {"a": "from a", "b": "from b"})
    workflow.run(topic="tides", tone="dry")
    assert prompts(workflow) == ["topic: tides\ntone: dry", "from a"]


def test_a_first_step_without_input_and_inputs_is_told_to_begin() -> None:
    workflow = flow(PROMPTS + "steps: [{agent: a}]")
    workflow.run()
    assert prompts(workflow) == ["Begin."]


def test_vars_of_a_step_go_before_the_inputs_and_concern_that_step_alone() -> None:
    workflow = flow(
        PROMPTS + "steps: [{agent: a, input: '{{ tone }} {{ n }}', vars: {tone: warm, n: 3}}, {a: '{{ tone }}'}]"
    )
    workflow.run(tone="dry")
    assert prompts(workflow) == ["warm 3", "dry"]


def test_the_json_of_a_result_is_parsed_wherever_it_is_asked_for() -> None:
    workflow = flow(PROMPTS + "steps: [{a: Go}, {b: '{{ steps[0].json.names[1] }}'}]", {"a": '{"names": ["x", "y"]}'})
    workflow.run()
    assert prompts(workflow)[1] == "y"


def test_the_json_of_a_result_that_is_none_ends_the_run_with_a_clear_error() -> None:
    result = flow(PROMPTS + "steps: [{a: Go}, {b: '{{ steps[0].json.x }}'}]", {"a": "no JSON here"}).run()
    assert result.status == "failed"
    assert "steps[0].json: the response is not JSON" in str(result.error_message)
    assert "no JSON here" in str(result.error_message)


def test_model_output_is_data_and_never_rendered_again() -> None:
    workflow = flow(PROMPTS + "steps: [{a: Go}, {b: '{{ last_response }}'}, {a: ''}]", {"a": "{{ topic }}{% x %}"})
    workflow.run(topic="secret")
    assert prompts(workflow)[1] == "{{ topic }}{% x %}"


# ---- approvals ------------------------------------------------------------------------------------------------------


def test_an_answer_reaches_later_steps_as_typed() -> None:
    workflow = flow(TWO_AND_A_GATE, {"researcher": "facts"})
    result = workflow.run_interactive(hitl_handler=lambda _: "  reject — or not? {{ topic }} ")
    assert result.status == "completed"
    assert prompts(workflow)[1] == "facts /   reject — or not? {{ topic }} "


def test_the_execution_context_of_an_approval_has_type_and_prompt() -> None:
    result = flow(TWO_AND_A_GATE).run_interactive(hitl_handler=lambda _: "yes")
    assert result.execution_context["steps"][1] == {
        "index": 1,
        "response": "yes",
        "agent": None,
        "status": "completed",
        "tokens": 0,
        "id": "review",
        "type": "hitl",
        "prompt": "Good enough?",
    }


@pytest.mark.parametrize(
    ("step", "answer", "response"),
    [
        ("{approve: Ok?}", "", "approved"),
        ("{type: hitl, prompt: Ok?, default: fine}", "", "fine"),
        ("{type: hitl, prompt: Ok?, default: fine}", "better", "better"),
        ("{type: hitl, prompt: Ok?, default: 'as {{ steps[0].response }}'}", "", "as said"),
        ("{type: hitl, prompt: Ok?, choices: [yes, no]}", "no", "no"),
        ("{type: hitl, prompt: Ok?, choices: [yes, no], default: no}", "", "no"),
    ],
)
def test_what_becomes_of_an_answer(step: str, answer: str, response: str) -> None:
    result = flow(PROMPTS + f"steps: [{{a: Go}}, {step}]", {"a": "said"}).run_interactive(hitl_handler=lambda _: answer)
    assert result.last_response == response


def test_a_manual_gate_is_an_approval_by_another_name() -> None:
    text = PROMPTS + (
        "steps: [{a: Go}, {type: manual_gate, gate_id: gate, prompt: Ok?, timeout_minutes: 1}, "
        "{b: '{{ steps.gate.response }}'}]"
    )
    seen: list[HITLState] = []
    workflow = flow(text)
    workflow.run_interactive(hitl_handler=lambda state: seen.append(state) or "yes")
    assert prompts(workflow)[1] == "yes"
    assert seen[0].timeout_seconds == 60


def test_an_answer_that_is_none_of_the_choices_pauses_and_raises() -> None:
    workflow = flow(PROMPTS + "steps: [{type: hitl, prompt: Ok?, choices: [yes, no]}]", session="s")
    with pytest.raises(InvalidAnswerError, match="'maybe' is not one of the choices: yes, no"):
        workflow.run_interactive(hitl_handler=lambda _: "maybe")
    assert told(workflow, "s")[-1] == "workflow_paused"
    assert workflow.resume("s", "yes").last_response == "yes"


def test_the_default_answers_when_the_deadline_passes() -> None:
    text = PROMPTS + "steps: [{a: Go}, {type: hitl, prompt: Ok?, default: fine, timeout_seconds: 0.05}, {b: Go}]"
    workflow = flow(text, session="s")
    run = workflow.start()
    assert run.result(5).execution_context["steps"][1]["response"] == "fine"
    assert "hitl_timeout steps/1" in told(workflow, "s")


def test_without_a_default_the_deadline_ends_the_run_and_a_resume_asks_again() -> None:
    workflow = flow(PROMPTS + "steps: [{a: Go}, {type: hitl, prompt: Ok?, timeout_seconds: 0.05}]", session="s")
    result = workflow.start().result(5)
    assert (result.status, result.exit_code) == ("failed", 10)
    assert "has no default" in str(result.error_message)
    workflow = workflow.with_options(on_hitl="approve")
    assert workflow.resume("s").last_response == "approved"
    assert agents_of(workflow).keys == ["steps/0"]


def test_a_rejection_cancels_with_its_reason() -> None:
    workflow = flow(TWO_AND_A_GATE, session="s")
    result = workflow.run()
    assert (result.status, result.exit_code, result.agent_id) == ("paused", 19, "hitl")
    result = workflow.resume("s", reject=True, feedback="too long")
    assert (result.status, result.exit_code, result.error_message) == ("cancelled", 11, "too long")
    assert agents_of(workflow).keys == ["steps/0"]


# ---- modify ---------------------------------------------------------------------------------------------------------


def test_modify_runs_the_reviewed_step_again_with_its_former_reply_and_the_feedback() -> None:
    workflow = flow(TWO_AND_A_GATE, {"researcher": ["long facts", "facts"]}, session="s")
    workflow.run()
    result = workflow.resume("s", feedback="shorter")
    assert result.status == "paused"
    again = agents_of(workflow).calls[1]
    assert (again.key, again.prompt) == ("steps/0~2", "shorter")
    assert [m["content"][0]["text"] for m in again.history] == ["Facts about tides", "long facts"]
    assert workflow.resume("s", approve=True).last_response == "writer: facts / fine"
    assert agents_of(workflow).keys == ["steps/0", "steps/0~2", "steps/2"]
    assert told(workflow, "s").count("step_complete steps/1~2") == 1


def test_modify_shows_the_revised_reply_in_the_question_that_is_asked_again() -> None:
    seen: list[tuple[str, str | None]] = []

    def handler(state: HITLState) -> str | InterruptResponse:
        seen.append((state.key, state.context_display))
        return InterruptResponse("modify", "shorter") if len(seen) == 1 else "ok"

    flow(TWO_AND_A_GATE, {"researcher": ["long facts", "facts"]}).run_interactive(hitl_handler=handler)
    assert seen == [("steps/1", "long facts"), ("steps/1~2", "facts")]


def test_a_gate_between_is_asked_again() -> None:
    text = PROMPTS + "steps: [{a: Go}, {approve: First?}, {approve: Second?}, {b: '{{ hitl_response }}'}]"
    workflow = flow(text, session="s")
    workflow.run()
    workflow.resume("s", "one")
    workflow.resume("s", feedback="again")
    assert told(workflow, "s")[-3:] == ["hitl_requested steps/1~2", "hitl_pause steps/1~2", "workflow_paused"]
    workflow.resume("s", "three")
    assert workflow.resume("s", "four").execution_context["steps"][1]["response"] == "three"
    assert prompts(workflow) == ["Go", "again", "four"]


def test_each_gate_revises_the_agent_nearest_before_it_and_keeps_what_lies_earlier() -> None:
    text = PROMPTS + "steps: [{a: Go}, {approve: First?}, {b: '{{ hitl_response }}'}, {approve: Second?}]"
    workflow = flow(text, session="s")
    workflow.run()
    workflow.resume("s", "one")
    workflow.resume("s", feedback="again")
    result = workflow.resume("s", approve=True)
    assert result.success
    assert agents_of(workflow).keys == ["steps/0", "steps/2", "steps/2~2"]
    assert result.execution_context["steps"][1]["response"] == "one"


def test_a_step_can_be_revised_ten_times_and_no_more() -> None:
    workflow = flow(PROMPTS + "steps: [{a: Go}, {approve: Ok?}]", session="s")
    workflow.run()
    for _ in range(9):
        workflow.resume("s", feedback="again")
    assert agents_of(workflow).keys[-1] == "steps/0~10"
    with pytest.raises(InvalidAnswerError, match="revised 10 times, which is the limit"):
        workflow.resume("s", feedback="again")
    assert workflow.resume("s", approve=True).success


def test_a_gate_first_in_the_chain_has_nothing_to_modify() -> None:
    workflow = flow(PROMPTS + "steps: [{approve: Begin?}, {a: Go}]", session="s")
    workflow.run()
    with pytest.raises(InvalidAnswerError, match="no earlier step that this question reviews"):
        workflow.resume("s", feedback="again")
    assert workflow.resume("s", approve=True).success


def test_modify_without_feedback_is_refused() -> None:
    workflow = flow(TWO_AND_A_GATE, session="s")
    workflow.run()
    with pytest.raises(InvalidAnswerError, match="say what to change"):
        workflow.resume("s", feedback=" ")


# ---- memory ---------------------------------------------------------------------------------------------------------


def test_an_agent_remembers_its_earlier_turns_of_the_chain_and_nobody_elses() -> None:
    workflow = flow(PROMPTS + "steps: [{a: one}, {b: two}, {a: three}]")
    workflow.run()
    assert [m["content"][0]["text"] for m in agents_of(workflow).calls[2].history] == ["one", "a: one"]
    assert agents_of(workflow).calls[1].history == ()


def test_an_agent_without_memory_starts_fresh_each_time() -> None:
    workflow = flow(PROMPTS + "steps: [{a: one}, {a: two}]", agents=ScriptedAgents(remembers=False))
    workflow.run()
    assert agents_of(workflow).calls[1].history == ()


@pytest.mark.parametrize(("memory", "said"), [("scope", "I remember"), ("none", "I am new")])
def test_memory_is_what_the_workflow_says(memory: str, said: str, tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"rules": [{"prompt": "two", "reply": ["I am new", "I remember"]}]}))
    text = f"agents: {{a: {{prompt: A, memory: {memory}}}}}\nsteps: [{{a: one}}, {{a: two}}]"
    workflow = Workflow.from_yaml(text).with_options(model=f"scripted:{script}", store=MemorySessionRepository())
    assert workflow.run().last_response == said


# ---- before, during and after: the same -----------------------------------------------------------------------------


def test_the_events_of_a_chain_come_in_order() -> None:
    workflow = flow(TWO_AND_A_GATE, session="s")
    workflow.run()
    assert told(workflow, "s") == [
        "workflow_start",
        "step_start steps/0",
        "step_complete steps/0",
        "step_start steps/1",
        "hitl_requested steps/1",
        "hitl_pause steps/1",
        "workflow_paused",
    ]
    workflow.resume("s", "yes")
    assert told(workflow, "s")[7:] == [
        "hitl_answered steps/1",
        "workflow_resume",
        "step_complete steps/1",
        "step_start steps/2",
        "step_complete steps/2",
        "workflow_complete",
    ]


def test_the_execution_context_is_the_same_live_after_the_run_and_after_a_resume() -> None:
    answered = flow(TWO_AND_A_GATE, {"researcher": "facts"}).run_interactive(hitl_handler=lambda _: "yes")
    workflow = flow(TWO_AND_A_GATE, {"researcher": "facts"}, session="s")
    paused = workflow.run()
    resumed = workflow.resume("s", "yes")
    replayed = workflow.run()
    assert paused.execution_context["steps"] == answered.execution_context["steps"][:1]
    assert resumed.execution_context == answered.execution_context == replayed.execution_context
    assert agents_of(workflow).keys == ["steps/0", "steps/2"]


def test_templates_of_later_steps_see_after_a_resume_what_they_would_have_seen_without_one() -> None:
    text = PROMPTS + (
        "steps: [{agent: a, id: one, input: Go}, {type: hitl, id: gate, prompt: Ok?}, "
        "{b: '{{ steps.one.prompt }}|{{ steps.gate.type }}|{{ steps.gate.prompt }}|{{ steps.gate.response }}'}]"
    )
    live, parked = flow(text), flow(text, session="s")
    live.run_interactive(hitl_handler=lambda _: "yes")
    parked.run()
    parked.resume("s", "yes")
    assert prompts(live)[1] == prompts(parked)[1] == "Go|hitl|Ok?|yes"
