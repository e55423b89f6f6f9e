"""What has changed in a workflow since a session was started with it, for people."""
# ruff: noqa: ANN401 - any JSON

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

__all__ = ("changes",)

_WIDTH: Final = 60
_SHOWN: Final = 12
_ABSENT: Final = object()
_MODELS: Final = ("model", "provider", "default_model")

Path = tuple[str | int, ...]


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """One line for each difference between two editions, the first dozen of them.

    Both hold `spec`, `variables` and `options` as a session stores them.

    >>> step = {"agent": "writer", "input": "Draft"}
    >>> def edition(**fields):
    ...     return {"spec": {"pattern": {"type": "chain", "config": {"steps": [{**step, **fields}]}}}}
    >>> changes(edition(), edition(input="A long draft"))
    ["steps/0, input: 'Draft' -> 'A long draft'"]
    """
    old, new = _part(before, "spec"), _part(after, "spec")
    lines = [_line(path, was, now, old, new) for path, was, now in _differences(old, new)]
    lines += [
        f"variable {_plain(*found)}" for found in _differences(_part(before, "variables"), _part(after, "variables"))
    ]
    was, now = (_models(_part(one, "options")) for one in (before, after))
    lines += [_plain(*found) for found in _differences(was, now)]
    more = len(lines) - _SHOWN
    return [*lines[:_SHOWN], f"and {more} more"] if more > 0 else lines


def _part(edition: Mapping[str, Any], name: str) -> dict[str, Any]:
    return edition.get(name) or {}


def _models(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: options.get(name) for name in _MODELS}


def _differences(old: Any, new: Any, path: Path = ()) -> list[tuple[Path, Any, Any]]:
    """The smallest parts that differ, each with what it was and what it is."""
    before, after = _parts(old), _parts(new)
    if before is None or after is None:
        return [] if old == new and type(old) is type(new) else [(path, old, new)]
    pairs = {name: (before.get(name, _ABSENT), after.get(name, _ABSENT)) for name in [*before, *after]}
    return [found for name, (was, now) in pairs.items() for found in _differences(was, now, (*path, name))]


def _parts(value: Any) -> dict[str | int, Any] | None:
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str | int, Any]", value))
    return dict(enumerate(cast("Sequence[Any]", value))) if isinstance(value, (list, tuple)) else None


def _line(path: Path, was: Any, now: Any, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    match path:
        case ("pattern", "config", *inside):
            place, rest = _unit(inside, {**_config(old), **_config(new)})
        case ("agents", name, *rest):
            place = f"agent {name}"
        case _:
            place, rest = "", list(path)
    return _plain((*([place] if place else []), *rest), was, now, between=", ")


def _config(spec: Mapping[str, Any]) -> dict[str, Any]:
    return spec.get("pattern", {}).get("config", {})


def _unit(inside: list[str | int], config: Mapping[str, Any]) -> tuple[str, list[str | int]]:  # noqa: PLR0911 - a case each
    """The key of the unit that a part of a pattern belongs to, and where in it the part stands."""
    match inside:
        case ["steps", int(at), *rest]:
            return f"steps/{at}", rest
        case ["tasks", int(at), *rest]:
            return f"tasks/{_id(config, 'tasks', at)}", rest
        case ["branches", int(at), "steps", int(step), *rest]:
            return f"branches/{_id(config, 'branches', at)}/steps/{step}", rest
        case ["routes", name, "then", int(step), *rest]:
            return f"routes/{name}/steps/{step}", rest
        case [("nodes" | "routes") as group, name, *rest]:
            return f"{group}/{name}", rest
        case [first, *rest]:
            return str(first), rest
        case _:
            return "pattern", []


def _id(config: Mapping[str, Any], group: str, at: int) -> str:
    listed = config.get(group, [])
    return listed[at].get("id", at) if at < len(listed) else str(at)


def _plain(path: Path, was: Any, now: Any, between: str = ".") -> str:
    where = between.join(str(part) for part in path)
    if was is _ABSENT:
        return f"{where}: new, {_short(now)}"
    if now is _ABSENT:
        return f"{where}: gone, was {_short(was)}"
    return f"{where}: {_short(was)} -> {_short(now)}"


def _short(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 2]} …"
