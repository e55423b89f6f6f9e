"""The circumstances of a call, made up."""

from __future__ import annotations

import threading

from strands_nb.tools import ToolCall


def call() -> ToolCall:
    """One call of a tool."""
    return ToolCall("c1", "steps/0", "s1", threading.Event())
