"""The short form for cells, and agents kept in files of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from strands_nb.errors import SchemaValidationError
from strands_nb.spec import AgentStep, HumanStep, load, parse
from tests.spec.shared import chained, lines, mistakes, read

WRITER = "agents: {writer: {prompt: You write.}, approve: {prompt: You nod.}}\n"


def test_a_cell_needs_agents_and_steps_alone() -> None:
    spec = read("""
        agents:
          researcher: {prompt: "Find facts about {{topic}}."}
          writer: {prompt: Write a brief.}
        steps:
          - researcher: "{{topic}}"
          - approve: Are these facts good?
            choices: ["yes", "no"]
            id: gate
          - writer: "Brief from: {{ steps.gate.response }}"
            vars: {tone: dry}
    """)
    first, gate, last = chained(spec)
    assert isinstance(first, AgentStep)
    assert (first.agent, first.input) == ("researcher", "{{topic}}")
    assert isinstance(gate, HumanStep)
    assert (gate.type, gate.prompt, gate.choices, gate.id) == ("hitl", "Are these facts good?", ("yes", "no"), "gate")
    assert isinstance(last, AgentStep)
    assert last.vars == {"tone": "dry"}
    assert (spec.version, spec.name, spec.runtime.provider) == (0, "workflow", None)


def test_long_and_short_steps_may_stand_side_by_side() -> None:
    steps = parse(
        WRITER + "steps: [{agent: writer, input: a}, {writer: b}, {type: manual_gate, prompt: c, gate_id: g}]"
    )
    assert [getattr(step, "input", None) for step in chained(steps)] == ["a", "b", None]
    assert chained(steps)[2].id == "g"


def test_approve_asks_a_human_even_if_an_agent_bears_the_name() -> None:
    (step,) = chained(parse(WRITER + "steps: [{approve: Good?}]"))
    assert isinstance(step, HumanStep)


def test_an_agent_may_be_asked_without_words() -> None:
    (step,) = chained(parse(WRITER + "steps: [{writer: }]"))
    assert isinstance(step, AgentStep)
    assert step.input is None


def test_the_place_of_every_part_is_the_users_own_line() -> None:
    spec = parse(WRITER + "steps:\n  - writer: hello\n")
    assert spec.source is not None
    problem = spec.source.problem("/pattern/config/steps/0/agent", "here")
    assert (problem.line, problem.column, problem.width, problem.pointer) == (3, 5, 6, "/steps/0/writer")
    problem = spec.source.problem("/pattern/config/steps/0/input", "here")
    assert (problem.line, problem.column, problem.width) == (3, 13, 5)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "atoms").mkdir()
    (tmp_path / "atoms" / "one.yaml").write_text(
        "version: 0\nname: one\nagents:\n  one:\n    prompt: You are one.\n    tools: [grep]\n"
        "    output_schema: ./schema.json\ntests: []\n"
    )
    (tmp_path / "atoms" / "schema.json").write_text('{"type": "object"}')
    (tmp_path / "atoms" / "two.yaml").write_text("agents: {a: {prompt: x}, b: {prompt: y}}")
    (tmp_path / "atoms" / "again.yaml").write_text("agents: {a: {$ref: one.yaml}}")
    (tmp_path / "atoms" / "wrong.yaml").write_text("agents:\n  a:\n    promt: x\n")
    (tmp_path / "atoms" / "broken.yaml").write_text("agents: [")
    return tmp_path


def written(folder: Path, agent: str) -> Path:
    path = folder / "w.yaml"
    path.write_text(f"agents:\n  a: {agent}\nsteps:\n  - a: hi\n")
    return path


def test_a_referenced_agent_is_taken_in_with_overrides_and_its_schema(folder: Path) -> None:
    agent = load(written(folder, "{$ref: atoms/one.yaml, tools: [], model_id: large}")).agents["a"]
    assert (agent.prompt, agent.tools, agent.model_id) == ("You are one.", (), "large")
    assert agent.output_schema == {"type": "object"}


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("{$ref: atoms/none.yaml}", "there is no file"),
        ("{$ref: atoms/two.yaml}", "the file has 2 agents; a reference needs one with exactly one"),
        ("{$ref: atoms/again.yaml}", "is a reference again; one level is all there is"),
        ("{$ref: w.yaml}", "is a reference again; one level is all there is"),
        ("{$ref: atoms}", "is not a file"),
        ("{$ref: /etc/passwd}", "is no workflow file: its name should end in .yaml, .yml, .json"),
        ("{$ref: link.yaml}", "is no workflow file"),
        ("{$ref: 5}", "should be the path of a file"),
        ("{$ref: atoms/schema.json}", "the file has 0 agents"),
        ("{$ref: atoms/one.yaml, promt: x}", "unknown field 'promt' beside $ref; a reference takes: "),
        ("{$ref: atoms/one.yaml, modle_id: x}", "unknown field 'modle_id' beside $ref; did you mean 'model_id'?"),
        ("{prompt: x, output_schema: none.json}", "there is no file"),
    ],
)
def test_a_reference_that_leads_nowhere_is_reported_at_its_place(folder: Path, agent: str, expected: str) -> None:
    (folder / "link.yaml").symlink_to("/etc/passwd")
    with pytest.raises(SchemaValidationError) as caught:
        load(written(folder, agent))
    (problem,) = caught.value.errors
    assert expected in str(problem)
    assert (problem.line, problem.severity) == (2, "error")
    assert "root:" not in str(caught.value)


def test_a_mistake_in_the_other_file_is_shown_with_that_file_and_line(folder: Path) -> None:
    with pytest.raises(SchemaValidationError) as caught:
        load(written(folder, "{$ref: atoms/wrong.yaml}"))
    (problem,) = caught.value.errors
    assert (Path(problem.file or "").name, problem.line) == ("wrong.yaml", 3)
    with pytest.raises(SchemaValidationError, match=r"broken\.yaml, line 1"):
        load(written(folder, "{$ref: atoms/broken.yaml}"))


@pytest.mark.parametrize("agent", ["{$ref: atoms/one.yaml}", "{prompt: x, input_schema: atoms/schema.json}"])
def test_a_text_from_the_network_reads_no_files(folder: Path, agent: str) -> None:
    text = written(folder, agent).read_text()
    with pytest.raises(SchemaValidationError, match="a workflow from the network cannot refer to files"):
        parse(text, file=folder / "w.yaml", network=True)


def test_a_step_of_another_key_is_shown_with_the_kinds_there_are() -> None:
    assert lines(mistakes("agents: {writer: {prompt: x}}\nsteps:\n  - wirter: hi\n  - 'qqq': hi\n")) == [
        "error: line 3, col 5: unknown step kind 'wirter'; did you mean 'writer'?",
        "error: line 4, col 5: unknown step kind 'qqq'; steps can be: approve, writer",
    ]
