"""Real files written in the original format: what is said of each, and how its run ends with a scripted model.

The files are somebody else's and lie beside the repository. None is special-cased: inputs are made from the types they
declare, what `check` lists as needed is given, and tools that reach out are functions that answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from strands_nb.app import Workflow
from strands_nb.engine.question import HITLState, InterruptResponse
from strands_nb.errors import SchemaValidationError
from strands_nb.testing import MemorySessionRepository

FOLDER = Path(__file__).parents[3] / "shared" / "specs"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the files are not here: {FOLDER}")


@dataclass(frozen=True)
class Row:
    """One file: its pattern, what it lacks (variables, tools), what is asked, what it leaves behind."""

    pattern: str = "chain"
    lacks: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    warnings: int = 0
    files: int = 1


TABLE = {
    "atomic-ref-demo-openai": Row(lacks=("subject", "body")),
    "chain-3-step-research": Row(),
    "chain-calculator-openai": Row(lacks=("problem",)),
    "chain-hitl-business-proposal-openai": Row(
        lacks=("business_concept", "target_market", "geographic_scope"), asks=("steps/1", "steps/3")
    ),
    "compaction-auto-reduce-test": Row(lacks=("starting_number",), warnings=2),
    "compaction-test-openai": Row(lacks=("iterations",), warnings=1),
    "customer-support-intake-composite-openai": Row("workflow", lacks=("subject", "body")),
    "debug-demo-openai": Row(),
    "evaluator-optimizer-code-review-bedrock": Row("evaluator_optimizer"),
    "evaluator-optimizer-hitl-review-openai": Row("evaluator_optimizer", asks=("iterations/0/review",), warnings=2),
    "github-api-example-openai": Row(lacks=("repo_name",), tools=("gh",), warnings=1),
    "graph-decision-tree-openai": Row("graph", warnings=4),
    "graph-iterative-refinement-openai": Row("graph", warnings=3, files=2),
    "graph-state-machine-openai": Row("graph", warnings=4),
    "jit-codebase-analysis-openai": Row(),
    "jit-log-analysis-openai": Row(warnings=1),
    "mcp-filesystem-openai": Row(tools=("filesystem",)),
    "mcp-simple-openai": Row(tools=("filesystem",)),
    "multi-step-unsupported": Row(lacks=("step1", "step2")),
    "orchestrator-hitl-review-openai": Row("orchestrator_workers", asks=("rounds/0/review", "reduce_review")),
    "parallel-hitl-branch-demo": Row("parallel", lacks=("topic",), asks=("branches/web_research/steps/1",)),
    "parallel-multi-step-branches": Row("parallel", files=3),
    "parallel-simple-2-branches": Row("parallel"),
    "presets-interactive-chat-openai": Row(warnings=1),
    "presets-minimal-openai": Row(warnings=1),
    "research-workflow-notes-openai": Row(tools=("http_request",), warnings=1, files=2),
    "routing-customer-support-openai": Row("routing"),
    "routing-hitl-review-openai": Row("routing", asks=("review",)),
    "routing-task-classification-openai": Row("routing"),
    "single-agent-chain-anthropic": Row(lacks=("topic",)),
    "single-agent-chain-gemini": Row(lacks=("topic",)),
    "single-agent-chain-openai": Row(lacks=("topic",)),
    "single-agent-workflow-openai": Row("workflow"),
    "spec-generator-agent": Row(warnings=3, files=3),
    "tavily-search-demo": Row(lacks=("topic", "max_results", "include_answer"), tools=("tavily_search",)),
    "telemetry-simple-openai": Row(warnings=1),
    "test-notes-simple-openai": Row(warnings=1),
    "workflow-file-operations-openai": Row("workflow", lacks=("source_file",)),
    "workflow-linear-dag-openai": Row("workflow", files=2),
    "workflow-parallel-research-openai": Row("workflow"),
}
"""How each file runs to its end."""

MISTAKES = {
    "evaluator-optimizer-writing-ollama": [(86, "this does not parse: unexpected '}'")],
    "orchestrator-research-swarm-openai": [
        (44, "unknown tool 'http_executors'"),
        (85, "unknown tool 'http_executors'"),
    ],
}
"""The files that are refused, and the mistake in each."""

SAMPLES: dict[str, Any] = {
    "string": "sample",
    "number": 1.5,
    "integer": 2,
    "boolean": True,
    "array": ["one"],
    "object": {"key": "value"},
}


def reach_out(query: str = "") -> str:
    """Stands for a tool that would leave this machine."""
    return f"found nothing on {query!r}"


def loaded(name: str, folder: Path) -> Workflow:
    workflow = Workflow.from_file(FOLDER / f"{name}.yaml")
    return workflow.with_options(model="scripted", store=MemorySessionRepository(), output_dir=folder)


def needed(workflow: Workflow, given: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The variables and the tools that a run would lack, as `check` says."""
    needs = [problem for problem in workflow.check(**given) if problem.severity == "needs"]
    names = [match[1] for p in needs if (match := re.match(r"(?:the input )?'(\w+)' (?:is not|has no)", p.message))]
    tools = [match[1] for p in needs if (match := re.search(r"tools=\{'(\w+)'", p.hint or ""))]
    assert len(names) + len(tools) == len(needs), needs
    return names, tools


