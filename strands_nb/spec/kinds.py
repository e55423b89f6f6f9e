"""What may stand at a place of a workflow, read from the models: its fields, and the least that would do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from strands_nb.spec.base import names_in_text

__all__ = (
    "NOBODY",
    "Kind",
    "example",
    "fields_of",
    "is_model",
    "is_scalar",
    "member",
    "required",
    "within",
    "words_of",
)

Kind = Any
"""An annotation, as the models have it; None where nothing is known."""

NOBODY = "not-there"
"""What stands for an id or a text that is missing."""


def bare(kind: Kind) -> Kind:
    """The annotation without its metadata, and without `| None`."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in {Union, UnionType}:
        members = [each for each in get_args(kind) if each is not type(None)]
        return bare(members[0]) if len(members) == 1 else kind
    return kind


def is_model(kind: Kind) -> bool:
    """Whether a mapping with fields of its own stands there, of one kind or of several."""
    kind = bare(kind)
    if get_origin(kind) in {Union, UnionType}:
        return all(is_model(each) for each in get_args(kind))
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def is_scalar(kind: Kind) -> bool:
    """Whether one value stands there: no mapping, no list."""
    return not is_model(kind) and get_origin(bare(kind)) not in {tuple, dict, Mapping}


def member(kind: Kind, tag: str | int) -> Kind:
    """The member of a union that a tag stands for, by its name or by its `type`; None if there is none."""
    kind = bare(kind)
    members = get_args(kind) if get_origin(kind) in {Union, UnionType} else ()
    return next((each for each in members if _tagged(bare(each), tag)), None)


def _tagged(kind: Kind, tag: str | int) -> bool:
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return False
    field = kind.model_fields.get("type")
    return tag == kind.__name__ or (field is not None and tag in get_args(field.annotation))


def within(kind: Kind, token: str | int) -> Kind:
    """What may stand at a field, a key or a number within `kind`."""
    kind = bare(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        if (field := _field(kind, token)) is None:
            return None
        annotation, notes = field.annotation, field.metadata
        return Annotated[annotation, *notes, None]
    if get_origin(kind) in {dict, Mapping}:
        return get_args(kind)[1]
    return get_args(kind)[0] if get_origin(kind) is tuple else None


def required(kind: Kind, token: str | int) -> bool:
    """Whether `kind` cannot do without this field."""
    kind = bare(kind)
    field = _field(kind, token) if isinstance(kind, type) and issubclass(kind, BaseModel) else None
    return field is not None and field.is_required()


def _field(kind: type[BaseModel], token: str | int) -> FieldInfo | None:
    return kind.model_fields.get(names_in_text(kind).get(str(token), str(token)))


def fields_of(kind: Kind) -> list[str]:
    """The names that a text may use there, in order; none where it is free."""
    kind = bare(kind)
    return list(names_in_text(kind)) if isinstance(kind, type) and issubclass(kind, BaseModel) else []


def words_of(kind: Kind) -> list[str]:
    """The words that may stand there, where there are only some."""
    kind = bare(kind)
    return [str(word) for word in get_args(kind)] if get_origin(kind) is Literal else []


def example(kind: Kind) -> Any:  # noqa: ANN401, PLR0911 - any JSON value, one return for each kind
    """The least that would do, with nobody's names in it.

    >>> from strands_nb.spec import RoutingConfig
    >>> example(RoutingConfig)
    {'router': {'agent': 'not-there'}, 'routes': {'not-there': {}}}
    """
    least = _limit(kind, "min_length")
    match bare(kind):
        case type() as model if issubclass(model, BaseModel):
            return {name: example(within(model, name)) for name in names_in_text(model) if required(model, name)}
        case type() as scalar if scalar in {bool, int, float}:
            return scalar(_limit(kind, "ge"))
        case union if get_origin(union) in {Union, UnionType}:
            return example(get_args(union)[0])
        case words if get_origin(words) is Literal:
            return get_args(words)[0]
        case items if get_origin(items) is tuple:
            return [example(within(items, 0)) for _ in range(least)]
        case table if get_origin(table) in {dict, Mapping}:
            return {NOBODY: example(within(table, NOBODY))} if least else {}
        case _:
            return NOBODY


def _limit(kind: Kind, name: str) -> int:
    limits = (limit for note in _notes(kind) if (limit := getattr(note, name, None)) is not None)
    return next(limits, 0)


def _notes(kind: Kind) -> Iterator[Any]:
    while get_origin(kind) is Annotated:
        for note in kind.__metadata__:
            yield from note.metadata if isinstance(note, FieldInfo) else (note,)
        kind = get_args(kind)[0]
