"""Where engines of this language have gone wrong before, in tasks, workers, budgets, conditions and names."""

from __future__ import annotations

from typing import Any

import pytest

from strands_nb.app.models import definitions
from strands_nb.engine.call import Call
from strands_nb.errors import ProviderError, SchemaValidationError
from strands_nb.testing import ScriptedAgents
from tests.app.support import agents_of, events_of, flow, prompts
from tests.patterns.promised import TWO_GATES, pattern

# ---- tasks and workers ----------------------------------------------------------------------------------------------


def test_two_tasks_of_one_agent_do_not_share_a_conversation() -> None:
    workflow = flow(
        pattern("""
type: workflow
config:
  tasks: [{id: x, agent: a, input: X}, {id: y, agent: a, input: Y}, {id: z, agent: a, input: Z, deps: [x, y]}]
""")
    )
    assert workflow.run().success
    assert [call.history for call in agents_of(workflow).calls] == [(), (), ()]


def test_the_result_is_that_of_the_last_task_in_the_file_for_which_no_other_waits() -> None:
    text = pattern("""
type: workflow
config:
  tasks: [{id: x, agent: a, input: X, deps: [y]}, {id: z, agent: b, input: Z}, {id: y, agent: a, input: Y}]
""")
    result = flow(text).run()
    assert (result.last_response, result.agent_id) == ("b: Z", "b")


VARIED = {
    "workflow": "{tasks: [{id: x, ASKED}]}",
    "routing": "{router: {agent: judge}, routes: {r: {then: [{ASKED}]}}}",
    "parallel": "{branches: [{id: x, steps: [{ASKED}]}, {id: y, steps: [{agent: b, input: x}]}], reduce: {ASKED}}",
    "orchestrator_workers": "{orchestrator: {agent: boss}, worker_template: {agent: b}, writeup: {ASKED}}",
    "graph": "{nodes: {x: {ASKED}}}",
}


@pytest.mark.parametrize("kind", VARIED)
def test_a_step_has_variables_of_its_own_wherever_it_stands(kind: str) -> None:
    config = VARIED[kind].replace("ASKED", "agent: a, input: '{{ depth }}', vars: {depth: deep}")
    workflow = flow(pattern(f"type: {kind}\nconfig: {config}"), {"judge": '{"route": "r"}', "boss": '["task"]'})
    assert workflow.run(topic="tides").success
    assert prompts(workflow).count("deep") == VARIED[kind].count("ASKED")


def test_a_failed_task_does_not_throw_away_its_siblings() -> None:
    text = pattern("""
type: workflow
config:
  tasks: [{id: x, agent: a, input: X}, {id: y, agent: b, input: Y}, {id: z, agent: a, input: Z, deps: [x, y]}]
""")
    workflow = flow(text, {"b": [ProviderError("down"), "up"]}, session="s")
    failed = workflow.run()
    assert failed.status == "failed"
    assert list(failed.execution_context["tasks"]) == ["x"]
    assert workflow.resume("s").success
    assert agents_of(workflow).keys == ["tasks/x", "tasks/y", "tasks/y", "tasks/z"]


def test_a_failed_branch_fails_the_run_and_says_so() -> None:
    workflow = flow(TWO_GATES.replace("{type: hitl, prompt: q?}", "{agent: judge}"), {"judge": ProviderError("down")})
    result = workflow.run()
    assert (result.status, result.success) == ("failed", False)
    assert "down" in str(result.error_message)


def test_branches_that_are_collected_go_on_without_the_one_that_failed() -> None:
    text = pattern("""
type: parallel
config:
  on_error: collect
  branches:
    - {id: p, steps: [{agent: a, input: P}]}
    - {id: q, steps: [{agent: b, input: Q}]}
  reduce: {agent: judge, input: "{% for b in branches.values() %}{{ b.id }} {{ b.status }} {% endfor %}"}
""")
    workflow = flow(text, {"b": ProviderError("down")}, session="s")
    result = workflow.run()
    assert result.success
    assert prompts(workflow)[-1] == "p completed q failed "
    assert result.execution_context["branches"]["q"]["error"] == "down"


