"""Finding the JSON in what a model wrote, and judging it by a schema."""
# ruff: noqa: ANN401 - any JSON

from __future__ import annotations

import ast
import json
import re
from typing import TYPE_CHECKING, Any, cast

from strands_nb.agents.definition import canonical_json
from strands_nb.render.plain_json import json_fault
from strands_nb.render.schemas import judge

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ("JsonFault", "in_words", "read_json", "split_schema")

_WANTED = "JSON only, without any other text, valid under this JSON Schema:\n"
_FENCE = re.compile(r"```[\w-]*[^\S\n]*\n(.*?)```", re.DOTALL)
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_MAX_STARTS = 20
_NOTHING = object()


class JsonFault(ValueError):  # noqa: N818 - the fault of an answer, shown to the model that gave it
    """The text holds no JSON, or one that the schema refuses; the message is fit for a model to read."""


def read_json(text: str, schema: Mapping[str, Any]) -> Any:
    r"""The JSON in `text`, valid under `schema`.

    Prose around it, code fences, trailing commas and Python literals are forgiven. Of several values the first
    valid one is taken.

    Raises:
        JsonFault: there is none, or none that is valid.

    >>> read_json('Sure! ```json\n{"score": 9,}\n```', {"type": "object", "required": ["score"]})
    {'score': 9}
    """
    fault = None
    for value in _candidates(text):
        problem = _problem(value, schema)
        if problem is None:
            return value
        fault = fault or problem  # the first is the whole of it; what follows may be its parts
    raise JsonFault(fault or f"it holds no JSON{_with(schema)}")


def _with(schema: Mapping[str, Any]) -> str:
    """The fields that have to be one of a few, as people say it."""
    parts: dict[str, Any] = schema.get("properties", {})
    fields = {name: cast("dict[str, Any]", part) for name, part in parts.items() if isinstance(part, dict)}
    chosen = {name: ", ".join(map(str, part["enum"])) for name, part in fields.items() if "enum" in part}
    return "".join(f" whose {name!r} is one of {values}" for name, values in chosen.items())


def _candidates(text: str) -> Iterator[Any]:
    for piece in (text, *_FENCE.findall(text)):
        if (value := _lenient(piece)) is not _NOTHING:
            yield value
    # raw_decode at each opening bracket: prose may come before and after.
    starts = [i for i, char in enumerate(text) if char in "{["][:_MAX_STARTS]
    decoder = json.JSONDecoder()
    for start in starts:
        for form in (text[start:], _TRAILING_COMMA.sub(r"\1", text[start:])):
            try:
                yield decoder.raw_decode(form)[0]
            except (ValueError, RecursionError):
                continue


def _lenient(text: str) -> Any:
    text = text.strip()
    for form in (text, _TRAILING_COMMA.sub(r"\1", text)):
        try:
            return json.loads(form)
        except (ValueError, RecursionError):
            continue
    try:  # what a model trained on Python writes: single quotes, True, None
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return _NOTHING
    return cast("Any", value) if isinstance(value, (dict, list)) else _NOTHING


def _problem(value: Any, schema: Mapping[str, Any]) -> str | None:
    from jsonschema import exceptions  # noqa: PLC0415 - comes with the SDK; not for those who need no JSON

    if (fault := json_fault(value)) is not None:
        return fault
    judged = judge(canonical_json(schema), strict=False)
    error: Any = cast("Any", exceptions).best_match(judged.iter_errors(value))
    if error is None:
        return None
    return f"at {error.json_path}: {error.message[:300]}"


def in_words(request: str, schema: Mapping[str, Any]) -> str:
    """`request`, completed to ask for JSON under the schema.

    >>> print(in_words("Answer with", {"type": "null"}))
    Answer with JSON only, without any other text, valid under this JSON Schema:
    {"type":"null"}
    """
    return f"{request} {_WANTED}{canonical_json(schema)}"


def split_schema(prompt: str) -> tuple[str, Mapping[str, Any] | None]:
    """What `in_words` put together: the rest of the prompt, and the schema if there is one."""
    rest, mark, schema = prompt.rpartition(_WANTED)
    if not mark:
        return prompt, None
    try:
        return rest, json.loads(schema)
    except ValueError:
        return prompt, None
