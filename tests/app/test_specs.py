"""Real files written in the original format: what is said of each, and how its run ends with a scripted model."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from strands_nb.app import Workflow
from strands_nb.engine.question import HITLState, InterruptResponse
from strands_nb.errors import CapabilityError
from strands_nb.spec import HumanStep
from strands_nb.testing import MemorySessionRepository

FOLDER = Path(__file__).parents[3] / "shared" / "specs"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the files are not here: {FOLDER}")

RUN = [
    "atomic-ref-demo-openai",
    "chain-3-step-research",
    "chain-calculator-openai",
    "chain-hitl-business-proposal-openai",
    "compaction-auto-reduce-test",
    "compaction-test-openai",
    "debug-demo-openai",
    "jit-codebase-analysis-openai",
    "jit-log-analysis-openai",
    "multi-step-unsupported",
    "presets-interactive-chat-openai",
    "presets-minimal-openai",
    "single-agent-chain-anthropic",
    "single-agent-chain-gemini",
    "single-agent-chain-openai",
    "spec-generator-agent",
    "telemetry-simple-openai",
    "test-notes-simple-openai",
]
NEED_TOOLS = {
    "github-api-example-openai": ["gh"],
    "mcp-filesystem-openai": ["filesystem"],
    "mcp-simple-openai": ["filesystem"],
    "research-workflow-notes-openai": ["http_request"],
    "tavily-search-demo": ["tavily_search"],
}
SAMPLES: dict[str, Any] = {
    "string": "sample",
    "number": 1.5,
    "integer": 2,
    "boolean": True,
    "array": ["one"],
    "object": {"key": "value"},
}


def loaded(name: str, folder: Path) -> Workflow:
    workflow = Workflow.from_file(FOLDER / f"{name}.yaml")
    return workflow.with_options(model="scripted", store=MemorySessionRepository(), output_dir=folder)


def look_up(query: str) -> str:
    """Stands for a tool of somebody's own."""
    return query


def sample_of(workflow: Workflow) -> dict[str, Any]:
    """Values for all it declares and, as text, for all it uses without declaring."""
    inputs = workflow.spec.inputs
    values = {
        name: item.enum[0] if item.enum else SAMPLES[item.type]
        for name, item in inputs.required.items()
        if not item.has_default and name not in inputs.values
    }
    for problem in workflow.check(**values):
        if problem.severity == "needs" and (found := re.match(r"'(\w+)' is not defined", problem.message)):
            values[found[1]] = "sample"
    return values


def test_the_table_names_every_chain_there_is() -> None:
    chains = {f.stem for f in FOLDER.glob("*.yaml") if re.search(r"^  type: chain", f.read_text(), re.MULTILINE)}
    assert chains == {*RUN, *NEED_TOOLS}


WITH_GATES = ["chain-hitl-business-proposal-openai"]


@pytest.mark.parametrize(("name", "modify"), [*((name, False) for name in RUN), *((name, True) for name in WITH_GATES)])
def test_a_chain_with_tools_of_ours_or_none_runs_to_its_end(name: str, modify: Any, tmp_path: Path) -> None:
    workflow = loaded(name, tmp_path)
    steps = workflow.spec.pattern.config.steps

    def handler(state: HITLState) -> InterruptResponse:
        again = modify and "~" not in state.key
        return InterruptResponse("modify", "Shorter.") if again else InterruptResponse("approve")

    result = workflow.run_interactive(hitl_handler=handler, variables=sample_of(workflow))
    assert result.success, result.error_message
    assert len(result.steps) == len(steps)
    assert len(result.artifacts_written) == len(workflow.spec.outputs.artifacts)
    assert all(Path(path).is_relative_to(tmp_path) for path in result.artifacts_written)
    assert modify == any(
        entry["tokens"] > step["tokens"]
        for entry, step in zip(result.usage.values(), [s for s in result.steps if s["agent"]], strict=True)
    ), "a revised step has cost more than its latest reply"


def test_the_files_with_gates_are_those_that_ask() -> None:
    asking = [
        name for name in RUN if any(isinstance(s, HumanStep) for s in loaded(name, Path()).spec.pattern.config.steps)
    ]
    assert asking == WITH_GATES


@pytest.mark.parametrize("name", NEED_TOOLS)
def test_a_chain_that_needs_other_tools_says_which_and_runs_once_it_is_given_them(name: str, tmp_path: Path) -> None:
    workflow = loaded(name, tmp_path)
    values = sample_of(workflow)
    with pytest.raises(CapabilityError) as caught:
        workflow.run(variables=values)
    assert [re.findall(r"tools=\{'(\w+)'", p.hint or "") for p in caught.value.errors] == [
        [n] for n in NEED_TOOLS[name]
    ]
    assert all(p.line for p in caught.value.errors)
    assert list(tmp_path.iterdir()) == []
    given = workflow.with_options(tools=dict.fromkeys(NEED_TOOLS[name], look_up))
    assert given.run(variables=values).success


@pytest.mark.parametrize("name", RUN)
def test_a_file_by_another_author_has_no_mistakes(name: str, tmp_path: Path) -> None:
    problems = loaded(name, tmp_path).check()
    assert {problem.severity for problem in problems} <= {"needs", "warning"}