@pytest.mark.parametrize(
    "plan",
    [
        '["one", "two"]',
        '[{"task": "one"}, {"task": "two"}]',
        '[{"description": "one"}, "two"]',
        'Sure:\n```json\n["one", "two",]\n```',
    ],
)
def test_a_plan_may_be_a_list_of_texts_or_of_objects(plan: str) -> None:
    text = pattern("""
type: orchestrator_workers
config:
  orchestrator: {agent: boss}
  worker_template: {agent: a}
""")
    workflow = flow(text, {"boss": plan})
    result = workflow.run(topic="tides")
    assert result.last_response == "a: one\n\na: two"
    assert [worker["task"] for worker in result.execution_context["workers"]] == ["one", "two"]


def test_a_plan_with_too_many_tasks_is_asked_for_again() -> None:
    text = pattern("""
type: orchestrator_workers
config:
  orchestrator: {agent: boss, limits: {min_workers: 2, max_workers: 2}}
  worker_template: {agent: a}
""")
    workflow = flow(text, {"boss": ['["1"]', '["1", "2", "3"]', '["1", "2"]']}, session="s")
    assert len(workflow.run().execution_context["workers"]) == 2
    assert [e.event_type for e in events_of(workflow, "s")].count("retry") == 2, "asking again is shown"


def test_a_second_round_plans_from_the_results_of_the_first() -> None:
    text = pattern("""
type: orchestrator_workers
config:
  orchestrator: {agent: boss, limits: {max_rounds: 3}}
  worker_template: {agent: a}
  writeup: {agent: b, input: "{% for w in workers %}{{ w.response }};{% endfor %}{{ round_count }}"}
""")
    workflow = flow(text, {"boss": ['["one"]', '["two"]', "[]"]})
    assert workflow.run().success
    assert "a: one" in next(call.prompt for call in agents_of(workflow).calls if call.key == "rounds/1/plan")
    assert prompts(workflow)[-1] == "a: one;a: two;3"


# ---- budgets --------------------------------------------------------------------------------------------------------

LOOP = pattern("""
type: graph
config:
  max_iterations: 10
  nodes: {work: {agent: a, input: go}, done: {agent: b, input: end}}
  edges: [{from: work, choose: [{when: "nodes.work.iteration < 3", to: work}, {when: else, to: done}]}]
""")


def test_a_graph_that_ends_with_its_last_step_has_not_exceeded_its_steps() -> None:
    result = flow(LOOP, budgets={"max_steps": 4}).run()
    assert (result.status, result.agent_id) == ("completed", "b")
    assert flow(LOOP, budgets={"max_steps": 3}).run().exit_code == 20


def test_a_node_is_visited_no_more_than_the_workflow_allows() -> None:
    result = flow(LOOP.replace("max_iterations: 10", "max_iterations: 2")).run()
    assert result.status == "failed"
    assert "'work' would be visited more than 2 times" in str(result.error_message)
    assert result.execution_context["nodes"]["work"]["iteration"] == 2


# ---- conditions and names -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "taken"),
    [
        ("nodes.a.response contains 'open'", True),
        ("'import' in nodes.a.response", False),
        ("{{ nodes.a.json.score >= limit }}", True),
        ("nodes.a.json.tags[0] == 'x' and nodes.a.json.nothing is not defined", True),
        ("inputs.limit > 100", False),
    ],
)
def test_edges_see_inputs_and_json_and_any_words_at_all(when: str, taken: bool) -> None:  # noqa: FBT001
    text = pattern(f"""
type: graph
config:
  nodes: {{a: {{agent: a, input: go}}, b: {{agent: b, input: yes}}, c: {{agent: b, input: no}}}}
  edges: [{{from: a, choose: [{{when: "{when}", to: b}}, {{when: else, to: c}}]}}]
""")
    workflow = flow(text, {"a": '{"score": 50, "tags": ["x"], "state": "open"}'})
    assert workflow.run(limit=50).success
    assert prompts(workflow)[-1] == ("yes" if taken else "no")


