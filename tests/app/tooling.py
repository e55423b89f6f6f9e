"""Short ways to make workflows whose agents have tools, and models that call them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from strands_nb.agents import Request, Rule
from strands_nb.app import Workflow
from strands_nb.testing import MemorySessionRepository

Play: TypeAlias = Callable[..., None]


def last_result(request: Request) -> str:
    """What a model says once its tool has answered."""
    return f"It is {request.results[-1]}."


def calls(tool: str, agent: str | None = None, /, **arguments: Any) -> Rule:
    """A model that calls a tool and says what it gave."""
    return Rule(agent=agent, tool=tool, input=arguments, reply=last_result)


def flow(known: str = "{a: {prompt: A}}", more: str = "", **options: Any) -> Workflow:
    """A workflow that asks agent `a` once, on the scripted model."""
    text = f"agents: {known}\nsteps: [{{a: Go}}]\n{more}"
    return Workflow.from_yaml(text).with_options(model="scripted", store=MemorySessionRepository(), **options)


def with_tools(listed: str, more: str = "", **options: Any) -> Workflow:
    """The same, where the agent has these tools."""
    return flow(f"{{a: {{prompt: A, tools: [{listed}]}}}}", more, **options)


def look_up(city: str) -> str:
    """The weather in a city."""
    return f"sunny in {city}"
