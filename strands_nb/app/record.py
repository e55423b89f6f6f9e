"""One session with all there is of it: for looking at it closely, and for taking it elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from strands_nb.app.listing import SessionSummary, summary_of
from strands_nb.app.shown import revision_text, shown_rows
from strands_nb.engine.events import FORMAT, Event, RunResumed, RunStarted, Spent, dump_event
from strands_nb.engine.state import EMPTY, RunState, fold, state_to_json, sum_known

if TYPE_CHECKING:
    from strands_nb.app.shown import ShownRow
    from strands_nb.engine.store import SessionRepository

__all__ = ("SessionRecord", "Spending", "record_of")

_SIGNS: Final = {"completed": "✓", "failed": "✕", "asking": "◆", "unreached": "◌", "running": "◉", "interrupted": "‖"}


@dataclass(frozen=True, slots=True)
class Spending:
    """What one agent has cost on one model."""

    agent: str
    model: str
    attempts: int = 0
    tokens: int = 0
    cost: float | None = 0.0
    """US dollars; None where a price is unknown."""

    def plus(self, tokens: int, cost: float | None) -> Spending:
        """The same after one attempt more."""
        total = sum_known(self.cost, cost)
        return replace(self, attempts=self.attempts + 1, tokens=self.tokens + tokens, cost=total)


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A session, its picture, and all its events."""

    summary: SessionSummary
    state: RunState
    events: tuple[Event, ...]

    @property
    def spending(self) -> list[Spending]:
        """What it has cost, by agent and model, in the order in which they first spent."""
        found: dict[tuple[str, str], Spending] = {}
        for event in self.events:
            if isinstance(event, Spent):
                usage, who = event.data["usage"], (event.data["agent"], event.data["model"])
                found[who] = found.get(who, Spending(*who)).plus(usage["input"] + usage["output"], usage["cost"])
        return list(found.values())

    @property
    def worked(self) -> float:
        """Seconds of work, as far as they are recorded."""
        return max((event.data["active_s"] for event in self.events if isinstance(event, Spent)), default=0.0)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain JSON: what `export` writes."""
        summary = self.summary
        return {
            "format": FORMAT,
            **summary.to_dict(),
            "spec_hash": summary.spec_hash,
            "workflow_spec": self.workflow_spec,
            "variables": summary.variables,
            "token_usage": summary.token_usage,
            "artifacts_written": list(summary.artifacts_written),
            "state": state_to_json(self.state),
            "events": [dump_event(event) for event in self.events],
        }

    @property
    def workflow_spec(self) -> dict[str, Any] | None:
        """The workflow it was last run with, as data; None where it was started without one."""
        return self.latest.get("spec")

    @property
    def latest(self) -> dict[str, Any]:
        """Workflow, options and variables as of the latest leg."""
        found: dict[str, Any] = {}
        for event in self.events:
            if isinstance(event, RunStarted | RunResumed):
                found |= {name: value for name, value in event.data.items() if value is not None}
        return found

    def to_markdown(self) -> str:
        """A report to be read: what was asked, what was said, what it has cost."""
        return "\n".join([*self._head(), *self._steps(), *self._questions(), *self._costs()]).rstrip() + "\n"

    def _head(self) -> Iterator[str]:
        one = self.summary
        yield from (f"# {_line(one.workflow)}", "")
        yield f"- session: {one.session_id}"
        yield f"- status: {one.status}, {one.done} of {one.units} done"
        if one.created_at is not None:
            yield f"- begun: {one.created_at:%Y-%m-%d %H:%M} UTC"
        yield f"- last changed: {one.updated_at:%Y-%m-%d %H:%M} UTC"
        yield from (f"- {_line(name)}: {_line(str(value))}" for name, value in one.variables.items())
        yield from (f"- file: {_line(path)}" for path in one.artifacts_written)
        if one.error:
            yield from ("", *_quoted(one.error))
        yield ""

    def _steps(self) -> Iterator[str]:
        for row in shown_rows(self.state):
            unit = row.unit
            yield f"{'#' * min(2 + row.depth, 6)} {_title(row)}"
            yield ""
            said = "" if row.heading else unit.error or unit.response or unit.text
            if said:
                yield from (*_quoted(said), "")

    def _questions(self) -> Iterator[str]:
        for question in self.summary.questions:
            yield from (f"## Waits for an answer: {question['key']}", "", *_quoted(question["prompt"]), "")

    def _costs(self) -> Iterator[str]:
        if spending := self.spending:
            yield from ("## Costs", "", "| agent | model | calls | tokens | US dollars |", "|---|---|---|---|---|")
            for one in spending:
                cost = "unknown" if one.cost is None else f"{one.cost:.4f}"
                yield f"| {_cell(one.agent)} | {_cell(one.model)} | {one.attempts} | {one.tokens:,} | {cost} |"


async def record_of(store: SessionRepository, session_id: str) -> SessionRecord:
    """All of a session.

    Raises:
        SessionNotFoundError: there is no such session.
        SessionCorruptedError: its journal is damaged.
    """
    summary = await summary_of(store, session_id)
    events = tuple(await store.read(session_id))
    state = fold(EMPTY, events)
    if state.status == "running" and summary.owner is None:
        state = replace(state, status="interrupted")
    return SessionRecord(summary, state, events)


def _title(row: ShownRow) -> str:
    parts = [_line(row.name), row.unit.agent if row.unit.agent != row.name else "", revision_text(row.unit)]
    return f"{_SIGNS.get(row.status, '○')} {' · '.join(filter(None, parts))}"


def _line(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return _line(text).replace("|", "\\|")


def _quoted(text: str) -> Iterable[str]:
    """A text of somebody else, so that its headings are not ours."""
    return (f"> {line}".rstrip() for line in text.strip().splitlines())
