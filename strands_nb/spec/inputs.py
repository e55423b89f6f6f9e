"""The variables of a workflow: what it asks for, what it is given."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, JsonValue

from strands_nb.errors import Problem, SchemaValidationError
from strands_nb.spec.base import Frozen, NonEmpty, did_you_mean

if TYPE_CHECKING:
    from strands_nb.spec.workflow import Spec

__all__ = ("Input", "InputType", "Inputs", "parse_var", "resolve_inputs", "value_problem")

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
        """Whether a default was written, be it null."""
        return "default" in self.model_fields_set


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


def resolve_inputs(spec: "Spec", call: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The variables of one run: what the call gives, else `values`, else defaults.

    Names nobody declared pass through. A declared name without any value stays out, so that `is defined` can ask.

    Raises:
        SchemaValidationError: a value is not of the declared type or not among its `enum`; all such are listed.

    >>> from strands_nb.spec import parse
    >>> spec = parse('''
    ... inputs: {optional: {tone: {type: string, default: dry}}, values: {topic: tides}}
    ... agents: {writer: {prompt: You write.}}
    ... steps: [{writer: "{{ topic }}, {{ tone }}"}]
    ... ''')
    >>> resolve_inputs(spec, {"tone": "warm"})
    {'tone': 'warm', 'topic': 'tides'}
    """
    inputs = spec.inputs
    defaults = {name: item.default for name, item in inputs.declared().items() if item.has_default}
    resolved: dict[str, Any] = {**defaults, **inputs.values, **(call or {})}
    problems = [problem for name, value in resolved.items() if (problem := value_problem(spec, name, value))]
    if problems:
        raise SchemaValidationError(problems)
    return resolved


def parse_var(spec: "Spec", name: str, text: str) -> Any:  # noqa: ANN401 - any JSON value, by the declared type
    """What `--var name=text` means: the text, read as the declared type of `name`.

    Arrays and objects are JSON, booleans `true` or `false`; undeclared names are text.

    Raises:
        SchemaValidationError: the text is nothing of that type.

    >>> from strands_nb.spec import parse
    >>> spec = parse('''
    ... inputs: {required: {count: integer}}
    ... agents: {writer: {prompt: You write.}}
    ... steps: [{writer: "{{ count }}"}]
    ... ''')
    >>> parse_var(spec, "count", "3"), parse_var(spec, "topic", "3")
    (3, '3')
    """
    declared = spec.inputs.declared().get(name)
    if declared is None or declared.type == "string":
        value: Any = text
    else:
        try:
            value = json.loads(text, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            value = text  # which is not of the declared type, as the problem below will say
    if problem := value_problem(spec, name, value):
        raise SchemaValidationError([problem])
    return value


def value_problem(spec: "Spec", name: str, value: object, *, pointer: str | None = None) -> Problem | None:
    """What is wrong with `value` as a value of the input `name`, or None."""
    declared = spec.inputs.declared().get(name)
    if declared is None:
        return None
    where = pointer or spec.inputs.place_of(name)
    if not _is_a(declared.type, value):
        message = f"input {name!r} should be {_ARTICLE[declared.type]}, is {describe(value)}"
        return spec.problem(where, message, hint=_type_hint(declared.type))
    if declared.enum is not None and not any(_same(value, allowed) for allowed in declared.enum):
        known = [item if isinstance(item, str) else json.dumps(item) for item in declared.enum]
        shown = value if isinstance(value, str) else json.dumps(value)
        message = f"input {name!r} may not be {describe(value)}"
        return spec.problem(where, message, hint=did_you_mean(shown, known, label="allowed"))
    return None


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
_ARTICLE = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}


def _type_hint(kind: str) -> str | None:
    return "give it as JSON" if kind in {"array", "object"} else None


def _no_constant(name: str) -> float:
    raise ValueError(name)  # NaN and Infinity are no JSON


def _is_a(kind: str, value: object) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"  # to Python, True is also an integer
    match kind:
        case "string":
            return isinstance(value, str)
        case "number":
            return isinstance(value, (int, float))
        case "integer":
            return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        case "array":
            return isinstance(value, (list, tuple))
        case _:
            return kind == "object" and isinstance(value, Mapping)


def _same(value: object, allowed: object) -> bool:
    """Equal as JSON: to Python, True equals 1."""
    return value == allowed and isinstance(value, bool) == isinstance(allowed, bool)
