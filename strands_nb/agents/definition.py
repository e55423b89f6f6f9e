"""What an agent is: a prompt, a model, tools and a shape of the answer. Plain data; importing it costs nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePath
from typing import Any

from strands_nb.engine.tool import tool_mark

__all__ = ("AgentDefinition", "ModelConfig", "canonical_json")

SCAFFOLD_VERSION = 1
"""Version of the texts we add ourselves (the request for JSON, the request to repair it).

It stands for them in the fingerprint, so that rewording one does not bill parked sessions again: raise it only
when the old replies could no longer be used.
"""


def canonical_json(value: object) -> str:
    """JSON with sorted keys and no spaces: the same text for equal values.

    >>> canonical_json({"b": 1, "a": (2,)})
    '{"a":[2],"b":1}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


@dataclass(frozen=True)
class ModelConfig:
    """One model with its settings: equal configurations share one client.

    `host` is a base URL, `region` an AWS region; `params` are passed to the provider as they are. A setting that is
    None is left to the provider.
    """

    provider: str
    model_id: str = ""
    region: str | None = None
    host: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def label(self) -> str:
        """How people see it: ``openai:gpt-4o-mini``, or the provider alone where it has only one model."""
        name = PurePath(self.model_id).name if self.provider == "local" else self.model_id
        return f"{self.provider}:{name}" if name else self.provider

    @cached_property
    def identity(self) -> str:
        """All of it as one string: the key under which a client is kept."""
        return canonical_json([*self.reply_parts, self.model_id, self.region, self.host])

    @cached_property
    def reply_parts(self) -> list[Any]:
        """What of it may change a reply."""
        # `label`, not `model_id`: a weights file is the same model in whatever folder it lies.
        return [self.provider, self.label, self.temperature, self.top_p, self.max_tokens, dict(self.params)]

    def __hash__(self) -> int:
        return hash(self.identity)


@dataclass(frozen=True)
class AgentDefinition:
    """One agent.

    `tools` holds `Tool` objects, plain functions, or whatever else `strands.Agent` takes. `max_turns` bounds the
    model calls of one request, always: a model that calls tools for ever ends there.

    >>> writer = AgentDefinition("writer", "You write.", ModelConfig("scripted"))
    >>> writer.fingerprint == AgentDefinition("author", "You write.", ModelConfig("scripted")).fingerprint
    True
    """

    id: str
    prompt: str
    model: ModelConfig
    tools: tuple[Any, ...] = ()
    output_schema: Mapping[str, Any] | None = None
    input_schema: Mapping[str, Any] | None = None
    """What it is asked must be JSON valid under this; checked before the model is called."""
    memory: bool = True
    max_turns: int = 24

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of everything that may change a reply, stable across processes and machines.

        Left out on purpose: `host` and `region`, because they say *where* a model is served, not which one (a local
        server gets a new port at every start, a gateway moves, and neither may bill a parked session again);
        `memory`, because what is remembered enters each request by itself; `id`, because a name is not sent.
        """
        parts = {
            "model": self.model.reply_parts,
            "output_schema": self.output_schema,
            "max_turns": self.max_turns,
            "prompt": self.prompt,
            "scaffold": SCAFFOLD_VERSION,
            "tools": [tool_mark(tool) for tool in self.tools],
        }
        return hashlib.sha256(canonical_json(parts).encode()).hexdigest()
