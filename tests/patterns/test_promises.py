"""Where engines of this language have gone wrong before: each sentence is a promise that it does not happen here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from strands_nb.errors import InvalidAnswerError
from tests.app.support import agents_of, events_of, flow, prompts
from tests.patterns.promised import HEAD, TWO_GATES, pattern, score

if TYPE_CHECKING:
    from strands_nb.engine.question import HITLState

# ---- questions ------------------------------------------------------------------------------------------------------


def test_an_answer_belongs_to_one_question_and_the_reduction_asks_its_own() -> None:
    workflow = flow(TWO_GATES, session="s")
    assert workflow.run().status == "paused"
    assert workflow.resume("s", "for p", question="branches/p/steps/1").status == "paused"
    assert workflow.resume("s", "for q", question="branches/q/steps/1").status == "paused"
    result = workflow.resume("s", "for all", question="reduce")
    assert (result.status, result.last_response) == ("completed", "for all")
    assert {name: b["response"] for name, b in result.execution_context["branches"].items()} == {
        "p": "for p",
        "q": "for q",
    }
    assert sorted(agents_of(workflow).keys) == ["branches/p/steps/0", "branches/q/steps/0"], "each was called once"


def test_a_route_may_ask_a_human() -> None:
    workflow = flow(
        pattern("""
type: routing
config:
  router: {agent: judge, input: where}
  routes:
    A:
      then:
        - {agent: a, input: draft}
        - {type: hitl, prompt: "ok {{ steps[0].response }}?"}
        - {agent: b, input: "{{ hitl_response }}"}
"""),
        {"judge": '{"route": "A"}', "a": "drafted"},
        session="s",
    )
    paused = workflow.run()
    assert (paused.status, paused.agent_id) == ("paused", "hitl")
    assert workflow.resume("s", "go").status == "completed"
    assert prompts(workflow) == ["where", "draft", "go"]


REVIEWED_ROUTE = pattern("""
type: routing
config:
  router: {agent: judge, input: where, review_router: {type: hitl, prompt: "{{ router.chosen_route }}?"}}
  routes:
    TechSupport: {then: [{agent: a, input: "{{ router.chosen_route }}"}]}
    billing: {then: [{agent: b, input: "{{ router.chosen_route }}"}]}
""")


@pytest.mark.parametrize(
    ("answer", "route"),
    [
        ("TechSupport", "TechSupport"),
        ("route:TechSupport", "TechSupport"),
        (None, "billing"),
        ("approved", "billing"),
        ("billing", "billing"),
    ],
)
def test_a_route_is_chosen_by_its_id_with_capitals_as_they_are(answer: str | None, route: str) -> None:
    workflow = flow(REVIEWED_ROUTE, {"judge": '{"route": "billing"}'}, session="s")
    workflow.run()
    result = workflow.resume("s", answer, approve=True)
    assert result.execution_context["chosen_route"] == route
    assert prompts(workflow)[-1] == route


def test_a_route_that_does_not_exist_is_refused_and_the_question_stays_open() -> None:
    workflow = flow(REVIEWED_ROUTE, {"judge": '{"route": "billing"}'}, session="s")
    workflow.run()
    with pytest.raises(InvalidAnswerError, match="'techsupport' is not one of the choices: TechSupport, billing"):
        workflow.resume("s", "techsupport")
    assert workflow.resume("s", approve=True).success


@pytest.mark.parametrize(
    ("default", "route"), [("TechSupport", "TechSupport"), ("fine", "billing"), ("approved", "billing")]
)
@pytest.mark.parametrize("on_hitl", ["approve", "default"])
def test_a_default_that_names_no_route_is_content_with_what_was_chosen(on_hitl: str, default: str, route: str) -> None:
    text = REVIEWED_ROUTE.replace("chosen_route }}?", f'chosen_route }}}}?", default: "{default}', 1)
    result = flow(text, {"judge": '{"route": "billing"}'}, on_hitl=on_hitl).run()
    assert result.execution_context["chosen_route"] == route


def test_the_latest_answer_is_the_latest_on_the_way_not_in_the_file() -> None:
    workflow = flow(
        pattern("""
type: graph
config:
  start: early
  nodes:
    late: {type: hitl, prompt: late?}
    early: {type: hitl, prompt: early?}
    end: {agent: a, input: "{{ hitl_response }}"}
  edges: [{from: early, to: [late]}, {from: late, to: [end]}]
