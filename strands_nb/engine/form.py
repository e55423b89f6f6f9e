"""Whether a text is an answer that a form takes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, cast

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

    value: Any = text
    if schema.get("type") != "string":
        try:
            value = json.loads(text)
        except ValueError as error:
            return f"it should be JSON: {error}"
    try:
        error = cast("Any", exceptions).best_match(_validator(json.dumps(schema)).iter_errors(value))
    except exceptions.SchemaError as error:
        return f"the form itself is no JSON Schema: {error.message}"
    if error is None:
        return None
    return error.message if error.json_path == "$" else f"at {error.json_path}: {error.message}"


@lru_cache(maxsize=64)
def _validator(schema: str) -> Any:  # noqa: ANN401 - jsonschema is untyped
    from jsonschema import validators  # noqa: PLC0415

    described, library = json.loads(schema), cast("Any", validators)
    plain = library.validator_for(described, default=library.Draft202012Validator)
    plain.check_schema(described)
    return library.extend(plain, {"pattern": _pattern})(described)


def _pattern(_: object, pattern: str, value: object, __: object) -> Iterator[Any]:
    """The `pattern` of a form, in bounded time: both it and the text may come from strangers."""
    from jsonschema import ValidationError  # noqa: PLC0415

    from strands_nb.errors import TemplateError  # noqa: PLC0415
    from strands_nb.render.regex import search  # noqa: PLC0415

    if not isinstance(value, str):
        return
    try:
        found = search(pattern, value)
    except TemplateError as error:
        yield ValidationError(f"the pattern {pattern!r} cannot be tried: {error}")
        return
    if found is None:
        yield ValidationError(f"{value!r} does not match {pattern!r}")
