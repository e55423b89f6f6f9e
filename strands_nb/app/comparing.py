"""Two runs side by side: what was asked otherwise, what was said otherwise, and what it has cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias, runtime_checkable

from strands_nb.app.changes import changes
from strands_nb.app.comparison import Comparison, Field, Side, UnitComparison
from strands_nb.app.difference import difference
from strands_nb.app.settings import session_store
from strands_nb.app.shown import decision_text, path_name
from strands_nb.engine.events import Event, RunResumed, RunStarted
from strands_nb.engine.loop import engine_loop
from strands_nb.engine.result import RunResult
from strands_nb.engine.state import EMPTY, RunState, UnitState, fold

if TYPE_CHECKING:
    from strands_nb.app.difference import Piece
    from strands_nb.engine.store import SessionRepository

__all__ = ("Comparable", "Recorded", "compare", "compare_events")


@runtime_checkable
class Recorded(Protocol):
    """A run that can tell its story: `strands_nb.Run`."""

    def events(self) -> Sequence[Event]:
        """All that is on record."""
        ...


Comparable: TypeAlias = "str | Recorded | RunResult | RunState"
"""A session's id, a run, its result, or its picture, which tells nothing of the workflow."""
_Record: TypeAlias = "tuple[RunState, Mapping[str, Any] | None]"
_ABSENT: Final = UnitState("")


def compare(before: Comparable, after: Comparable, *, store: SessionRepository | None = None) -> Comparison:
    r"""What differs between two runs; the ids of sessions are looked up in `store`, by default that of all runs.

    Raises:
        SessionNotFoundError, SessionCorruptedError: a session cannot be read.

    >>> from strands_nb import MemorySessionRepository, Workflow
    >>> workflow = Workflow.from_yaml("agents: {w: {prompt: Write.}}\nsteps: [{w: 'About {{ topic }}'}]")
    >>> workflow = workflow.with_options(model="scripted", store=MemorySessionRepository())
    >>> compare(workflow.run(topic="tides"), workflow.run(topic="waves"))
    Comparison(workflow: 1 changed; 1 change of the workflow)
    """
    return _compared(_record(before, store), _record(after, store))


def compare_events(before: Sequence[Event], after: Sequence[Event]) -> Comparison:
    """The same for two journals."""
    return _compared(_of_events(before), _of_events(after))


def _record(one: Comparable, store: SessionRepository | None) -> _Record:
    """The picture, and the workflow with its inputs and options where that is known."""
    match one:
        case RunState():
            return one, None
        case RunResult():
            return _of_events(one.events)
        case str():
            where = store or session_store()
            return _of_events(engine_loop.submit(lambda: where.read(one)).result())
        case Recorded():
            return _of_events(one.events())


def _of_events(events: Sequence[Event]) -> _Record:
    edition: dict[str, Any] = {}
    for event in events:
        if isinstance(event, RunStarted | RunResumed):
            edition |= event.data
    return fold(EMPTY, events), edition


def _compared(old: _Record, new: _Record) -> Comparison:
    (before, was), (after, now) = old, new
    return Comparison(
        before=_side(before),
        after=_side(after),
        changes=() if was is None or now is None else tuple(changes(was, now)),
        result=_differences(before.result, after.result),
        units=tuple(_units(before, after)),
    )


def _side(state: RunState) -> Side:
    return Side(
        session_id=state.session_id,
        workflow=state.spec_name,
        status=state.status,
        seconds=state.duration,
        tokens=state.tokens,
        cost=state.cost,
        error=state.error,
    )


def _units(before: RunState, after: RunState) -> Iterator[UnitComparison]:
    """Each unit of either run, in the order of the second; those that it lacks stand where the first has them."""
    for key in _merged(list(before.units), list(after.units)):
        old, new = before.units.get(key), after.units.get(key)
        units = after.units if new is not None else before.units
        fields = tuple(_fields(old or _ABSENT, new or _ABSENT)) if old and new else ()
        texts = _differences((old or _ABSENT).prompt, (new or _ABSENT).prompt), _differences(_said(old), _said(new))
        how = "added" if old is None else "removed" if new is None else "changed" if fields or any(texts) else "same"
        yield UnitComparison(key, path_name(units, key), how, fields, *texts)


def _merged(before: list[str], after: list[str]) -> list[str]:
    merged, known = list(after), set(after)
    for at, key in enumerate(before):
        if key not in known:
            above = next((one for one in reversed(before[:at]) if one in merged), None)
            merged.insert(0 if above is None else merged.index(above) + 1, key)
    return merged


def _fields(old: UnitState, new: UnitState) -> Iterator[Field]:
    """What differs besides the texts; a time or a price that differs makes no other unit of it."""
    for name, get in _COMPARED.items():
        was, now = get(old), get(new)
        if was != now:
            yield Field(name, was, now)


_COMPARED: Final[Mapping[str, Callable[[UnitState], str]]] = {
    "status": lambda unit: unit.status,
    "agent": lambda unit: unit.agent or "",
    "model": lambda unit: unit.model,
    "decision": lambda unit: decision_text(unit.role, unit.value),
    "answer": lambda unit: unit.answer["action"] if unit.answer else "",
    "error": lambda unit: unit.error or "",
}


def _said(unit: UnitState | None) -> str | None:
    return None if unit is None else unit.response if unit.response is not None else unit.text


def _differences(before: str | None, after: str | None) -> tuple[Piece, ...]:
    """The pieces of two texts; nothing where they are the same."""
    return () if (before or "") == (after or "") else tuple(difference(before or "", after or ""))
