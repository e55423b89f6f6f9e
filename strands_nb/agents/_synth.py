"""A plausible value for any JSON Schema: what a scripted model answers where JSON is wanted."""
# ruff: noqa: ANN401 - any JSON

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from strands_nb.agents import _prose

if TYPE_CHECKING:
    from strands_nb.agents._script import Request

__all__ = ("sample", "value")

_MAX_DEPTH = 12
_MANY = 3
_FORMATS = {
    "date-time": "2025-01-01T09:00:00Z", "date": "2025-01-01", "time": "09:00:00Z", "email": "ada@example.com",
    "uri": "https://example.com/", "uuid": "00000000-0000-4000-8000-000000000000", "ipv4": "192.0.2.1",
    "hostname": "example.com", "duration": "P1D",
}  # fmt: skip


def sample(schema: Mapping[str, Any], prompt: str, *, agent: str = "", turn: int = 0) -> Any:
    """A value valid under `schema` for a request with this prompt, after `turn` answers; the same each time.

    >>> sample({"enum": ["billing", "technical"]}, "A technical fault")
    'technical'
    """
    from strands_nb.agents._script import Request  # noqa: PLC0415 - which imports us for its own answers

    return value(schema, Request(prompt, agent=agent, turn=turn))


def value(schema: Mapping[str, Any], request: Request) -> Any:
    """A value valid under `schema`, the same for the same request.

    Choices go to the option that shares most words with the prompt, scores rise with each revision, texts speak of
    the prompt's subject; so routers, evaluators and planners look sensible without a model. Keywords beyond the
    common ones (`not`, `if`, intricate `pattern`s) may not be met.

    >>> from strands_nb.agents._script import Request
    >>> value({"enum": ["billing", "technical"]}, Request("A technical fault"))
    'technical'
    """
    return _Maker(schema, request).make(schema, "answer", 0)


class _Maker:
    def __init__(self, root: Mapping[str, Any], request: Request) -> None:
        self._root, self._request = root, request

    def make(self, schema: Any, name: str, depth: int, index: int = 0) -> Any:
        if not isinstance(schema, Mapping) or depth > _MAX_DEPTH:
            return None if depth > _MAX_DEPTH else self._text({}, name, index)
        schema = self._resolved(cast("Mapping[str, Any]", schema))
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._choice(schema["enum"], index)
        if "default" in schema and depth > 0:
            return schema["default"]
        for union in ("anyOf", "oneOf"):
            if union in schema:
                return self.make(_first_solid(schema[union]), name, depth + 1, index)
        return self._of_type(schema, name, depth, index)

    def _of_type(self, schema: Mapping[str, Any], name: str, depth: int, index: int) -> Any:
        match _type(schema):
            case "object":
                return self._object(schema, depth, index)
            case "array":
                return self._array(schema, name, depth)
            case "integer" | "number" as kind:
                return self._number(schema, name, whole=kind == "integer")
            case "boolean":
                return True
            case "null":
                return None
            case _:
                return self._text(schema, name, index)

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        for _ in range(_MAX_DEPTH):
            if "$ref" not in schema:
                break
            target: Any = self._root
            for part in str(schema["$ref"]).removeprefix("#").strip("/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")] if part else target
            schema = {**target, **{k: v for k, v in schema.items() if k != "$ref"}}
        for part in schema.get("allOf", ()):
            whole = self._resolved(part)
            merged = {**schema.get("properties", {}), **whole.get("properties", {})}
            required = [*schema.get("required", ()), *whole.get("required", ())]
            schema = {**whole, **schema, "properties": merged, "required": required}
        return schema

    def _object(self, schema: Mapping[str, Any], depth: int, index: int) -> dict[str, Any]:
        properties = schema.get("properties", {})
        # Optional fields too, but not for ever down a schema that refers to itself.
        names = list(properties) if depth < _MANY else [n for n in properties if n in schema.get("required", ())]
        names += [n for n in schema.get("required", ()) if n not in names]
        return {name: self.make(properties.get(name, {}), name, depth + 1, index) for name in names}

    def _array(self, schema: Mapping[str, Any], name: str, depth: int) -> list[Any]:
        least, most = schema.get("minItems", 0), schema.get("maxItems", 1_000)
        fixed = schema.get("prefixItems", [])
        count = max(least, min(_MANY, most), len(fixed))
        kinds = [*fixed, *([schema.get("items", {})] * max(0, count - len(fixed)))]
        items = [self.make(kind, _singular(name), depth + 1, i) for i, kind in enumerate(kinds)]
        if not schema.get("uniqueItems"):
            return items
        return [item for i, item in enumerate(items) if item not in items[:i]]

    def _number(self, schema: Mapping[str, Any], name: str, *, whole: bool) -> float:
        low = schema.get("minimum", schema.get("exclusiveMinimum"))
        high = schema.get("maximum", schema.get("exclusiveMaximum"))
        low = 0 if low is None else low
        high = (low + 100 if high is None else high) if high is None or high > low else low
        share = self._share(name)
        step = schema.get("multipleOf") or (1 if whole else None)
        found = low + (high - low) * share
        found = round(found / step) * step if step else round(found, 2)
        found = min(max(found, low), high)
        edge = step or 0.01
        found += edge if found == schema.get("exclusiveMinimum") else 0
        found -= edge if found == schema.get("exclusiveMaximum") else 0
        return int(found) if whole else found

    def _share(self, name: str) -> float:
        """How much of the range: a score starts middling and rises with every revision."""
        revisions = self._request.turn + self._request.prompt.lower().count("revised")
        noise = self._request.number(name, 6) / 100
        return min(0.97, (0.68 + 0.14 * revisions if "score" in name else 0.8) + noise)

    def _choice(self, options: Sequence[Any], index: int) -> Any:
        words = _prose.words(f"{self._request.prompt}")
        shared = [sum(word in words for word in _prose.words(str(option).replace("_", " "))) for option in options]
        if max(shared, default=0) > 0:
            return options[shared.index(max(shared))]
        return options[index % len(options)]

    def _text(self, schema: Mapping[str, Any], name: str, index: int) -> str:
        if (form := schema.get("format")) in _FORMATS:
            return _FORMATS[form]
        text = _prose.field(self._request, name, index)
        if (pattern := schema.get("pattern")) and not re.search(pattern, text):
            text = next((guess for guess in _guesses(text, index) if re.search(pattern, guess)), text)
        text = text + "." * max(0, schema.get("minLength", 0) - len(text))
        return text[: schema["maxLength"]] if "maxLength" in schema else text


def _type(schema: Mapping[str, Any]) -> str | None:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((k for k in cast("list[str]", kind) if k != "null"), "null")
    if kind is None:
        kind = "object" if "properties" in schema or "required" in schema else "array" if "items" in schema else None
    return cast("str | None", kind)


def _first_solid(options: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return next((option for option in options if option.get("type") != "null"), options[0])


def _singular(name: str) -> str:
    return name.removesuffix("s")


def _guesses(text: str, index: int) -> tuple[str, ...]:
    slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return (slug, slug.replace("-", "_"), slug[:8], f"{index + 1}", f"A{index + 1}", "a", "A", "0", "000", "AAA")
