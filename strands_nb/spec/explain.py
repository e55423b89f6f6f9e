"""What pydantic found, in the words of the language and with places in the text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, cast

from strands_nb.errors import Problem
from strands_nb.spec.base import did_you_mean, nearest
from strands_nb.spec.kinds import NOBODY, Kind, example, fields_of, is_model, is_scalar, member, required, within
from strands_nb.spec.pattern import PATTERNS, Pattern
from strands_nb.spec.places import problem_at
from strands_nb.spec.sentences import SYNONYMS, few, missing_hint, said, unknown_hint, words_at
from strands_nb.spec.tree import Items, Node, Table, find, join, plain
from strands_nb.spec.workflow import Spec

if TYPE_CHECKING:
    from pydantic import ValidationError

__all__ = ("GONE", "Fault", "Location", "explain")

Location = tuple[str | int, ...]

GONE: Any = object()
"""What stands for something that can be left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One mistake: what to say, and what to do to look past it."""

    kind: Literal["unknown", "missing", "name", "few", "bad"]
    path: Location
    """Where in the tree: for `bad` and `few` the value itself, else the mapping."""
    field: str | None = None
    """The unknown or missing field, or the name that is none."""
    suggestion: str | None = None
    """The field that an unknown one was meant to be, or the word that a value was."""
    below: str | None = None
    """The field below which an unknown one belongs."""
    instead: Any = GONE
    """What to put in its place; for `few` what to add, for `name` another."""
    problem: Problem | None = None
    """None where there is nothing to say: what we put in ourselves, or what another fault explains."""

    @property
    def puts_in_several(self) -> bool:
        """Whether what stands in its place is more than one value."""
        return isinstance(self.instead, (dict, list))

    @property
    def place(self) -> str:
        """Pointer of what is wrong or not there."""
        return join(self.path if self.field is None else (*self.path, self.field))


def explain(error: ValidationError, root: Node) -> list[Fault]:
    """Every mistake pydantic found, those that follow from another without a word of their own."""
    faults = [_fault(item, root) for item in error.errors(include_url=False) if not _follows(item)]
    faults = _gates(faults)
    meant = {(f.path, name) for f in faults if f.kind == "unknown" for name in (f.suggestion, f.below) if name}
    meant |= {((*f.path, f.below), f.field) for f in faults if f.below}
    return [fault if (fault.path, fault.field) not in meant else _silent(fault) for fault in faults]


def _follows(item: Any) -> bool:  # noqa: ANN401 - pydantic's ErrorDetails
    """Whether it only says that something else is wrong: a list is "too short" without its items that do not fit."""
    return item["type"] == "too_short" and item["ctx"]["actual_length"] < len(item["input"])


def _gates(faults: list[Fault]) -> list[Fault]:
    """The same where a manual gate does not say that it is one: then its own fields are not the ones that are wrong."""
    own = {fault.path for fault in faults if fault.field in _WRITTEN_AS.values()}
    untold = {path for fault in faults if (path := _untold(fault)) in own}
    gate: dict[str, Any] = {"suggestion": "manual_gate", "instead": "manual_gate"}
    return [
        replace(fault, **gate) if fault.kind != "unknown" and _untold(fault) in untold else fault
        for fault in faults
        if not (fault.field in _WRITTEN_AS.values() and fault.path in untold)
    ]


def _untold(fault: Fault) -> Location | None:
    """The step whose type is missing, misspelt or unknown."""
    if fault.path[-1:] == ("type",):
        return fault.path[:-1]
    return fault.path if "type" in (fault.field, fault.suggestion) else None


def _silent(fault: Fault) -> Fault:
    """The same, of which there is nothing to say, and for which something else will stand."""
    return Fault(kind="missing", path=fault.path, field=fault.field, instead=fault.instead)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a location leads in the tree."""

    path: Location
    rest: Location
    """What is not in the tree: a field that is missing."""
    kind: Kind
    """What may stand at `path`."""
    around: Kind
    """What may stand around it."""


# Fields that go by another name in the text than the one pydantic saw.
_WRITTEN_AS = {"timeout_seconds": "timeout_minutes", "id": "gate_id"}


def _located(root: Node, location: Location) -> _Place:
    """Follow a location through the tree and through the models, which alone know what in it is the tag of a union."""
    node, path = root, list[str | int]()
    kind, around = Spec, None
    for position, token in enumerate(location):
        if (tagged := member(kind, token)) is not None:
            kind = tagged
            continue
        name = _name_in(node, token)
        if name is None:
            return _Place(tuple(path), location[position:], kind, around)
        node = find(node, (name,)).node
        path.append(name)
        kind, around = within(kind, token), kind
    return _Place(tuple(path), (), kind, around)


def _name_in(node: Node, token: str | int) -> str | int | None:
    match node:
        case Table():
            return next((name for name in (str(token), _WRITTEN_AS.get(str(token))) if name in node.entries), None)
        case Items() if isinstance(token, int):
            return token
        case _:
            return None


def _fault(item: Any, root: Node) -> Fault:  # noqa: ANN401 - pydantic's ErrorDetails
    place = _located(root, tuple(item["loc"]))
    match item["type"]:
        case "extra_forbidden":
            return _unknown(place, root)
        case "missing":
            return _missing(place, root)
        case "too_short":
            return _few(item, place, root)
        case "pattern_unknown":
            return _pattern(item["input"], place, root)
        case _ if place.rest == ("[key]",):
            return _key(item, place, root)
        case _:
            return _bad(item, place, root)


