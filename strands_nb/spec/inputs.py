"""The variables a workflow declares."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, JsonValue

from strands_nb.spec.base import Frozen, NonEmpty

__all__ = ("Input", "InputType", "Inputs")

InputType = Literal["string", "number", "integer", "boolean", "array", "object"]
"""The types of JSON, but for null."""


class Input(Frozen):
    """One declared variable. `topic: string` is short for `topic: {type: string}`."""

    type: InputType
    """What its value must be."""
    description: str | None = None
    """What it is for."""
    default: JsonValue = None
    """Its value if none is given."""
    enum: tuple[JsonValue, ...] | None = None
    """The only values allowed."""

    @property
    def has_default(self) -> bool:
        """Whether there is a default; null is none, since it is a value of no type."""
        return self.default is not None


def _typed(value: object) -> object:
    return {"type": value} if isinstance(value, str) else value


_Declared = Annotated[Input, BeforeValidator(_typed, json_schema_input_type=InputType | Input)]


class Inputs(Frozen):
    """The variables a workflow declares, and values for them."""

    required: Mapping[NonEmpty, _Declared] = Field(default_factory=dict[str, Input])
    """Must have a value before a run."""
    optional: Mapping[NonEmpty, _Declared] = Field(default_factory=dict[str, Input])
    """May be left without one; guard their use with `is defined` or `default`."""
    values: Mapping[NonEmpty, JsonValue] = Field(default_factory=dict[str, JsonValue])
    """Values, for declared names and others; what a call gives goes before."""

    def declared(self) -> dict[str, Input]:
        """All declared variables by name."""
        return {**self.optional, **self.required}

    def place_of(self, name: str) -> str:
        """JSON pointer of the entry that says most about `name`."""
        for group in ("required", "optional", "values"):
            if name in getattr(self, group):
                return f"/inputs/{group}/{name.replace('~', '~0').replace('/', '~1')}"
        return "/inputs"
