"""Which names each template of a workflow sees: the one place that says so, for `check` before a run and in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from strands_nb.spec.step import AgentStep, HumanStep, Step
from strands_nb.spec.tool import McpStdio
from strands_nb.spec.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strands_nb.spec.workflow import Spec

__all__ = ("ARTIFACT_NAMES", "RESERVED", "RESULT_FIELDS", "Scope", "Text", "document_names", "texts")

RESERVED = ("hitl_response", "inputs", "last_response", "steps")
"""Names that a chain gives its templates; no input may bear one."""

ARTIFACT_NAMES = ("TRACE", "execution_context")
"""Names that artifacts have besides."""

RESULT_FIELDS = ("agent", "id", "index", "json", "prompt", "response", "status", "tokens", "tokens_estimated", "type")
"""What a template may ask of a step that is done."""

_DOCUMENT = ("context_policy", "description", "name", "runtime", "tags", "version")


def document_names(spec: Spec) -> dict[str, Any]:
    r"""What artifacts may say about the workflow itself, `{{ name }}` or `{{ runtime.model_id }}`; inputs go before.

    >>> from strands_nb.spec import parse
    >>> spec = parse("name: brief\nagents: {w: {prompt: Hi}}\nsteps: [{w: Go}]")
    >>> document_names(spec)["name"]
    'brief'
    """
    data = spec.model_dump(mode="json")
    return {name: data[name] for name in _DOCUMENT}


@dataclass(frozen=True, slots=True)
class Scope:
    """What a template sees of a run."""

    steps: tuple[Step, ...] = ()
    """All steps of the sequence."""
    done: int = 0
    """How many of them are done by then."""
    results: bool = True
    """Whether it sees results at all: agent prompts and headers see the inputs alone."""
    names: frozenset[str] = frozenset()
    """Further names."""
    where: str = ""
    """The place in words, for messages."""

    @property
    def answered(self) -> bool:
        """Whether a human has answered by then."""
        return any(isinstance(step, HumanStep) for step in self.steps[: self.done])

    def known(self) -> set[str]:
        """The names it can use without doubt, the inputs aside."""
        there = {
            "inputs": True,
            "steps": self.results,
            "last_response": self.results and self.done > 0,
            "hitl_response": self.results and self.answered,
        }
        return {name for name in there if there[name]} | self.names


@dataclass(frozen=True, slots=True)
class Text:
    """One template of a workflow."""

    pointer: str
    text: str
    scope: Scope
    tolerant: bool = False
    """Whether it is sent as written where it cannot be rendered."""


def texts(spec: Spec) -> Iterator[Text]:
    """Every template of a workflow."""
    inputs_only = Scope(results=False)
    for name, agent in spec.agents.items():
        yield Text(join(("agents", name, "prompt")), agent.prompt, inputs_only, tolerant=True)
    yield from _of_headers(spec, inputs_only)
    steps = spec.pattern.config.steps
    for index, step in enumerate(steps):
        yield from _of_step(step, index, steps, ("pattern", "config", "steps", index))
    yield from _of_artifacts(spec, steps)


def _of_headers(spec: Spec, scope: Scope) -> Iterator[Text]:
    groups = {"http_executors": spec.tools.http_executors, "mcp": spec.tools.mcp}
    for group, tools in groups.items():
        for index, tool in enumerate(tools):
            if not isinstance(tool, McpStdio):
                for name, value in tool.headers.items():
                    yield Text(join(("tools", group, index, "headers", name)), value, scope)


def _of_step(step: Step, index: int, steps: tuple[Step, ...], path: tuple[str | int, ...]) -> Iterator[Text]:
    scope = Scope(steps, index, where=f"step {index}")
    match step:
        case AgentStep():
            if step.input is not None:
                own = Scope(steps, index, names=frozenset(step.vars), where=scope.where)
                yield Text(join((*path, "input")), step.input, own)
        case HumanStep():
            yield Text(join((*path, "prompt")), step.prompt, scope, tolerant=True)
            for field in ("context_display", "default"):
                if (text := getattr(step, field)) is not None:
                    yield Text(join((*path, field)), text, scope)


def _of_artifacts(spec: Spec, steps: tuple[Step, ...]) -> Iterator[Text]:
    scope = Scope(steps, len(steps), names=frozenset({*ARTIFACT_NAMES, *_DOCUMENT}), where="the end")
    for index, artifact in enumerate(spec.outputs.artifacts):
        path = ("outputs", "artifacts", index)
        yield Text(join((*path, "path")), artifact.path, scope)
        if artifact.source.strip() != "$TRACE":
            yield Text(join((*path, "from")), artifact.source, scope)
