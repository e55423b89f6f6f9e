"""The filters: Jinja's own as far as they are pure, each within bounds, and those that the format adds or changes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sized
from dataclasses import asdict, is_dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

from jinja2 import Undefined
from jinja2.filters import FILTERS

from strands_nb.errors import TemplateError
from strands_nb.render import bounds
from strands_nb.render.regex import regex_search

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("CONCAT", "EACH", "filters")

_IMPURE = {"random"}  # a replay must render the same prompt

# Names no template can write, for what the compiler puts in place of `for` and `~`.
EACH = "each turn"
CONCAT = "concatenate"

_MAX_WIDTH = 10_000
_MAX_ARGUMENT = 1_000
_MAX_PRECISION = 300
_MAX_JSON_INDENT = 16


def filters() -> dict[str, Callable[..., Any]]:
    """Every filter by name."""
    builtin = {name: _bounded(name, function) for name, function in FILTERS.items() if name not in _IMPURE}
    ours = {
        "truncate": truncate,
        "tojson": tojson,
        "fromjson": fromjson,
        "regex_search": regex_search,
        EACH: _each,
        CONCAT: _concat,
    }
    return builtin | ours


def truncate(value: object, n: int = 100, *_: object, **__: object) -> str:
    """The first `n` characters, with `...` after them if that leaves something out.

    Unlike Jinja's, which cuts at a word and counts its dots, and takes three more arguments (accepted, ignored).

    >>> truncate("tidal power", 5)
    'tidal...'
    """
    text = str(value)
    return text if len(text) <= n else text[: max(0, n)] + "..."


def tojson(value: object, indent: int | None = None) -> str:
    """The value as JSON, as it is: no escaping for HTML, no ASCII.

    >>> tojson({"name": "Zoë & Co"})
    '{"name": "Zoë & Co"}'
    """
    if indent is not None and not 0 <= indent <= _MAX_JSON_INDENT:
        raise TemplateError(f"tojson indents by 0 to {_MAX_JSON_INDENT}")
    try:
        text = json.dumps(value, ensure_ascii=False, indent=indent, default=_jsonable, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise TemplateError(f"tojson: {error}") from None
    return bounds.weighed(text)


def fromjson(value: object) -> Any:  # noqa: ANN401 - any JSON value
    """The value that a JSON text stands for.

    >>> fromjson('{"score": 3}')
    {'score': 3}
    """
    try:
        return json.loads(str(value))
    except (ValueError, RecursionError) as error:
        raise TemplateError(f"fromjson: this is not JSON ({error})") from None


_VIEW = ("index", "id", "agent", "status", "response", "tokens")


def _jsonable(value: Any) -> Any:  # noqa: ANN401
    """What is no JSON by itself: a step as the entry it has in `execution_context`, or as its public fields."""
    if isinstance(value, Undefined):
        str(value)  # raises, saying what is missing
    if isinstance(value, Mapping):
        return dict(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    if callable(plain := getattr(value, "to_dict", None)):
        return plain()
    if is_dataclass(value) and not isinstance(value, type):
        return {key: item for key, item in asdict(value).items() if not key.startswith("_")}
    if hasattr(value, "response"):
        return {name: getattr(value, name) for name in _VIEW if getattr(value, name, None) is not None}
    if isinstance(value, Iterable):
        return list(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    raise TypeError(f"a {type(value).__name__} is no JSON")


def _each(value: Any) -> Any:  # noqa: ANN401
    """What a `for` goes through, its turns counted."""
    if isinstance(value, Sized):
        bounds.METER.turn(len(value))
        return value
    return _counted(value)


def _counted(value: Iterable[Any]) -> Iterable[Any]:
    for item in value:
        bounds.METER.turn()
        yield item


def _concat(values: list[Any]) -> str:
    return bounds.join(map(str, values))


def _bounded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The filter, which looks at its arguments first and at its result after."""
    guard = _GUARDS.get(name)
    # Jinja hands some filters an environment or context before the value.
    skip = 1 if hasattr(function, "jinja_pass_arg") else 0

    @wraps(function)
    def bounded(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        bounds.METER.turn()
        if guard is not None:
            guard(*args[skip:], **kwargs)
        return bounds.weighed(function(*args, **kwargs))

    return bounded


def _guard_width(_: object, width: Any = 0, *__: object, **more: Any) -> None:  # noqa: ANN401
    for value in (width, *more.values()):
        if isinstance(value, int) and value > _MAX_WIDTH:
            raise TemplateError(f"a template may not use widths over {_MAX_WIDTH:,}")
        if isinstance(value, str):
            bounds.allow_size(len(value))


def _guard_indent(value: Any, width: Any = 4, *_: object, **more: Any) -> None:  # noqa: ANN401
    each = more.get("width", width)
    text = str(value)
    bounds.allow_size(len(text) + (text.count("\n") + 1) * (len(each) if isinstance(each, str) else int(each)))


def _guard_replace(value: Any, old: Any, new: Any, count: Any = None) -> None:  # noqa: ANN401
    bounds.replaced(str(value), str(old), str(new), -1 if count is None else int(count))


def _guard_join(value: Any, d: Any = "", *_: object, **__: object) -> None:  # noqa: ANN401
    if isinstance(value, Sized):
        bounds.allow_size(len(value) * len(str(d)))


def _guard_format(value: Any, *_: object, **__: object) -> None:  # noqa: ANN401
    bounds.allow_format(str(value))


def _guard_list(value: Any, *_: object, **__: object) -> None:  # noqa: ANN401
    if isinstance(value, Sized):
        bounds.allow_items(len(value))


def _guard_round(_: object, precision: Any = 0, *__: object, **___: object) -> None:  # noqa: ANN401
    if isinstance(precision, int) and abs(precision) > _MAX_PRECISION:
        raise TemplateError(f"a template may not round to more than {_MAX_PRECISION} digits")


def _guard_words(value: Any, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
    """These repeat an argument for every word, or take their time over a long one."""
    if any(isinstance(each, str) and len(each) > _MAX_ARGUMENT for each in (*args, *kwargs.values())):
        raise TemplateError(f"arguments of this filter are limited to {_MAX_ARGUMENT:,} characters")
    if isinstance(value, str) and len(value) > _MAX_WIDTH * 10:
        raise TemplateError(f"this filter takes texts of at most {_MAX_WIDTH * 10:,} characters")


_GUARDS: dict[str, Callable[..., None]] = {
    "batch": _guard_width,
    "center": _guard_width,
    "format": _guard_format,
    "indent": _guard_indent,
    "join": _guard_join,
    "list": _guard_list,
    "replace": _guard_replace,
    "reverse": _guard_list,
    "round": _guard_round,
    "slice": _guard_width,
    "urlize": _guard_words,
    "wordwrap": _guard_words,
    "xmlattr": _guard_words,
}
