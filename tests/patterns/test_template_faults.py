"""A template that cannot be filled while the run goes on: the run fails and says where, in every pattern."""

from __future__ import annotations

import pytest

from strands_nb.errors import ExecutionError
from tests.app.support import flow
from tests.patterns.test_promises import pattern

FAULTY = "'{{ 1 / zero }}'"
PLACES = {
    "steps/1": "{type: chain, config: {steps: [{agent: a}, {agent: b, input: @}]}}",
    "steps/0": "{type: chain, config: {steps: [{type: hitl, prompt: g, context_display: @}]}}",
    "tasks/y": "{type: workflow, config: {tasks: [{id: x, agent: a}, {id: y, agent: b, deps: [x], input: @}]}}",
    "router": "{type: routing, config: {router: {agent: judge, input: @}, routes: {r: {then: [{agent: a}]}}}}",
    "review": (
        "{type: routing, config: {router: {agent: judge, review_router: {type: hitl, prompt: g, default: @}}, "
        "routes: {r: {}}}}"
    ),
    "routes/r/steps/0": (
        "{type: routing, config: {router: {agent: judge}, routes: {r: {then: [{agent: a, input: @}]}}}}"
    ),
    "branches/v/steps/0": (
        "{type: parallel, config: {branches: [{id: u, steps: [{agent: a}]}, {id: v, steps: [{agent: a, input: @}]}]}}"
    ),
    "reduce": (
        "{type: parallel, config: {branches: [{id: u, steps: [{agent: a}]}, {id: v, steps: [{agent: a}]}], "
        "reduce: {agent: b, input: @}}}"
    ),
    "iterations/0/produce": (
        "{type: evaluator_optimizer, config: {producer: {agent: a, input: @}, evaluator: {agent: judge}, "
        "accept: {min_score: 100}}}"
    ),
    "iterations/0/evaluate": (
        "{type: evaluator_optimizer, config: {producer: a, evaluator: {agent: judge, input: @}, "
        "accept: {min_score: 100}}}"
    ),
    "iterations/1/produce": (
        "{type: evaluator_optimizer, config: {producer: a, evaluator: {agent: judge}, accept: {min_score: 100}, "
        "revise_prompt: @}}"
    ),
    "rounds/0/plan": (
        "{type: orchestrator_workers, config: {orchestrator: {agent: boss, input: @}, worker_template: {agent: a}}}"
    ),
    "rounds/0/workers/0": (
        "{type: orchestrator_workers, config: {orchestrator: {agent: boss}, worker_template: {agent: a, input: @}}}"
    ),
    "writeup": (
        "{type: orchestrator_workers, config: {orchestrator: {agent: boss}, worker_template: {agent: a}, "
        "writeup: {agent: b, input: @}}}"
    ),
    "nodes/y/1": (
        "{type: graph, config: {nodes: {x: {agent: a}, y: {agent: b, input: @}}, edges: [{from: x, to: [y]}]}}"
    ),
}
INPUTS = "inputs: {values: {zero: 0}}\n"


@pytest.mark.parametrize("place", PLACES)
def test_it_is_an_error_of_the_unit_it_is_for(place: str) -> None:
    result = flow(INPUTS + pattern(PLACES[place].replace("@", FAULTY))).run()
    assert result.status == "failed"
    assert result.error_message == f"{place}: line 1 of the template: division by zero"
    assert isinstance(result.failure, ExecutionError)
    assert result.failure.key == place


def test_a_condition_that_cannot_be_decided_is_an_error_of_the_node_before_it() -> None:
    text = pattern("""
type: graph
config:
  nodes: {x: {agent: a}, y: {agent: b}, z: {agent: b}}
  edges: [{from: x, choose: [{when: nodes.x.response > 3, to: y}, {when: else, to: z}]}]
""")
    result = flow(text, {"a": "many"}).run()
    assert str(result.error_message).startswith("nodes/x/1: the way on to 'y': line 1, column 18 of the condition: ")
    assert isinstance(result.failure, ExecutionError)
    assert result.failure.key == "nodes/x/1"


def test_branches_that_are_collected_go_on_without_the_one_whose_template_fails() -> None:
    text = PLACES["branches/v/steps/0"].replace("{branches", "{on_error: collect, branches").replace("@", FAULTY)
    result = flow(INPUTS + pattern(text), {"a": "fine"}).run()
    assert (result.status, result.last_response) == ("completed", "fine")
    assert result.execution_context["branches"]["v"]["status"] == "failed"


def test_what_holds_the_unit_has_failed_too() -> None:
    workflow = flow(INPUTS + pattern(PLACES["routes/r/steps/0"].replace("@", FAULTY)))
    run = workflow.start()
    run.result(10)
    assert run.state.units["routes/r"].status == "failed"
