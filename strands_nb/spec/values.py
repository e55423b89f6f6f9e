"""The values of a workflow's variables: which one counts, and whether it fits."""

import json
from collections.abc import Mapping
from typing import Any

from strands_nb.errors import Problem, SchemaValidationError
from strands_nb.spec.base import describe, did_you_mean
from strands_nb.spec.workflow import Spec

__all__ = ("parse_var", "resolve_inputs", "value_problem")


def resolve_inputs(spec: Spec, call: Mapping[str, Any] | None = None) -> dict[str, Any]:
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


def parse_var(spec: Spec, name: str, text: str) -> Any:  # noqa: ANN401 - any JSON value, by the declared type
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


def value_problem(spec: Spec, name: str, value: object, *, pointer: str | None = None) -> Problem | None:
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