"""),
        session="s",
    )
    workflow.run()
    workflow.resume("s", "EARLY")
    assert workflow.resume("s", "LATE").success
    assert prompts(workflow) == ["LATE"]


def test_an_answer_must_look_as_the_workflow_says() -> None:
    gate = "{type: hitl, prompt: Which?, validation: {pattern: '^[A-Z]+$'}}"
    workflow = flow(pattern(f"type: chain\nconfig: {{steps: [{gate}, {{agent: a}}]}}"), session="s")
    workflow.run()
    with pytest.raises(InvalidAnswerError, match="does not match"):
        workflow.resume("s", "abc")
    assert workflow.resume("s", "ABC").success
    assert prompts(workflow) == ["ABC"]


def test_a_human_may_be_asked_more_than_a_hundred_times() -> None:
    steps = ", ".join(["{type: hitl, prompt: Again?}"] * 150)
    workflow = flow(pattern(f"type: chain\nconfig: {{steps: [{steps}]}}"))
    asked: list[str] = []

    def handler(question: HITLState) -> str:
        asked.append(question.key)
        return str(len(asked))

    assert workflow.run_interactive(hitl_handler=handler).last_response == "150"
    assert len(asked) == len(set(asked)) == 150


def test_nothing_that_is_said_or_given_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    workflow = flow(TWO_GATES.replace("input: P", 'input: "{{ word }}"'), {"a": "pearls"}, session="s")
    workflow.run(word="oysters")
    workflow.resume("s", "shells", question="branches/p/steps/1")
    assert not [record for record in caplog.records if record.name.startswith("strands_nb")]
    assert not any(word in caplog.text for word in ("oysters", "pearls", "shells"))


def test_the_prompt_of_a_question_is_rendered() -> None:
    workflow = flow(HEAD.replace("pattern:\n", "") + "steps: [{approve: 'About {{ topic }}?'}]", session="s")
    workflow.run(topic="tides")
    (asked,) = [event.data for event in events_of(workflow, "s") if event.event_type == "hitl_requested"]
    assert asked["prompt"] == "About tides?"


# ---- drafts ---------------------------------------------------------------------------------------------------------

DRAFTS = pattern("""
type: evaluator_optimizer
config:
  producer: {agent: a, input: "write on {{ topic }}"}
  evaluator: {agent: judge, input: "judge {{ draft }}"}
  accept: {min_score: 90, max_iters: 3}
  revise_prompt: "{{ iteration }}: {{ evaluation.score }} {{ evaluation.issues[0] }}"
  review_gate: {type: hitl, prompt: go on?}
inputs: {values: {topic: tides}}
""").replace("  inputs:", "inputs:")


def test_what_a_human_says_of_a_draft_reaches_the_producer_and_inputs_do_too() -> None:
    workflow = flow(DRAFTS, {"a": ["one", "two"], "judge": score(10, 95)}, session="s")
    workflow.run()
    assert workflow.resume("s", "mention the moon").success
    assert [p for p in prompts(workflow) if "judge" not in p] == [
        "write on tides",
        "1: 10 issue 10\n\nA reviewer adds: mention the moon",
    ]


def test_iterations_count_over_resumes_and_the_best_draft_is_kept() -> None:
    workflow = flow(DRAFTS, {"a": ["one", "two", "three"], "judge": score(10, 60, 20)}, session="s")
    assert workflow.run().status == "paused"
    assert workflow.resume("s", approve=True).status == "paused"
    result = workflow.resume("s", approve=True)
    assert (result.status, result.last_response) == ("completed", "two")
    context = result.execution_context
    assert (context["accepted"], context["final_score"]) == (False, 60)
    assert [entry["iteration"] for entry in context["iterations"]] == [1, 2, 3]
    assert len(agents_of(workflow).calls) == 6


def test_no_draft_good_enough_is_a_failure_where_the_workflow_says_so_and_loses_nothing() -> None:
    text = DRAFTS.replace("review_gate: {type: hitl, prompt: go on?}", "on_exhausted: fail")
    workflow = flow(text, {"a": ["one", "two", "three"], "judge": score(10, 60, 20)}, session="s")
    result = workflow.run()
    assert result.status == "failed"
    assert "the best scored 60 of 90" in str(result.error_message)
    assert result.execution_context["iterations"][1]["draft"] == "two"


def test_drafts_that_were_all_judged_are_not_made_again_by_a_resume() -> None:
    text = DRAFTS.replace("review_gate: {type: hitl, prompt: go on?}", "on_exhausted: fail")
    workflow = flow(text, {"a": ["one", "two", "three"], "judge": score(10, 60, 20)}, session="s")
    first, again = workflow.run(), workflow.resume("s")
    assert (first.status, again.status, again.error_message) == ("failed", "failed", first.error_message)
    assert len(agents_of(workflow).calls) == 6


def test_a_producer_without_an_input_is_asked_what_the_workflow_is_about_and_not_its_own_prompt() -> None:
    text = DRAFTS.replace('{agent: a, input: "write on {{ topic }}"}', "{agent: a}")
    workflow = flow(text, {"judge": score(95)})
    assert workflow.run().success
    assert prompts(workflow)[0] == "topic: tides"
