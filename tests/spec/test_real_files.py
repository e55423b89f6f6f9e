"""Files that people wrote for the format's first implementation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.errors import SchemaValidationError
from strands_nb.spec import check, load
from tests.spec.shared import SPECS, needs_specs

if TYPE_CHECKING:
    from pathlib import Path

# What is said of each chain besides nothing: (severity, what it is about), in the order of the text.
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
    "github-api-example-openai": [("needs", "repo_name")],
    "multi-step-unsupported": [("needs", "step1"), ("needs", "step2")],
    "single-agent-chain-anthropic": [("needs", "topic")],
    "single-agent-chain-gemini": [("needs", "topic")],
    "single-agent-chain-openai": [("needs", "topic")],
    "spec-generator-agent": [("warning", "topic")],
    "tavily-search-demo": [("needs", "topic"), ("needs", "max_results"), ("needs", "include_answer")],
}

FILES = sorted(SPECS.glob("*.yaml")) if SPECS.is_dir() else []
CHAINS = [path for path in FILES if re.search(r"^pattern:\s*\n\s+type: *\"?chain", path.read_text(), re.MULTILINE)]
OTHERS = [path for path in FILES if path not in CHAINS]


@needs_specs
def test_all_files_are_here() -> None:
    assert (len(CHAINS), len(FILES)) == (23, 42)


@needs_specs
@pytest.mark.parametrize("path", CHAINS, ids=lambda path: path.stem)
def test_a_real_chain_loads_and_what_is_said_of_it_is_true(path: Path) -> None:
    problems = check(load(path))
    subjects = [
        (problem.severity, match[1] if (match := re.search(r"'(\w+)'", problem.message)) else problem.message)
        for problem in problems
    ]
    assert subjects == SAID.get(path.stem, [])


@needs_specs
@pytest.mark.parametrize("path", CHAINS, ids=lambda path: path.stem)
def test_a_real_chain_lacks_nothing_once_its_variables_are_given(path: Path) -> None:
    spec = load(path)
    examples: dict[str, Any] = {"string": "x", "integer": 1, "number": 1.5, "boolean": True, "array": [], "object": {}}
    declared = {name: examples[item.type] for name, item in spec.inputs.declared().items()}
    free = {subject: "x" for severity, subject in SAID.get(path.stem, []) if severity == "needs"}
    assert [problem for problem in check(spec, free | declared) if problem.severity != "warning"] == []


@needs_specs
@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.stem)
def test_a_pattern_that_comes_later_is_refused_in_one_sentence_that_names_it(path: Path) -> None:
    with pytest.raises(SchemaValidationError) as caught:
        load(path)
    (problem,) = caught.value.errors
    assert re.fullmatch(r"pattern '\w+' is not supported yet", problem.message)
    assert problem.hint == "supported: chain"
    assert problem.source is not None
    assert "type:" in problem.source
