"""Everything about a workflow that can be known to be wrong before the first model call."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

from strands_nb.spec.base import Hints, did_you_mean
from strands_nb.spec.gates import gate_problems
from strands_nb.spec.json_schemas import schema_problems
from strands_nb.spec.pattern import OrchestratorWorkersPattern
from strands_nb.spec.reserved import RESERVED
from strands_nb.spec.step import AgentStep
from strands_nb.spec.structure import structure_problems
from strands_nb.spec.templates import template_problems
from strands_nb.spec.tool import BUILTIN_TOOLS, tool_id
from strands_nb.spec.tree import join
from strands_nb.spec.values import value_problem
from strands_nb.spec.walk import agents_of, steps_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from strands_nb.errors import Problem
    from strands_nb.spec.workflow import Spec

__all__ = ("check",)


def check(spec: Spec, variables: Mapping[str, Any] | None = None, *, lenient: bool = False) -> list[Problem]:
    """What is wrong with a workflow, in the order of its text.

    `error`: it cannot run. `needs`: a run of it with just these `variables` would lack something. `warning`: the rest.
    With `lenient`, references of templates to steps that do not exist, or not by then, are warnings.

    >>> from strands_nb.spec import parse
    >>> spec = parse('''
    ... agents: {writer: {prompt: You write.}}
    ... steps:
    ...   - writer: About {{ topic }}
    ...   - writer: "Improve: {{ steps[1].response }}"
    ... ''')
    >>> for problem in check(spec):
    ...     print(problem.severity, "-", problem)
    needs - line 4, col 22: 'topic' is not defined; give it, e.g. topic=…
    error - line 5, col 26: steps[1] is not done before step 1; steps[0] is
    >>> [problem.severity for problem in check(spec, {"topic": "tides"}, lenient=True)]
    ['warning']
    """
    given = variables or {}
    problems = [
        *_inputs(spec, given),
        *_agents(spec),
        *gate_problems(spec),
        *schema_problems(spec),
        *structure_problems(spec),
        *_declared_tools(spec),
        *_used_tools(spec),
        *_step_variables(spec),
        *_artifacts(spec),
        *_meaningless(spec),
        *template_problems(spec, given, lenient=lenient),
    ]
    return sorted(problems, key=lambda problem: (problem.line or 0, problem.column or 0))


def _inputs(spec: Spec, given: Mapping[str, Any]) -> Iterator[Problem]:
    """Values of the wrong type, names that are taken, and required inputs without a value."""
    inputs = spec.inputs
    for name, item in inputs.declared().items():
        if item.has_default and (
            problem := value_problem(spec, name, item.default, pointer=f"{inputs.place_of(name)}/default")
        ):
            yield problem
    for name, value in {**inputs.values, **given}.items():
        pointer = None if name in given else join(("inputs", "values", name))
        if problem := value_problem(spec, name, value, pointer=pointer):
            yield problem
    reserved = {"hitl_response", "inputs", "last_response", *RESERVED[spec.pattern.type]}
    for name in {**inputs.declared(), **inputs.values, **given}:
        if name in reserved:
            message = f"the name {name!r} is taken: templates have something of that name"
            yield spec.problem(inputs.place_of(name), message, at_key=True, hint="choose another for the input")
    for name, item in inputs.required.items():
        if not item.has_default and name not in inputs.values and name not in given:
            hint = f"give it, e.g. {name}={_EXAMPLES[item.type]}"
            message = f"the input {name!r} has no value"
            yield spec.problem(inputs.place_of(name), message, at_key=True, severity="needs", hint=hint)


_EXAMPLES = {"string": "…", "number": "1.5", "integer": "1", "boolean": "true", "array": "[…]", "object": "{…}"}


def _agents(spec: Spec) -> Iterator[Problem]:
    """Agents that do not exist."""
    hint = Hints(spec.agents, label="agents")
    for path, name in agents_of(spec.pattern):
        if name not in spec.agents:
            yield spec.problem(join(path), f"unknown agent {name!r}", hint=hint(name))


def _declared_tools(spec: Spec) -> Iterator[Problem]:
    """Python tools that are nothing we know, and ids that are not unique."""
    for index, tool in enumerate(spec.tools.python):
        if ":" not in tool.callable and tool.id not in BUILTIN_TOOLS:
            at = join(("tools", "python", index, "callable"))
            hint = did_you_mean(tool.id, BUILTIN_TOOLS, label="a function of yours is `module:function`; built in")
            yield spec.problem(at, f"unknown tool {tool.callable!r}", hint=hint)
    seen: set[str] = set()
    groups = {"python": spec.tools.python, "mcp": spec.tools.mcp, "http_executors": spec.tools.http_executors}
    for group, tools in groups.items():
        for index, tool in enumerate(tools):
            if tool.id in seen:
                yield spec.problem(join(("tools", group, index, "id")), f"the tool id {tool.id!r} is here twice")
            seen.add(tool.id)


def _used_tools(spec: Spec) -> Iterator[Problem]:
    """Tools that agents and steps ask for and that nobody declared."""
    known = {*BUILTIN_TOOLS, *spec.tools.ids(), *(["Skill"] if spec.skills else [])}
    used: list[tuple[tuple[str | int, ...], tuple[str, ...], str]] = [
        (("agents", name, "tools"), agent.tools or (), "error") for name, agent in spec.agents.items()
    ]
    for path, step in steps_of(spec.pattern):
        if isinstance(step, AgentStep):
            used.append(((*path, "tool_overrides"), step.tool_overrides or (), "error"))
    if isinstance(spec.pattern, OrchestratorWorkersPattern):
        tools = spec.pattern.config.worker_template.tools or ()
        used.append((("pattern", "config", "worker_template", "tools"), tools, "error"))
    if retrieval := spec.context_policy.retrieval:
        used.append((("context_policy", "retrieval", "jit_tools"), retrieval.jit_tools, "error"))
    used.append((("security", "guardrails", "allow_tools"), spec.security.guardrails.allow_tools or (), "warning"))
    hint = Hints(known, label="tools")
    for path, names, severity in used:
        for index, name in enumerate(names):
            if name not in known and tool_id(name) not in known:
                at = join((*path, index))
                yield spec.problem(at, f"unknown tool {name!r}", severity=severity, hint=hint(name))


def _step_variables(spec: Spec) -> Iterator[Problem]:
    """Variables of steps that look like templates; they are values, as inputs are."""
    for path, step in steps_of(spec.pattern):
        for name, value in step.vars.items() if isinstance(step, AgentStep) else ():
            if isinstance(value, str) and "{{" in value:
                at = join((*path, "vars", name))
                hint = "write it into the input"
                yield spec.problem(at, f"the variable {name!r} is passed as written", severity="warning", hint=hint)


def _artifacts(spec: Spec) -> Iterator[Problem]:
    """Files that would be written outside of the output folder, and two that would be the same."""
    seen: set[PurePosixPath] = set()
    for index, artifact in enumerate(spec.outputs.artifacts):
        at = join(("outputs", "artifacts", index, "path"))
        posix, windows = PurePosixPath(artifact.path), PureWindowsPath(artifact.path)
        leaves = (
            posix.is_absolute() or windows.drive or windows.root or ".." in windows.parts or artifact.path[0] == "~"
        )
        if leaves:
            message = f"the artifact {artifact.path!r} would leave the output folder"
            yield spec.problem(at, message, hint="use a path below it")
        elif posix in seen:
            yield spec.problem(at, f"two artifacts have the path {artifact.path!r}", hint="give each its own")
        seen.add(posix)


_UNUSED = {
    ("runtime", "space_id"): "it belongs to a provider that does not exist here",
    ("env", "mounts"): "tools see the folders they are given by their own settings",
    ("context_policy", "retrieval", "mcp_servers"): "name the server's id under `tools` of an agent",
}


def _meaningless(spec: Spec) -> Iterator[Problem]:
    """Fields of the format that do nothing here."""
    for path, reason in _UNUSED.items():
        part: Any = spec
        for name in path[:-1]:
            part = getattr(part, name)
        if part is not None and path[-1] in part.model_fields_set:
            yield _unused(spec, path, reason)
    for index, skill in enumerate(spec.skills):
        if "preload_metadata" in skill.model_fields_set:
            yield _unused(spec, ("skills", index, "preload_metadata"), "skills are listed at once and read on demand")


def _unused(spec: Spec, path: tuple[str | int, ...], reason: str) -> Problem:
    message = f"{path[-1]!r} has no meaning here"
    return spec.problem(join(path), message, at_key=True, severity="warning", hint=reason)
