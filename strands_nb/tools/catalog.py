"""The tools that come with strands_nb and need no network."""

from __future__ import annotations

from pathlib import Path

from strands_nb.engine.function_tool import function_tool
from strands_nb.engine.tool import Tool
from strands_nb.tools.calculator import calculator
from strands_nb.tools.clock import current_time
from strands_nb.tools.files import Files
from strands_nb.tools.folder import Folder
from strands_nb.tools.lookup import Lookup
from strands_nb.tools.python_exec import python_exec
from strands_nb.tools.verify import spec_verify

__all__ = ("file_tools", "local_tools")

_VERSION = "1"
"""Of all of them: raised when one begins to answer differently, not when it is described in other words."""


def file_tools(root: str | Path = ".") -> dict[str, Tool]:
    """The tools for files, confined to a folder, by id: `Workflow.with_options(tools=file_tools("data"))`.

    >>> sorted(file_tools())
    ['file_read', 'file_write', 'grep', 'head', 'search', 'tail']
    """
    folder = Folder(root)
    files, lookup = Files(folder), Lookup(folder)
    reading = [files.file_read, files.head, files.tail, lookup.grep, lookup.search]
    tools = [function_tool(function, effect="none", version=_VERSION) for function in reading]
    tools.append(function_tool(files.file_write, effect="idempotent", version=_VERSION))
    return {tool.name: tool for tool in tools}


def local_tools(root: str | Path = ".") -> dict[str, Tool]:
    """All tools that need no network, by id; those for files are confined to `root`.

    >>> len(local_tools())
    10
    """
    pure = [calculator, current_time, spec_verify]
    tools = [function_tool(function, effect="none", version=_VERSION) for function in pure]
    tools.append(function_tool(python_exec, version=_VERSION))
    return {tool.name: tool for tool in tools} | file_tools(root)
