"""Tab in a workflow's cell: what fits there, and nothing of Python, however broken the text is while it is typed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from strands_nb.notebook.assist.completion import suggestions
from strands_nb.notebook.assist.hover import meaning
from strands_nb.notebook.language.places import locate
from tests.notebook.kernel import Kernel
from tests.notebook.shells import Shell
from tests.spec.shared import SPECS

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

REAL_FILES = sorted(SPECS.glob("*.yaml")) if SPECS.is_dir() else []

AGENTS = """agents:
  researcher: {prompt: You find facts., tools: [calculator]}
  writer: {prompt: You write.}
"""
GRAPH = f"""{AGENTS}pattern:
  type: graph
  config:
    nodes:
      draft: {{agent: writer}}
      review: {{type: hitl, prompt: Good?}}
    edges:
"""


CHAIN = f"""inputs: {{required: {{topic: {{type: string, description: What about.}}}}, values: {{tone: dry}}}}
{AGENTS}steps:
  - researcher: "Facts about {{{{ topic }}}}."
    id: facts
  - writer: "{{{{ ¦
  - approve: Good?
"""


def cell(body: str, head: str = "%%workflow brief") -> str:
    return f"{head}\n{body}"


# ---- keys -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "offered", "not_offered"),
    [
        ("¦", {"agents", "steps", "pattern", "runtime"}, {"prompt", "print"}),
        ("ag¦", {"agents"}, {"steps"}),
        (AGENTS + "steps: []\n¦", {"inputs", "outputs"}, {"agents", "steps", "pattern"}),
        ("agents:\n  writer:\n    ¦", {"prompt", "tools", "memory"}, {"agent", "agents"}),
        ("agents:\n  writer: {pr¦", {"prompt", "provider"}, {"tools"}),
        ("agents:\n  writer: {prompt: 'a: {b', ¦", {"tools"}, {"prompt"}),
        ("agents:\n  writer: {prompt: Hi.,\n    m¦", {"memory", "model_id"}, {"prompt"}),
        (
            "runtime:\n  budgets:\n    max_¦\nagents: {a: {prompt: Hi}}",
            {"max_tokens", "max_cost_usd"},
            {"warn_threshold"},
        ),
        ("runtime:\n    ma¦", {"max_parallel", "max_tokens"}, {"provider"}),
        (AGENTS + "steps:\n  - ¦", {"researcher", "writer", "approve", "agent"}, {"nodes"}),
        (AGENTS + "steps:\n- ¦", {"researcher", "writer", "approve"}, set[str]()),
        (AGENTS + "steps:\n  - writer: Go.\n    ¦", {"id", "vars"}, {"agent", "input", "choices", "writer"}),
        (AGENTS + "steps:\n  - approve: Good?\n    ¦", {"choices", "timeout_seconds"}, {"vars", "prompt", "agent"}),
        (AGENTS + "steps:\n  - type: hitl\n    ¦\n    prompt: Good?", {"choices", "default"}, {"prompt", "vars"}),
        (AGENTS + "steps: [{wr¦", {"writer"}, {"researcher"}),
        (AGENTS + "pattern:\n  type: graph\n  config:\n    ¦", {"nodes", "edges", "start"}, {"steps", "tasks"}),
        (AGENTS + "pattern: {type: workflow, config: {tasks: [{¦", {"deps", "id", "agent", "writer"}, {"nodes"}),
        (AGENTS + "pattern:\n  config:\n    ¦\n  type: graph", {"nodes", "edges"}, {"steps"}),
        (GRAPH + "      - from: draft\n        ¦", {"to", "choose"}, {"from"}),
        (GRAPH + "      - from: draft\n        choose:\n          - {wh¦", {"when"}, {"to"}),
        ("inputs:\n  required:\n    topic:\n      ¦", {"type", "enum", "default"}, {"values"}),
        ("outputs:\n  artifacts:\n    - ¦", {"path", "from"}, {"tools"}),
    ],
)
def test_keys_are_offered_where_they_may_stand(
    shell: Shell, body: str, offered: set[str], not_offered: set[str]
) -> None:
    found = set(shell.complete(cell(body)))
    assert offered <= found
    assert not not_offered & found


def test_indentation_below_the_cursor_is_understood(shell: Shell) -> None:
    assert "id" in shell.complete(
        cell(AGENTS + "steps:\n  - writer: |\n      Many words.\n      More.\n    ¦\n  - approve: Ok?")
    )


def test_nothing_is_offered_inside_of_prose(shell: Shell) -> None:
    assert "agents" not in shell.complete(cell("agents:\n  writer:\n    prompt: |\n      You write ag¦"))


def keys_in(node: Any, free: bool = False) -> Iterator[tuple[yaml.Node, bool]]:  # noqa: FBT001, FBT002
    """The keys of a text, and whether its author was free to choose them."""
    match node:
        case yaml.MappingNode():
            for key, value in node.value:
                yield key, free
                yield from keys_in(value, not free and key.value in _NAMED and isinstance(value, yaml.MappingNode))
        case yaml.SequenceNode():
            for each in node.value:
                yield from keys_in(each)
        case _:
            pass


_NAMED = {"agents", "required", "optional", "values", "nodes", "routes", "vars", "headers", "env"}


@pytest.mark.parametrize("path", REAL_FILES, ids=lambda path: path.stem)
def test_every_key_of_a_real_file_is_offered_where_it_stands(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for key, free in keys_in(yaml.compose(text)):  # pyright: ignore[reportUnknownMemberType] - yaml has no types
        for typed in (0, 1):
            mark = key.start_mark
            _, offered = suggestions(locate(text, mark.line, mark.column + typed))
            assert free or key.value in offered, (key.value, mark.line + 1)


@pytest.mark.parametrize("text", [CHAIN, GRAPH, "{{[[}]: - -\n\t- : |\n ¦{"])
def test_no_text_is_too_broken(text: str) -> None:
    for end in range(len(text)):
        for rest in ("", "\n  - x: {", text[end:]):
            broken = text[:end] + rest
            line, column = broken.count("\n", 0, end), end - (broken.rfind("\n", 0, end) + 1)
            suggestions(locate(broken, line, column))
            meaning(f"%%workflow\n{broken}", end + 11)


# ---- values ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "offered"),
    [
        ("pattern:\n  type: ¦", ["chain", "workflow", "routing", "parallel", "evaluator_optimizer"]),
        ("pattern: {type: gr¦", ["graph"]),
        ("runtime: {failure_policy: {backoff: e¦", ["exponential"]),
        ("agents:\n  a:\n    memory: ¦", ["scope", "none"]),
        ("runtime:\n  provider: scr¦", ["scripted"]),
        ("agents: {a: {tools: [calculator, cur¦", ["current_time"]),
        ("agents:\n  a:\n    tools:\n      - pyth¦", ["python_exec"]),
        (AGENTS + "steps:\n  - agent: ¦", ["researcher", "writer"]),
        (AGENTS + "steps:\n  - {agent: w¦", ["writer"]),
        (AGENTS + "pattern: {type: workflow, config: {tasks: [{id: facts, agent: writer}, {deps: [fa¦", ["facts"]),
        (GRAPH + "      - {from: dr¦", ["draft"]),
        (GRAPH + "      - {from: draft, to: [re¦", ["review"]),
        (AGENTS + "pattern: {type: evaluator_optimizer, config: {on_exhausted: ¦", ["best", "fail"]),
        ("security: {guardrails: {deny_network: tr¦", ["true"]),
    ],
)
def test_values_are_offered_where_they_are_known(shell: Shell, body: str, offered: list[str]) -> None:
    assert set(offered) <= set(shell.complete(cell(body)))


# ---- templates ------------------------------------------------------------------------------------------------------


def at(expression: str, text: str = CHAIN) -> str:
    return cell(text.replace("¦", f"{expression}¦"))


@pytest.mark.parametrize(
    ("expression", "offered", "not_offered"),
    [
        ("", {"topic", "tone", "inputs.topic", "steps[0]", "steps.facts", "last_response"}, {"steps[1]", "tasks"}),
        ("steps[0].", {"steps[0].response", "steps[0].json", "steps[0].tokens"}, {"steps[1].response"}),
        ("steps.facts.re", {"steps.facts.response"}, {"steps.facts.tokens"}),
        ("topic | up", {"upper"}, {"topic"}),
        ("inputs.", {"inputs.topic", "inputs.tone"}, {"topic"}),
        ("topic ~ to", {"topic", "tone"} - {"topic"}, {"steps[0]"}),
    ],
)
def test_templates_are_offered_what_is_done_by_then(
    shell: Shell, expression: str, offered: set[str], not_offered: set[str]
) -> None:
    found = set(shell.complete(at(expression)))
    assert offered <= found
    assert not not_offered & found


def test_templates_of_other_patterns_are_offered_their_names(shell: Shell) -> None:
    tasks = "pattern: {type: workflow, config: {tasks: [{id: facts, agent: writer}, {id: text, input: '{{ ta¦"
    assert {"tasks.facts", "tasks.text"} <= set(shell.complete(cell(AGENTS + tasks)))
    assert "nodes.review" in shell.complete(cell(GRAPH + "      - {from: draft, choose: [{when: nodes.re¦"))
    assert "nodes.review.response" in shell.complete(
        cell(GRAPH + "      - {from: draft, choose: [{when: nodes.review.r¦")
    )


# ---- the line -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("%%workflow brief --m¦", {"--model", "--max-cost", "--max-tokens"}),
        ("%%workflow --on-hitl ¦", {"ask", "approve", "default", "fail", "park"}),
        ("%%workflow --model sc¦", {"scripted"}),
        ("%%workflow --from-ns my_t¦", {"my_topic"}),
        ("%workflow ¦", {"demo", "list", "resume", "schema"}),
        ("%workflow val¦", {"validate"}),
        ("%workflow list --status pa¦", {"paused"}),
        ("%workflow resume --¦", {"--approve", "--reject", "--debug"}),
        ("%workflow answer ap¦", {"approve"}),
        ("x = 1\n%workflow he¦", {"help"}),
    ],
)
def test_the_line_is_offered_verbs_options_and_values(shell: Shell, line: str, offered: set[str]) -> None:
    shell.run("my_topic = 'tides'")
    code = f"{line}\nagents: {{}}" if line.startswith("%%") else line
    found = set(shell.complete(code))
    assert offered <= found
    assert not any(word.startswith("%") for word in found)


def test_verbs_are_offered_files_and_sessions(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flows").mkdir()
    (tmp_path / "flow.yaml").touch()
    (tmp_path / "notes.txt").touch()
    shell.run("%%workflow b -o r --model scripted\nagents: {a: {prompt: A}}\nsteps: [{a: Go}, {a: On}]")
    session = shell["r"].session_id
    assert shell.complete("%workflow validate fl¦")[:2] == ["flow.yaml", "flows/"]
    assert "flow.yaml" in shell.complete("%workflow run ¦")
    assert session in shell.complete("%workflow show wf-¦")
    assert session in shell.complete("%workflow resume ¦")
    assert {"steps/0", "steps/1"} <= set(shell.complete(f"%workflow fork {session} --from-step ¦"))


def test_other_cells_are_completed_as_ever(shell: Shell) -> None:
    shell.run("agency = 1")
    assert "agency" in shell.complete("age¦")
    assert "agents" not in shell.complete("%%time\nag¦")


@pytest.fixture(scope="module")
def kernel() -> Generator[Kernel, None, None]:
    started = Kernel()
    started.run("%load_ext strands_nb")
    yield started
    started.stop()


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_kernel_offers_the_same_and_no_python(kernel: Kernel) -> None:
    assert kernel.complete("%%workflow brief\nruntime:\n  max_p¦") == ["max_parallel"]
    assert kernel.complete(cell(AGENTS + "steps:\n  - wri¦")) == ["writer"]
    assert kernel.complete(at("steps[0].resp")) == ["steps[0].response"]
    assert kernel.complete("%%workflow --on-hitl pa¦") == ["park"]
