"""Tools in the SDK's form."""
# ruff: noqa: ANN401 - the SDK passes plain data of no declared type

from __future__ import annotations

import asyncio
import inspect
import json
import logging
from typing import TYPE_CHECKING, Any, cast

import strands
from strands.types._events import ToolResultEvent
from strands.types.tools import AgentTool

from strands_nb.agents.tools import Tool, ToolCall
from strands_nb.errors import StrandsNbError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from strands.types.tools import ToolResult, ToolSpec, ToolUse

__all__ = ("as_strands",)

_log = logging.getLogger(__name__)


def as_strands(tool: Any) -> Any:
    """The form `strands.Agent` takes: our tools wrapped, plain functions decorated, the rest as it is."""
    if isinstance(tool, Tool):
        return _ToolAdapter(tool)
    return cast("Any", strands).tool(tool) if inspect.isfunction(tool) else tool


class _ToolAdapter(AgentTool):
    """Runs a `Tool`; never raises, so that a failing tool is an answer to the model and not the end of the call."""

    def __init__(self, tool: Tool) -> None:
        super().__init__()
        self._tool = tool

    @property
    def tool_name(self) -> str:
        return self._tool.name

    @property
    def tool_type(self) -> str:
        return "strands_nb"

    @property
    def tool_spec(self) -> ToolSpec:
        schema = {"json": dict(self._tool.parameters)}
        return {"name": self._tool.name, "description": self._tool.description, "inputSchema": schema}

    async def stream(
        self, tool_use: ToolUse, invocation_state: dict[str, Any], **_: Any
    ) -> AsyncGenerator[ToolResultEvent, None]:
        call = ToolCall(
            id=tool_use["toolUseId"],
            key=invocation_state.get("key", ""),
            session_id=invocation_state.get("session_id", ""),
            cancelled=invocation_state["agent"].cancel_signal,
        )
        yield ToolResultEvent(await self._run(tool_use, call))

    async def _run(self, tool_use: ToolUse, call: ToolCall) -> ToolResult:
        try:
            text = _text(await self._value(tool_use["input"], call))
        except Exception as error:  # noqa: BLE001 - a tool is somebody else's code: anything may come
            _log.warning("tool %s failed", self._tool.name, exc_info=error)
            return _result(call.id, _failure(self._tool.name, error), ok=False)
        return _result(call.id, text, ok=True)

    async def _value(self, arguments: Any, call: ToolCall) -> Any:
        if inspect.iscoroutinefunction(self._tool.run):
            return await self._tool.run(arguments, call)
        value = await asyncio.to_thread(self._tool.run, arguments, call)
        return await value if inspect.isawaitable(value) else value


def _result(tool_id: str, text: str, *, ok: bool) -> ToolResult:
    return {"toolUseId": tool_id, "status": "success" if ok else "error", "content": [{"text": text}]}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _failure(name: str, error: Exception) -> str:
    """What the model may know about a failure."""
    detail = str(error) if isinstance(error, StrandsNbError) else type(error).__name__
    return f"Error: the tool {name} failed: {detail}"
