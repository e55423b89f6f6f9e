"""A second session that begins where another one was."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from strands_nb.engine import events as ev
from strands_nb.engine.state import EMPTY, fold
from strands_nb.errors import SessionError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from strands_nb.engine.units import UnitState

__all__ = ("forked", "unit_named")

_LEFT_BEHIND: Final = (ev.Spent, ev.BudgetWarned, ev.Retried, ev.HitlPaused, ev.UnitFailed, ev.Token)
"""What was paid, was paid by the other session; what failed may go well here."""
_LISTED: Final = 20
_ENDS: Final = (ev.RunPaused, ev.RunCompleted, ev.RunCancelled, ev.RunFailed)


def forked(events: Sequence[ev.Event], session_id: str, from_step: str | None = None) -> list[ev.Event]:
    """The events of a new session that has done what another one has done, and has paid nothing for it.

    With `from_step` that unit is to be done again. The new session is paused.

    Raises:
        SessionError: there is no such unit.
    """
    state = fold(EMPTY, events)
    key = None if from_step is None else unit_named(state.units, from_step)
    completed = frozenset(event.key for event in events if isinstance(event, ev.UnitCompleted))
    kept = [_at_home(event, state.session_id) for event in events if _is_kept(event, completed)]
    last = events[-1]
    name = {"session_id": session_id, "spec_name": last.spec_name, "pattern_type": last.pattern_type}

    def more(cls: type[ev.Event], key: str, data: object) -> None:
        kept.append(cls(0, cls.tag, last.timestamp, **name, key=key, data=data))  # pyright: ignore[reportArgumentType, reportCallIssue]

    if key is not None:
        more(ev.Rerun, key, {"key": key, "by": "fork"})
    questions = list(fold(EMPTY, kept).questions)
    more(ev.RunPaused, "", {"reason": f"forked from {state.session_id}", "questions": questions, "in_flight": []})
    return [replace(event, seq=seq, session_id=session_id) for seq, event in enumerate(kept)]


def _at_home(event: ev.Event, origin: str) -> ev.Event:
    if isinstance(event, ev.RunStarted):
        return replace(event, data={**event.data, "forked_from": origin})
    return event


def _is_kept(event: ev.Event, completed: frozenset[str]) -> bool:
    match event:
        case ev.UnitStarted(data={"kind": "agent"}):
            return event.key in completed
        case ev.HitlAnswered(data={"action": "reject"}) | ev.UnitCompleted(data={"answer": {"action": "reject"}}):
            return False  # it ended the other session; here the question is open again
        case _:
            return not isinstance(event, _LEFT_BEHIND + _ENDS)


def unit_named(units: Mapping[str, UnitState], name: str) -> str:
    """The key of a unit that people call by its key, by its id, or by its number in a chain.

    Raises:
        SessionError: none is called so, or several are.
    """
    if name in units:
        return name
    if f"steps/{name}" in units:
        return f"steps/{name}"
    called = [unit.key for unit in units.values() if name in (unit.id, unit.label, unit.key.rpartition("/")[2])]
    if len(called) == 1:
        return called[0]
    if called:
        message = f"{len(called)} units are called {name!r}; name one by its key: {', '.join(called)}"
    else:
        close = get_close_matches(name, units, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"units: {', '.join([*units][:_LISTED])}"
        message = f"no unit is called {name!r}; {hint}"
    raise SessionError(message)
