"""Whether a JSON Schema in a workflow is one, and says all it needs itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from strands_nb.spec.tree import join, split

if TYPE_CHECKING:
    from strands_nb.errors import Problem
    from strands_nb.spec.workflow import Spec

__all__ = ("schema_fault", "schema_problems")


def schema_problems(spec: Spec) -> Iterator[Problem]:
    """Schemas of agents that are none."""
    for name, agent in spec.agents.items():
        for field, schema in (("input_schema", agent.input_schema), ("output_schema", agent.output_schema)):
            if isinstance(schema, Mapping) and (fault := schema_fault(schema)):
                at = join(("agents", name, field))
                yield spec.problem(at, f"{field!r} is no JSON Schema that can be used: {fault}", at_key=True)


def schema_fault(schema: Mapping[str, Any]) -> str | None:
    """What is wrong with a schema, or None; it may refer to its own parts, and to nothing that would be fetched.

    >>> schema_fault({"type": "strnig"})
    "'strnig' is not valid under any of the given schemas"
    >>> schema_fault({"$ref": "https://example.org/other.json"})
    "it refers to 'https://example.org/other.json', which is not in it"
    """
    from jsonschema.exceptions import SchemaError  # noqa: PLC0415 - not for workflows without schemas
    from jsonschema.validators import Draft202012Validator, validator_for  # noqa: PLC0415

    plain = dict(schema)
    try:
        validator_for(plain, default=Draft202012Validator).check_schema(plain)
    except SchemaError as error:
        return error.message
    lost = next((ref for ref in _references(plain) if not _is_in(plain, ref)), None)
    return None if lost is None else f"it refers to {lost!r}, which is not in it"


def _references(part: object) -> Iterator[str]:
    match part:
        case dict():
            for name, value in cast("dict[str, Any]", part).items():
                if name in {"$ref", "$dynamicRef"} and isinstance(value, str):
                    yield value
                elif name not in {"const", "enum", "default", "examples"}:
                    yield from _references(value)
        case list():
            for value in cast("list[Any]", part):
                yield from _references(value)
        case _:
            return


def _is_in(schema: dict[str, Any], reference: str) -> bool:
    """Whether a reference such as `#/$defs/point` leads to another part of the schema."""
    if not reference.startswith("#/"):  # the whole of it, or an anchor
        return reference.startswith("#") and reference not in (schema.get("$ref"), schema.get("$dynamicRef"))
    found: Any = schema
    for token in split(reference[1:]):
        match found:
            case dict():
                found = cast("dict[str, Any]", found).get(token)
            case list() if token.isdecimal():
                found = next(iter(cast("list[Any]", found)[int(token) :]), None)
            case _:
                return False
    if isinstance(found, dict):
        return cast("dict[str, Any]", found).get("$ref") != reference
    return isinstance(found, bool)
