"""The seven patterns as text and as data: every field, every default, and the way back."""

from __future__ import annotations

import copy
import json
import pickle
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strands_nb.spec import (
    PATTERNS,
    AgentTask,
    EvaluatorOptimizerPattern,
    GraphPattern,
    HumanStep,
    HumanTask,
    OrchestratorWorkersPattern,
    ParallelPattern,
    RoutingPattern,
    Spec,
    WorkflowPattern,
    check,
    parse,
    to_data,
    to_yaml,
    validate,
)
from strands_nb.spec.kinds import fields_of, member, within
from strands_nb.spec.pattern import Pattern
from tests.spec.samples import FULL, HEAD, data_of, places, text_of
from tests.spec.shared import SPECS, needs_specs

each_pattern = pytest.mark.parametrize("kind", PATTERNS)


# ---------------------------------------------------------------- every field


@each_pattern
def test_a_workflow_of_every_pattern_loads_from_yaml_and_from_json_alike(kind: str) -> None:
    spec = parse(text_of(kind))
    assert spec == parse(json.dumps(data_of(text_of(kind)))) == validate(data_of(text_of(kind)))
    assert spec.pattern.type == kind
    assert check(spec) == []


@each_pattern
def test_the_samples_of_these_tests_leave_no_field_out(kind: str) -> None:
    used = {name for path, _ in places(data_of(text_of(kind))["pattern"]) for name in path}
    assert set(fields_of(within(member(Pattern, kind), "config"))) <= used


def test_what_the_samples_say_is_what_the_models_hold() -> None:
    workflow = parse(text_of("workflow")).pattern
    assert isinstance(workflow, WorkflowPattern)
    facts, gate, brief = workflow.config.tasks
    assert isinstance(facts, AgentTask)
    assert isinstance(gate, HumanTask)
    assert (facts.id, facts.agent, facts.tool_overrides, brief.deps) == ("facts", "a", (), ("gate",))
    assert (gate.choices, gate.timeout_seconds, gate.form) == (("fine", "poor"), 5, {"type": "string"})

    routing = parse(text_of("routing")).pattern
    assert isinstance(routing, RoutingPattern)
    assert routing.config.router.review_router is not None
    assert (list(routing.config.routes), len(routing.config.routes["sea"].then)) == (["sea", "land"], 3)

    parallel = parse(text_of("parallel")).pattern
    assert isinstance(parallel, ParallelPattern)
    assert ([branch.id for branch in parallel.config.branches], parallel.config.on_error) == (
        ["web", "docs"],
        "collect",
    )

    evaluator = parse(text_of("evaluator_optimizer")).pattern
    assert isinstance(evaluator, EvaluatorOptimizerPattern)
    assert (evaluator.config.accept.min_score, evaluator.config.on_exhausted) == (80, "fail")

    orchestrator = parse(text_of("orchestrator_workers")).pattern
    assert isinstance(orchestrator, OrchestratorWorkersPattern)
    limits = orchestrator.config.orchestrator.limits
    assert (limits.min_workers, limits.max_workers, limits.max_rounds) == (1, 4, 2)
    assert orchestrator.config.worker_template.tools == ("grep",)

    graph = parse(text_of("graph")).pattern
    assert isinstance(graph, GraphPattern)
    assert [(edge.source, edge.targets) for edge in graph.config.edges] == [
        ("draft", ("check", "gate")),
        ("gate", ("draft", "end")),
    ]
    assert (graph.config.entry, graph.config.max_iterations) == ("draft", 3)


def made(kind: str, config: str) -> Any:
    return parse(f"{HEAD}pattern: {{type: {kind}, config: {config}}}").pattern.config


