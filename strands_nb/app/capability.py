"""What a workflow asks for that this version does not do: said before the run, never passed over in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strands_nb.agents import price_of
from strands_nb.app.models import model_of
from strands_nb.app.shapes import shape_problems
from strands_nb.engine.call import Usage
from strands_nb.spec import AgentStep, join, steps_of

if TYPE_CHECKING:
    from strands_nb.app.options import Options
    from strands_nb.errors import Problem
    from strands_nb.spec import Spec

__all__ = ("unsupported",)

_LATER = "remove it to run the rest"


def unsupported(spec: Spec, options: Options) -> list[Problem]:
    """`needs` for what would change the outcome, `warning` for what would only be missed."""
    return [*_tools(spec), *shape_problems(spec), *_cost_limit(spec, options), *_policies(spec)]


def _tools(spec: Spec) -> list[Problem]:
    found: list[Problem] = []
    declared = bool(spec.tools.python or spec.tools.mcp or spec.tools.http_executors)
    for name, agent in spec.agents.items():
        if agent.tools or (agent.tools is None and declared):
            where = f"/agents/{name}/tools" if agent.tools else "/tools"
            message = f"agent {name!r} has tools, which do not run in this version"
            found.append(spec.problem(where, message, severity="needs", hint="give it `tools: []` to run it without"))
    retrieval = spec.context_policy.retrieval
    if retrieval is not None and retrieval.jit_tools:
        message = "retrieval tools do not run in this version, so agents cannot read files"
        where = "/context_policy/retrieval/jit_tools"
        found.append(spec.problem(where, message, severity="needs", hint=_LATER))
    if spec.skills:
        found.append(spec.problem("/skills", "skills do not load in this version", severity="needs", hint=_LATER))
    for path, step in steps_of(spec.pattern):
        if isinstance(step, AgentStep) and step.tool_overrides:
            where = join((*path, "tool_overrides"))
            found.append(spec.problem(where, "tools do not run in this version", severity="needs", hint=_LATER))
    return found


def _cost_limit(spec: Spec, options: Options) -> list[Problem]:
    """A limit of which nobody could say when it is reached."""
    if options.limits(spec).max_cost_usd is None or options.agents is not None:
        return []
    own = options.own_prices
    models = [model for agent in spec.agents.values() if (model := model_of(spec, agent, options)) is not None]
    unknown = dict.fromkeys(model.label for model in models if price_of(model, Usage(), own=own) is None)
    if not unknown:
        return []
    message = f"max_cost_usd cannot be watched: no price for {', '.join(unknown)}"
    hint = "give one with prices=… or in prices.yaml, or use max_tokens"
    return [spec.problem("/runtime/budgets/max_cost_usd", message, severity="needs", hint=hint)]


def _policies(spec: Spec) -> list[Problem]:
    found: list[Problem] = []
    if spec.security.guardrails.pii_redaction:
        message = "pii_redaction is not done in this version"
        found.append(spec.problem("/security/guardrails/pii_redaction", message, severity="needs", hint=_LATER))
    for name in ("context_policy", "telemetry"):
        if name in spec.model_fields_set:
            message = f"{name} has no effect in this version"
            found.append(spec.problem(f"/{name}", message, severity="warning"))
    if spec.env.secrets:
        message = "secrets have no use in this version, whose agents have no tools"
        found.append(spec.problem("/env/secrets", message, severity="warning"))
    return found
