"""The tools that come with strands_nb, as workflows and models see them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from strands_nb.errors import ToolError
from strands_nb.spec import BUILTIN_TOOLS
from strands_nb.spec.tool import NETWORK_TOOLS
from strands_nb.tools import Tool, file_tools, local_tools
from tests.tools.support import call

PARAMETERS = {
    "calculator": ["expression"],
    "current_time": ["format", "timezone"],
    "file_read": ["path", "encoding"],
    "file_write": ["path", "content", "encoding", "create_dirs"],
    "grep": ["pattern", "path", "context_lines", "ignore_case", "max_matches"],
    "head": ["path", "lines", "bytes_limit"],
    "tail": ["path", "lines", "bytes_limit"],
    "search": ["query", "path", "is_regex", "ignore_case", "max_matches"],
    "python_exec": ["code", "timeout"],
    "spec_verify": ["spec_content", "check_capability"],
}


def test_every_built_in_is_here_or_needs_the_network() -> None:
    assert set(local_tools()) == set(BUILTIN_TOOLS) - set(NETWORK_TOOLS)


@pytest.mark.parametrize("name", PARAMETERS)
def test_their_parameters_are_those_of_the_format_and_each_is_described(name: str) -> None:
    tool = local_tools()[name]
    assert list(tool.parameters["properties"]) == PARAMETERS[name]
    assert all(parameter.get("description") for parameter in tool.parameters["properties"].values())
    assert tool.description
    assert str(Path.cwd()) not in str(tool.parameters) + tool.description, "it would be another agent elsewhere"


def test_reading_has_no_effect_writing_the_same_again_has_none_either_and_code_may_do_anything() -> None:
    effects = {name: tool.effect for name, tool in local_tools().items()}
    assert (effects.pop("file_write"), effects.pop("python_exec")) == ("idempotent", None)
    assert set(effects.values()) == {"none"}


def test_file_tools_are_confined_to_the_folder_they_are_made_for(root: Path) -> None:
    read = file_tools(root)["file_read"]
    assert read.run({"path": "notes/a.txt"}, call()) == "one\ntwo\n"
    with pytest.raises(ToolError, match=str(root)):
        read.run({"path": "../secret.txt"}, call())


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("head", {}, "path: is missing"),
        ("head", {"path": "a", "lines": 0}, "lines: Input should be greater"),
        ("head", {"path": "a", "lines": "many"}, "lines: Input should be a valid integer"),
        ("grep", {"pattern": "", "path": "a"}, "pattern: String should have at least 1"),
        ("python_exec", {"code": "1", "timeout": 10_000}, "timeout: Input should be less"),
        ("python_exec", {"code": "#" * 200_000}, "code: String should have at most"),
        ("calculator", {"expression": "1", "mode": "x"}, "mode: is not one of them"),
    ],
)
def test_arguments_that_do_not_fit_are_told_to_the_model(name: str, arguments: dict[str, object], words: str) -> None:
    with pytest.raises(ToolError, match=words):
        local_tools()[name].run(arguments, call())


def test_numbers_that_a_model_writes_as_text_are_taken(root: Path) -> None:
    assert file_tools(root)["head"].run({"path": "notes/a.txt", "lines": "1"}, call()) == "one"


@pytest.mark.parametrize("module", ["strands_nb.tools", "strands_nb.app"])
def test_they_are_imported_when_an_agent_has_one(module: str) -> None:
    code = f"import sys, {module}; print([m for m in sys.modules if m.startswith('strands_nb.tools.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"


def test_a_name_that_is_not_there_says_so() -> None:
    import strands_nb.tools

    assert strands_nb.tools.Tool is Tool
    with pytest.raises(AttributeError, match="no attribute 'grpe'"):
        strands_nb.tools.grpe  # noqa: B018  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
