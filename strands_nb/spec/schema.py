"""The JSON Schema of the language, for editors and for whoever writes workflows by program."""

from __future__ import annotations

import ast
import inspect
import json
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

from pydantic.json_schema import models_json_schema

from strands_nb.spec import agent, base, graph, inputs, model, pattern, policy, step, tool, workflow

__all__ = ("json_schema", "json_schema_text")


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a workflow, long and short form, with a description of every field.

    >>> sorted(json_schema()["properties"])[:4]
    ['agents', 'context_policy', 'description', 'env']
    """
    loaded: dict[str, Any] = json.loads(json_schema_text())  # a fresh one each time: it is the caller's to change
    return loaded


@lru_cache(maxsize=1)
def json_schema_text() -> str:
    """The same as text, the way it is shipped."""
    _, schema = models_json_schema([(workflow.Spec, "validation"), (agent.AgentReference, "validation")], by_alias=True)
    definitions: dict[str, Any] = schema["$defs"]
    for kind in _models():
        _describe(kind, definitions[kind.__name__])
    root = definitions.pop("Spec")
    agents = root["properties"]["agents"]["additionalProperties"]
    root["properties"]["agents"]["additionalProperties"] = {"anyOf": [agents, {"$ref": "#/$defs/AgentReference"}]}
    _allow_manual_gate(definitions["HumanStep"])
    steps: dict[str, Any] = {"type": "array", "minItems": 1, "items": {"anyOf": [_step(definitions), _short_step()]}}
    steps["description"] = "A chain in short form: `agent_id: input` or `approve: prompt`."
    root["properties"]["steps"] = steps
    root["required"] = ["agents"]
    root["oneOf"] = [{"required": ["version", "name", "runtime", "pattern"]}, {"required": ["steps"]}]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "strands_nb workflow"}
    return json.dumps(head | root | {"$defs": definitions}, indent=2, ensure_ascii=False)


def _step(definitions: dict[str, Any]) -> Any:  # noqa: ANN401 - a part of the schema
    return definitions["ChainConfig"]["properties"]["steps"]["items"]


def _short_step() -> dict[str, Any]:
    fields = ", ".join(step.AgentStep.model_fields)
    return {
        "type": "object",
        "minProperties": 1,
        "not": {"anyOf": [{"required": [name]} for name in ("agent", "type")]},
        "description": f"One agent or `approve` with what to ask; beside it any of {fields}.",
    }


def _allow_manual_gate(human: dict[str, Any]) -> None:
    properties = human["properties"]
    properties["type"] = {"enum": ["hitl", "manual_gate"], "description": properties["type"].get("description", "")}
    properties["gate_id"] = properties["id"] | {"description": "With `manual_gate`: the same as `id`."}
    properties["timeout_minutes"] = {
        "type": "number",
        "minimum": 0,
        "description": "With `manual_gate`: how long to wait.",
    }


_MODULES = (agent, graph, inputs, model, pattern, policy, step, tool, workflow)


def _models() -> list[type[base.Frozen]]:
    """Every model of the language that is a part of its schema."""
    everything = {item for module in _MODULES for item in vars(module).values() if inspect.isclass(item)}
    models = [item for item in everything if issubclass(item, base.Frozen) and item is not base.Frozen]
    return [item for item in models if not item.__name__.startswith("_")]


def _describe(kind: type[base.Frozen], definition: dict[str, Any]) -> None:
    """Take the descriptions of fields from the strings below them in the source.

    pydantic can do so when a class is made; reading the source of each would slow down every import.
    """
    definition["description"] = (inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " ")
    for cls in kind.__mro__:
        if cls.__module__.startswith("strands_nb."):
            docs = _field_docs(cls)
            for written, name in base.names_in_text(kind).items():
                if name in docs:
                    definition["properties"][written].setdefault("description", docs[name])


@cache
def _field_docs(cls: type) -> dict[str, str]:
    """The string below each field of a class."""
    tree = ast.parse(inspect.getsource(cls))
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    docs: dict[str, str] = {}
    for field, after in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            match after:
                case ast.Expr(value=ast.Constant(value=str() as text)):
                    docs[field.target.id] = text
                case _:
                    pass
    return docs
