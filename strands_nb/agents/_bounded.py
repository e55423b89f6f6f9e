"""A schema that a small model cannot get lost in."""
# ruff: noqa: ANN401 - any JSON

from __future__ import annotations

from typing import Any, cast

__all__ = ("bounded",)

LONGEST_TEXT = 200
"""Characters of a text without a bound of its own."""
MOST_ITEMS = 5
"""Items of a list without a bound of its own."""


def bounded(schema: Any) -> Any:
    """The schema with an end to every text and list that has none.

    Held to a grammar, a model of a hundred million parameters writes valid JSON, but begins a text and never ends it:
    the answer is cut off, and no JSON after all.

    >>> bounded({"type": "array", "items": {"type": "string"}})
    {'type': 'array', 'items': {'type': 'string', 'maxLength': 200}, 'maxItems': 5}
    """
    if isinstance(schema, list):
        return [bounded(part) for part in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    described = cast("dict[str, Any]", schema)
    found = {name: part if name in ("enum", "const") else bounded(part) for name, part in described.items()}
    if found.get("type") == "string" and not found.keys() & {"enum", "const", "maxLength", "pattern", "format"}:
        found["maxLength"] = max(LONGEST_TEXT, found.get("minLength", 0))
    if found.get("type") == "array" and "maxItems" not in found:
        found["maxItems"] = max(MOST_ITEMS, found.get("minItems", 0))
    return found
