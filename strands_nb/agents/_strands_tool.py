"""Tools in the SDK's form."""
# ruff: noqa: ANN401 - the SDK passes plain data of no declared type

from __future__ import annotations

import asyncio
import inspect
import json
import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from strands.types._events import ToolResultEvent
from strands.types.tools import AgentTool

from strands_nb.engine.fingerprint import canonical, fingerprint
from strands_nb.engine.function_tool import function_tool
from strands_nb.engine.tool import Tool, ToolCall
from strands_nb.errors import StrandsNbError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from strands.types.tools import ToolResult, ToolSpec, ToolUse

__all__ = ("as_strands",)

_log = logging.getLogger(__name__)

_threads = ThreadPoolExecutor(32, thread_name_prefix="strands-nb-tool")
"""Not the loop's own threads: those make journals safe, and must not wait for tools that sleep."""


def as_strands(tool: Any) -> Any:
    """The form `strands.Agent` takes: our tools and plain functions wrapped, the rest as it is.

    The SDK's own decorator would show a model the message of any exception.
    """
    if inspect.isfunction(tool):
        tool = function_tool(tool)
    return _ToolAdapter(tool) if isinstance(tool, Tool) else tool


class _ToolAdapter(AgentTool):
    """Runs a `Tool`; never raises, so that a failing tool is an answer to the model and not the end of the call."""

    def __init__(self, tool: Tool) -> None:
        super().__init__()
        self._tool = tool

    @property
    def tool_name(self) -> str:
        return self._tool.name

    @property
    def effect(self) -> str | None:
        """What a second call would do."""
        return self._tool.effect

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
        known = invocation_state.get("recalled", {}).get(tool_use["toolUseId"])
        if known is not None:
            yield ToolResultEvent(_result(tool_use["toolUseId"], known, ok=True))
            return
        call = ToolCall(
            id=self._number(tool_use["input"], invocation_state.setdefault("made", Counter())),
            key=invocation_state.get("key", ""),
            session_id=invocation_state.get("session_id", ""),
            cancelled=invocation_state["agent"].cancel_signal,
        )
        yield ToolResultEvent(await self._run(tool_use, call))

    def _number(self, arguments: Any, made: Counter[str]) -> str:
        """The same for the same call in another attempt and another process, which the model's own ids are not."""
        asked = fingerprint(self._tool.name, canonical(arguments))
        made[asked] += 1
        return f"{asked[:12]}-{made[asked]}"

    async def _run(self, tool_use: ToolUse, call: ToolCall) -> ToolResult:
        try:
            text = _text(await self._value(tool_use["input"], call))
        except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001 - somebody else's code: anything may come
            _log.warning("tool %s failed", self._tool.name, exc_info=error)
            return _result(tool_use["toolUseId"], _failure(self._tool.name, error), ok=False)
        return _result(tool_use["toolUseId"], text, ok=True)

    async def _value(self, arguments: Any, call: ToolCall) -> Any:
        if inspect.iscoroutinefunction(self._tool.run):
            return await self._tool.run(arguments, call)
        run, context, loop = self._tool.run, copy_context(), asyncio.get_running_loop()
        value = await loop.run_in_executor(_threads, lambda: context.run(_carried, run, arguments, call))
        return await value if inspect.isawaitable(value) else value


def _carried(run: Any, arguments: Any, call: ToolCall) -> Any:
    """What `run` returns; a `StopIteration`, which no future takes and which would be waited for for ever, renamed."""
    try:
        return run(arguments, call)
    except StopIteration as error:
        raise RuntimeError("StopIteration") from error


def _result(tool_id: str, text: str, *, ok: bool) -> ToolResult:
    return {"toolUseId": tool_id, "status": "success" if ok else "error", "content": [{"text": text}]}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _failure(name: str, error: BaseException) -> str:
    """What the model may know about a failure."""
    detail = str(error) if isinstance(error, StrandsNbError) else type(error).__name__
    return f"Error: the tool {name} failed: {detail}"