def test_what_is_left_out_has_its_default() -> None:
    routing = made("routing", "{router: {agent: a}, routes: {x: {}}}")
    assert (routing.router.max_retries, routing.router.input, routing.routes["x"].then) == (2, None, ())
    parallel = made("parallel", "{branches: [{id: x, steps: [{agent: a}]}, {id: y, steps: [{agent: a}]}]}")
    assert (parallel.on_error, parallel.reduce) == ("cancel", None)
    evaluator = made("evaluator_optimizer", "{producer: a, evaluator: {agent: b}, accept: {min_score: 1}}")
    assert (evaluator.accept.max_iters, evaluator.on_exhausted, evaluator.producer.agent) == (3, "best", "a")
    orchestrator = made("orchestrator_workers", "{orchestrator: {agent: a}, worker_template: {agent: b}}")
    limits = orchestrator.orchestrator.limits
    assert (limits.min_workers, limits.max_workers, limits.max_rounds) == (1, None, 1)
    graph = made("graph", "{nodes: {x: {agent: a}}}")
    assert (graph.edges, graph.entry, graph.max_iterations) == ((), "x", 10)


def test_one_next_node_needs_no_list_and_a_producer_no_mapping() -> None:
    graph = "{nodes: {x: {agent: a}, end: {agent: b}}, edges: [{from: x, to: TO}]}"
    assert made("graph", graph.replace("TO", "end")) == made("graph", graph.replace("TO", "[end]"))
    loop = "{producer: WHO, evaluator: {agent: b}, accept: {min_score: 1}}"
    assert made("evaluator_optimizer", loop.replace("WHO", "a")) == made(
        "evaluator_optimizer", loop.replace("WHO", "{agent: a}")
    )


def test_a_form_or_a_pattern_of_answers_may_be_left_open() -> None:
    step = HumanStep.model_validate({"type": "hitl", "prompt": "x", "validation": {}})
    assert step.validation is not None
    assert step.validation.pattern is None


# ---------------------------------------------------------------- the original format


@needs_specs
def test_every_field_type_and_default_of_the_format_is_taken() -> None:
    schema = json.loads((SPECS / "strands-workflow.schema.json").read_text())
    names = {kind: f"{kind.replace('_w', 'W').replace('_o', 'O')}Config" for kind in PATTERNS}
    for kind, name in names.items():
        compare(schema, schema["$defs"][name], within(member(Pattern, kind), "config"), kind)


def compare(schema: Any, theirs: Any, ours: Any, where: str) -> None:
    """Every field of the format is one of ours, with the default it had there."""
    if "$ref" in theirs:
        theirs = schema["$defs"][theirs["$ref"].rsplit("/", 1)[1]]
    for option in theirs.get("oneOf", []):
        if "properties" in option and not (where.endswith("review_router") and "agent" in option["properties"]):
            human = {"HumanStep", "HumanTask"} if "prompt" in option["properties"] else {"AgentStep", "AgentTask"}
            ours_here = next((found for tag in human if (found := member(ours, tag))), ours)
            compare(schema, option, ours_here, where)
    for name, field in theirs.get("properties", {}).items():
        mine = within(ours, name)
        assert mine is not None, f"{where}.{name}"
        assert field.get("default") in (None, default_of(ours, name)), f"{where}.{name}"
        compare(schema, field, mine, f"{where}.{name}")
    for below in ("items", "additionalProperties"):
        if isinstance(theirs.get(below), dict):
            compare(schema, theirs[below], within(ours, 0), f"{where}[]")


def default_of(kind: Any, name: str) -> Any:
    from strands_nb.spec.kinds import _field, bare

    field = _field(bare(kind), name)
    assert field is not None
    return field.default


# ---------------------------------------------------------------- and back


@each_pattern
def test_a_workflow_of_every_pattern_written_out_and_read_again_is_the_same(kind: str) -> None:
    spec = parse(text_of(kind))
    assert parse(to_yaml(spec)) == parse(json.dumps(to_data(spec))) == parse(spec.model_dump_json()) == spec
    assert validate(to_data(spec)) == spec
    assert to_data(parse(to_yaml(spec))) == to_data(spec)


@each_pattern
def test_what_was_worked_out_of_a_workflow_is_no_part_of_it(kind: str) -> None:
    spec, other = parse(text_of(kind)), parse(text_of(kind))
    check(spec)  # makes and keeps dependencies and ways
    assert spec == other
    assert to_data(spec) == to_data(other)
    assert pickle.loads(pickle.dumps(spec)) == spec == copy.deepcopy(spec)  # noqa: S301 - our own bytes


