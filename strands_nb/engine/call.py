"""What goes to an agent and what comes back, and the port behind which agents live."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

__all__ = (
    "CHARACTERS_PER_TOKEN",
    "AgentInfo",
    "Agents",
    "Call",
    "Caller",
    "Message",
    "Middleware",
    "Reply",
    "Usage",
    "Watcher",
    "text_message",
    "tokens_of",
)

Message: TypeAlias = Mapping[str, Any]
"""One message of a conversation: `role` and `content` blocks, in the form of the Bedrock Converse API."""


CHARACTERS_PER_TOKEN = 4


def tokens_of(characters: int) -> int:
    """A rough count where nobody counted: a token per four characters, rounded up.

    >>> tokens_of(9)
    3
    """
    return -(-characters // CHARACTERS_PER_TOKEN)


def text_message(role: str, text: str) -> Message:
    """A message of one text block.

    >>> text_message("user", "hello")
    {'role': 'user', 'content': [{'text': 'hello'}]}
    """
    return {"role": role, "content": [{"text": text}]}


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and money of one attempt; `cost` is in US dollars, None where no price is known."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost: float | None = None
    estimated: bool = False
    """True where the provider gave no figures and these were counted from the text."""

    @property
    def total(self) -> int:
        """Input and output tokens together; cached ones are part of the input."""
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True, slots=True)
class AgentInfo:
    """What the engine must know of an agent: never how it works."""

    id: str
    """What it is called in events, and remembers as. Two names may be one agent, with other tools for a step."""
    fingerprint: str
    """Changes with anything that may change a reply: system prompt, model, tools, inference settings."""
    model: str = ""
    """Shown to people, e.g. ``local:smollm2-135m``."""
    remembers: bool = True
    """Whether the agent sees its own earlier turns of the same scope (`memory: scope`)."""


class Watcher(Protocol):
    """Told what happens while a call is under way; every method returns at once and never raises."""

    def text(self, delta: str) -> None:
        """A piece of the reply's text arrived."""

    def tool_start(self, tool_id: str, name: str, arguments: Any, *, once: bool = False) -> Awaitable[None] | None:  # noqa: ANN401 - whatever JSON a model sends
        """The agent calls a tool; one that must not be called twice is called only when what is returned is done."""

    def recall(self, name: str, arguments: Any) -> str | None:  # noqa: ANN401 - as above
        """What this very call was answered by a tool that must not be called twice, in an attempt before this one."""

    def tool_complete(self, tool_id: str, name: str, result: str, *, ok: bool) -> None:
        """The tool has answered; `result` is its text, as the model sees it."""

    def used(self, usage: Usage) -> None:
        """Usage so far; the last word counts, also when the call then fails or is given up."""

    def asked_again(self, attempt: int, reason: str) -> None:
        """Answer number `attempt` could not be used, for this reason; the agent is asked once more."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request to one agent."""

    key: str
    """Where in the workflow it stands; with the session's id, the idempotency key for tools."""
    agent: str
    prompt: str
    watch: Watcher
    history: tuple[Message, ...] = ()
    """The conversation before this prompt, oldest first."""
    schema: Mapping[str, Any] | None = None
    """The reply must be JSON valid under this schema; it is then also in `Reply.value`."""
    reasks: int = 2
    """How often the agent is asked again for an answer that is not."""
    follows_up: bool = False
    """Whether the prompt is what a human says to the agent's former reply, not a request of the workflow."""
    attempt: int = 1
    session_id: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What an agent answered."""

    text: str
    usage: Usage = field(default_factory=Usage)
    turn: tuple[Message, ...] | None = None
    """All messages after the prompt, tool calls included; None means exactly one assistant message with `text`."""
    value: Any = None
    """The parsed JSON where a schema was asked for."""
    model: str = ""
    """The provider and model that answered, e.g. ``openai:gpt-4o-mini``."""
    stop_reason: str = "end_turn"

    @property
    def messages(self) -> tuple[Message, ...]:
        """The turn as it enters the conversation."""
        return self.turn if self.turn is not None else (text_message("assistant", self.text),)


Caller: TypeAlias = Callable[[Call], Awaitable[Reply]]
Middleware: TypeAlias = Callable[[Caller], Caller]
"""A function that wraps a caller: budgets, retries, limits, time-outs are each one of these."""


class Agents(Protocol):
    """The port: whoever can describe agents and call them."""

    def describe(self, agent: str) -> AgentInfo:
        """What the engine must know of `agent`; raises `KeyError` for an unknown one."""
        ...

    async def call(self, call: Call) -> Reply:
        """Run the agent once.

        Cancelling the task stops the model; what was used until then has been told to `call.watch.used`.

        Raises:
            ProviderError: the service refused or failed; `.retryable` and `.retry_after` say whether to try again.
        """
        ...
