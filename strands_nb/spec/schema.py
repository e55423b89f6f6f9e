"""The JSON Schema of the language, for editors and for whoever writes workflows by program."""

from __future__ import annotations

import ast
import inspect
import json
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, cast

from pydantic.json_schema import models_json_schema

from strands_nb.spec import agent, base, graph, inputs, model, pattern, policy, step, tool, workflow
from strands_nb.spec.schema_short import short_forms

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
    """The same as text, the way it is shipped: wheels have it as `workflow.schema.json` beside this file."""
    _, schema = models_json_schema([(workflow.Spec, "validation"), (agent.AgentReference, "validation")], by_alias=True)
    definitions: dict[str, Any] = schema["$defs"]
    for kind in _models():
        _describe(kind, definitions[kind.__name__])
    root = definitions.pop("Spec")
    agents = root["properties"]["agents"]["additionalProperties"]
    root["properties"]["agents"]["additionalProperties"] = {"anyOf": [agents, _ref("AgentReference")]}
    root["properties"]["steps"] = {
        "type": "array",
        "minItems": 1,
        "items": _ref("Step"),
        "description": "A chain in short form: `agent_id: input` or `approve: prompt`.",
    }
    root["required"] = ["agents"]
    root["oneOf"] = [{"required": ["version", "name", "runtime", "pattern"]}, {"required": ["steps"]}]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "strands_nb workflow"}
    written = _as_written(definitions | short_forms(definitions))
    complete = head | _with_short(root) | {"$defs": dict(sorted(written.items()))}
    return json.dumps(complete, indent=2, ensure_ascii=False) + "\n"


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


def _as_written(definitions: dict[str, Any]) -> dict[str, Any]:
    """What the text may say besides what the models have: other names, an id alone, steps in short form."""
    for kind in ("HumanStep", "HumanTask"):
        _allow_manual_gate(definitions[kind])
    producer = definitions["EvaluatorOptimizerConfig"]["properties"]["producer"]
    producer["anyOf"] = [{"type": "string", "minLength": 1}, {"$ref": producer.pop("$ref")}]
    one_way = [{"required": [name], "properties": {name: {"not": {"type": "null"}}}} for name in ("to", "choose")]
    definitions["Edge"]["oneOf"] = one_way
    for definition in definitions.values():
        for field in definition.get("properties", {}).values():
            _names_by_pattern(field)
    return _with_short(definitions)


_STEPS = {kind: [_ref(f"Agent{kind}"), _ref(f"Human{kind}")] for kind in ("Step", "Task")}


def _with_short(part: Any) -> Any:  # noqa: ANN401 - parts of the schema
    """The same part, with references to the kinds of steps that include the short ones."""
    match part:
        case {"oneOf": kinds} if kinds in _STEPS.values():
            return _ref(next(name for name, kind in _STEPS.items() if kind == kinds))
        case {"anyOf": [{"$ref": "#/$defs/HumanStep"}, {"type": "null"} as nothing], **rest}:
            return {"anyOf": [_ref("Gate"), nothing], **rest}
        case dict():
            fields = cast("dict[str, Any]", part).items()
            return {name: _with_short(value) for name, value in fields if not _is_title(name, value)}
        case list():
            return [_with_short(value) for value in cast("list[Any]", part)]
        case _:
            return part


def _is_title(name: str, value: object) -> bool:
    """Whether it only says the name of a field again: pydantic gives every field a title."""
    return name == "title" and isinstance(value, str)


def _names_by_pattern(field: dict[str, Any]) -> None:
    """Refuse names that do not match, rather than let them stand for anything."""
    if "patternProperties" in field:
        [(pattern, value)] = field.pop("patternProperties").items()
        field["additionalProperties"] = value
        field["propertyNames"] = {"pattern": pattern}


def _allow_manual_gate(human: dict[str, Any]) -> None:
    properties = human["properties"]
    properties["type"] = {"enum": ["hitl", "manual_gate"], "description": properties["type"]["description"]}
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
                    definition["properties"][written].setdefault("description", " ".join(docs[name].split()))


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
