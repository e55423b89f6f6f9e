"""What a workflow asks for that this version does not do: said before the run, never passed over in silence."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from strands_nb.agents import price_of
from strands_nb.app.models import model_of
from strands_nb.app.shapes import shape_problems
from strands_nb.app.toolbox import Toolbox, name_of
from strands_nb.engine.call import Usage
from strands_nb.errors import Problem
from strands_nb.spec import BUILTIN_TOOLS, HttpExecutor, McpHttp, McpStdio, join
from strands_nb.spec.base import did_you_mean
from strands_nb.spec.tool import NETWORK_TOOLS
from strands_nb.spec.toolset import Declared, agent_uses, asked_tools, declared_tools, denial, known_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from strands_nb.app.options import Options
    from strands_nb.spec import Spec

__all__ = ("unsupported",)

_LATER = "remove it to run the rest"


def unsupported(spec: Spec, options: Options) -> list[Problem]:
    """`needs` for what would change the outcome, `warning` for what would only be missed."""
    tools, shapes = _tools(spec, options), shape_problems(spec)
    return [*tools, *shapes, *_cost_limit(spec, options), *_policies(spec)]


def _tools(spec: Spec, options: Options) -> list[Problem]:
    if options.agents is not None:
        return []  # agents made by hand have tools of their own
    box = Toolbox(spec, options.tools)
    places: dict[str, str] = {}
    for use in agent_uses(spec):
        for tool, where in asked_tools(spec, use).items():
            places.setdefault(tool, where)  # once each, in its first place
    found = [_tool_problem(spec, box, tool, where) for tool, where in places.items()]
    return [*filter(None, found), *_clashes(spec, box), *_surplus(spec, options, places)]


def _tool_problem(spec: Spec, box: Toolbox, tool: str, where: str) -> Problem | None:
    if (why := denial(spec, tool)) is not None:
        return spec.problem(where, f"no agent gets the tool {tool!r}: {why}", severity="warning")
    declared, at = declared_tools(spec).get(tool, (None, ()))
    if declared is not None and declared.approval == "always":
        message = "approval before a tool call is not in this version"
        hint = f"remove it to let agents call {tool!r} without asking"
        return spec.problem(join((*at, "approval")), message, severity="needs", hint=hint)
    if tool in box:
        return None
    hint = f"give your own: with_options(tools={{{tool!r}: {_giving(declared)}}})"
    return spec.problem(where, _absence(tool, declared), severity="needs", hint=hint)


def _absence(tool: str, declared: Declared | None) -> str:
    match declared:
        case McpStdio() | McpHttp():
            return f"the MCP server {tool!r} is not started by this version"
        case HttpExecutor():
            return f"the web service {tool!r} is not called by this version"
        case _ if tool == "Skill":
            return "skills are not loaded by this version"
        case _ if tool in NETWORK_TOOLS:
            return f"tool {tool!r} reaches the network, which this version leaves to you"
        case _:
            return f"the function {tool!r} is not imported by this version, which runs no code that a file names"


def _giving(declared: Declared | None) -> str:
    return "[function, …]" if isinstance(declared, (McpStdio, McpHttp)) else "function"


def _clashes(spec: Spec, box: Toolbox) -> list[Problem]:
    """Agents two of whose tools have one name: a model could not tell them apart."""
    found: list[Problem] = []
    for use in agent_uses(spec):
        names = Counter(name_of(tool).replace("-", "_") for tool in box.of(use))  # the SDK takes these for the same
        for name in (name for name, count in names.items() if count > 1):
            message = f"agent {use.agent!r} has two tools called {name!r}"
            where = join(("agents", use.agent))
            found.append(spec.problem(where, message, at_key=True, severity="needs", hint="rename one of them"))
    return found


def _surplus(spec: Spec, options: Options, asked: Mapping[str, str]) -> list[Problem]:
    """Tools that were given in vain, unless they are built-ins: those are given by the dozen."""
    given = {known_id(spec, name) for name in options.tools or ()}
    return [
        Problem(
            message=f"with_options(tools=…) has {name!r}, which no agent asks for",
            severity="warning",
            hint=did_you_mean(name, asked, label="agents ask for"),
        )
        for name in sorted(given - {*asked, *BUILTIN_TOOLS})
    ]


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
    for name in sorted({"compaction", "notes"} & spec.context_policy.model_fields_set):
        message = f"context_policy.{name} has no effect in this version"
        found.append(spec.problem(f"/context_policy/{name}", message, severity="warning"))
    if "telemetry" in spec.model_fields_set:
        found.append(spec.problem("/telemetry", "telemetry has no effect in this version", severity="warning"))
    if spec.env.secrets:
        message = "secrets have no use in this version, which starts no servers and calls no services"
        found.append(spec.problem("/env/secrets", message, severity="warning"))
    return found
