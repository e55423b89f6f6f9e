"""The tools of a workflow's agents: those the caller gives, and those that come with strands_nb."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from strands_nb.agents.definition import canonical_json
from strands_nb.engine.tool import Tool, tool_mark
from strands_nb.errors import BuildError
from strands_nb.spec.tool import BUILTIN_TOOLS, NETWORK_TOOLS, tool_id
from strands_nb.spec.toolset import AgentUse, agent_uses, asked_tools, declared_tools, denial, known_id

if TYPE_CHECKING:
    from strands_nb.spec import Spec

__all__ = ("Toolbox", "given_tools", "name_of", "tool_marks")


def given_tools(tools: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """What a caller gives in the place of tools, each id with the tools that stand for it.

    A function goes by the id it is given for, so that prompts which name the tool stay right; functions in a list,
    such as those of a server, go by their own names.

    Raises:
        BuildError: something that is no function, `Tool`, SDK tool, or list of these.

    >>> def look_up(city: str) -> str:
    ...     '''The weather in a city.'''
    ...     return "sunny"
    >>> given = given_tools({"weather": look_up, "server": [look_up]})
    >>> given["weather"][0].name, given["server"][0].name
    ('weather', 'look_up')
    """
    return {name: _as_tools(name, value) for name, value in tools.items()}


def _as_tools(name: str, value: object) -> tuple[Any, ...]:
    if isinstance(value, (list, tuple)):
        return tuple(_as_tool(name, item) for item in cast("list[object]", value))
    return (_as_tool(name, value, called=tool_id(name)),)


def _as_tool(name: str, value: object, *, called: str | None = None) -> Any:  # noqa: ANN401 - of the SDK's types
    from strands_nb.engine.function_tool import function_tool, is_tool_name  # noqa: PLC0415 - imports pydantic

    if inspect.isfunction(value) or inspect.ismethod(value):
        return function_tool(value, called if called and is_tool_name(called) else None)
    if isinstance(value, Tool) and not is_tool_name(value.name):
        raise BuildError(f"the tool {value.name!r} needs another name: letters, digits, '_' and '-', at most 64")
    if isinstance(value, Tool) or (hasattr(value, "tool_spec") and hasattr(value, "stream")):
        return value
    message = f"tools[{name!r}] is {value!r:.60}; give a function, a Tool, a tool of the SDK, or a list of these"
    raise BuildError(message)


def name_of(tool: Any) -> str:  # noqa: ANN401 - of the SDK's types
    """The name by which a model calls it."""
    return tool.name if isinstance(tool, Tool) else tool.tool_name


class Toolbox:
    """The tools of one workflow; `given` goes before those that come with strands_nb."""

    def __init__(self, spec: Spec, given: Mapping[str, tuple[Any, ...]] | None) -> None:
        self._spec = spec
        self._given = {known_id(spec, name): tools for name, tools in (given or {}).items()}

    def __contains__(self, tool: str) -> bool:
        return tool in self._given or (tool in BUILTIN_TOOLS and tool not in NETWORK_TOOLS)

    def of(self, use: AgentUse) -> tuple[Any, ...]:
        """What an agent gets there: of what it asks for, all that is here and allowed."""
        asked = [tool for tool in asked_tools(self._spec, use) if tool in self and denial(self._spec, tool) is None]
        return tuple(tool for name in asked for tool in self._made(name))

    def _made(self, name: str) -> tuple[Any, ...]:
        """The tools of that id, with the effect that the workflow declares."""
        tools = self._given[name] if name in self._given else (self._local[name],)
        declared, _ = declared_tools(self._spec).get(name, (None, ()))
        if declared is None or declared.effect is None:
            return tools
        return tuple(replace(tool, effect=declared.effect) if isinstance(tool, Tool) else tool for tool in tools)

    @cached_property
    def _local(self) -> dict[str, Tool]:
        from strands_nb.tools import local_tools  # noqa: PLC0415 - only for workflows with tools

        return local_tools()


def tool_marks(spec: Spec, given: Mapping[str, tuple[Any, ...]] | None) -> list[str]:
    """What tells a run with these tools from one with others; nothing for a workflow without tools."""
    box = Toolbox(spec, given)
    marks = {use.id: [tool_mark(tool) for tool in box.of(use)] for use in agent_uses(spec)}
    return [canonical_json(marks)] if any(marks.values()) else []
