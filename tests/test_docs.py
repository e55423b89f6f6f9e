"""The examples in README and docs run and give what they say, and nothing that can be typed is left out."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
GUIDES = [ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?:)([^)\s#]*)(#[^)\s]*)?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:  # pyright: ignore[reportUnusedFunction]
    """Examples may write files."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples_run(page: Path) -> None:
    for example in Sybil([PythonCodeBlockParser(), SkipParser()]).parse(page).examples():
        example.evaluate()


@pytest.mark.parametrize("page", [*PAGES, *GUIDES], ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for file, anchor in LINK.findall(FENCED.sub("", page.read_text(encoding="utf-8"))):
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), f"{page.name}: {file}"
        if anchor and target.suffix == ".md":
            assert anchor[1:] in anchors(target), f"{page.name}: {file}{anchor}"


def anchors(page: Path) -> set[str]:
    """The names by which headings are linked to: lower case, dashes for spaces, no other signs."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(text)}


@pytest.mark.parametrize("name", ["README.md", "docs/language.md", "docs/tools.md"])
def test_workflows_in_the_docs_are_workflows(name: str) -> None:
    from strands_nb.spec import check, parse

    Path("agents").mkdir()
    Path("agents/editor.yaml").write_text("agents: {editor: {prompt: You edit.}}\nsteps: [{editor: Go on.}]")
    texts = re.findall(r"^```yaml\n(.*?)^```", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert texts
    for text in map(completed, texts):
        assert not [str(problem) for problem in check(parse(text)) if problem.severity == "error"], text


def completed(text: str) -> str:
    """A part of a workflow with the rest of one put around it."""
    if re.search("^(steps|pattern):", text, re.MULTILINE):
        return text
    if "agents:" in text:
        first = re.findall("^  ([a-z]+):", text, re.MULTILINE)[0]
        return f"{text}steps: [{{{first}: Hi}}]"
    return text + "agents: {writer: {prompt: You write.}}\nsteps: [{writer: 'About {{ topic }}'}]"


def test_the_language_page_names_every_field() -> None:
    from strands_nb.spec import json_schema

    page = (DOCS / "language.md").read_text(encoding="utf-8")
    tools_only = {"Endpoint", "HttpExample", "HttpExecutor", "McpHttp", "McpStdio", "PythonTool", "Skill", "Secret"}
    details = {"Compaction", "Notes", "Otel", "Redact"}  # of what has no effect yet
    schema = json_schema()
    parts = {name: part for name, part in schema["$defs"].items() if name not in tools_only | details}
    fields = {field for part in [schema, *parts.values()] for field in part.get("properties", {})}
    assert {field for field in fields if not re.search(rf"`[^`]*(?<!\w){re.escape(field)}\b[^`]*`", page)} == set()


def test_the_command_line_page_names_every_command_and_option() -> None:
    import typer

    from strands_nb.cli import app

    page = (DOCS / "command-line.md").read_text(encoding="utf-8")
    named = {word for word in words(typer.main.get_command(app)) if word not in page}
    assert named <= {"--show-completion"}


def words(command: Any) -> Iterator[str]:
    """The names of a command's options and of all below it."""
    for parameter in command.params:
        yield from (name for name in parameter.opts if name.startswith("--") and name != "--help")
    for name, below in getattr(command, "commands", {}).items():
        yield name
        yield from words(below)


def test_the_notebook_page_names_every_option_and_verb() -> None:
    from strands_nb.app.settings import KEYS
    from strands_nb.notebook.line.cell_options import cell_parser
    from tests.notebook.shells import Shell

    page = (DOCS / "notebook.md").read_text(encoding="utf-8")
    options = {option for action in cell_parser().actions for option in action.option_strings}
    shell = Shell()
    shell.run("%load_ext strands_nb")
    verbs = {f"%workflow {verb}" for verb in shell.ipython.find_line_magic("workflow").__self__.verbs.table}
    shell.run("%unload_ext strands_nb")
    assert {word for word in options | verbs | {f"| `{key}` |" for key in KEYS} if word not in page} == set()


def test_every_public_name_is_in_the_docs() -> None:
    import strands_nb

    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert {name for name in strands_nb.__all__ if name not in text} == set()


@pytest.mark.parametrize("notebook", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.name)
def test_saved_notebooks_are_complete_and_hold_no_live_card(notebook: Path) -> None:
    content = json.loads(notebook.read_text(encoding="utf-8"))
    assert "widgets" not in content["metadata"]
    kinds = [set(output.get("data", {})) for cell in content["cells"] for output in cell.get("outputs", [])]
    assert not any("application/vnd.jupyter.widget-view+json" in kind for kind in kinds)
    assert sum("text/html" in kind for kind in kinds) >= 1
    assert not re.search(r"wf-[0-9a-z]{8}", notebook.read_text(encoding="utf-8"))


def rows_of(page: str, heading: str) -> list[list[str]]:
    """The cells of the tables below a heading, in the order of the page."""
    section = page.split(f"\n{heading}\n", 1)[1].split("\n## ", 1)[0]
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line.startswith("| `")
    ]


def test_the_language_page_says_who_sees_what() -> None:
    from strands_nb.spec import validate
    from strands_nb.spec.texts import ARTIFACT_NAMES, texts
    from tests.patterns.test_names import FULL, HEAD

    rows = rows_of((DOCS / "language.md").read_text(encoding="utf-8"), "### Who sees what")
    told = {(kind.strip("`"), place): named(row[-1]) for kind, *row in rows for place in named(row[0]) if len(row) > 1}
    at_the_end = {
        (kind.strip("`"), "artifacts"): named(names) for kind, names in (row for row in rows if len(row) == 2)
    }
    everywhere = {"hitl_response", "last_response", *ARTIFACT_NAMES, "context_policy", "description", "name", "runtime"}
    seen: dict[tuple[str, str], set[str]] = {}
    for kind, config in FULL.items():
        once = json.loads(json.dumps(config).replace('"max_rounds": 2', '"max_rounds": 1'))
        for text in texts(validate({**HEAD, "pattern": {"type": kind, "config": once}})):
            if text.path[0] != "agents":
                seen[kind, place_of(text.path)] = {*text.scope.names} - everywhere - {"tags", "version"}
    assert told | at_the_end == seen


def named(cell: str) -> set[str]:
    return set(re.findall("`([a-z_.]+)`", cell))


def place_of(path: tuple[str | int, ...]) -> str:
    """The part of a pattern's config that a template stands in, as the page calls it."""
    if path[0] == "outputs":
        return "artifacts"
    words = [str(word) for word in path[2:]]
    if words[0] in {"router", "routes"}:
        return {"input": "router.input", "review_router": "review_router"}.get(words[1], "then")
    return f"{words[0]}.input" if words[0] in {"producer", "evaluator", "orchestrator", "worker_template"} else words[0]


def test_the_workflows_of_the_language_page_run() -> None:
    from strands_nb import MemorySessionRepository, Workflow

    page = (DOCS / "language.md").read_text(encoding="utf-8")
    ran: set[str] = set()
    for text in re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        if re.search("^(steps|pattern):", text, re.MULTILINE):
            workflow = Workflow.from_yaml(text).with_options(model="scripted", store=MemorySessionRepository())
            result = workflow.run_interactive(hitl_handler=lambda question: [*question.choices, "send it"][0])
            assert result.error_message is None, text
            ran.add(workflow.spec.pattern.type)
    assert len(ran) == 7
