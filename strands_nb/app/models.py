"""Which model plays which agent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from strands_nb.agents import (
    PROVIDERS,
    AgentDefinition,
    ModelConfig,
    ModelFactory,
    missing,
    parse_model,
    warnings,
    with_defaults,
)
from strands_nb.app.shapes import input_schema, output_schema
from strands_nb.app.toolbox import Toolbox
from strands_nb.errors import Problem
from strands_nb.spec.toolset import agent_uses
from strands_nb.spec.tree import join

if TYPE_CHECKING:
    from strands_nb.app.options import Options
    from strands_nb.spec import Spec
    from strands_nb.spec.agent import Agent

__all__ = ("definitions", "factory", "model_of", "model_problems")

factory = ModelFactory()
"""One for the process: equal models share a client."""

_NO_MODEL = Problem(
    message="no model: the workflow names no provider, and no default is set",
    severity="needs",
    pointer="/runtime/provider",
    hint="set runtime.provider, $STRANDS_NB_MODEL, or try --model local (a small real model) or --model scripted",
)


def model_of(spec: Spec, agent: Agent, options: Options) -> ModelConfig | None:
    """The model of one agent: what the caller asks for, else the agent's, else the workflow's, else the default."""
    runtime, inference = spec.runtime, agent.inference
    settings = {
        name: getattr(inference, name) if getattr(inference, name) is not None else getattr(runtime, name)
        for name in ("temperature", "top_p", "max_tokens")
    }
    if options.model is not None:
        return with_defaults(replace(parse_model(options.model), **settings))
    provider = options.provider or agent.provider or runtime.provider
    if provider is None:
        default = options.model_of_last_resort
        return with_defaults(replace(parse_model(default), **settings)) if default else None
    same = provider == runtime.provider
    model_id = agent.model_id or (runtime.model_id if same else None) or ""
    region, host = (runtime.region, runtime.host) if same else (None, None)
    named = parse_model(provider) if options.provider else ModelConfig(provider)
    return with_defaults(replace(named, model_id=model_id, region=region, host=host, **settings))


def definitions(spec: Spec, variables: Mapping[str, Any], options: Options) -> dict[str, AgentDefinition]:
    """All agents of the workflow and their variants, with their tools, their prompts rendered with its variables.

    A prompt that does not render is sent as it is written, which `check` has warned about. A variant is asked under
    an id of its own, but is and stays the same agent.
    """
    from strands_nb.render import render_or_text  # noqa: PLC0415 - imports jinja2

    found: dict[str, AgentDefinition] = {}
    names, box = {**variables, "inputs": variables}, Toolbox(spec, options.tools)
    for use in agent_uses(spec):
        agent = spec.agents[use.agent]
        model = model_of(spec, agent, options)
        if model is not None:
            prompt = render_or_text(agent.prompt, names)
            remembers = agent.memory == "scope"
            found[use.id] = AgentDefinition(
                use.agent, prompt, model, box.of(use), output_schema(agent), input_schema(agent), remembers
            )
    return found


def model_problems(spec: Spec, options: Options) -> list[Problem]:
    """What a run would lack of keys, packages or weights, and settings that a provider ignores; each once."""
    if options.agents is not None:
        return []
    problems: list[Problem] = []
    for name, agent in spec.agents.items():
        config = model_of(spec, agent, options)
        found = [_NO_MODEL] if config is None else [*missing(config), *warnings(config)]
        if config is not None and config.provider not in PROVIDERS:
            where = "/runtime/provider" if agent.provider is None else join(("agents", name, "provider"))
            found = [spec.problem(where, problem.message, hint=problem.hint) for problem in found]
        problems += [problem for problem in found if problem not in problems]
    return problems
