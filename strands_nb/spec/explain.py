"""What pydantic found, in the words of the language and with places in the text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from strands_nb.errors import Problem
from strands_nb.spec.base import describe, did_you_mean, names_in_text, nearest
from strands_nb.spec.places import problem_at
from strands_nb.spec.tree import Found, Items, Leaf, Node, Table, find, join
from strands_nb.spec.workflow import Spec

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("Fault", "explain", "fields_of")

Location = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake: what to say, and what to do to look past it."""

    kind: Literal["unknown", "missing", "bad"]
    path: Location
    """Where in the tree: for `bad` the value itself, else the mapping."""
    field: str = ""
    """The name of the unknown or missing field."""
    suggestion: str | None = None
    """The field that an unknown one was meant to be, or the word that a value was."""
    problem: Problem | None = None
    """None where there is nothing to say: what we put in ourselves, or what another fault explains."""

    @property
    def place(self) -> str:
        """Pointer of what is wrong or not there."""
        return join((*self.path, self.field) if self.field else self.path)


def explain(error: ValidationError, root: Node) -> list[Fault]:
    """Every mistake pydantic found, those that follow from another without a word of their own."""
    faults = [_fault(item, root) for item in error.errors(include_url=False) if not _follows(item)]
    explained = {(fault.path, fault.suggestion) for fault in faults if fault.kind == "unknown"}
    return [
        Fault("missing", fault.path, fault.field) if (fault.path, fault.field) in explained else fault
        for fault in faults
        if fault.kind != "missing" or fault.problem or fault.field
    ]


def _follows(item: Any) -> bool:  # noqa: ANN401 - pydantic's ErrorDetails
    """Whether it only says that something else is wrong: a list is "too short" without its items that do not fit."""
    return item["type"] == "too_short" and len(item["input"]) > 0


def _fault(item: Any, root: Node) -> Fault:  # noqa: ANN401 - pydantic's ErrorDetails
    location: Location = tuple(item["loc"])
    if item["type"] == "pattern_unknown":
        message, hint = _said(item, location, location)
        return Fault("bad", location, "", None, problem_at(find(root, (*location, "type")), message, hint=hint))
    path, left = _trail(root, location)
    found = find(root, path)
    match item["type"]:
        case "extra_forbidden":
            return _unknown(location, path, root)
        case "missing":
            field = str(left[-1]) if left else ""
            problem = problem_at(found, f"missing field {field!r}", at_key=True, hint=_missing_hint(field, found))
            return Fault("missing", path, field, None, None if found.node.made_up else problem)
        case _:
            message, hint = _said(item, location, path)
            problem = problem_at(found, message, hint=hint)
            meant = _meant(item, location)
            return Fault("bad", path, "", meant, None if found.node.made_up else problem)


def _unknown(location: Location, path: Location, root: Node) -> Fault:
    field = str(path[-1])
    parent = find(root, path[:-1])
    present = set(parent.node.entries) if isinstance(parent.node, Table) else set[str]()
    known = fields_of(location[:-1])
    suggestion = nearest(field, [name for name in known if name not in present])
    hint = f"did you mean {suggestion!r}?" if suggestion else did_you_mean(field, known)
    problem = problem_at(find(root, path), f"unknown field {field!r}", at_key=True, hint=hint)
    return Fault("unknown", path[:-1], field, suggestion, problem)


# Fields that go by another name in the text than the one pydantic saw.
_WRITTEN_AS = {"timeout_seconds": "timeout_minutes", "id": "gate_id"}


def _trail(root: Node, location: Location) -> tuple[Location, Location]:
    """The part of a location that is in the tree, and the rest; the tags of unions are left out."""
    node, path = root, list[str | int]()
    for position, token in enumerate(location):
        if isinstance(node, Leaf):
            return tuple(path), location[position:]
        if isinstance(node, Items) and isinstance(token, int):
            node = node.items[token]
            path.append(token)
        elif isinstance(node, Table):
            name = next((n for n in (str(token), _WRITTEN_AS.get(str(token))) if n in node.entries), None)
            if name is not None:
                node = node.entries[name].value
                path.append(name)
            elif position == len(location) - 1:
                return tuple(path), (token,)
    return tuple(path), ()


def fields_of(location: Sequence[str | int]) -> list[str]:
    """The names a text may use at a place, in order; none where it is free."""
    kind: Any = Spec
    for token in location:
        kind = _into(kind, token)
    kind = _bare(kind)
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return []
    return list(names_in_text(kind))


