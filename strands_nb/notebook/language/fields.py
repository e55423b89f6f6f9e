"""What the language allows at a place, from its JSON Schema: keys, values, and what each is for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, cast

from IPython.core.error import UsageError

from strands_nb.spec.base import nearest
from strands_nb.spec.schema import json_schema

if TYPE_CHECKING:
    from strands_nb.notebook.language.places import Place

__all__ = ("Schema", "about", "choices", "described", "field_at", "keys_of", "schemas_at", "shape_of")

Schema = Mapping[str, Any]

_SHORT: Final = "not"
"""The keyword that marks the short forms of steps in the schema: they are what is not long."""
_EITHER: Final = {"pattern", "steps"}
"""Fields of the root of which there is one."""


@lru_cache(maxsize=1)
def _whole() -> Schema:
    return json_schema()


def schemas_at(place: Place) -> list[Schema]:
    """What may stand at a place: one schema for each form that what is there already leaves open."""
    found = _at(place)
    return _fitting(found, place.here, place.root) if place.role == "key" else found


def _at(place: Place) -> list[Schema]:
    """The same, whatever a mapping there holds already."""
    found: list[Schema] = [_whole()]
    for key, node in zip(place.path, place.around, strict=True):
        found = list(_below(_fitting(found, node, place.root), key))
    return list(_flat(found))


def keys_of(place: Place) -> dict[str, str]:
    """The keys that may be typed at a place, with what each is for; not those that are there already."""
    found: dict[str, str] = {}
    schemas = schemas_at(place)
    there = {*place.here, *_lengthened(dict(place.here), place.root)}
    there |= {each for each in _EITHER if there & _EITHER and not place.path}
    if any(_SHORT in schema for schema in schemas) and not place.here:
        found |= {name: _of_agent(name, agent) for name, agent in _agents(place.root).items()}
        found["approve"] = "Ask a human: the question."
    for schema in schemas:
        for name, field in schema.get("properties", {}).items():
            if name not in there:
                found.setdefault(name, about(field))
    return found


def field_at(place: Place, key: str | None) -> Schema | None:
    """The field of that name at a place, or with None the one whose value the place is; None if there is no such."""
    if key is None:
        outer = replace(place, role="key", path=place.path[:-1], around=place.around[:-1], here=place.around[-1])
        return field_at(outer, str(place.path[-1])) if place.path and isinstance(place.around[-1], dict) else None
    if key in _agents(place.root) and any(_SHORT in schema for schema in _flat(_at(place))):
        return {"type": "string", "description": _of_agent(key, _agents(place.root)[key])}
    fields = [schema["properties"][key] for schema in _at(place) if key in schema.get("properties", {})]
    return fields[0] if fields else None


def choices(schemas: Iterable[Schema]) -> list[str]:
    """The words that may be typed as a value, where they are counted.

    >>> choices([{"anyOf": [{"enum": ["fail", "best"]}, {"type": "boolean"}]}])
    ['fail', 'best', 'true', 'false']
    """
    found: list[str] = []
    for schema in _flat(schemas):
        if "const" in schema:
            found.append(str(schema["const"]))
        found += [str(each) for each in schema.get("enum", ()) if each is not None]
        if schema.get("type") == "boolean":
            found += ["true", "false"]
    return list(dict.fromkeys(found))


def about(field: Schema) -> str:
    """What a field is for."""
    said = str(field.get("description", ""))
    return said or next((str(each["description"]) for each in _flat([field]) if "description" in each), "")


def shape_of(field: Schema) -> str:
    """What a field holds, in a few words.

    >>> shape_of({"anyOf": [{"type": "integer"}, {"type": "null"}]}), shape_of({"enum": ["a", "b"]})
    ('integer', 'a | b')
    """
    if words := choices([field]):
        return " | ".join(words)
    types = [each.get("type", "") for each in _flat([field])]
    kinds = [str(kind) for each in types for kind in (each if isinstance(each, list) else [each])]
    return " or ".join(dict.fromkeys(kind for kind in kinds if kind and kind != "null")) or "any"


# ---- walking --------------------------------------------------------------------------------------------------------


def _flat(schemas: Iterable[Schema]) -> Iterator[Schema]:
    """The same without references and alternatives."""
    for schema in schemas:
        if "$ref" in schema:
            target = _whole()["$defs"][str(schema["$ref"]).rpartition("/")[2]]
            yield from _flat([target])
            continue
        ways = [way for word in ("anyOf", "oneOf") for way in schema.get(word, ()) if way.keys() - {"required", "not"}]
        if ways and "properties" not in schema:
            yield from _flat(ways)
        else:
            yield schema


def _fitting(schemas: Iterable[Schema], node: object, root: Mapping[str, Any]) -> list[Schema]:
    """Those that what is there already fits; all of them where it fits none."""
    found = list(_flat(schemas))
    if not isinstance(node, dict):
        return found
    said = _lengthened(cast("dict[str, Any]", node), root) if any(_SHORT in each for each in found) else node
    fitting = [schema for schema in found if _fits(schema, cast("dict[str, Any]", said))]
    return fitting or found


def _lengthened(step: dict[str, Any], root: Mapping[str, Any]) -> dict[str, Any]:
    """A short step in the words of a long one."""
    if "approve" in step:
        return {**{k: v for k, v in step.items() if k != "approve"}, "type": "hitl", "prompt": step["approve"]}
    if head := next((name for name in step if name in _agents(root)), None):
        return {**{k: v for k, v in step.items() if k != head}, "agent": head, "input": step[head]}
    return step


def _agents(root: Mapping[str, Any]) -> dict[str, Any]:
    agents = root.get("agents")
    return cast("dict[str, Any]", agents) if isinstance(agents, dict) else {}


def _fits(schema: Schema, said: Mapping[str, Any]) -> bool:
    if _SHORT in schema and said:
        return False
    properties = schema.get("properties", {})
    closed = schema.get("additionalProperties") is False and properties
    for name, value in said.items():
        if name not in properties:
            if closed:
                return False
        elif isinstance(value, str) and (words := _fixed(properties[name])) and value not in words:
            return False
    return True


def _fixed(field: Schema) -> list[str]:
    """The words that alone may be said, by which forms are told apart."""
    return [word for each in _flat([field]) for word in (each.get("enum") or [each.get("const")]) if word]


def _below(schemas: Iterable[Schema], key: str | int) -> Iterator[Schema]:
    for schema in schemas:
        if isinstance(key, int):
            below = schema.get("items")
        else:
            below = schema.get("properties", {}).get(key, schema.get("additionalProperties"))
        if isinstance(below, Mapping):
            yield cast("Schema", below)


def _of_agent(name: str, agent: object) -> str:
    prompt = cast("dict[str, Any]", agent).get("prompt") if isinstance(agent, dict) else None
    return f"Ask the agent {name}: {prompt}" if isinstance(prompt, str) else f"Ask the agent {name}."


# ---- as text --------------------------------------------------------------------------------------------------------


def described(path: str) -> str:
    """What may be written at a place: `steps`, `runtime.budgets`, or, from the type of a pattern on, `graph.edges`.

    Raises:
        UsageError: there is nothing of that name; the message names the nearest.

    >>> print(described("runtime.budgets").splitlines()[1])
      max_steps       integer  Most agent calls.
    """
    found = list(_flat([_whole()]))
    for number, part in enumerate(path.replace("/", ".").split(".")):
        found = _part(found, part, first=number == 0)
    return "\n\n".join(_page(path, schema) for schema in found)


def _part(schemas: list[Schema], part: str, *, first: bool) -> list[Schema]:
    if part == "*" or part.isdecimal():
        return schemas
    below = [each for schema in schemas for each in _down(schema)]
    found = list(_flat(_below([*schemas, *below], part)))
    pattern = _whole()["properties"]["pattern"]["discriminator"]["mapping"]
    if first and part in pattern:
        found = list(_flat(_below(_flat([{"$ref": pattern[part]}]), "config")))
    if not found:
        known = [name for schema in [*schemas, *below] for name in schema.get("properties", {})]
        known += list(pattern) if first else []
        close = nearest(part, known)
        hint = f"did you mean {close!r}?" if close else f"there are: {', '.join(dict.fromkeys(known))}"
        raise UsageError(f"%workflow schema: there is no {part!r} here; {hint}")
    return [each for schema in found for each in (_down(schema) or [schema])]


def _down(schema: Schema) -> list[Schema]:
    """What a list or a mapping of anything consists of."""
    open_ended = schema.get("additionalProperties") if not schema.get("properties") else None
    inner = [each for each in (schema.get("items"), open_ended) if isinstance(each, Mapping)]
    return list(_flat(cast("list[Schema]", inner)))


def _page(path: str, schema: Schema) -> str:
    head = f"{path}: " + " · ".join(filter(None, [about(schema), "" if "properties" in schema else shape_of(schema)]))
    fields: Mapping[str, Schema] = schema.get("properties", {})
    shapes = {name: shape_of(field) for name, field in fields.items()}
    names, kinds = max(map(len, shapes), default=0), min(24, max(map(len, shapes.values()), default=0))
    return "\n".join([head, *(f"  {name:{names}}  {shapes[name]:{kinds}}  {about(f)}" for name, f in fields.items())])
