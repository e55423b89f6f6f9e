"""How a run is shown, whatever shows it: which rows, how deep, what they are called, and what they decided.

A row that nothing came to while the run lasted (a route not taken, a question not asked) was not reached: that is a
matter of looking at the end, and no part of the state. The card in a notebook does the same in TypeScript.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from strands_nb.app.terminal import one_line
from strands_nb.engine.state import UnitState, UnitStatus, base_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from strands_nb.engine.payloads import UnknownCall
    from strands_nb.engine.state import RunState
    from strands_nb.engine.store import Repair

__all__ = (
    "UNREACHED",
    "ShownRow",
    "ShownStatus",
    "decision_text",
    "heading_text",
    "path_name",
    "progress",
    "repair_lines",
    "revision_text",
    "shown_rows",
    "unknown_text",
)

ShownStatus: TypeAlias = UnitStatus | Literal["unreached"]
UNREACHED: Final = "not reached"

_ENDED: Final = ("completed", "failed", "cancelled")
_COUNTED: Final = ("iteration", "round", "worker")
"""Roles of which there are several alike: they are called by their number, which counts from 1."""
_SCORES: Final = range(101)


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


def unknown_text(calls: Sequence[UnknownCall]) -> str:
    """What is to be known before calls run again of which nobody knows how they ended; nothing where there are none.

    >>> unknown_text([{"key": "steps/1", "agent": "writer", "tokens": 1200, "cost": None}])
    '1 call was under way when the process died, and may have been paid: about 1,200 tok, cost unknown; it runs again'
    """
    if not calls:
        return ""
    were, it = ("1 call was", "it runs") if len(calls) == 1 else (f"{len(calls):,} calls were", "they run")
    costs = [call["cost"] for call in calls]
    known = [cost for cost in costs if cost is not None]
    price = f"${sum(known):,.4f}" if len(known) == len(costs) else "cost unknown"
    about = f"about {sum(call['tokens'] for call in calls):,} tok, {price}"
    return f"{were} under way when the process died, and may have been paid: {about}; {it} again"


def repair_lines(session_id: str, report: Repair) -> list[str]:
    """What has become of a damaged session.

    >>> from strands_nb.engine.store import Repair
    >>> repair_lines("s", Repair(kept=1))
    ['s is not damaged: 1 record, and nothing was changed']
    """
    kept = f"{report.kept:,} record{'' if report.kept == 1 else 's'}"
    if report.aside is None:
        return [f"{session_id} is not damaged: {kept}, and nothing was changed"]
    return [
        f"{session_id} is whole again: {kept} kept, {report.lost} lost",
        f"the damaged original is kept as {report.aside}",
    ]


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


def decision_text(role: str, value: Any) -> str:  # noqa: ANN401 - any JSON
    """What a unit has decided, in a few words on one line; nothing where its value is not what such units decide.

    >>> decision_text("router", {"route": "billing"}), decision_text("orchestrator", ["tides", "waves"])
    ('→ billing', '2 tasks')
    >>> decision_text("evaluator", {"score": 86, "issues": ["It is long."]}), decision_text("evaluator", "good")
    ('86 of 100 · 1 issue', '')
    """
    match role, value:
        case "router", {"route": str(route)}:
            return f"→ {name}" if (name := one_line(route)) else ""
        case "evaluator", {"score": score, **more}:
            return _verdict(score, more.get("issues", []))
        case "orchestrator", [*tasks]:
            return _so_many(len(tasks), "task") or "no tasks"
        case _:
            return ""


def _verdict(score: Any, issues: Any) -> str:  # noqa: ANN401 - any JSON
    match score, issues:
        case int() | float(), [*found] if score in _SCORES and not isinstance(score, bool):
            return " · ".join(filter(None, [f"{int(score)} of {_SCORES[-1]}", _so_many(len(found), "issue")]))
        case _:
            return ""


def _so_many(count: int, thing: str) -> str:
    """`3 tasks`; nothing for none."""
    return f"{count:,} {thing}{'s' * (count > 1)}" if count else ""


def progress(state: RunState) -> tuple[int, int]:
    """How many units are done, and how many there are: at the end no more than were reached."""
    units = [unit for unit in state.units.values() if unit.kind != "scope"]
    done = sum(unit.status == "completed" for unit in units)
    return done, done if state.status == "completed" else len(units)
