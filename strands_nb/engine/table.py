"""A run as a table: a row for each unit of work, in the order of the workflow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from strands_nb.engine.events import Event, Spent
from strands_nb.engine.state import EMPTY, base_key, fold
from strands_nb.engine.units import UnitState
from strands_nb.render.frame import Column, Kind, data_frame

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ("table_of",)


def table_of(events: Sequence[Event]) -> DataFrame:
    """The table of a run that has come to `events`.

    Raises:
        CapabilityError: pandas is not installed.
    """
    units = list(fold(EMPTY, events).units.values())
    counts = _tokens(events)
    columns: dict[str, Column] = {name: (kind, [get(unit) for unit in units]) for name, kind, get in _COLUMNS}
    columns["tokens_in"] = "count", [counts.get(unit.key, (None, None))[0] for unit in units]
    columns["tokens_out"] = "count", [counts.get(unit.key, (None, None))[1] for unit in units]
    return data_frame({name: columns[name] for name in _ORDER})


def _tokens(events: Iterable[Event]) -> dict[str, tuple[int, int]]:
    """What each unit has read and written, in all its attempts and revisions."""
    found: dict[str, tuple[int, int]] = {}
    for event in events:
        if isinstance(event, Spent):
            key, usage = base_key(event.data["key"]), event.data["usage"]
            read, written = found.get(key, (0, 0))
            found[key] = read + usage["input"], written + usage["output"]
    return found


def _name(unit: UnitState) -> str:
    label = "" if unit.label == unit.key else unit.label  # a key is no name
    return label or unit.id or unit.agent or unit.key


_COLUMNS: Final[Sequence[tuple[str, Kind, Callable[[UnitState], Any]]]] = (
    ("key", "text", lambda unit: unit.key),
    ("name", "text", _name),
    ("agent", "text", lambda unit: unit.agent),
    ("role", "text", lambda unit: unit.role),
    ("status", "text", lambda unit: unit.status),
    ("attempts", "count", lambda unit: unit.attempts),
    ("revision", "count", lambda unit: unit.revision),
    ("seconds", "number", lambda unit: unit.duration),
    ("tokens", "count", lambda unit: unit.tokens),
    ("cost", "number", lambda unit: unit.cost),
    ("started_at", "time", lambda unit: unit.started_at),
    ("model", "text", lambda unit: unit.model or None),
    ("prompt", "text", lambda unit: unit.prompt),
    ("response", "text", lambda unit: unit.response),
)
_ORDER: Final = (
    *("key", "name", "agent", "role", "status", "attempts", "revision", "seconds"),
    *("tokens_in", "tokens_out", "tokens", "cost", "started_at", "model", "prompt", "response"),
)