def _bare(kind: Any) -> Any:  # noqa: ANN401 - annotations
    """The annotation without its metadata, and without `| None`."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in {Union, UnionType}:
        members = [member for member in get_args(kind) if member is not type(None)]
        return _bare(members[0]) if len(members) == 1 else kind
    return kind


def _into(kind: Any, token: str | int) -> Any:  # noqa: ANN401
    kind = _bare(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        name = names_in_text(kind).get(str(token), str(token))
        field = kind.model_fields.get(name)
        return field.annotation if field else None
    arguments = get_args(kind)
    if get_origin(kind) in {Union, UnionType}:
        return next((member for member in arguments if _tagged(member, token)), None)
    if not arguments:
        return None
    return arguments[-1] if get_origin(kind) in {dict, Mapping} else arguments[0]


def _tagged(member: Any, token: str | int) -> bool:  # noqa: ANN401
    """Whether a tag in a location means this member of a union: by its name, or by its `type`."""
    kind = _bare(member)
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return False
    field = kind.model_fields.get("type")
    return token == kind.__name__ or (field is not None and token in get_args(field.annotation))


def _said(item: Any, location: Location, path: Location) -> tuple[str, str | None]:  # noqa: ANN401
    """Message and hint for a value that does not fit."""
    kind, context, value = item["type"], item.get("ctx", {}), item["input"]
    name = _name(path)
    if kind == "literal_error":
        return _choice(location, value)
    if kind in _SHOULD:
        return f"{name} should be {_SHOULD[kind]}, is {describe(value)}", _type_hint(kind, value, location)
    if kind in _BOUNDS:
        return f"{name} should be {_BOUNDS[kind].format(**context)}, is {describe(value)}", None
    if kind in {"too_short", "string_too_short"}:
        return f"{name} should not be empty", None
    if kind == "string_pattern_mismatch":
        return f"{name} cannot be {describe(value)}", _PATTERNS.get(context["pattern"])
    hint = context.get("hint")
    plain = kind in _OWN_WORDS or "hint" in context
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
    "one_output",
    "one_way",
    "pattern_unknown",
    "tag_twice",
    "wait_order",
    "worker_order",
}


def _type_hint(kind: str, value: object, location: Location) -> str | None:
    if kind == "string_type" and isinstance(value, (bool, int, float)):
        return "put it in quotes"
    if kind in {"int_type", "float_type"} and isinstance(value, str) and value.strip().isdecimal():
        return "without quotes"
    if kind == "bool_type" and isinstance(value, str):
        return "YAML 1.2 knows no other words for it"
    if kind.startswith("model") and isinstance(value, str):
        return f"write `prompt: {value[:30]}` below it" if location[:1] == ("agents",) else None
    return "write it as [ … ]" if kind == "tuple_type" and isinstance(value, str) else None


def _choice(location: Location, value: object) -> tuple[str, str | None]:
    """A word that is none of those allowed."""
    word = value if isinstance(value, str) else str(value)
    label = "step type" if _is_step_type(location) else str(location[-1])
    return f"unknown {label} {word[:80]!r}", did_you_mean(word, _allowed(location), label="one of")


def _meant(item: Any, location: Location) -> str | None:  # noqa: ANN401
    """The word that a misspelt one was meant to be."""
    if item["type"] != "literal_error" or not isinstance(item["input"], str):
        return None
    return nearest(item["input"], _allowed(location))


_HUMANS = {"HumanStep", "HumanTask"}


def _is_step_type(location: Location) -> bool:
    return location[-1:] == ("type",) and location[-2] in _HUMANS


def _allowed(location: Location) -> list[str]:
    if _is_step_type(location):
        return ["hitl", "manual_gate"]
    kind: Any = Spec
    for token in location:
        kind = _into(kind, token)
    return [str(word) for word in get_args(_bare(kind))]


def _name(path: Location) -> str:
    """What a value is called: its field, or the item of it."""
    last = path[-1] if path else ""
    if isinstance(last, int) and len(path) > 1:
        return f"item {last} of {path[-2]!r}"
    return repr(last) if last else "a workflow"


def _missing_hint(field: str, found: Found) -> str | None:
    if field == "pattern" and not found.written:
        return "or `steps:` for a chain"
    if field == "type" and isinstance(found.node, Table) and "prompt" in found.node.entries:
        return "a question to a human says `type: hitl`"
    return None
