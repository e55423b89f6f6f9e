"""What every model of the language shares: frozen, nothing unknown accepted, scalars taken as written.

These modules do without `from __future__ import annotations`: pydantic reads the annotations when a class is made.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cached_property
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict, WithJsonSchema
from pydantic_core import PydanticCustomError

__all__ = (
    "Flag",
    "Frozen",
    "Hints",
    "Identifier",
    "Integer",
    "JsonSchema",
    "NonEmpty",
    "Number",
    "Speakable",
    "UnitId",
    "describe",
    "did_you_mean",
    "names_in_text",
    "nearest",
)


class Frozen(BaseModel):
    """A part of a workflow: cannot be changed, and refuses fields it does not know.

    Names that Python or pydantic keep for themselves (`from`, `schema`) are aliases in the text; from Python either
    name works.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        defer_build=True,  # importing the language must cost next to nothing: `%load_ext` does it
    )


def names_in_text(model: type[BaseModel]) -> dict[str, str]:
    """The fields of a model by the name they have in a text, in order; the values are their names in Python.

    (Two aliases instead of one `alias`: type checkers would take that for the name in Python.)
    """
    return {field.serialization_alias or name: name for name, field in model.model_fields.items()}


# Strict scalars: pydantic would otherwise read "5" as 5 and "yes" as true, which the text did not say.
Integer = Annotated[int, Strict()]
"""A whole number, written as one."""

Number = Annotated[float, Strict()]
"""Any finite number."""

Flag = Annotated[bool, Strict()]
"""`true` or `false`, and no other word."""

NonEmpty = Annotated[str, Field(min_length=1)]
"""Text of at least one character."""

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]+$")]
"""Letters, digits and `. _ : -`."""


def _speakable(name: str) -> str:
    if name.startswith("__"):
        message = "'{name}' cannot be a name: templates cannot say what begins with two underscores"
        raise PydanticCustomError("not_speakable", message, {"name": name[:80]})
    return name


Speakable = Annotated[NonEmpty, AfterValidator(_speakable), Field(json_schema_extra={"pattern": "^(?!__)."})]
"""Text that templates and conditions can use as a name."""

UnitId = Annotated[
    Identifier, AfterValidator(_speakable), Field(json_schema_extra={"pattern": r"^(?!__)[A-Za-z0-9._:-]+$"})
]
"""An `Identifier` that templates and conditions can use as a name."""


def _schema_or_path(value: object) -> object:
    if isinstance(value, (str, Mapping)):
        return value  # pyright: ignore[reportUnknownVariableType] - the keys are checked when it is used as a schema
    raise PydanticCustomError("schema_or_path", "should be a JSON Schema, or the path of one")


JsonSchema = Annotated[
    dict[str, Any] | str,
    BeforeValidator(_schema_or_path),
    WithJsonSchema({"type": ["object", "string"]}),
]
"""A JSON Schema, inline or as the path of a file. Loading replaces a path by what it holds."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The one of `known` that `word` was probably meant to be, or None.

    >>> nearest("inptu", ["agent", "input", "vars"])
    'input'
    >>> nearest("zebra", ["agent", "input", "vars"]) is None
    True
    """
    candidates = list(known)
    if len(candidates) > _MAX_CANDIDATES or len(word) > _MAX_WORD:
        return None  # difflib is quadratic, and a word this long is no slip of the finger
    folded = {name.casefold(): name for name in reversed(candidates)}
    close = get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


class Hints:
    """Hints for words that are none of `known`: the nearest, else the first of what there is.

    >>> hint = Hints(["writer", "critic"], label="agents")
    >>> hint("wrtier"), hint("zzz")
    ("did you mean 'writer'?", 'agents: critic, writer')
    """

    def __init__(self, known: Iterable[str], *, label: str = "known here") -> None:
        self._known, self._label = known, label
        self._given = 0

    def __call__(self, word: str) -> str | None:
        """A hint, for the first hundred words: each takes a while, and nobody reads more."""
        self._given += 1
        if self._given > _MAX_HINTS or not self._names:
            return None
        if found := nearest(word, self._names):
            return f"did you mean {found!r}?"
        count = len(self._names)
        more = f", … ({count} in all)" if count > _MAX_LISTED else ""
        listed = [name if name.isprintable() else repr(name) for name in self._names[:_MAX_LISTED]]
        return f"{self._label}: {', '.join(listed)}{more}"

    @cached_property
    def _names(self) -> list[str]:
        return sorted(set(self._known))


def did_you_mean(word: str, known: Iterable[str], *, label: str = "known here") -> str | None:
    """The hint for one word.

    >>> did_you_mean("wrtier", ["writer", "critic"])
    "did you mean 'writer'?"
    """
    return Hints(known, label=label)(word)


def describe(value: object) -> str:
    """A value in a few words, for messages.

    >>> describe("x" * 99), describe([1]), describe(None)
    ("the text 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…'", 'a list', 'nothing (null)')
    """
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return f"the number {value}" if abs(value) < _LONG_NUMBER else "a very large number"
    if isinstance(value, str):
        return f"the text {value if len(value) <= _SHOWN else value[: _SHOWN - 1] + '…'!r}"
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, (list, tuple)) else f"a {type(value).__name__}"


_SHOWN = 40
_LONG_NUMBER = 10**20
_MAX_CANDIDATES = 1000
_MAX_WORD = 100
_MAX_LISTED = 12
_MAX_HINTS = 100
