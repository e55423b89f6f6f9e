"""What a template may name at a place: inputs, results of what is done by then, and what these have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from strands_nb.spec.reserved import RESERVED
from strands_nb.spec.shapes import BRANCH, EVALUATION, ITERATION, NODE, RESULT, ROUTER, WORKER

if TYPE_CHECKING:
    from strands_nb.notebook.language.places import Place

__all__ = ("ids_of", "references", "typed")

_TAIL: Final = re.compile(r"[\w.\[\]-]*$")
_FIELDS: Final = (
    (re.compile(r"(steps|tasks)(\[\d+\]|\.[\w-]+)"), RESULT),
    (re.compile(r"branches\.[\w-]+"), BRANCH),
    (re.compile(r"nodes\.[\w-]+"), NODE),
    (re.compile(r"iterations\[\d+\]"), ITERATION),
    (re.compile(r"workers\[\d+\]"), WORKER),
    (re.compile(r"router"), ROUTER),
    (re.compile(r"evaluation|current_evaluation"), EVALUATION),
)
_ROWS: Final = {"iterations": "iterations[0]", "workers": "workers[0]"}


def typed(expression: str) -> str:
    """The name that is being typed at the end of an expression.

    >>> typed(" topic | default(steps[0].res")
    'steps[0].res'
    """
    found = _TAIL.search(expression)
    return found[0] if found else ""


def references(place: Place, word: str) -> dict[str, str]:
    """The names that may stand where `word` is typed, with what each is."""
    names = dict(_names(place))
    owner, dot, _ = word.rpartition(".")
    if dot and owner != "inputs":
        fields = next((fields for pattern, fields in _FIELDS if pattern.fullmatch(owner)), ())
        names |= {f"{owner}.{field}": f"`{field}` of {owner}" for field in fields}
    return {name: what for name, what in names.items() if name.startswith(word)}


def ids_of(place: Place, what: str) -> list[str]:
    """The ids of all `steps`, `tasks`, `branches`, `nodes` or `routes` of the workflow."""
    found = _config(place.root).get(what) if what != "steps" else _steps(place)[0]
    if isinstance(found, dict):
        return list(cast("dict[str, Any]", found))
    units = cast("list[Any]", found) if isinstance(found, list) else []
    return [str(unit["id"]) for unit in units if isinstance(unit, dict) and unit.get("id")]


def _names(place: Place) -> Iterator[tuple[str, str]]:
    yield from _inputs(place.root)
    kind = _kind(place.root)
    steps, done = _steps(place)
    for number, step in enumerate(steps[:done]):
        who = next(iter(step), "") if isinstance(step, dict) and "agent" not in step else _part(step, "agent")
        yield f"steps[{number}]", f"What came of step {number}, {who}."
        if name := _part(step, "id"):
            yield f"steps.{name}", f"What came of step {number}, {who}."
    for what in ("tasks", "branches", "nodes"):
        for name in ids_of(place, what) if what in RESERVED.get(kind, {}) else ():
            yield f"{what}.{name}", f"What came of it: {name}."
    for name in RESERVED.get(kind, {}):
        if name not in ("steps", "tasks", "branches", "nodes"):
            yield _ROWS.get(name, name), f"A name of the pattern {kind}."
    yield "last_response", "What was said last."
    yield "hitl_response", "What a human answered last."


def _inputs(root: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    inputs = root.get("inputs")
    for group in ("required", "optional", "values"):
        declared = cast("dict[str, Any]", inputs).get(group) if isinstance(inputs, dict) else None
        for name, one in declared.items() if isinstance(declared, dict) else ():
            said = _part(one, "description") or f"An input ({group})."
            yield str(name), said
            yield f"inputs.{name}", said


def _kind(root: Mapping[str, Any]) -> str:
    pattern = root.get("pattern")
    return str(_part(pattern, "type")) if isinstance(pattern, dict) else "chain"


def _config(root: Mapping[str, Any]) -> dict[str, Any]:
    config = _part(root.get("pattern"), "config")
    return cast("dict[str, Any]", config) if isinstance(config, dict) else {}


def _steps(place: Place) -> tuple[list[Any], int]:
    """The steps of the sequence around a place, and how many of them are done by then."""
    found: tuple[list[Any], int] = ([], 0)
    for index, key in enumerate(place.path):
        if isinstance(key, int) and index and place.path[index - 1] in ("steps", "then"):
            found = (place.around[index], key)
    return found


def _part(of: object, name: str) -> Any:  # noqa: ANN401 - of a text that is being typed
    return cast("dict[str, Any]", of).get(name) if isinstance(of, dict) else None
