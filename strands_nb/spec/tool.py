"""What agents can do: Python functions, MCP servers, HTTP services, and skills to read up on."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, JsonValue, Tag

from strands_nb.spec.base import Flag, Frozen, Identifier, Integer, NonEmpty

__all__ = (
    "BUILTIN_TOOLS",
    "NETWORK_TOOLS",
    "Endpoint",
    "HttpExample",
    "HttpExecutor",
    "McpHttp",
    "McpServer",
    "McpStdio",
    "PythonTool",
    "Skill",
    "Tools",
    "tool_id",
)

BUILTIN_TOOLS = (
    "calculator",
    "current_time",
    "duckduckgo_search",
    "file_read",
    "file_write",
    "grep",
    "head",
    "http_request",
    "python_exec",
    "search",
    "spec_verify",
    "tail",
    "tavily_search",
    "web_fetch",
)
"""Ids of the tools that need no declaration."""

NETWORK_TOOLS = ("duckduckgo_search", "http_request", "tavily_search", "web_fetch")
"""Those of them that reach the network; all others come with strands_nb."""

_FOREIGN_PACKAGES = ("strands_tools.", "strands_cli.tools.")


def tool_id(callable_path: str) -> str:
    """The id under which agents name a Python tool.

    Old files write built-in tools as import paths of other packages; those mean the built-in of that name.

    >>> tool_id("strands_tools.http_request.http_request"), tool_id("shop.prices:lookup"), tool_id("grep")
    ('http_request', 'lookup', 'grep')
    """
    for package in _FOREIGN_PACKAGES:
        if callable_path.startswith(package):
            return callable_path.rsplit(".", 1)[-1]
    return callable_path.rsplit(":", 1)[-1]


class _Tool(Frozen):
    """What is promised about a tool, and whether a human is asked first."""

    effect: Literal["none", "idempotent", "once"] | None = None
    """What a second call would do: nothing, the same again, or harm. Left out: unknown."""
    approval: Literal["always", "never"] = "never"
    """`always`: a human is asked before each call."""


class PythonTool(_Tool):
    """A function of this process: a built-in id, or `module:function` from the user's allow-list."""

    callable: NonEmpty
    """The id, or `module:function`."""

    @property
    def id(self) -> str:
        """The id under which agents name it."""
        return tool_id(self.callable)


class _Mcp(_Tool):
    id: Identifier
    """Id under which agents name the server."""


class McpStdio(_Mcp):
    """An MCP server that is started as a process."""

    command: NonEmpty
    """The program."""
    args: tuple[str, ...] = ()
    """Its arguments."""
    env: Mapping[str, str] = Field(default_factory=dict[str, str])
    """Its environment; `${NAME}` is filled from `env.secrets`."""


class McpHttp(_Mcp):
    """An MCP server reached over streamable HTTP."""

    url: NonEmpty
    """Its address."""
    headers: Mapping[str, str] = Field(default_factory=dict[str, str])
    """Sent with every request; templates, and `${NAME}` from `env.secrets`."""


def _transport(value: object) -> str:
    if isinstance(value, McpHttp) or (isinstance(value, Mapping) and "url" in value):
        return "McpHttp"
    return "McpStdio"


McpServer = Annotated[
    Annotated[McpStdio, Tag("McpStdio")] | Annotated[McpHttp, Tag("McpHttp")],
    Discriminator(_transport),
]
"""An MCP server; one with a `url` is reached over HTTP, any other is started as a process."""


class _Documentation(Frozen):
    # Shown to the agent as it stands, so whatever the author thought helpful is welcome.
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow")


class HttpExample(_Documentation):
    """A request that shows the agent how the service is used."""

    description: str | None = None
    """What it does."""
    method: str | None = None
    """GET, POST, …"""
    path: str | None = None
    """Path below the base address."""
    json_data: Mapping[str, JsonValue] | None = None
    """Body."""


class Endpoint(_Documentation):
    """A path of the service that is worth knowing."""

    path: str
    """Path below the base address."""
    description: str
    """What it does."""
    method: str | None = None
    """GET, POST, …"""


class HttpExecutor(_Tool):
    """A web service as a tool: the agent chooses path and method, never the origin."""

    id: Identifier
    """Id under which agents name it."""
    base_url: NonEmpty
    """Origin and base path; requests never leave them."""
    headers: Mapping[str, str] = Field(default_factory=dict[str, str])
    """Sent with every request; templates, and `${NAME}` from `env.secrets`."""
    timeout_ms: Annotated[Integer, Field(ge=1)] = 30_000
    """Longest wait for an answer, in milliseconds."""
    description: str | None = None
    """What the service is for; shown to the agent."""
    examples: tuple[HttpExample, ...] = ()
    """Requests to learn from; shown to the agent."""
    common_endpoints: tuple[Endpoint, ...] = ()
    """Paths worth knowing; shown to the agent."""
    response_format: str | None = None
    """What it answers in; shown to the agent."""
    authentication_info: str | None = None
    """How it authenticates, in words; shown to the agent."""


def _callable(value: object) -> object:
    return {"callable": value} if isinstance(value, str) else value


class Tools(Frozen):
    """The tools a workflow declares."""

    python: tuple[Annotated[PythonTool, BeforeValidator(_callable, json_schema_input_type=str | PythonTool)], ...] = ()
    """Python functions."""
    mcp: tuple[McpServer, ...] = ()
    """MCP servers."""
    http_executors: tuple[HttpExecutor, ...] = ()
    """Web services."""

    def ids(self) -> set[str]:
        """Every name by which an agent may ask for one of these."""
        servers: list[Any] = [*self.mcp, *self.http_executors, *self.python]
        return {tool.id for tool in servers} | {tool.callable for tool in self.python}


class Skill(Frozen):
    """A folder of instructions that an agent reads when it needs them."""

    id: Identifier
    """Id by which the agent loads it."""
    path: str
    """The folder, relative to the workflow's file."""
    description: str | None = None
    """When it helps; shown to the agent."""
    preload_metadata: Flag = False
    """Accepted for old files; draws a warning."""