def values_for(workflow: Workflow, names: list[str]) -> dict[str, Any]:
    """A value for each of these, of its declared type or, where it has none, a text."""
    declared = workflow.spec.inputs.declared()
    return {
        name: (declared[name].enum or [SAMPLES[declared[name].type]])[0] if name in declared else "sample"
        for name in names
    }


def test_the_table_has_every_file() -> None:
    assert {file.stem for file in FOLDER.glob("*.yaml")} == {*TABLE, *MISTAKES}
    assert len(TABLE) >= 38


@pytest.mark.parametrize("name", TABLE)
def test_what_is_said_of_a_real_file(name: str, tmp_path: Path) -> None:
    workflow, row = loaded(name, tmp_path), TABLE[name]
    problems = workflow.check()
    warnings = [p for p in problems if p.severity == "warning" and p.pointer]  # the scripted model's own have no place
    assert len(warnings) == row.warnings, warnings
    assert not [p for p in problems if p.severity == "error"]
    assert (workflow.spec.pattern.type, *needed(workflow, {})) == (row.pattern, [*row.lacks], [*row.tools])


@pytest.mark.parametrize(
    ("name", "modify"), [*((name, False) for name in TABLE), *((name, True) for name, row in TABLE.items() if row.asks)]
)
def test_a_real_file_runs_to_its_end(name: str, modify: Any, tmp_path: Path) -> None:
    workflow, row, asked = loaded(name, tmp_path), TABLE[name], list[str]()
    names, tools = needed(workflow, {})
    workflow = workflow.with_options(tools=dict.fromkeys(tools, reach_out))

    def handler(state: HITLState) -> InterruptResponse:
        asked.append(state.key)
        again = modify and "~" not in state.key
        return InterruptResponse("modify", "Shorter.") if again else InterruptResponse("approve")

    result = workflow.run_interactive(hitl_handler=handler, variables=values_for(workflow, names))
    assert (result.status, result.error_message) == ("completed", None)
    assert result.last_response
    assert asked == [key for gate in row.asks for key in ([gate, f"{gate}~2"] if modify else [gate])]
    assert len(result.artifacts_written) == row.files
    for path in map(Path, result.artifacts_written):
        assert path.is_relative_to(tmp_path)
        assert path.read_text().strip()


@pytest.mark.parametrize("name", MISTAKES)
def test_a_file_with_a_mistake_is_refused_with_its_line(name: str) -> None:
    with pytest.raises(SchemaValidationError) as caught:
        Workflow.from_file(FOLDER / f"{name}.yaml")
    assert [(problem.line, problem.message) for problem in caught.value.errors] == MISTAKES[name]
