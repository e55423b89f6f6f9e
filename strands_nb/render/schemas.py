"""JSON Schemas in bounded time: their patterns, and the texts these are tried on, may come from strangers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeAlias, cast

from strands_nb.errors import TemplateError
from strands_nb.render.regex import search

__all__ = ("judge",)

_Rule: TypeAlias = Callable[[Any, Any, Any, Mapping[str, Any]], Iterator[Any]]


@lru_cache(maxsize=64)
def judge(schema: str, *, strict: bool) -> Any:  # noqa: ANN401 - jsonschema is untyped
    """What judges values by a schema, given as text: a validator of `jsonschema`.

    A pattern that cannot be tried in bounded time, such as one that looks ahead, refuses every text where `strict`,
    and none elsewhere: what a model wrote should not be refused for what nobody can tell.

    Raises:
        jsonschema.SchemaError: it is no schema.

    >>> judge('{"patternProperties": {"^x": {"type": "integer"}}}', strict=True).is_valid({"x1": "one"})
    False
    """
    from jsonschema import validators  # noqa: PLC0415 - not for those who need no schemas

    described, library = json.loads(schema), cast("Any", validators)
    plain = library.validator_for(described, default=library.Draft202012Validator)
    plain.check_schema(described)
    rules = _Rules(strict)
    bounded: dict[str, _Rule] = {"pattern": rules.pattern, "patternProperties": rules.pattern_properties}
    for name in ("additionalProperties", "unevaluatedProperties"):
        if name in plain.VALIDATORS:
            bounded[name] = rules.beside(name, plain.VALIDATORS[name], '"patternProperties"' in schema)
    return library.extend(plain, bounded)(described)


class _Rules:
    """The rules that try patterns."""

    def __init__(self, strict: bool) -> None:  # noqa: FBT001 - handed on
        self._strict = strict

    def pattern(self, _: object, pattern: str, value: object, __: object) -> Iterator[Any]:
        """`pattern`."""
        if not isinstance(value, str):
            return
        try:
            if search(pattern, value) is None:
                yield _error(f"{value!r} does not match {pattern!r}")
        except TemplateError as error:
            yield from self._undecided(f"the pattern {pattern!r}", error)

    def pattern_properties(self, validator: Any, patterns: Mapping[str, Any], value: Any, _: object) -> Iterator[Any]:  # noqa: ANN401
        """`patternProperties`."""
        if not validator.is_type(value, "object"):
            return
        for pattern, schema in patterns.items():
            for name, item in value.items():
                try:
                    found = search(pattern, name) is not None
                except TemplateError as error:
                    yield from self._undecided(f"the pattern {pattern!r}", error)
                    break
                if found:
                    yield from validator.descend(item, schema, path=name, schema_path=pattern)

    def beside(self, name: str, rule: _Rule, patterned: bool) -> _Rule:  # noqa: FBT001 - known to the caller alone
        """A rule about all properties that none of the patterns beside it matches."""

        def additional(validator: Any, rest: Any, value: Any, schema: Mapping[str, Any]) -> Iterator[Any]:  # noqa: ANN401
            patterns: Mapping[str, Any] = schema.get("patternProperties", {})
            if patterns and validator.is_type(value, "object"):
                matched = [key for key in value if any(_may_match(pattern, key) for pattern in patterns)]
                known = {**schema.get("properties", {}), **dict.fromkeys(matched, True)}
                schema = {**schema, "properties": known, "patternProperties": {}}
            return rule(validator, rest, value, schema)

        def undecided(*_: object) -> Iterator[Any]:
            return self._undecided(f"{name!r}", "there is 'patternProperties' in the schema")

        # Which properties parts of the schema have taken is worked out by the library, by searches of its own.
        return undecided if patterned and name == "unevaluatedProperties" else additional

    def _undecided(self, what: str, why: object) -> Iterator[Any]:
        if self._strict:
            yield _error(f"{what} cannot be tried: {why}")


def _may_match(pattern: str, text: str) -> bool:
    """Whether a pattern matches; also where that cannot be told, which is complained of elsewhere."""
    try:
        return search(pattern, text) is not None
    except TemplateError:
        return True


def _error(message: str) -> Any:  # noqa: ANN401 - jsonschema is untyped
    from jsonschema import ValidationError  # noqa: PLC0415 - as above

    return ValidationError(message)
