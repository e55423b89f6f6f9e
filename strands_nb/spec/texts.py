"""Every template of a workflow, with what it sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from strands_nb.spec.scopes import Text, final_scope, texts_of
from strands_nb.spec.shapes import Scope, Value
from strands_nb.spec.tool import McpStdio

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strands_nb.spec.workflow import Spec

__all__ = ("ARTIFACT_NAMES", "document_names", "texts")

ARTIFACT_NAMES = ("TRACE", "execution_context", "timestamp")
"""Names that artifacts have besides."""

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


def texts(spec: Spec) -> Iterator[Text]:
    """Every template and condition of a workflow."""
    for name, agent in spec.agents.items():
        yield Text(("agents", name, "prompt"), agent.prompt, Scope(), tolerant=True)
    yield from _of_headers(spec)
    yield from texts_of(spec.pattern)
    yield from _of_artifacts(spec)


def _of_headers(spec: Spec) -> Iterator[Text]:
    groups = {"http_executors": spec.tools.http_executors, "mcp": spec.tools.mcp}
    for group, tools in groups.items():
        for index, tool in enumerate(tools):
            if not isinstance(tool, McpStdio):
                for name, value in tool.headers.items():
                    yield Text(("tools", group, index, "headers", name), value, Scope())


def _of_artifacts(spec: Spec) -> Iterator[Text]:
    if not spec.outputs.artifacts:
        return
    names = {**dict.fromkeys((*ARTIFACT_NAMES, *_DOCUMENT), Value()), **final_scope(spec.pattern)}
    scope = Scope(names, where="the end")
    for index, artifact in enumerate(spec.outputs.artifacts):
        path = ("outputs", "artifacts", index)
        yield Text((*path, "path"), artifact.path, scope)
        if artifact.source.strip() != "$TRACE":
            yield Text((*path, "from"), artifact.source, scope)
