"""What the operators, filters, tests and methods of a condition do to values."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Mapping, Sized
from typing import Any, NamedTuple, cast

from strands_nb.errors import TemplateError
from strands_nb.render.bounds import weighed
from strands_nb.render.regex import regex_search

__all__ = (
    "ATTRIBUTE",
    "COMPARISONS",
    "FILTERS",
    "GUARDS",
    "ITEM",
    "METHODS",
    "NEGATED_TESTS",
    "TESTS",
    "UNARY",
    "Function",
    "Missing",
    "Written",
    "number",
    "shown",
)


class Missing(NamedTuple):
    """The value of a path that leads nowhere; false, where somebody asks."""

    path: str = ""
    at: int = 0

    def __bool__(self) -> bool:
        return False


class Written(NamedTuple):
    """A literal after `contains`: in a text the letters are looked for, elsewhere the value."""

    text: str
    value: object


class Function(NamedTuple):
    """What can be applied to a value."""

    apply: Callable[..., Any]
    least: int = 0
    """Fewest arguments, the value itself not counted."""
    most: int = 0
    asks: bool = False
    """Whether it can be asked of what is missing."""


# ---------------------------------------------------------------- parts


def _attribute(value: object, name: str) -> object:
    """`value.name`: an item, or a field of an object of ours; nothing private, nothing that can be called."""
    # Python's own objects are left alone: some have fields that lead to code, as `gi_frame.f_globals`.
    kind = type(value)
    ours = kind.__module__ != "builtins" and not issubclass(kind, (Mapping, Missing))
    if ours and not name.startswith("_"):
        found = getattr(value, name, Missing)
        if not callable(found):  # neither a method nor `Missing`, which is a class
            return found
    return _item(value, name)


def _item(value: object, key: object) -> object:
    for each in (value, key):
        if isinstance(each, Missing):
            return each
    if isinstance(value, Mapping) and key not in value:  # no default is made on the way
        return Missing()
    try:
        found = cast("Any", value)[key]
    except (LookupError, TypeError):
        return Missing()
    return Missing() if callable(found) else found


ATTRIBUTE = Function(_attribute, asks=True)
ITEM = Function(_item, asks=True)


# ---------------------------------------------------------------- kinds of values

# Every part of it can be followed by the next in one way only, so it cannot run away.
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?")
_SHOWN = 40


def number(value: object) -> int | float:
    r"""The number that a value is, or that a text says: what models write is text.

    >>> number("85\n"), number("-0.5"), number(True)
    (85, -0.5, True)
    """
    match value:
        case int() | float():
            return value
        case str() if _NUMBER.fullmatch(text := value.strip()):
            try:
                return int(text)
            except ValueError:
                return float(text)
        case str():
            raise TemplateError(f"{_kind(value)} is no number; take one out of it: | search('[0-9]+')")
        case _:
            raise TemplateError(f"{_kind(value)} is no number")


def _text(value: object) -> str:
    if not isinstance(value, (str, int, float)):
        raise TemplateError(f"this takes a text, not {_kind(value)}")
    return str(value)


def shown(text: str) -> str:
    """A text in quotes, its beginning only if it is long."""
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")


def _kind(value: object) -> str:
    """A value in a few words."""
    match value:
        case None | bool():
            return str(value).lower()
        case int() | float():
            return f"the number {value}"
        case str():
            return f"the text {shown(value)}"
        case _:
            return f"a {type(value).__name__}"


# ---------------------------------------------------------------- operators and tests


def _ordered(compare: Callable[[Any, Any], bool]) -> Function:
    def apply(left: object, right: object) -> bool:
        if isinstance(left, str) and isinstance(right, str):
            return compare(left, right)
        return compare(number(left), number(right))

    return Function(apply)


def _contains(whole: object, part: object) -> bool:
    if isinstance(part, Written):
        part = part.text if isinstance(whole, str) else part.value
    match whole:
        case str() if isinstance(part, str):
            return part in whole
        case str():
            raise TemplateError(f"a text is searched for a text, not for {_kind(part)}: put it in quotes")
        case Collection():
            return part in whole
        case _:
            raise TemplateError(f"{_kind(whole)} contains nothing: this takes a text, a list or a mapping")


def _within(part: object, whole: object) -> bool:
    return _contains(whole, part)


def _not(function: Callable[..., bool]) -> Callable[..., bool]:
    return lambda *values: not function(*values)


def _is_defined(value: object) -> bool:
    return not isinstance(value, Missing)


def _is_none(value: object) -> bool:
    return value is None


def _minus(value: object) -> int | float:
    return -number(value)


COMPARISONS = {
    "==": Function(operator.eq),
    "!=": Function(operator.ne),
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "in": Function(_within),
    "not in": Function(_not(_within)),
    "contains": Function(_contains),
    "not contains": Function(_not(_contains)),
}
UNARY = {"-": Function(_minus), "not": Function(operator.not_, asks=True)}
TESTS = {"defined": Function(_is_defined, asks=True), "none": Function(_is_none)}
NEGATED_TESTS = {name: test._replace(apply=_not(test.apply)) for name, test in TESTS.items()}


# ---------------------------------------------------------------- methods and filters


def _on_text(function: Callable[..., Any], arguments: int = 0) -> Function:
    def apply(*values: object) -> object:
        return weighed(function(*map(_text, values)))

    return Function(apply, arguments, arguments)


def _to(kind: Callable[[Any], int | float]) -> Function:
    """A filter that makes a number, and its argument of what is none, as Jinja's do."""

    def apply(value: object, other: object = 0) -> object:
        try:
            return kind(number(value))
        except (TemplateError, OverflowError):
            return other

    return Function(apply, most=1)


def _default(value: object, other: object = "", when_false: object = False) -> object:  # noqa: FBT002 - as Jinja's
    return other if isinstance(value, Missing) or (when_false and not value) else value


def _length(value: object) -> int:
    if not isinstance(value, Sized):
        raise TemplateError(f"{_kind(value)} has no length")
    return len(value)


METHODS = {
    "endswith": _on_text(str.endswith, 1),
    "lower": _on_text(str.lower),
    "startswith": _on_text(str.startswith, 1),
    "strip": _on_text(str.strip),
    "upper": _on_text(str.upper),
}
FILTERS = {
    "count": Function(_length),
    "d": Function(_default, most=2, asks=True),
    "default": Function(_default, most=2, asks=True),
    "float": _to(float),
    "int": _to(int),
    "length": Function(_length),
    "lower": METHODS["lower"],
    "search": _on_text(regex_search, 1),
    "string": _on_text(str),
    "trim": METHODS["strip"],
    "upper": METHODS["upper"],
}

GUARDS = (FILTERS["default"], TESTS["defined"], NEGATED_TESTS["defined"])
"""What makes it no mistake that something is missing."""
