"""What is wrong only because something else is: once a task cannot be read, those that wait for it wait for nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from strands_nb.errors import Problem
    from strands_nb.spec.explain import Fault, Location

__all__ = ("is_follower", "lost")

_WAYS = "no way leads|cannot be there by then"
_VALUES = "is not defined|has no value"
_FOLLOWS = {
    "accept": r"there is no iterations\[",
    "agents": "unknown agent ",
    "answers": "has no value yet",
    "branches": "there is no branch ",
    "choices": "is none of the choices",
    "config": f"has no value|{_WAYS}",
    "edges": _WAYS,
    "inputs": _VALUES,
    "limits": r"there is no workers\[",
    "nodes": f"unknown node |there is no node |{_WAYS}",
    "routes": r"there is no steps\[",
    "skills": "unknown tool ",
    "start": _WAYS,
    "step": "there is no step ",
    "steps": r"there is no step |there is no steps\[|is not done before",
    "tasks": "unknown task |there is no task ",
    "tools": "unknown tool ",
    "vars": _VALUES,
}
"""By what was lost: what is said because of that, and may not be so."""


def lost(past: Iterable[Fault]) -> set[str]:
    """What nobody can know of a workflow that was mended, such as the ids in a list that could not be read."""
    found: set[str] = set()
    for fault in past:
        if not fault.suggestion and not fault.below:
            found.update(_lost(fault.path if fault.field is None else (*fault.path, fault.field), fault))
    return found


def _lost(path: Location, fault: Fault) -> Iterator[str]:
    first, last, unknown = path[:1], path[-1:], fault.kind in {"name", "unknown"}
    if path in {("pattern",), ("pattern", "config")}:
        yield "pattern"
    elif path == ("agents",):
        yield "agents"
    elif first in {("inputs",), ("tools",), ("skills",)} and fault.kind != "missing":
        yield str(first[0])
    elif first == ("pattern",):
        if unknown or last == ("id",) or "deps" in path or fault.puts_in_several:
            yield "answers"  # a question may be among what is gone, or the way to one
        yield from map(str, _PARTS.intersection(path) if last != ("when",) else ())
        yield from map(str, {"start"}.intersection(last))
        yield from _ids(path[:-1] if unknown or last in {("id",), ("gate_id",)} else path)


_PARTS = {"accept", "choices", "edges", "limits", "vars"}


def _ids(path: Location) -> Iterator[str]:
    """The list whose ids and numbers are not known: it, or one of its items, could not be read."""
    match path:
        case ("pattern", "config"):
            yield "config"
        case (*_, "then"):
            yield "steps"
        case (*_, "branches" | "nodes" | "routes" | "steps" | "tasks" as name):
            yield name
        case (*_, "steps" | "then", _):
            yield "step"
        case (*_, "branches" | "routes" | "tasks" as name, _):
            yield name
        case _:
            return


def is_follower(problem: Problem, gone: set[str]) -> bool:
    """Whether a problem may be there only because of what is gone."""
    if "pattern" in gone and problem.pointer.startswith("/outputs"):
        return True
    return any(re.search(_FOLLOWS[name], problem.message) for name in gone - {"pattern"})
