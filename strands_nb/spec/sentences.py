"""How mistakes are put: words for what pydantic calls `tuple_type`, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from strands_nb.spec.base import describe, did_you_mean
from strands_nb.spec.kinds import fields_of, words_of
from strands_nb.spec.tree import Found, Table

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from strands_nb.spec.kinds import Kind

__all__ = ("SYNONYMS", "few", "missing_hint", "said", "unknown_hint", "words_at")

SYNONYMS = {
    "after": ("deps",),
    "condition": ("when",),
    "depends_on": ("deps",),
    "dependencies": ("deps",),
    "goto": ("to",),
    "if": ("when",),
    "message": ("prompt", "input"),
    "name": ("id",),
    "needs": ("deps",),
    "prompt": ("input",),
    "question": ("prompt",),
    "source": ("from",),
    "steps": ("then",),
    "target": ("to",),
    "then": ("steps",),
}
"""Fields as others call them, which no comparison of letters finds."""

Path = tuple[str | int, ...]


def said(item: Any, path: Path, kind: Kind, *, agents: Container[str] = ()) -> tuple[str, str | None]:  # noqa: ANN401
    """Message and hint for a value that does not fit; `item` is pydantic's ErrorDetails."""
    error, context, value = item["type"], item.get("ctx", {}), item["input"]
    name = _name(path)
    if error == "literal_error":
        return _choice(path, kind, value)
    if error in _SHOULD:
        hint = _type_hint(error, value) or _mapping_hint(path, kind, value, agents)
        return f"{name} should be {_SHOULD[error]}, is {describe(value)}", hint
    if error in _BOUNDS:
        return f"{name} should be {_BOUNDS[error].format(**context)}, is {describe(value)}", None
    if error == "string_too_short":
        return f"{name} should not be empty", None
    if error == "string_pattern_mismatch":
        return f"{name} cannot be {describe(value)}", _PATTERNS.get(context["pattern"])
    hint = context.get("hint")
    plain = error in _OWN_WORDS or "hint" in context
    return (item["msg"] if plain else f"{name}: {item['msg']}"), hint if isinstance(hint, str) else None


_SHOULD = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "int_parsing_size": "a smaller number",
}
_BOUNDS = {
    "greater_than_equal": "at least {ge:g}",
    "less_than_equal": "at most {le:g}",
    "greater_than": "more than {gt:g}",
}
_PATTERNS = {
    r"^[A-Za-z0-9._:-]+$": "letters, digits and . _ : - only",
    r"^[A-Za-z][A-Za-z0-9_-]*$": "a letter first, then letters, digits, _ and -",
    r"^[a-z0-9][a-z0-9._-]*$": "small letters, digits and . _ - only",
}
_OWN_WORDS = {
    "dep_twice",
    "no_question",
    "not_speakable",
    "one_output",
    "one_way",
    "tag_twice",
    "wait_order",
    "worker_order",
}


def _type_hint(error: str, value: object) -> str | None:
    if error == "string_type" and isinstance(value, (bool, int, float)):
        return "put it in quotes"
    if error in {"int_type", "float_type"} and isinstance(value, str) and value.strip().isdecimal():
        return "without quotes"
    if error == "bool_type" and isinstance(value, str):
        return "YAML 1.2 knows no other words for it"
    if error == "tuple_type" and isinstance(value, (str, dict)):
        return "write it as [ … ]" if isinstance(value, str) else "each of its items begins with `- `"
    if error in {"dict_type", "mapping_type"} and isinstance(value, list):
        return "each of its items begins with its id, not with `- `"
    return None


def _mapping_hint(path: Path, kind: Kind, value: object, agents: Container[str]) -> str | None:
    """What somebody meant who wrote a text for a mapping."""
    if not isinstance(value, str):
        return None
    if path[:1] == ("agents",):
        return f"write `prompt: {value[:30]}` below it"
    if path == ("pattern",):
        return f"write {{type: {value[:30]}, config: …}}"
    return f"write {{agent: {value}}}" if value in agents and "agent" in fields_of(kind) else None


def _choice(path: Path, kind: Kind, value: object) -> tuple[str, str | None]:
    """A word that is none of those allowed."""
    word = value if isinstance(value, str) else str(value)
    label = "step type" if _is_step_type(kind) else str(path[-1])
    return f"unknown {label} {word[:80]!r}", did_you_mean(word, words_at(kind), label="one of")


def _is_step_type(kind: Kind) -> bool:
    return words_of(kind) == ["hitl"]


def words_at(kind: Kind) -> list[str]:
    """The words that a text may have there."""
    return [*words_of(kind), *(["manual_gate"] if _is_step_type(kind) else [])]


def _name(path: Path) -> str:
    """What a value is called: its field, or the item of it."""
    last = path[-1] if path else ""
    if isinstance(last, int) and len(path) > 1:
        return f"item {last} of {path[-2]!r}"
    return repr(last) if path else "a workflow"


def few(path: Path, least: int, there: int) -> str:
    """That a list or mapping has not enough in it."""
    if least == 1:
        return f"{_name(path)} should not be empty"
    return f"{_name(path)} should have at least {least} items, has {there or 'none'}"


def unknown_hint(field: str, known: Sequence[str]) -> str | None:
    """What to do about an unknown field that is not misspelt."""
    if "agent" in known and field == "type":
        return "a step with an agent needs none"
    if "choose" in known and field in {"condition", "if", "when"}:
        return "write `choose: [{when: …, to: …}]`"
    return did_you_mean(field, known)


def missing_hint(field: str, found: Found) -> str | None:
    """What to do about a missing field."""
    if field == "pattern" and not found.written:
        return "or `steps:` for a chain"
    if field == "type" and isinstance(found.node, Table) and "prompt" in found.node.entries:
        return "a question to a human says `type: hitl`"
    return None
