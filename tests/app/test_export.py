"""Sessions as files."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from strands_nb import SessionError, Workflow
from strands_nb.app.export import FORMATS, MEDIA_TYPES
from strands_nb.app.run import Run
from strands_nb.spec import parse
from strands_nb.testing import MemorySessionRepository
from strands_nb.testing import start as start_program
from tests.app.support import TWO_AND_A_GATE, flow

EVIL = '</pre><script src="https://x.example/a.js"></script><img src=x onerror=alert(1)>"""\\ \r\x1b'


def ended(topic: str = "tides", **options: Any) -> Run:
    run = flow(TWO_AND_A_GATE, model="scripted", on_hitl="approve", **options).start(topic=topic)
    run.result(10)
    return run


def test_the_yaml_is_the_workflow_and_its_comments_are_the_inputs() -> None:
    text = ended("tides\n- and waves").export("yaml")
    assert parse(text) == parse(TWO_AND_A_GATE)
    assert text.splitlines()[1] == r'#   topic: "tides\n- and waves"'


def test_the_script_runs_the_workflow_with_the_same_inputs(tmp_path: Path) -> None:
    script = tmp_path / "again.py"
    script.write_text(ended().export("py").replace("run_interactive(", "run("), encoding="utf-8")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    assert (done.returncode, done.stdout) == (19, "paused: \n"), done.stderr


def test_whatever_a_workflow_holds_the_script_is_python_and_holds_the_same() -> None:
    text = TWO_AND_A_GATE.replace("You write.", json.dumps(f"You write. {EVIL}"))
    run = flow(text, model="scripted", on_hitl="approve").start(topic=EVIL)
    run.result(10)
    tree = ast.parse(run.export("py"))
    values: Any = {ast.unparse(node.targets[0]): node.value for node in tree.body if isinstance(node, ast.Assign)}
    assert parse(ast.literal_eval(values["WORKFLOW"])) == parse(text)
    assert ast.literal_eval(values["INPUTS"]) == {"topic": EVIL}


class Tags(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_page_runs_nothing_and_fetches_nothing_whatever_it_shows() -> None:
    page = ended(EVIL).export("html")
    found = Tags(page).found
    assert not {tag for tag, _ in found} & {"script", "img", "link", "iframe", "object", "form"}
    assert not [attributes for _, attributes in found if any(name.startswith("on") for name in attributes)]
    policy = next(a["content"] for _, a in found if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert "script" not in policy
    assert "Facts about" in re.sub("<[^>]+>", "", page.partition("<details>")[2])


def test_every_format_has_a_name_and_a_kind() -> None:
    run = ended()
    assert set(MEDIA_TYPES) == set(FORMATS)
    assert all(run.export(file_format) for file_format in FORMATS)
    assert json.loads(run.export("json"))["session_id"] == run.session_id
    with pytest.raises(ValueError, match="there is no format 'pdf'; there are: json, md, html, yaml, py"):
        run.export("pdf")  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("file_format", ["yaml", "py"])
def test_a_session_of_a_program_has_no_workflow_to_export(file_format: Any) -> None:
    async def nothing(_: object) -> Any:
        from strands_nb.engine.result import Outcome

        return Outcome("")

    store = MemorySessionRepository()
    start_program(nothing, store=store, session_id="s").result(10)
    workflow = Workflow.from_yaml(TWO_AND_A_GATE).with_options(store=store, model="scripted")
    with pytest.raises(SessionError, match="session s holds no workflow"):
        workflow.opened("s").export(file_format)
