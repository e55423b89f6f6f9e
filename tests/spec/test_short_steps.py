"""Steps in short form wherever a step may stand: in routes and branches, as tasks, nodes, reductions and gates."""

from __future__ import annotations

from typing import Any

import pytest

from strands_nb.spec import AgentStep, HumanStep, check, parse, steps_of, to_data
from tests.spec.samples import brief, said, text_of

SAME = [
    (
        "routing",
        "{router: {agent: a}, routes: {x: {then: [{a: hi}, {approve: ok?, id: gate}, {b: }, {agent: a, input: ho}]}}}",
        (
            "{router: {agent: a}, routes: {x: {then: [{agent: a, input: hi}, {type: hitl, prompt: ok?, id: gate},"
            " {agent: b}, {agent: a, input: ho}]}}}"
        ),
    ),
    (
        "routing",
        "{router: {agent: a, review_router: {approve: ok?, timeout_seconds: 5}}, routes: {x: {}}}",
        "{router: {agent: a, review_router: {type: hitl, prompt: ok?, timeout_seconds: 5}}, routes: {x: {}}}",
    ),
    (
        "parallel",
        "{branches: [{id: x, steps: [{a: hi, vars: {n: 1}}]}, {id: y, steps: [{approve: ok?}]}], reduce: {b: both}}",
        (
            "{branches: [{id: x, steps: [{agent: a, input: hi, vars: {n: 1}}]},"
            " {id: y, steps: [{type: hitl, prompt: ok?}]}], reduce: {agent: b, input: both}}"
        ),
    ),
    (
        "workflow",
        "{tasks: [{id: x, a: hi}, {id: y, approve: ok?, deps: [x]}]}",
        "{tasks: [{id: x, agent: a, input: hi}, {id: y, type: hitl, prompt: ok?, deps: [x]}]}",
    ),
    (
        "graph",
        "{nodes: {x: {a: hi}, y: {approve: ok?}}, edges: [{from: x, to: y}]}",
        "{nodes: {x: {agent: a, input: hi}, y: {type: hitl, prompt: ok?}}, edges: [{from: x, to: y}]}",
    ),
    (
        "evaluator_optimizer",
        "{producer: a, evaluator: {agent: b}, accept: {min_score: 1}, review_gate: {approve: ok?}}",
        "{producer: a, evaluator: {agent: b}, accept: {min_score: 1}, review_gate: {type: hitl, prompt: ok?}}",
    ),
    (
        "orchestrator_workers",
        "{orchestrator: {agent: a}, worker_template: {agent: b}, reduce_review: {approve: ok?}, writeup: {a: hi}}",
        (
            "{orchestrator: {agent: a}, worker_template: {agent: b}, reduce_review: {type: hitl, prompt: ok?},"
            " writeup: {agent: a, input: hi}}"
        ),
    ),
    ("chain", "{steps: [{a: hi}, {approve: ok?}]}", "{steps: [{agent: a, input: hi}, {type: hitl, prompt: ok?}]}"),
]


@pytest.mark.parametrize(("kind", "short", "long"), SAME)
def test_a_short_step_means_the_long_one_wherever_it_stands(kind: str, short: str, long: str) -> None:
    assert parse(text_of(kind, short)) == parse(text_of(kind, long))
    assert to_data(parse(text_of(kind, short))) == to_data(parse(text_of(kind, long)))


def test_every_part_of_a_short_step_keeps_the_place_it_was_written_at() -> None:
    config = """
        router: {agent: a}
        routes:
          sea:
            then:
              - zebra: hi
              - a: "{{ steps.zz.response }}"
              - approve: "{{ topc }}"
                context_display: "{{ steps[7] }}"
    """
    spec = parse(text_of("routing", config.replace("zebra", "b")))
    assert [(p.line, p.column, p.pointer) for p in check(spec)] == [
        (15, 28, "/pattern/config/routes/sea/then/1/a"),
        (16, 34, "/pattern/config/routes/sea/then/2/approve"),
        (17, 42, "/pattern/config/routes/sea/then/2/context_display"),
    ]
    first = said(text_of("routing", config))[0]
    assert brief(first) == "14:21 unknown step kind 'zebra'; steps can be: a, approve, b"


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("{aa: hi}", ["unknown step kind 'aa'; did you mean 'a'?"]),
        ("{aprove: hi}", ["unknown step kind 'aprove'; did you mean 'approve'?"]),
        ("{zebra: hi}", ["unknown step kind 'zebra'; steps can be: a, approve, b"]),
        ("{zebra: hi, id: x}", ["unknown step kind 'zebra'; steps can be: a, approve, b"]),
        ("{a: hi, input: ho}", ["'input' is given twice; 'a' has it already"]),
        ("{approve: hi, prompt: ho}", ["'prompt' is given twice; 'approve' has it already"]),
        ("{a: 5}", ["'input' should be text, is the number 5; put it in quotes"]),
        ("{approve: }", ["'prompt' should be text, is nothing (null)"]),
        ("{a: hi, inptu: x}", ["unknown field 'inptu'; did you mean 'input'?"]),
        ("{agnt: a}", ["unknown field 'agnt'; did you mean 'agent'?"]),
        ("{inptu: hi}", ["missing field 'agent'", "unknown field 'inptu'; did you mean 'input'?"]),
        ("{zebra: x, input: hi}", ["missing field 'agent'", "unknown field 'zebra'; known here: agent, id, input,"]),
        ("{prompt: hi}", ["missing field 'type'; a question to a human says `type: hitl`"]),
        ("{}", ["missing field 'agent'"]),
        ("hello", ["item 0 of 'then' should be a mapping, is the text 'hello'"]),
    ],
)
def test_a_mistake_in_a_short_step_of_a_route_is_said_once(step: str, expected: list[str]) -> None:
    problems = said(text_of("routing", f"{{router: {{agent: a}}, routes: {{x: {{then: [{step}, {{q: hi}}]}}}}}}"))
    *found, last = [brief(problem).partition(" ")[2] for problem in problems]
    assert last == "unknown step kind 'q'; steps can be: a, approve, b"
    assert len(found) == len(expected)
    assert all(line.startswith(start) for line, start in zip(found, expected, strict=True)), found


def test_an_agent_has_its_name_though_a_field_of_a_task_bears_it_too() -> None:
    head = "version: 0\nname: t\nruntime: {}\nagents: {deps: {prompt: A}, id: {prompt: B}}\n"
    config: Any = "{tasks: [{id: x, agent: deps}, {id: y, deps: [x], agent: id}]}"
    spec = parse(f"{head}pattern: {{type: workflow, config: {config}}}")
    assert [step.agent for _, step in steps_of(spec.pattern) if isinstance(step, AgentStep)] == ["deps", "id"]


def test_a_gate_in_short_form_asks_a_human_even_if_an_agent_bears_the_name() -> None:
    text = text_of("graph", "{nodes: {x: {approve: ok?}}}").replace("a: {prompt: A}", "approve: {prompt: A}")
    ((_, step),) = steps_of(parse(text).pattern)
    assert isinstance(step, HumanStep)
