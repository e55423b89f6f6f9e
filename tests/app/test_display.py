"""How a workflow shows itself, and what it says a run may come to."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from strands_nb.app import Workflow
from strands_nb.app.estimate import Estimate
from tests.programs import AGENTS, EVALUATOR, GRAPH, ORCHESTRATOR, PARALLEL, ROUTING, WORKFLOW

PATTERNS = {
    "workflow": WORKFLOW,
    "routing": ROUTING,
    "parallel": PARALLEL,
    "evaluator_optimizer": EVALUATOR,
    "orchestrator_workers": ORCHESTRATOR,
    "graph": GRAPH,
}


def workflow(name: str, **options: object) -> Workflow:
    return Workflow.from_yaml(AGENTS + PATTERNS[name], topic="tides").with_options(**options)


@pytest.mark.parametrize("name", PATTERNS)
def test_every_pattern_is_drawn_with_its_gates_in_a_notebook_and_in_a_terminal(name: str) -> None:
    bundle = workflow(name)._repr_mimebundle_()
    drawn = ET.fromstring(bundle["text/html"].partition("<p style")[0])  # noqa: S314 - our own
    texts = " ".join(drawn.itertext())
    for node in workflow(name).outline().nodes:
        assert node.label[:8] in texts
        assert node.label[:8] in bundle["text/plain"]
    assert "human" in texts
    assert "[human]" in bundle["text/plain"]
    assert "<script" not in bundle["text/html"]


@pytest.mark.parametrize("name", PATTERNS)
def test_every_pattern_can_be_put_into_words_of_mermaid(name: str) -> None:
    assert workflow(name).to_mermaid().startswith("flowchart TD\n")


@pytest.mark.parametrize(
    ("name", "calls"),
    [
        ("workflow", 5),
        ("routing", 3),
        ("parallel", 4),
        ("evaluator_optimizer", 6),
        ("orchestrator_workers", 2 + 6 + 2),
        ("graph", 4 * 3),
    ],
)
def test_the_calls_of_a_run_are_counted_before_it(name: str, calls: int) -> None:
    assert workflow(name).estimate().calls == calls


def test_a_graph_without_loops_visits_a_node_once_for_each_length_of_a_way_to_it() -> None:
    text = (
        AGENTS
        + """
pattern:
  type: graph
  config:
    nodes: {s: {agent: a, input: S}, x: {agent: a}, e: {agent: b}}
    edges: [{from: s, to: [x, e]}, {from: x, to: [e]}]
"""
    )
    made = Workflow.from_yaml(text)
    assert made.estimate().calls == 4, "e comes after s and once more after x"
    assert made.with_options(model="scripted").run().execution_context["total_steps"] == 4


def test_tokens_and_price_are_said_where_something_limits_them() -> None:
    limited = workflow("workflow", budgets={"max_tokens": 10_000}, prices={"scripted": {"input": 1, "output": 5}})
    assert limited.estimate() == Estimate(5, tokens=10_000, cost=0.05)
    assert str(limited.estimate()) == "at most 5 calls, 10,000 tokens, $0.05"
    assert str(workflow("workflow", budgets={"max_steps": 2}).estimate()) == "at most 2 calls, free"
    unknown = workflow("workflow", model="openai:nobody-knows").estimate()
    assert (unknown.tokens, unknown.cost) == (None, None)
    assert workflow("workflow", model="openai:nobody-knows", budgets={"max_cost_usd": 2}).estimate().cost == 2
