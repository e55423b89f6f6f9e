"""How a run is shown, whatever shows it: which rows, how deep, and what they are called.

A row that nothing came to while the run lasted (a route not taken, a question not asked) was not reached: that is a
matter of looking at the end, and no part of the state. The card in a notebook does the same in TypeScript.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from strands_nb.engine.state import UnitState, UnitStatus, base_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from strands_nb.engine.state import RunState

__all__ = (
    "UNREACHED",
    "ShownRow",
    "ShownStatus",
    "heading_text",
    "path_name",
    "progress",
    "revision_text",
    "shown_rows",
)

ShownStatus: TypeAlias = UnitStatus | Literal["unreached"]
UNREACHED: Final = "not reached"

_ENDED: Final = ("completed", "failed", "cancelled")
_COUNTED: Final = ("iteration", "round", "worker")
"""Roles of which there are several alike: they are called by their number, which counts from 1."""


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One row; `depth` is the number of rows that hold it."""

    unit: UnitState
    depth: int
    name: str
    status: ShownStatus

    @property
    def heading(self) -> bool:
        """Whether it only groups others."""
        return self.unit.kind == "scope"


def shown_rows(state: RunState) -> list[ShownRow]:
    """The rows of a run in order; of what was not reached as a whole, the heading alone."""
    rows: list[ShownRow] = []
    closed: int | None = None
    for depth, unit in _nested(state.units.values()):
        if closed is not None and depth > closed:
            continue
        status = "unreached" if unit.status == "waiting" and state.status in _ENDED else unit.status
        closed = depth if status == "unreached" and unit.kind == "scope" else None
        rows.append(ShownRow(unit, depth, _name(unit), status))
    return rows


def _nested(units: Iterable[UnitState]) -> Iterator[tuple[int, UnitState]]:
    """Each unit with the number of others that hold it: `branches/web` holds `branches/web/steps/0`."""
    above: list[str] = []
    for unit in units:
        while above and not unit.key.startswith(f"{above[-1]}/"):
            above.pop()
        yield len(above), unit
        above.append(unit.key)


def _name(unit: UnitState) -> str:
    number = unit.key.rpartition("/")[2]
    counts = number.isascii() and number.isdecimal()
    if unit.role in _COUNTED:
        return f"{unit.role} {int(number) + 1}" if counts else f"{unit.role}s"
    label = "" if unit.label == unit.key else unit.label  # a key is no name; who works there is a better one
    name = label or unit.id or unit.agent or unit.key
    return f"{name} (visit {number})" if unit.role == "node" and counts and int(number) > 1 else name


def path_name(units: Mapping[str, UnitState], key: str) -> str:
    """What a unit is called, after the rows that hold it."""
    parts = base_key(key).split("/")
    keys = ("/".join(parts[: n + 1]) for n in range(len(parts)))
    return " / ".join(_name(units[one]) for one in keys if one in units) or key


def heading_text(row: ShownRow, state: RunState) -> str:
    """What a heading says beside its name: only what its rows do not say."""
    unit = row.unit
    match row.status:
        case "unreached":
            return UNREACHED
        case "waiting":
            return unit.detail
        case "failed":
            below = (other for other in state.units.values() if other.key.startswith(f"{unit.key}/"))
            return "" if any(other.error == unit.error for other in below) else unit.error or ""
        case _:
            return ""


def revision_text(unit: UnitState) -> str:
    """`revision 2`, or nothing for the first."""
    return f"revision {unit.revision}" if unit.revision > 1 else ""


def progress(state: RunState) -> tuple[int, int]:
    """How many units are done, and how many there are: at the end no more than were reached."""
    units = [unit for unit in state.units.values() if unit.kind != "scope"]
    done = sum(unit.status == "completed" for unit in units)
    return done, done if state.status == "completed" else len(units)
