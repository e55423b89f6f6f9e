"""What agents must be asked and must answer: JSON Schemas, written out or taken from pydantic models."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

if TYPE_CHECKING:
    from strands_nb.errors import Problem
    from strands_nb.spec import Spec
    from strands_nb.spec.agent import Agent

__all__ = ("input_schema", "output_schema", "shape_problems")


def input_schema(agent: Agent) -> dict[str, Any] | None:
    """The schema of what an agent may be asked."""
    return dict(agent.input_schema) if isinstance(agent.input_schema, Mapping) else None


def output_schema(agent: Agent) -> dict[str, Any] | None:
    """The schema of what an agent must answer."""
    if agent.output_model is not None:
        return _model_schema(agent.output_model)
    return dict(agent.output_schema) if isinstance(agent.output_schema, Mapping) else None


def _model_schema(path: str) -> dict[str, Any] | None:
    """The JSON Schema of the pydantic model `module:Class`.

    Only of a module that the program has imported itself: a workflow is data, and must not have code run by naming it.
    """
    module, _, name = path.partition(":")
    model = getattr(sys.modules.get(module), name, None)
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return None
    return model.model_json_schema()


def shape_problems(spec: Spec) -> list[Problem]:
    """Models that are not there to take a schema from."""
    found: list[Problem] = []
    for name, agent in spec.agents.items():
        path = agent.output_model
        if path is not None and _model_schema(path) is None:
            module = path.partition(":")[0]
            known = module in sys.modules
            message = f"output_model {path!r} is no pydantic model" if known else f"{module!r} is not imported"
            import_it = f"`import {module}` first, or write its JSON Schema as output_schema"
            hint = "write module:Class" if known else import_it
            where = f"/agents/{name}/output_model"
            found.append(spec.problem(where, message, severity="needs", hint=hint))
    return found
