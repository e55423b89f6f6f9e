"""What the tests of agents share: a recording watcher and short ways to make and ask agents."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from strands_nb.agents import AgentDefinition, ModelConfig, ModelFactory, Rule, ScriptedModel, StrandsAgents
from strands_nb.engine.call import Call, Message, Reply, Usage

if TYPE_CHECKING:
    from strands.models import Model

T = TypeVar("T")


class Watch:
    """Remembers what it was told, in order."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.usages: list[Usage] = []
        self.reasks: list[tuple[int, str]] = []

    def text(self, delta: str) -> None:
        self.told.append(("text", delta))

    def recall(self, name: str, arguments: Any) -> str | None: ...
    def tool_start(self, tool_id: str, name: str, arguments: Any, *, once: bool = False) -> None:
        self.told.append(("start", tool_id, name, arguments))

    def tool_complete(self, tool_id: str, name: str, result: str, *, ok: bool) -> None:
        self.told.append(("complete", tool_id, name, result, ok))

    def asked_again(self, attempt: int, reason: str) -> None:
        self.reasks.append((attempt, reason))

    def used(self, usage: Usage) -> None:
        self.usages.append(usage)

    @property
    def streamed(self) -> str:
        return "".join(told[1] for told in self.told if told[0] == "text")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(coroutine)


def agents_of(model: Model, *, grace: float = 1.0, **definition: Any) -> StrandsAgents:
    """One agent, ``writer``, on this model."""
    known = AgentDefinition("writer", definition.pop("prompt", "You write."), ModelConfig("test"), **definition)
    return StrandsAgents({"writer": known}, ModelFactory({"test": model}), grace=grace)


def scripted(*rules: Rule, grace: float = 1.0, **settings: Any) -> StrandsAgents:
    """One agent, ``writer``, that answers by these rules."""
    definition = {k: settings.pop(k) for k in ("tools", "max_turns", "output_schema", "prompt") if k in settings}
    return agents_of(ScriptedModel(rules, **settings), grace=grace, **definition)


def call_of(
    prompt: str,
    watch: Watch | None = None,
    *,
    history: Sequence[Message] = (),
    schema: Mapping[str, Any] | None = None,
    attempt: int = 1,
) -> Call:
    return Call(
        "steps/0",
        "writer",
        prompt,
        watch or Watch(),
        history=tuple(history),
        schema=schema,
        attempt=attempt,
        session_id="s1",
    )


def ask(agents: StrandsAgents, prompt: str, watch: Watch | None = None, **more: Any) -> Reply:
    return run(agents.call(call_of(prompt, watch, **more)))
