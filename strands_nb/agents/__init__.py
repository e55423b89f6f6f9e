"""Agents and models: the only floor that imports the Strands SDK, and only when a model is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strands_nb.agents._json import JsonFault, read_json
from strands_nb.agents._synth import sample
from strands_nb.agents.definition import AgentDefinition, ModelConfig
from strands_nb.agents.models import ModelFactory
from strands_nb.agents.prices import price_of
from strands_nb.agents.providers import PROVIDERS, missing, parse_model, warnings, with_defaults
from strands_nb.agents.runner import StrandsAgents
from strands_nb.engine.tool import Tool, ToolCall
from strands_nb.lazy import lazily

if TYPE_CHECKING:
    from strands_nb.agents.local import LocalModel
    from strands_nb.agents.scripted import Faults, Request, Rule, ScriptedModel

__all__ = (
    "PROVIDERS",
    "AgentDefinition",
    "Faults",
    "JsonFault",
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
    "price_of",
    "read_json",
    "sample",
    "warnings",
    "with_defaults",
)

# These subclass what the SDK defines; importing it takes half a second, so they wait until somebody asks.
__getattr__ = lazily(
    __name__,
    {
        "strands_nb.agents.local": ("LocalModel",),
        "strands_nb.agents.scripted": ("Faults", "Request", "Rule", "ScriptedModel"),
    },
)
