"""The models, the values of inputs, the published schema, and the way back to text."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from pydantic import ValidationError

import strands_nb.spec
from strands_nb.errors import SchemaValidationError
from strands_nb.spec import (
    Agent,
    AgentStep,
    HumanStep,
    Spec,
    parse,
    parse_var,
    resolve_inputs,
    to_data,
    to_yaml,
    tool_id,
)
from tests.spec.shared import chained, read

FULL = """
    version: "1"
    name: brief
    description: Everything at once
    tags: [a, b.c]
    metadata: {name: Brief, labels: {strands.io/agent_type: atomic}}
    runtime:
      provider: openai
      model_id: small
      region: eu-central-1
      host: http://localhost:1
      temperature: 1
      top_p: 0.5
      max_tokens: 100
      max_parallel: 2
      budgets: {max_steps: 3, max_tokens: 1000, max_duration_s: 60, max_cost_usd: 0.5, warn_threshold: 0.9}
      failure_policy: {retries: 0, backoff: jittered, wait_min: 0, wait_max: 9}
    inputs:
      required: {topic: string, n: {type: integer, description: how many, enum: [1, 2]}}
      optional: {tone: {type: string, default: null}}
      values: {topic: "on", list: [1, {a: null}]}
    env: {secrets: [{key: KEY, source: env, name: TOKEN}]}
    telemetry: {otel: {endpoint: http://x, service_name: s, sample_ratio: 0}, redact: {tool_outputs: true}}
    context_policy:
      compaction: {enabled: false, when_tokens_over: 5000}
      notes: {file: notes.md, format: json}
      retrieval: {jit_tools: [grep]}
    skills: [{id: pdf, path: skills/pdf, description: PDF}]
    tools:
      python: [calculator, {callable: "shop:price", effect: once, approval: always}]
      mcp: [{id: fs, command: npx, args: [-y], env: {A: b}}, {id: web, url: http://y, headers: {H: v}}]
      http_executors:
        - id: gh
          base_url: https://api.github.com
          timeout_ms: 500
          examples: [{description: d, method: GET, path: /x, extra: 1}]
          common_endpoints: [{path: /x, description: d}]
    agents:
      writer: {prompt: "Line one\\n\\nLine three\\n", tools: [calculator], inference: {temperature: 0}, memory: none}
      judge: {prompt: x, provider: anthropic, output_schema: {type: object}}
    pattern:
      type: chain
      config:
        steps:
          - {agent: writer, input: "{{ topic }}", vars: {a: 1.5}, tool_overrides: [], id: draft}
          - {type: hitl, prompt: Good?, context_display: c, default: d, timeout_seconds: 5, choices: [d], schema: {}}
          - {type: manual_gate, prompt: Sure?, gate_id: gate, timeout_minutes: 0.5}
    outputs: {artifacts: [{path: out.md, from: "{{ last_response }}"}]}
    security: {guardrails: {deny_network: true, pii_redaction: true, allow_tools: []}}
"""


def test_every_field_of_the_format_has_its_place() -> None:
    spec = read(FULL)
    assert spec.runtime.budgets.max_cost_usd == 0.5
    assert spec.runtime.failure_policy.backoff == "jittered"
    assert spec.inputs.required["n"].enum == (1, 2)
    assert not spec.inputs.optional["tone"].has_default
    assert spec.tools.python[1].effect == "once"
    assert [tool.id for tool in (*spec.tools.python, *spec.tools.mcp)] == ["calculator", "price", "fs", "web"]
    gate, manual = chained(spec)[1:]
    assert isinstance(gate, HumanStep)
    assert gate.form == {}
    assert isinstance(manual, HumanStep)
    assert (manual.type, manual.id, manual.timeout_seconds) == ("hitl", "gate", 30)
    assert spec.outputs.artifacts[0].source == "{{ last_response }}"
    assert spec.security.guardrails.allow_tools == ()


def test_what_is_left_out_has_the_defaults_of_the_format() -> None:
    spec = parse("agents: {a: {prompt: x}}\nsteps: [{a: hi}]")
    assert spec.runtime.max_parallel == 5
    assert spec.runtime.budgets.warn_threshold == 0.8
    assert (spec.runtime.failure_policy.retries, spec.runtime.failure_policy.wait_max) == (2, 60)
    assert spec.telemetry.redact.tool_inputs
    assert not spec.telemetry.redact.tool_outputs
    assert spec.agents["a"].tools is None
    assert spec.context_policy.compaction is None


def test_nothing_of_a_workflow_can_be_changed() -> None:
    spec = read(FULL)
    for part, name in ((spec, "name"), (spec.runtime, "provider"), (spec.agents["writer"], "prompt")):
        with pytest.raises(ValidationError):
            setattr(part, name, "x")


def test_from_python_either_name_of_a_field_works() -> None:
    step = HumanStep(type="hitl", prompt="x", form={"type": "object"})
    assert step == HumanStep.model_validate({"type": "hitl", "prompt": "x", "schema": {"type": "object"}})
    spec = Spec.model_validate(
        {
            "agents": {"a": Agent(prompt="x")},
            "pattern": {"type": "chain", "config": {"steps": [AgentStep(agent="a"), step]}},
        }
    )
    assert to_data(spec)["pattern"]["config"]["steps"][1]["schema"] == {"type": "object"}


def to_json(spec: Spec) -> str:
    return json.dumps(to_data(spec))


def with_nulls(spec: Spec) -> str:
    return spec.model_dump_json()


@pytest.mark.parametrize("write", [to_yaml, to_json, with_nulls])
def test_a_workflow_written_out_and_read_again_is_the_same(write: Any) -> None:
    spec = read(FULL)
    assert parse(write(spec)) == spec


def test_long_texts_are_written_as_blocks_and_odd_words_in_quotes() -> None:
    text = to_yaml(read(FULL))
    assert "prompt: |\n      Line one\n\n      Line three\n" in text
    assert "topic: 'on'" in text


def test_a_workflow_knows_its_text_but_is_equal_to_one_that_was_written_elsewhere() -> None:
    spec = read(FULL)
    assert spec.source is not None
    assert spec.source.text.startswith('version: "1"')
    again = Spec.model_validate(to_data(spec))
    assert again.source is None
    assert again == spec
    assert spec == again


def test_a_workflow_can_be_sent_to_another_process() -> None:
    spec = read(FULL)
    again = pickle.loads(pickle.dumps(spec))  # noqa: S301 - our own bytes
    assert again == spec
    assert str(again.problem("/runtime/provider", "x")) == str(spec.problem("/runtime/provider", "x"))


def test_a_call_goes_before_values_and_values_before_defaults() -> None:
    spec = read("""
        inputs:
          required: {a: {type: string, default: d}, b: {type: string, default: d}, c: {type: string, default: d}}
          optional: {e: string, f: {type: string, default: x}}
          values: {b: v, c: v, free: 1}
        agents: {w: {prompt: x}}
        steps: [{w: hi}]
    """)
    assert resolve_inputs(spec, {"c": "call", "other": [1]}) == {
        "a": "d",
        "b": "v",
        "c": "call",
        "f": "x",
        "free": 1,
        "other": [1],
    }


def test_values_that_do_not_fit_are_refused_together() -> None:
    spec = parse("inputs: {required: {n: integer, b: boolean}}\nagents: {w: {prompt: x}}\nsteps: [{w: hi}]")
    with pytest.raises(SchemaValidationError) as caught:
        resolve_inputs(spec, {"n": True, "b": 1})
    assert [problem.pointer for problem in caught.value.errors] == ["/inputs/required/n", "/inputs/required/b"]


TYPES = "inputs: {required: {s: string, n: number, i: integer, b: boolean, a: array, o: object}}\n"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("s", "3", "3"),
        ("n", "1.5", 1.5),
        ("n", "2", 2),
        ("i", "-3", -3),
        ("b", "true", True),
        ("a", '["x", 1]', ["x", 1]),
        ("o", '{"k": null}', {"k": None}),
        ("undeclared", "true", "true"),
    ],
)
def test_a_variable_from_the_command_line_is_read_by_its_declared_type(name: str, text: str, expected: object) -> None:
    spec = parse(TYPES + "agents: {w: {prompt: x}}\nsteps: [{w: hi}]")
    value = parse_var(spec, name, text)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("i", "3.5", "input 'i' should be a whole number, is the number 3.5"),
        ("i", "three", "input 'i' should be a whole number, is the text 'three'"),
        ("n", "NaN", "input 'n' should be a number, is the text 'NaN'"),
        ("b", "yes", "input 'b' should be true or false, is the text 'yes'"),
        ("a", "x,y", "input 'a' should be a list, is the text 'x,y'; give it as JSON"),
        ("o", "[" * 5000, "input 'o' should be a mapping"),
    ],
)
def test_a_variable_of_another_type_is_refused(name: str, text: str, message: str) -> None:
    spec = parse(TYPES + "agents: {w: {prompt: x}}\nsteps: [{w: hi}]")
    with pytest.raises(SchemaValidationError, match="1 problem") as caught:
        parse_var(spec, name, text)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("calculator", "calculator"),
        ("strands_tools.http_request", "http_request"),
        ("strands_tools.http_request.http_request", "http_request"),
        ("strands_cli.tools.grep", "grep"),
        ("shop.prices:lookup", "lookup"),
        ("other.module", "other.module"),
    ],
)
def test_a_tool_has_one_name_however_it_is_written(path: str, name: str) -> None:
    assert tool_id(path) == name


def test_the_public_names_are_all_there_and_sorted() -> None:
    names = strands_nb.spec.__all__
    constants = [name for name in names if name.isupper()]
    classes = [name for name in names if name[0].isupper() and not name.isupper()]
    functions = [name for name in names if name[0].islower()]
    assert list(names) == [*sorted(constants), *sorted(classes), *sorted(functions)]
    assert all(hasattr(strands_nb.spec, name) for name in names)
