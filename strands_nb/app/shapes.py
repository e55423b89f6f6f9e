"""What agents must be asked, and agents and people must answer: JSON Schemas, also taken from pydantic models."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from strands_nb.engine.form import form_fault
from strands_nb.patterns.steps import form_of
from strands_nb.spec import HumanStep, join, steps_of
from strands_nb.spec.json_schemas import schema_fault

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    """Schemas that cannot be had or are not used, and defaults that the forms of their questions refuse."""
    return [*_lost_models(spec), *_unused_schemas(spec), *_misfit_defaults(spec)]


def _lost_models(spec: Spec) -> Iterator[Problem]:
    """Models that are not there to take a schema from."""
    for name, agent in spec.agents.items():
        path = agent.output_model
        if path is not None and _model_schema(path) is None:
            module = path.partition(":")[0]
            known = module in sys.modules
            message = f"output_model {path!r} is no pydantic model" if known else f"{module!r} is not imported"
            import_it = f"`import {module}` first, or write its JSON Schema as output_schema"
            hint = "write module:Class" if known else import_it
            where = join(("agents", name, "output_model"))
            yield spec.problem(where, message, severity="needs", hint=hint)


_DECIDES = {"router": "a route", "evaluator": "a verdict", "orchestrator": "a plan"}


def _unused_schemas(spec: Spec) -> Iterator[Problem]:
    """Schemas of agents who are asked for an answer that has a shape of its own."""
    for role, answer in _DECIDES.items():
        part: Any = getattr(spec.pattern.config, role, None)
        if part is None or part.agent not in spec.agents:
            continue
        for field in ("output_schema", "output_model"):
            if getattr(spec.agents[part.agent], field) is not None:
                message = f"{field!r} of the {role} is not used: it is asked for {answer}"
                where = join(("agents", part.agent, field))
                yield spec.problem(where, message, at_key=True, severity="warning")


def _misfit_defaults(spec: Spec) -> Iterator[Problem]:
    """Defaults without anything to fill in that are no answer to their own question."""
    for path, step in steps_of(spec.pattern):
        if not isinstance(step, HumanStep) or step.default is None or any(m in step.default for m in ("{{", "{%")):
            continue
        form = form_of(step)
        if form is not None and not schema_fault(form) and (fault := form_fault(form, step.default)):
            message = f"the default {step.default!r} does not fit the form: {fault}"
            yield spec.problem(join((*path, "default")), message)
