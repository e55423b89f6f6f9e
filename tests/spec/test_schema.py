"""The JSON Schema that is published: for editors, and for whoever writes workflows by program."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from strands_nb.cli import app
from strands_nb.errors import SchemaValidationError
from strands_nb.spec import PATTERNS, json_schema, parse
from strands_nb.spec.schema import json_schema_text
from tests.spec.samples import HEAD, data_of, text_of
from tests.spec.shared import SPECS, cell, needs_specs
from tests.spec.test_language import FULL
from tests.spec.test_one_mistake import at, below_pattern, missing, misspelt, wrong_values

VALIDATOR: Any = jsonschema.Draft202012Validator(json_schema())


def test_it_is_a_schema_and_describes_every_field() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$defs"].pop("JsonValue") == {}
    for name, model in schema["$defs"].items():
        assert model.get("description"), name
        for field, entry in model.get("properties", {}).items():
            assert entry.get("description"), f"{name}.{field}"
    assert all(entry.get("description") for entry in schema["properties"].values())


def test_the_command_prints_it_as_it_is_shipped() -> None:
    assert CliRunner().invoke(app, ["schema"]).stdout.rstrip("\n") == json_schema_text().rstrip("\n")


def test_each_caller_has_a_schema_of_its_own() -> None:
    json_schema()["properties"].clear()
    assert json_schema()["properties"]


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        (FULL, True),
        ("agents: {w: {prompt: x}}\nsteps: [{w: hi}, {approve: Good?, choices: [a]}, {agent: w}]", True),
        ("agents: {w: {prompt: x}}\nsteps: [{w: , vars: {a: 1}}, {type: hitl, prompt: x}]", True),
        ("agents: {w: {$ref: a.yaml}}\nsteps: [{w: hi}]", True),
        ("agents: {w: {promt: x}}\nsteps: [{w: hi}]", False),
        ("agents: {w: {prompt: x}}", False),
        ("agents: {w: {prompt: x}}\nsteps: [{w: hi}]\nhello: 1", False),
        ("agents: {w: {prompt: x}}\nsteps: [{w: 5}]", False),
        ("agents: {w: {prompt: x}}\nsteps: [{w: hi, input: y}]", False),
        ("agents: {w: {prompt: x}}\nsteps: [{id: y}]", False),
        ("agents: {w: {prompt: x}}\nsteps: [{}]", False),
    ],
)
def test_it_takes_what_we_take(text: str, valid: bool) -> None:  # noqa: FBT001 - a table
    assert VALIDATOR.is_valid(data_of(cell(text))) is valid


@needs_specs
def test_it_takes_the_real_files() -> None:
    for path in sorted(SPECS.glob("*.yaml")):
        VALIDATOR.validate(data_of(path.read_text()))


@pytest.mark.parametrize("kind", PATTERNS)
def test_it_takes_every_pattern_with_every_field(kind: str) -> None:
    VALIDATOR.validate(data_of(text_of(kind)))


SHORT = {
    "chain": "{steps: [{a: hi}, {approve: ok?}]}",
    "workflow": "{tasks: [{id: x, a: hi}, {id: y, approve: ok?, deps: [x]}, {id: z, b: , deps: [y]}]}",
    "routing": "{router: {agent: a, review_router: {approve: ok?}}, routes: {x: {then: [{a: hi}, {approve: ok?}]}}}",
    "parallel": "{branches: [{id: x, steps: [{a: hi}]}, {id: y, steps: [{approve: ok?}]}], reduce: {b: both}}",
    "evaluator_optimizer": "{producer: a, evaluator: {agent: b}, accept: {min_score: 1}, review_gate: {approve: ok?}}",
    "orchestrator_workers": """{orchestrator: {agent: a}, worker_template: {agent: b}, decomposition_review:
      {approve: ok?}, reduce_review: {approve: ok?, id: x}, reduce: {a: hi}, writeup: {b: }}""",
    "graph": "{nodes: {x: {a: hi}, y: {approve: ok?}}, edges: [{from: x, to: y}]}",
}


@pytest.mark.parametrize("kind", PATTERNS)
def test_it_takes_short_steps_wherever_the_loader_does(kind: str) -> None:
    text = text_of(kind, SHORT[kind])
    assert parse(text).pattern.type == kind
    VALIDATOR.validate(data_of(text))


@pytest.mark.parametrize(
    "pattern",
    [
        "{type: routng, config: {}}",
        "{type: graph, config: {nodes: {}}}",
        "{type: graph, config: {nodes: {__x: {agent: a}}}}",
        "{type: graph, config: {nodes: {x: {agent: a}}, edges: [{from: x}]}}",
        "{type: graph, config: {nodes: {x: {agent: a}}, edges: [{from: x, to: x, choose: []}]}}",
        "{type: parallel, config: {branches: [{id: x, steps: [{agent: a}]}]}}",
        "{type: workflow, config: {tasks: [{id: 'a b', agent: a}]}}",
        "{type: workflow, config: {tasks: [{id: __a, agent: a}]}}",
        "{type: workflow, config: {tasks: [{id: a, agent: a, deps: [b, b]}]}}",
        "{type: evaluator_optimizer, config: {producer: a, evaluator: {agent: b}, accept: {min_score: 101}}}",
        "{type: evaluator_optimizer, config: {producer: a, evaluator: b, accept: {min_score: 1}}}",
        "{type: routing, config: {router: {agent: a, review_router: {agent: b}}, routes: {x: {}}}}",
        "{type: chain, config: {steps: []}}",
    ],
)
def test_it_refuses_what_the_loader_refuses(pattern: str) -> None:
    text = f"{HEAD}pattern: {pattern}\n"
    with pytest.raises(SchemaValidationError):
        parse(text)
    assert not VALIDATOR.is_valid(data_of(text))


@pytest.mark.parametrize("kind", PATTERNS)
def test_it_and_the_loader_agree_on_one_mistake_at_every_place(kind: str) -> None:
    data, checked = data_of(text_of(kind)), 0
    for path in below_pattern(data):
        versions = [*wrong_values(data, path), missing(data, path)]
        around = at(data, path[:-1])
        if isinstance(around, dict) and len(str(path[-1])) > 3 and path[-1] != "agent":
            versions.append(misspelt(data, path))
        for version in versions:
            assert VALIDATOR.is_valid(version) == loads(version), (path, version["pattern"])
            checked += 1
    assert checked > 100


def loads(data: Any) -> bool:
    """Whether a workflow has the right form, whatever `check` may say of it."""
    try:
        parse(json.dumps(data))
    except SchemaValidationError:
        return False
    return True
