"""Files that people wrote for the format's first implementation."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.spec import check, load, parse, to_data, to_yaml
from tests.spec.shared import SPECS, needs_specs

if TYPE_CHECKING:
    from pathlib import Path

# What is said of each file besides nothing: (severity, what it is about), in the order of the text.
SAID: dict[str, list[tuple[str, str]]] = {
    "atomic-ref-demo-openai": [("needs", "subject"), ("needs", "body")],
    "chain-calculator-openai": [("needs", "problem")],
    "chain-hitl-business-proposal-openai": [
        ("needs", "business_concept"),
        ("needs", "target_market"),
        ("needs", "geographic_scope"),
    ],
    "compaction-auto-reduce-test": [("warning", "current_number"), ("needs", "starting_number")],
    "compaction-test-openai": [("needs", "iterations")],
    "customer-support-intake-composite-openai": [("needs", "subject"), ("needs", "body")],
    "evaluator-optimizer-hitl-review-openai": [("warning", "topic"), ("warning", "draft")],
    "evaluator-optimizer-writing-ollama": [("error", "}")],
    "github-api-example-openai": [("needs", "repo_name")],
    "graph-decision-tree-openai": [("warning", "nodes")] * 4,  # in agent prompts, which the format never rendered
    "graph-iterative-refinement-openai": [("warning", "nodes")] * 3,
    "graph-state-machine-openai": [("warning", "nodes")] * 4,
    "multi-step-unsupported": [("needs", "step1"), ("needs", "step2")],
    "orchestrator-research-swarm-openai": [
        ("error", "http_executors"),
        ("warning", "workers"),
        ("warning", "reduce_response"),
        ("error", "http_executors"),
    ],
    "parallel-hitl-branch-demo": [("needs", "topic")],
    "single-agent-chain-anthropic": [("needs", "topic")],
    "single-agent-chain-gemini": [("needs", "topic")],
    "single-agent-chain-openai": [("needs", "topic")],
    "spec-generator-agent": [("warning", "topic")],
    "tavily-search-demo": [("needs", "topic"), ("needs", "max_results"), ("needs", "include_answer")],
    "workflow-file-operations-openai": [("needs", "source_file")],
}

# The only mistakes among them: line, message, and what is marked.
MISTAKES: dict[str, list[tuple[int | None, str, str]]] = {
    "evaluator-optimizer-writing-ollama": [(86, "this does not parse: unexpected '}'", "- {{ fix %}")],
    "orchestrator-research-swarm-openai": [
        (44, "unknown tool 'http_executors'", "http_executors"),
        (85, "unknown tool 'http_executors'", "http_executors"),
    ],
}

FILES = sorted(SPECS.glob("*.yaml")) if SPECS.is_dir() else []
every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


@needs_specs
def test_all_files_are_here() -> None:
    assert Counter(load(path).pattern.type for path in FILES) == {
        "chain": 23,
        "workflow": 5,
        "evaluator_optimizer": 3,
        "graph": 3,
        "parallel": 3,
        "routing": 3,
        "orchestrator_workers": 2,
    }
    assert {path.stem for path in FILES} >= SAID.keys() | MISTAKES.keys()


@needs_specs
@every_file
def test_a_real_file_loads_and_what_is_said_of_it_is_true(path: Path) -> None:
    subjects = [
        (problem.severity, match[1] if (match := re.search(r"'([\w}]+)'", problem.message)) else problem.message)
        for problem in check(load(path))
    ]
    assert subjects == SAID.get(path.stem, [])


@needs_specs
@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_a_real_file_is_shown_under_its_line(name: str) -> None:
    errors = [problem for problem in check(load(SPECS / f"{name}.yaml")) if problem.severity == "error"]
    assert [(problem.line, problem.message, marked(problem)) for problem in errors] == MISTAKES[name]


def marked(problem: Any) -> str:
    """What the carets of a problem are under."""
    return problem.source[problem.column - 1 :][: problem.width]


@needs_specs
@every_file
def test_a_real_file_lacks_nothing_once_its_variables_are_given(path: Path) -> None:
    spec = load(path)
    examples: dict[str, Any] = {"string": "x", "integer": 1, "number": 1.5, "boolean": True, "array": [], "object": {}}
    declared = {name: examples[item.type] for name, item in spec.inputs.declared().items()}
    free = {subject: "x" for severity, subject in SAID.get(path.stem, []) if severity == "needs"}
    left = [problem.message for problem in check(spec, free | declared) if problem.severity != "warning"]
    assert left == [message for _, message, _ in MISTAKES.get(path.stem, [])]


@needs_specs
@every_file
def test_a_real_file_written_out_and_read_again_is_the_same(path: Path) -> None:
    spec = load(path)
    assert parse(to_yaml(spec)) == parse(json.dumps(to_data(spec))) == spec
