"""JSON that models and people write: taken only as what every store, template and reader of a session can hold."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any, cast

__all__ = ("json_fault", "plain_json")

MAX_DEPTH = 100
"""Deepest nesting: what walks through values calls itself, and Python gives up at about a thousand."""


def plain_json(text: str) -> Any:  # noqa: ANN401 - any JSON
    """The value of a JSON text.

    Raises:
        ValueError: it is none, or holds what `json_fault` names.

    >>> plain_json('{"score": 9}')
    {'score': 9}
    >>> plain_json("[1e999]")
    Traceback (most recent call last):
    ValueError: inf is no number that JSON knows
    """
    try:
        value = json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if (fault := json_fault(value)) is not None:
        raise ValueError(fault)
    return value


def json_fault(value: object) -> str | None:
    """What about a value JSON cannot hold, or nobody should have to; None where there is nothing.

    >>> json_fault({"a": {1, 2}})
    'a value of type set is no JSON'
    """
    level = [value]
    for _ in range(MAX_DEPTH):
        below: list[object] = []
        for item in level:
            match item:
                case dict():
                    keys = cast("dict[object, object]", item)
                    if not all(isinstance(key, str) for key in keys):
                        return "a key of an object is no text"
                    below += keys.values()
                case list():
                    below += cast("list[object]", item)
                case float() if not isfinite(item):
                    return f"{item} is no number that JSON knows"
                case str() | int() | float() | None:
                    pass
                case _:
                    return f"a value of type {type(item).__name__} is no JSON"
        if not below:
            return None
        level = below
    return f"it is nested more than {MAX_DEPTH} levels deep"
