"""Tools as plain data: whoever makes them need not know the agents' SDK, nor agents where they come from."""
# ruff: noqa: ANN401 - whatever `strands.Agent` takes

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

__all__ = ("Effect", "Tool", "ToolCall", "tool_mark")

Effect: TypeAlias = Literal["none", "idempotent", "once"]
"""What a second call would do: nothing, the same again, or harm."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The circumstances of one call of a tool.

    `session_id`, `key` and `id` together are an idempotency key: the same when a call is made again after a failure or
    a crash, in whatever process. A long-running tool looks at `cancelled` from time to time and returns early when it
    is set.
    """

    id: str
    key: str
    session_id: str
    cancelled: threading.Event


@dataclass(frozen=True, slots=True)
class Tool:
    """A function a model may call.

    `run(arguments, call)` may be sync (then it runs in a thread) or async; what it returns reaches the model as text,
    JSON where it is not a string. If it raises, the model sees the message of a `StrandsNbError` (such as `ToolError`)
    but only the *type* of any other exception, since messages of strangers carry paths and secrets.

    >>> Tool("add", "Adds.", {"type": "object"}, lambda a, _: a["x"] + a["y"]).name
    'add'
    """

    name: str
    description: str
    parameters: Mapping[str, Any]
    run: Callable[[Mapping[str, Any], ToolCall], Any]
    version: str | None = None
    """Stands for the tool in its agent's fingerprint. Left out, what the model sees of it does: then a description
    that is merely reworded asks the model again."""
    effect: Effect | None = None
    """None: unknown."""


def tool_mark(tool: Any) -> Any:
    """What of a tool enters a fingerprint: its version or its face to the model, never its address in memory."""
    if isinstance(tool, Tool):
        face = [tool.description, tool.parameters] if tool.version is None else [tool.version]
        return [tool.name, *face]
    if (spec := getattr(tool, "tool_spec", None)) is not None:
        return spec
    if callable(tool) and hasattr(tool, "__qualname__"):
        return [tool.__module__, tool.__qualname__, inspect.getdoc(tool), str(inspect.signature(tool))]
    return tool if isinstance(tool, str) else type(tool).__qualname__
