"""Which tools an agent may use, wherever it is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from strands_nb.spec.pattern import OrchestratorWorkersPattern
from strands_nb.spec.step import AgentStep
from strands_nb.spec.tool import NETWORK_TOOLS, HttpExecutor, McpHttp, McpStdio, PythonTool, tool_id
from strands_nb.spec.tree import join
from strands_nb.spec.walk import steps_of

if TYPE_CHECKING:
    from strands_nb.spec.workflow import Spec

__all__ = (
    "AgentUse",
    "Declared",
    "agent_of",
    "agent_steps",
    "agent_uses",
    "asked_tools",
    "declared_tools",
    "denial",
    "known_id",
    "variant_id",
)

Declared: TypeAlias = PythonTool | McpStdio | McpHttp | HttpExecutor
"""A tool, or a server of tools, that a workflow declares."""


@dataclass(frozen=True, slots=True)
class AgentUse:
    """A place in which an agent is asked."""

    agent: str
    tools: tuple[str, ...] | None = None
    """The ids of the only tools it has there; None: its own."""
    at: tuple[str | int, ...] = ()
    """Where in the text these stand."""

    @property
    def id(self) -> str:
        """The id under which it is asked there."""
        return self.agent if self.tools is None else variant_id(self.agent, self.tools)


def variant_id(agent: str, tools: tuple[str, ...]) -> str:
    """The id of an agent that has these tools and no others: what a step with `tool_overrides` asks.

    >>> variant_id("writer", ("grep", "head")), variant_id("writer", ())
    ('writer[grep,head]', 'writer[]')
    """
    return f"{agent}[{','.join(tools)}]"


def agent_of(variant: str) -> str:
    """The agent of which this is a variant, or itself.

    >>> agent_of("writer[grep,head]"), agent_of("writer")
    ('writer', 'writer')
    """
    return variant.rpartition("[")[0] if variant.endswith("]") and "[" in variant else variant


def agent_steps(spec: Spec) -> Iterator[AgentUse]:
    """Every place of the pattern in which tools can be chosen for an agent, in the order of the text."""
    for path, step in steps_of(spec.pattern):
        if isinstance(step, AgentStep):
            yield AgentUse(step.agent, step.tool_overrides, (*path, "tool_overrides"))
    if isinstance(spec.pattern, OrchestratorWorkersPattern):
        worker = spec.pattern.config.worker_template
        yield AgentUse(worker.agent, worker.tools, ("pattern", "config", "worker_template", "tools"))


def agent_uses(spec: Spec) -> Iterator[AgentUse]:
    """Every agent with its own tools, then every variant of one that the pattern asks, each once."""
    yield from (AgentUse(name) for name in spec.agents)
    seen: set[str] = set()
    for use in agent_steps(spec):
        if use.tools is not None and use.agent in spec.agents and use.id not in seen:
            seen.add(use.id)
            yield use


def asked_tools(spec: Spec, use: AgentUse) -> dict[str, str]:
    """The tools an agent is to have there, by id, each with the place that says so (a JSON pointer).

    An agent without a list has all that the workflow declares. Skills and the tools for retrieval come on top of
    either, but not on top of what a step says, which holds for that step alone.
    """
    if use.tools is not None:
        return _listed(spec, use.tools, use.at)
    own = spec.agents[use.agent].tools
    if own is None:
        listed = {name: join(at) for name, (_, at) in declared_tools(spec).items()}
    else:
        listed = _listed(spec, own, ("agents", use.agent, "tools"))
    retrieval = spec.context_policy.retrieval
    more = _listed(spec, retrieval.jit_tools, ("context_policy", "retrieval", "jit_tools")) if retrieval else {}
    skills = {"Skill": "/skills"} if spec.skills else {}
    return listed | more | skills | listed  # what is in several has the place of the first


def declared_tools(spec: Spec) -> dict[str, tuple[Declared, tuple[str | int, ...]]]:
    """What the workflow declares under `tools`, by id, each with its place."""
    groups: dict[str, Sequence[Declared]] = {
        "python": spec.tools.python,
        "mcp": spec.tools.mcp,
        "http_executors": spec.tools.http_executors,
    }
    return {
        tool.id: (tool, ("tools", group, index)) for group, tools in groups.items() for index, tool in enumerate(tools)
    }


def known_id(spec: Spec, name: str) -> str:
    r"""The id that is meant by a name in a list of tools: an old import path means the built-in of that name.

    >>> from strands_nb.spec import parse
    >>> spec = parse("agents: {writer: {prompt: You write.}}\nsteps: [{writer: Go}]")
    >>> known_id(spec, "strands_tools.http_request.http_request")
    'http_request'
    """
    servers = {server.id for server in (*spec.tools.mcp, *spec.tools.http_executors)}
    return name if name in servers else tool_id(name)


def denial(spec: Spec, tool: str) -> str | None:
    """Why the guardrails forbid this tool, or None."""
    guardrails = spec.security.guardrails
    if guardrails.allow_tools is not None and tool not in {known_id(spec, name) for name in guardrails.allow_tools}:
        return "security.guardrails.allow_tools does not name it"
    if guardrails.deny_network and _may_reach_network(spec, tool):
        return "it may reach the network, which security.guardrails.deny_network forbids"
    return None


def _may_reach_network(spec: Spec, tool: str) -> bool:
    # Nothing keeps the code that a model writes, or a server's process, from it.
    servers = {server.id for server in (*spec.tools.mcp, *spec.tools.http_executors)}
    return tool in servers or tool in NETWORK_TOOLS or tool == "python_exec"


def _listed(spec: Spec, names: Sequence[str], at: tuple[str | int, ...]) -> dict[str, str]:
    return {known_id(spec, name): join((*at, index)) for index, name in enumerate(names)}
