"""Agents and models: the only floor that imports the Strands SDK, and only when a model is made."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .definition import AgentDefinition, ModelConfig
from .models import ModelFactory
from .providers import PROVIDERS, missing, parse_model, warnings, with_defaults
from .runner import StrandsAgents
from .tools import Tool, ToolCall

if TYPE_CHECKING:
    from .local import LocalModel
    from .scripted import Faults, Request, Rule, ScriptedModel

__all__ = (
    "PROVIDERS",
    "AgentDefinition",
    "Faults",
    "LocalModel",
    "ModelConfig",
    "ModelFactory",
    "Request",
    "Rule",
    "ScriptedModel",
    "StrandsAgents",
    "Tool",
    "ToolCall",
    "missing",
    "parse_model",
    "warnings",
    "with_defaults",
)

_LATE = {
    "LocalModel": "local",
    "ScriptedModel": "scripted",
    "Faults": "scripted",
    "Request": "scripted",
    "Rule": "scripted",
}
"""These subclass what the SDK defines; importing it takes half a second, so they wait until somebody asks."""


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a class of a submodule
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_LATE[name]}", __name__), name)
