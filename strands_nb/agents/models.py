"""One model object per configuration, made when first needed, its client shared."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import weakref
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from strands_nb.agents import providers
from strands_nb.agents.definition import canonical_json
from strands_nb.errors import CapabilityError, Problem

if TYPE_CHECKING:
    from strands.models import Model

    from strands_nb.agents.definition import ModelConfig

__all__ = ("ModelFactory",)

_MAX_MODELS = 128
"""Objects kept per loop. A model is a few hundred bytes once its client exists; schemas make many."""


@dataclass
class _Kept:
    """What belongs to one event loop: connections cannot be shared between loops."""

    models: OrderedDict[str, Any] = field(default_factory=OrderedDict[str, Any])
    clients: dict[str, Any] = field(default_factory=dict[str, Any])
    closers: list[Callable[[], Awaitable[None]]] = field(default_factory=list[Any])
    lock: threading.Lock = field(default_factory=threading.Lock)


class ModelFactory:
    """Makes and keeps models.

    `own` maps a configuration's provider to a ready `strands` model, for tests and for models made by hand. It goes
    before the built-in providers.
    """

    def __init__(self, own: Mapping[str, Model] | None = None) -> None:
        self._own = dict(own or {})
        self._loops: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Kept] = weakref.WeakKeyDictionary()

    async def model(self, config: ModelConfig, schema: Mapping[str, Any] | None = None) -> Model:
        """The model of this configuration on the running loop; with `schema`, one that answers in that JSON only.

        Raises:
            CapabilityError: its package, key or weights are not here; says what to do.
        """
        loop = asyncio.get_running_loop()
        if (kept := self._loops.get(loop)) is None:
            kept = self._loops[loop] = _Kept()
        key = config.identity + _edition(config) + (canonical_json(schema) if schema is not None else "")
        if (known := kept.models.get(key)) is not None:
            return known
        # Importing a provider takes a second and a client's TLS context a tenth: not on the loop.
        return await asyncio.to_thread(self._make, kept, key, providers.with_defaults(config), schema)

    def _make(self, kept: _Kept, key: str, config: ModelConfig, schema: Mapping[str, Any] | None) -> Model:
        with kept.lock:  # fifty calls that start at once make one model
            if (known := kept.models.get(key)) is not None:
                return known
            model = self._built(kept, config, schema)
            kept.models[key] = model
            if len(kept.models) > _MAX_MODELS:
                kept.models.popitem(last=False)
            return model

    def _built(self, kept: _Kept, config: ModelConfig, schema: Mapping[str, Any] | None) -> Model:
        if schema is None:
            return self._plain(kept, config, {})
        if self._way(config) == "tool":
            from strands_nb.agents._forced import ForcedJson  # noqa: PLC0415 - imports the SDK

            return ForcedJson(self._plain(kept, config, {}), schema)
        return self._plain(kept, config, _FORMATS.get(config.provider, _openai_format)(schema))

    def _plain(self, kept: _Kept, config: ModelConfig, extra: Mapping[str, Any]) -> Model:
        if (own := self._own.get(config.provider)) is not None:
            return own
        from strands_nb.agents._build import BUILDERS, client_of  # noqa: PLC0415 - imports the SDK

        try:
            if config.identity not in kept.clients:
                client, close = client_of(config)
                kept.clients[config.identity] = client
                kept.closers += [close] if close else []
            return BUILDERS[config.provider](config, kept.clients[config.identity], extra)
        except (ImportError, KeyError) as error:
            raise CapabilityError(self.missing(config) or [_unavailable(config, error)]) from error

    def enforces(self, config: ModelConfig, schema: Mapping[str, Any], *, with_tools: bool) -> bool:
        """Whether the provider itself can hold the answer to `schema`; else the prompt has to ask for it."""
        match self._way(config):
            case "tool":
                # The forced tool would crowd out the agent's own; and a tool's input is always an object.
                return not with_tools and (schema.get("type") == "object" or self._takes_any_schema(config))
            case "format":
                return not with_tools or providers.PROVIDERS[config.provider].formats_with_tools
            case _:
                return False

    def _takes_any_schema(self, config: ModelConfig) -> bool:
        own = self._own.get(config.provider)
        return config.provider in ("local", "scripted") if own is None else getattr(own, "takes_any_schema", False)

    def _way(self, config: ModelConfig) -> str:
        if config.provider in self._own:
            return "tool"
        known = providers.PROVIDERS.get(config.provider)
        return known.schemas if known else "ask"

    def missing(self, config: ModelConfig) -> list[Problem]:
        """What a run with this model would lack here; see `providers.missing`."""
        return [] if config.provider in self._own else providers.missing(config)

    def warnings(self, config: ModelConfig) -> list[Problem]:
        """Settings the provider does not take; see `providers.warnings`."""
        return [] if config.provider in self._own else providers.warnings(config)

    async def close(self) -> None:
        """Close the clients made on the running loop; a later call makes new ones."""
        kept = self._loops.pop(asyncio.get_running_loop(), None)
        for close in kept.closers if kept else ():
            with contextlib.suppress(Exception):  # closing is a courtesy: a dead connection needs none
                await close()


def _edition(config: ModelConfig) -> str:
    """Which edition of its script a scripted model has: people edit it, and run again in the same process."""
    if config.provider == "scripted":
        with contextlib.suppress(OSError, ValueError):
            file = Path(config.model_id).stat()
            return f"@{file.st_mtime_ns}:{file.st_size}"
    return ""


def _unavailable(config: ModelConfig, error: Exception) -> Problem:
    return Problem(message=f"{config.label} cannot be used: {type(error).__name__}: {error}", severity="needs")


def _openai_format(schema: Mapping[str, Any]) -> dict[str, Any]:
    # Not "strict": that dialect refuses optional fields, and the answer is validated afterwards anyway.
    described = {"name": "answer", "strict": False, "schema": dict(schema)}
    return {"response_format": {"type": "json_schema", "json_schema": described}}


def _gemini_format(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"response_mime_type": "application/json", "response_json_schema": dict(schema)}


def _ollama_format(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"format": dict(schema)}


_FORMATS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "gemini": _gemini_format,
    "ollama": _ollama_format,
}
