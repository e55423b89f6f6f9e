"""The JSON Schema of the language, for editors and for whoever writes workflows by program."""

from __future__ import annotations

import ast
import inspect
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import models_json_schema

if TYPE_CHECKING:
    from pydantic import BaseModel

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
    from strands_nb.spec.agent import AgentReference
    from strands_nb.spec.step import AgentStep
    from strands_nb.spec.workflow import Spec

    _, schema = models_json_schema([(Spec, "validation"), (AgentReference, "validation")], by_alias=True)
    definitions: dict[str, Any] = schema["$defs"]
    for model in _models(Spec) | _models(AgentReference):
        _describe(model, definitions[model.__name__])
    root = definitions.pop("Spec")
    agents = root["properties"]["agents"]["additionalProperties"]
    root["properties"]["agents"]["additionalProperties"] = {"anyOf": [agents, {"$ref": "#/$defs/AgentReference"}]}
    _allow_manual_gate(definitions["HumanStep"])
    steps = {"type": "array", "minItems": 1, "items": {"anyOf": [_step(definitions), _short_step(AgentStep)]}}
    root["properties"]["steps"] = steps | {"description": "A chain in short form: `agent_id: input` or `approve: prompt`."}
    root["required"] = ["agents"]
    root["oneOf"] = [{"required": ["version", "name", "runtime", "pattern"]}, {"required": ["steps"]}]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "strands_nb workflow"}
    return json.dumps(head | root | {"$defs": definitions}, indent=2, ensure_ascii=False)


def _step(definitions: dict[str, Any]) -> Any:  # noqa: ANN401 - a part of the schema
    return definitions["ChainConfig"]["properties"]["steps"]["items"]


def _short_step(step: type[BaseModel]) -> dict[str, Any]:
    return {
        "type": "object",
        "minProperties": 1,
        "not": {"anyOf": [{"required": [name]} for name in ("agent", "type")]},
        "description": f"One agent or `approve` with what to ask; beside it any of {', '.join(step.model_fields)}.",
    }


def _allow_manual_gate(human: dict[str, Any]) -> None:
    properties = human["properties"]
    properties["type"] = {"enum": ["hitl", "manual_gate"], "description": properties["type"].get("description", "")}
    properties["gate_id"] = properties["id"] | {"description": "With `manual_gate`: the same as `id`."}
    properties["timeout_minutes"] = {"type": "number", "minimum": 0, "description": "With `manual_gate`: how long to wait."}


def _models(root: type[BaseModel]) -> set[type[BaseModel]]:
    """The model and all models its fields are made of."""
    from strands_nb.spec import agent, base, inputs, model, pattern, policy, step, tool, workflow

    modules = (agent, inputs, model, pattern, policy, step, tool, workflow)
    everything = {item for module in modules for item in vars(module).values() if inspect.isclass(item)}
    return {item for item in everything if issubclass(item, base.Frozen) and item.__name__[0] != "_"} - {base.Frozen}


def _describe(model: type[BaseModel], definition: dict[str, Any]) -> None:
    """Take the descriptions of fields from the strings below them in the source.

    pydantic can do so when a class is made; reading the source of each would slow down every import.
    """
    definition["description"] = inspect.getdoc(model).split("\n\n")[0].replace("\n", " ")
    for cls in model.__mro__:
        if cls.__module__.startswith("strands_nb."):
            for name, text in _field_docs(cls).items():
                alias = model.model_fields[name].alias or name
                definition["properties"][alias].setdefault("description", text)


@lru_cache(maxsize=None)
def _field_docs(cls: type) -> dict[str, str]:
    tree = ast.parse(inspect.getsource(cls))
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    docs: dict[str, str] = {}
    for field, after in zip(body, body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            match after:
                case ast.Expr(value=ast.Constant(value=str() as text)):
                    docs[field.target.id] = text
                case _:
                    pass
    return docs