def test_an_edge_may_lead_to_several_nodes_and_several_edges_may_leave_one() -> None:
    text = pattern("""
type: graph
config:
  nodes:
    s: {agent: a, input: S}
    x: {agent: a, input: X}
    y: {agent: b, input: Y}
    z: {agent: b, input: "{{ nodes.x.response }}+{{ nodes.y.response }}"}
  edges: [{from: s, to: [x]}, {from: s, to: y}, {from: x, to: [z]}, {from: y, to: [z]}]
""")
    workflow = flow(text)
    result = workflow.run()
    assert result.execution_context["execution_path"] == ["s", "x", "y", "z"]
    assert prompts(workflow)[-1] == "a: X+b: Y"


def test_a_node_that_was_not_visited_is_false_and_empty() -> None:
    text = pattern("""
type: graph
config:
  nodes:
    s: {agent: a, input: S}
    n: {agent: a, input: N}
    e: {agent: b, input: "{% if nodes.n %}yes{% else %}no{% endif %}{{ nodes.n.response }}"}
  edges: [{from: s, choose: [{when: "1 == 2", to: n}, {when: else, to: e}]}, {from: n, to: [e]}]
""")
    workflow = flow(text)
    assert workflow.run().success
    assert prompts(workflow)[-1] == "no"


def test_agent_prompts_are_templates_over_the_inputs() -> None:
    text = "agents: {a: {prompt: 'You know {{ topic | upper }}.'}}\nsteps: [{a: Go}]"
    workflow = flow(text).with_options(agents=None, model="scripted")
    made = definitions(workflow.spec, {"topic": "tides"}, workflow._options)
    assert [agent.prompt for agent in made.values()] == ["You know TIDES."]


@pytest.mark.parametrize("name", ["default('x')", "upper", "length", "join(',')", "replace('a', 'b')", "title"])
def test_filters_are_there(name: str) -> None:
    workflow = flow(f'agents: {{a: {{prompt: A}}}}\nsteps: [{{a: "{{{{ topic | {name} }}}}"}}]')
    assert workflow.run(topic="tides").success


@pytest.mark.parametrize(("value", "accepted"), [(3, True), ("3", False), (9, False)])
def test_inputs_have_the_type_and_one_of_the_values_that_they_declare(value: Any, accepted: bool) -> None:  # noqa: FBT001
    text = (
        "inputs: {required: {n: {type: integer, enum: [1, 2, 3]}}}\nagents: {a: {prompt: A}}\nsteps: [{a: '{{ n }}'}]"
    )
    if accepted:
        assert flow(text).run(n=value).success
    else:
        with pytest.raises(SchemaValidationError, match="input 'n'"):
            flow(text).run(n=value)


def test_a_router_is_asked_again_for_an_answer_that_names_no_route_and_then_the_routes_are_listed() -> None:
    text = pattern("""
type: routing
config:
  router: {agent: judge, input: where, max_retries: 1}
  routes: {north: {then: [{agent: a, input: N}]}, south: {then: [{agent: a, input: S}]}}
""")
    assert flow(text, {"judge": ["west!", '{"route": "south"}']}).run().last_response == "a: S"
    failed = flow(text, {"judge": '{"route": "west"}'}).run()
    assert failed.status == "failed"
    assert "'west' is not one of ['north', 'south']" in str(failed.error_message)
    silent = flow(text, {"judge": "west!"}).run()
    assert "it holds no JSON whose 'route' is one of north, south" in str(silent.error_message)


def test_a_resumed_run_is_not_charged_for_its_decisions_again() -> None:
    asked: list[str] = []

    def boss(call: Call) -> str:
        asked.append(call.key)
        return '["one", "two"]'

    text = pattern("""
type: orchestrator_workers
config:
  orchestrator: {agent: boss}
  worker_template: {agent: a}
  reduce_review: {type: hitl, prompt: enough?}
""")
    workflow = flow(text, agents=ScriptedAgents({"boss": boss}), session="s")
    workflow.run()
    assert workflow.resume("s", "enough").success
    assert asked == ["rounds/0/plan"]
