"""Whether a text is an answer that a form takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from strands_nb.render.plain_json import plain_json

__all__ = ("form_fault",)


def form_fault(schema: Mapping[str, Any], text: str) -> str | None:
    """What keeps `text` from being an answer under `schema`, or None.

    A form for a text takes it as it is typed; any other takes JSON.

    >>> form_fault({"type": "string", "pattern": "^[A-Z]+$"}, "abc")
    "'abc' does not match '^[A-Z]+$'"
    >>> form_fault({"type": "object", "required": ["name"]}, '{"name": "Ada"}') is None
    True
    """
    from jsonschema import exceptions  # noqa: PLC0415 - not for those whose questions have no forms

    from strands_nb.render.schemas import judge  # noqa: PLC0415 - as above

    value: Any = text
    if schema.get("type") != "string":
        try:
            value = plain_json(text)
        except ValueError as error:
            return f"it should be JSON: {error}"
    try:
        error = cast("Any", exceptions).best_match(judge(json.dumps(schema), strict=True).iter_errors(value))
    except exceptions.SchemaError as error:
        return f"the form itself is no JSON Schema: {error.message}"
    if error is None:
        return None
    return error.message if error.json_path == "$" else f"at {error.json_path}: {error.message}"
