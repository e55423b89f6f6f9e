"""Tools for agents: those that come with strands_nb, and what is needed to make more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strands_nb.engine.tool import Tool, ToolCall
from strands_nb.errors import ToolError
from strands_nb.lazy import lazily

if TYPE_CHECKING:
    from strands_nb.engine.function_tool import function_tool
    from strands_nb.tools.catalog import file_tools, local_tools

__all__ = ("Tool", "ToolCall", "ToolError", "file_tools", "function_tool", "local_tools")

__getattr__ = lazily(
    __name__,
    {
        "strands_nb.engine.function_tool": ("function_tool",),
        "strands_nb.tools.catalog": ("file_tools", "local_tools"),
    },
)