NAMES = st.sampled_from(["a", "b", "x-1", "Ü", "on", "12", "no.no", "with space", "~"])
WORDS = st.text("aé \n\"'{}:#-\t\r\u2028😀", max_size=12)
IDS = st.lists(st.sampled_from(["a", "B", "c-1", "d.e", "f:g", "on", "12"]), min_size=2, max_size=4, unique=True)
AGENT_STEP = st.fixed_dictionaries(
    {"agent": NAMES}, optional={"input": WORDS, "vars": st.dictionaries(NAMES, st.integers() | WORDS, max_size=2)}
)
HUMAN_STEP = st.fixed_dictionaries(
    {"type": st.just("hitl"), "prompt": WORDS}, optional={"default": WORDS, "timeout_seconds": st.integers(0, 99)}
)
STEPS = st.lists(AGENT_STEP | HUMAN_STEP, min_size=1, max_size=3)


@st.composite
def tasks(draw: st.DrawFn) -> dict[str, Any]:
    ids = draw(IDS)
    some = st.lists(st.sampled_from(ids), unique=True, max_size=2)
    return {"tasks": [{**draw(AGENT_STEP | HUMAN_STEP), "id": name, "deps": draw(some)} for name in ids]}


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, Any]:
    ids = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    one = st.sampled_from(ids)
    to = st.fixed_dictionaries({"from": one, "to": st.lists(one, max_size=2)})
    choice = st.fixed_dictionaries({"when": st.sampled_from(["else", "topic", "{{ 1 == 1 }}"]), "to": one})
    choose = st.fixed_dictionaries({"from": one, "choose": st.lists(choice, max_size=2)})
    return {
        "nodes": {name: draw(AGENT_STEP | HUMAN_STEP) for name in ids},
        "edges": draw(st.lists(to | choose, max_size=3)),
        "start": draw(one),
    }


def some(required: dict[str, Any], **optional: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required, optional=optional)


CONFIGS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "chain": some({"steps": STEPS}),
    "workflow": tasks(),
    "routing": some(
        {
            "router": some({"agent": NAMES}, input=WORDS, max_retries=st.integers(0, 5), review_router=HUMAN_STEP),
            "routes": st.dictionaries(NAMES, some({}, then=STEPS), min_size=1, max_size=3),
        }
    ),
    "parallel": IDS.flatmap(
        lambda ids: some(
            {"branches": st.tuples(*(some({"id": st.just(name), "steps": STEPS}) for name in ids)).map(list)},
            reduce=AGENT_STEP | HUMAN_STEP,
            on_error=st.sampled_from(["cancel", "collect"]),
        )
    ),
    "evaluator_optimizer": some(
        {
            "producer": NAMES | some({"agent": NAMES}, input=WORDS),
            "evaluator": some({"agent": NAMES}, input=WORDS),
            "accept": some({"min_score": st.integers(0, 100)}, max_iters=st.integers(1, 9)),
        },
        revise_prompt=WORDS,
        review_gate=HUMAN_STEP,
    ),
    "orchestrator_workers": some(
        {
            "orchestrator": some({"agent": NAMES}, limits=some({}, max_workers=st.integers(1, 9))),
            "worker_template": some({"agent": NAMES}, tools=st.lists(NAMES, max_size=2)),
        },
        decomposition_review=HUMAN_STEP,
        reduce_review=HUMAN_STEP,
        reduce=AGENT_STEP | HUMAN_STEP,
        writeup=AGENT_STEP,
    ),
    "graph": graphs(),
}


@each_pattern
@settings(deadline=2000, max_examples=60)
@given(data=st.data())
def test_any_workflow_comes_back_the_same_through_yaml_json_and_data(kind: str, data: st.DataObject) -> None:
    config = data.draw(CONFIGS[kind])
    spec = Spec.model_validate({"agents": {"a": {"prompt": "A"}}, "pattern": {"type": kind, "config": config}})
    again = parse(to_yaml(spec))
    assert again == parse(json.dumps(to_data(spec))) == validate(to_data(spec)) == spec
    assert Counter((p.pointer, p.message) for p in check(spec)) == Counter((p.pointer, p.message) for p in check(again))


def test_the_samples_are_of_every_pattern() -> None:
    assert tuple(FULL) == PATTERNS