def _unknown(place: _Place, root: Node) -> Fault:
    *above, last = place.path
    path, field = tuple(above), str(last)
    parent = find(root, path).node
    there = parent.entries.keys() if isinstance(parent, Table) else set[str]()
    known = fields_of(place.around)
    if isinstance(parent, Table) and (kind := parent.get("type")) and plain(kind) == "manual_gate":
        known += _WRITTEN_AS.values()
    free = [name for name in known if name not in there]
    close = nearest(field, free) or next((name for name in SYNONYMS.get(field, ()) if name in free), None)
    below = None if close else _belongs(field, place.around)
    hint = f"did you mean {close!r}?" if close else f"it belongs below {below!r}" if below else None
    found = find(root, place.path)
    problem = problem_at(found, f"unknown field {field!r}", at_key=True, hint=hint or unknown_hint(field, known))
    return Fault(kind="unknown", path=path, field=field, suggestion=close, below=below, problem=problem)


def _belongs(field: str, kind: Kind) -> str | None:
    """The field of a pattern below which another belongs: its config, which is easily forgotten."""
    return "config" if field in fields_of(within(kind, "config")) else None


def _missing(place: _Place, root: Node) -> Fault:
    found, field = find(root, place.path), str(place.rest[0])
    problem = problem_at(found, f"missing field {field!r}", at_key=True, hint=missing_hint(field, found))
    return Fault(
        kind="missing",
        path=place.path,
        field=field,
        instead=example(within(place.kind, field)),
        problem=None if found.node.made_up else problem,
    )


def _few(item: Any, place: _Place, root: Node) -> Fault:  # noqa: ANN401
    found, there = find(root, place.path), item["ctx"]["actual_length"]
    problem = problem_at(found, few(place.path, item["ctx"]["min_length"], there))
    return Fault(
        kind="few",
        path=place.path,
        instead=example(place.kind),
        problem=None if found.node.made_up else problem,
    )


def _pattern(value: Any, place: _Place, root: Node) -> Fault:  # noqa: ANN401
    """A pattern of no known type: if it can be told from its fields, they are looked at."""
    path, kind, like = (*place.path, "type"), value.get("type"), _like(value)
    if slip := next((name for name in value if nearest(name, ["type"]) and kind is None and name != "type"), None):
        problem = problem_at(find(root, (*place.path, slip)), f"unknown field {slip!r}", at_key=True, hint=_TYPE)
        return Fault(kind="unknown", path=place.path, field=slip, suggestion="type", problem=problem)
    if kind is None:
        hint = f"did you mean `type: {like}`?" if like else f"one of: {', '.join(PATTERNS)}"
        problem = problem_at(find(root, place.path), "missing field 'type'", at_key=True, hint=hint)
    else:
        hint = did_you_mean(str(kind), PATTERNS, label="patterns")
        problem = problem_at(find(root, path), f"unknown pattern {str(kind)[:80]!r}", hint=hint)
    meant = (nearest(kind, PATTERNS) if isinstance(kind, str) else None) or like
    if meant is None:
        return Fault(kind="bad", path=place.path, instead=example(Pattern), problem=problem)
    if "type" not in value:
        return Fault(kind="missing", path=place.path, field="type", instead=meant, problem=problem)
    return Fault(kind="bad", path=path, suggestion=meant, instead=meant, problem=problem)


_TYPE = "did you mean 'type'?"


def _like(value: dict[str, Any]) -> str | None:
    """The pattern that has most of these fields."""
    config = value.get("config", value)
    there = set(cast("dict[str, Any]", config)) if isinstance(config, dict) else set[str]()
    shared = {name: len(there & {*fields_of(within(member(Pattern, name), "config"))}) for name in PATTERNS}
    like = max(PATTERNS, key=shared.__getitem__)
    return like if shared[like] else None


def _key(item: Any, place: _Place, root: Node) -> Fault:  # noqa: ANN401
    """A name that cannot be one."""
    *above, last = place.path
    found = find(root, place.path)
    message, hint = said(item, place.path, place.kind)
    if not last:
        message, hint = f"a name in {above[-1]!r} should not be empty", None
    problem = problem_at(found, message, at_key=True, hint=hint)
    return Fault(kind="name", path=tuple(above), field=str(last), instead=f"{NOBODY}{last}", problem=problem)


def _bad(item: Any, place: _Place, root: Node) -> Fault:  # noqa: ANN401
    found = find(root, place.path)
    agents = find(root, ("agents",)).node
    known = agents.entries if isinstance(agents, Table) else ()
    message, hint = said(item, place.path, place.kind, agents=known)
    marked = item.get("ctx", {}).get("field")
    at = find(root, (*place.path, marked)) if marked else found
    meant = None
    if item["type"] == "literal_error" and isinstance(item["input"], str):
        meant = nearest(item["input"], words_at(place.kind))
    return Fault(
        kind="bad",
        path=place.path,
        suggestion=meant,
        instead=_instead(place),
        problem=None if found.node.made_up else problem_at(at, message, at_key=bool(marked), hint=hint),
    )


_COUNTED = {"branches", "steps", "tasks", "then"}
"""Lists whose items others refer to, by number or id."""


def _instead(place: _Place) -> Any:  # noqa: ANN401 - any JSON value
    """What can stand for a value that does not fit: nothing where it can be left out."""
    *above, last = place.path or ("",)
    if isinstance(last, int):
        return example(place.kind) if is_model(place.kind) and above[-1] in _COUNTED else GONE
    needed = required(place.around, last) or not fields_of(place.around)
    return example(place.kind) if needed or not is_scalar(place.kind) else GONE
