"""The picture of a run: a pure fold over its events.

The same fold exists in TypeScript; golden event logs under `tests/golden/` hold the two together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias, assert_never

from strands_nb.engine import events as ev
from strands_nb.engine.payloads import OutlineData, QuestionData, UnitData, UnknownCall, UsageData
from strands_nb.engine.tokens import joined
from strands_nb.engine.units import DECIDING, Span, ToolState, UnitState, UnitStatus, begun, ended, placed, redrawn

__all__ = (
    "EMPTY",
    "END_STATUS",
    "RunState",
    "RunStatus",
    "Span",
    "ToolState",
    "UnitState",
    "UnitStatus",
    "base_key",
    "fold",
    "is_within",
    "revision_of",
    "state_to_json",
    "streamed_so_far",
    "sum_known",
)

RunStatus: TypeAlias = Literal["running", "paused", "interrupted", "completed", "failed", "cancelled"]
"""`interrupted`: unfinished, and no live process owns it."""


@dataclass(frozen=True, slots=True)
class RunState:
    """Everything a reader of a run needs; `seq` is the last durable event in it."""

    session_id: str = ""
    spec_name: str = ""
    pattern_type: str = ""
    status: RunStatus = "running"
    seq: int = -1
    started_at: str | None = None
    updated_at: str | None = None
    units: Mapping[str, UnitState] = field(default_factory=dict[str, UnitState])
    """By key without revision, in the order of the workflow."""
    edges: tuple[tuple[str, ...], ...] = ()
    """From, to, and what the arrow says where it says something."""
    questions: Mapping[str, QuestionData] = field(default_factory=dict[str, QuestionData])
    """The open ones, by question id, oldest first."""
    unknown: tuple[UnknownCall, ...] = ()
    """The calls that were under way when the process before this one died, as of the latest resume."""
    input_tokens: int = 0
    output_tokens: int = 0
    tokens: int = 0
    cost: float | None = 0.0
    """US dollars; None where the price of any attempt is unknown."""
    estimated: bool = False
    result: str | None = None
    agent: str | None = None
    error: str | None = None
    error_type: str | None = None
    duration: float | None = None
    waiting: float | None = None


END_STATUS: Final[Mapping[type[ev.Event], RunStatus]] = {
    ev.RunPaused: "paused",
    ev.RunCompleted: "completed",
    ev.RunCancelled: "cancelled",
    ev.RunFailed: "failed",
}
"""What a run is after the event that ends a leg."""

_NO_UNIT: Final = UnitState("")
EMPTY: Final = RunState()
"""Before the first event."""


def base_key(key: str) -> str:
    """The key without its revision.

    >>> base_key("branches/web/steps/1~2"), base_key("steps/0")
    ('branches/web/steps/1', 'steps/0')
    """
    return key.partition("~")[0]


def revision_of(key: str) -> int:
    """The revision that a key is of.

    >>> revision_of("branches/web/steps/1~2"), revision_of("steps/0")
    (2, 1)
    """
    number = key.partition("~")[2]
    return int(number) if number.isascii() and number.isdecimal() else 1


def is_within(key: str, other: str) -> bool:
    """Whether `other` is a revision of the unit `key`, or a unit in it.

    >>> [is_within("steps/1", key) for key in ("steps/1~2", "steps/1/tools/0", "steps/10", "steps")]
    [True, True, False, False]
    """
    other = base_key(other)
    return other == key or other.startswith(f"{key}/")


def fold(state: RunState, events: Iterable[ev.Event]) -> RunState:
    """The state after `events`; `state` itself stays as it was.

    Costs one copy of the units per call, not per event: hand over batches.
    """
    draft = _Draft(state)
    for event in joined(events):
        draft.take(event)
    return draft.finish()


class _Draft:
    """A private, mutable copy that lives for one `fold`. Changes are collected, and each unit is made anew once."""

    def __init__(self, state: RunState) -> None:
        self.units = dict(state.units)
        self.changes: dict[str, dict[str, Any]] = {}
        self.questions = dict(state.questions)
        self.run: dict[str, Any] = {}
        self.state = state
        self.latest: ev.Event | None = None

    @property
    def now(self) -> str:
        """When the latest event happened."""
        return "" if self.latest is None else self.latest.timestamp.isoformat()

    def finish(self) -> RunState:
        self.settle()
        if self.latest is not None:
            self.run["updated_at"] = self.now
        return replace(self.state, units=self.units, questions=self.questions, **self.run)

    def settle(self) -> None:
        """Make the units that have changed."""
        if fresh := [key for key in self.changes if key not in self.units]:
            self.units = placed(self.units, fresh)
        for key, changes in self.changes.items():
            if key in self.units:  # unless its `*` is not a placeholder, and has been taken for one
                self.units[key] = replace(self.units[key], **changes)
        self.changes.clear()

    def get(self, name: str) -> Any:  # noqa: ANN401 - a field of RunState, whichever
        return self.run[name] if name in self.run else getattr(self.state, name)

    def of(self, key: str, name: str) -> Any:  # noqa: ANN401 - a field of UnitState, whichever
        """A field of a unit as it is now."""
        changes = self.changes.get(key)
        if changes is not None and name in changes:
            return changes[name]
        return getattr(self.units.get(key, _NO_UNIT), name)

    def unit(self, key: str, **changes: Any) -> None:  # noqa: ANN401 - fields of UnitState
        """Change a unit; what still comes of an earlier revision changes nothing."""
        base = base_key(key)
        if revision_of(key) >= self.of(base, "revision"):
            self.put(base, **changes)

    def put(self, base: str, **changes: Any) -> None:  # noqa: ANN401 - fields of UnitState
        self.changes.setdefault(base, {}).update(changes)

    def over(self, key: str, *, ok: bool | None) -> tuple[Span, ...]:
        """The spans of a unit that ends now."""
        return ended(self.of(base_key(key), "spans"), self.now, ok=ok)

    def take(self, event: ev.Event) -> None:
        self.latest = event
        if event.durable:
            self.run["seq"] = event.seq
        match event:
            case ev.Token():
                self.unit(event.key, text=self.of(base_key(event.key), "text") + event.data["text"])
            case ev.UnitStarted() | ev.UnitCompleted() | ev.UnitFailed() | ev.Retried() | ev.Spent():
                self.take_unit(event)
            case ev.ToolStarted() | ev.ToolCompleted():
                self.take_tool(event)
            case ev.HitlRequested() | ev.HitlPaused() | ev.HitlAnswered() | ev.HitlTimedOut() | ev.HitlExtended():
                self.take_question(event)
            case ev.RunStarted() | ev.RunResumed() | ev.RunPaused():
                self.take_run(event)
            case ev.Rerun(data=data):
                self.forget(data["key"])
            case ev.RunCompleted() | ev.RunCancelled() | ev.RunFailed():
                self.take_end(event)
            case ev.RouteDecided() | ev.PlanCreated() | ev.BudgetWarned() | ev.Noted():
                pass
            case _:
                assert_never(event)

    def take_unit(self, event: ev.UnitStarted | ev.UnitCompleted | ev.UnitFailed | ev.Retried | ev.Spent) -> None:
        match event:
            case ev.UnitStarted(data=data):
                spans = self.of(base_key(event.key), "spans")
                self.put(
                    base_key(event.key),
                    **_identity(data),
                    kind=data["kind"],
                    status="running",
                    revision=data["revision"],
                    prompt=data["prompt"],
                    model=data["model"],
                    text="",
                    response=None,
                    value=None,
                    error=None,
                    answer=None,
                    tools=(),
                    spans=spans if data["kind"] == "scope" else begun(spans, self.now, data["revision"]),
                    started_at=self.now,
                )
            case ev.UnitCompleted(data=data):
                sent_back = data["answer"] is not None and data["answer"]["action"] == "modify"
                self.unit(
                    event.key,
                    **_identity(data),
                    status="waiting" if sent_back else "completed",  # a gate that sent its step back will ask again
                    response=data["response"],
                    value=data["value"] if data["role"] in DECIDING else None,
                    text="",
                    duration=data["duration"],
                    model=data["model"],
                    answer=data["answer"],
                    error=None,
                    spans=self.over(event.key, ok=True),
                )
            case ev.UnitFailed(data=data):
                failed = {"status": "failed", "error": data["error"], "spans": self.over(event.key, ok=False)}
                self.unit(event.key, **_identity(data), **failed, duration=data["duration"])
            case ev.Retried(data=data):
                spans = begun(self.over(event.key, ok=False), self.now, revision_of(event.key))
                self.unit(event.key, text="", error=data["error"], spans=spans)
            case ev.Spent(data=data):
                self.take_spend(event.key, data["usage"], data["attempt"])

    def take_spend(self, key: str, usage: UsageData, attempt: int) -> None:
        total = usage["input"] + usage["output"]
        base = base_key(key)
        self.put(base, tokens=self.of(base, "tokens") + total, cost=sum_known(self.of(base, "cost"), usage["cost"]))
        self.unit(key, attempts=attempt)
        self.run["cost"] = sum_known(self.get("cost"), usage["cost"])
        self.run["input_tokens"] = self.get("input_tokens") + usage["input"]
        self.run["output_tokens"] = self.get("output_tokens") + usage["output"]
        self.run["tokens"] = self.get("tokens") + total
        self.run["estimated"] = self.get("estimated") or usage["estimated"]

    def take_tool(self, event: ev.ToolStarted | ev.ToolCompleted) -> None:
        key = event.data["key"].rpartition("/tools/")[0]
        tools: tuple[ToolState, ...] = self.of(base_key(key), "tools")
        match event:
            case ev.ToolStarted(data=data):
                tool = ToolState(data["tool_id"], data["name"], data["arguments"], started_at=self.now)
                self.unit(key, tools=(*tools, tool))
            case ev.ToolCompleted(data=data):
                done = {"result": data["result"], "ok": data["ok"], "duration": data["duration"]}
                self.unit(key, tools=tuple(replace(t, **done) if t.tool_id == data["tool_id"] else t for t in tools))

    def take_question(
        self, event: ev.HitlRequested | ev.HitlPaused | ev.HitlAnswered | ev.HitlTimedOut | ev.HitlExtended
    ) -> None:
        question_id = event.data["question_id"]
        match event:
            case ev.HitlRequested(data=data):
                self.questions[question_id] = data
                self.unit(event.key, status="asking")
            case ev.HitlPaused():
                self.unit(event.key, status="asking")
            case ev.HitlAnswered() | ev.HitlTimedOut():
                self.questions.pop(question_id, None)
                self.unit(event.key, status="running", spans=self.over(event.key, ok=True))
            case ev.HitlExtended(data=data):
                if question_id in self.questions:
                    self.questions[question_id] = {**self.questions[question_id], "deadline": data["deadline"]}

    def take_run(self, event: ev.RunStarted | ev.RunResumed | ev.RunPaused) -> None:
        match event:
            case ev.RunStarted(data=data):
                self.run.update(
                    session_id=event.session_id,
                    spec_name=event.spec_name,
                    pattern_type=event.pattern_type,
                    started_at=event.timestamp.isoformat(),
                )
                self.draw(data["outline"])
                self.run["status"] = "running"
            case ev.RunResumed(data=data):
                if "outline" in data:
                    self.draw(data["outline"])
                    self.questions.clear()  # of another workflow: what is still wanted is asked anew
                self.run.update(status="running", error=None, error_type=None, result=None, agent=None)
                self.run["unknown"] = tuple(data.get("unknown", ()))
                self.go_on()
            case ev.RunPaused():
                self.stop("paused")

    def take_end(self, event: ev.RunCompleted | ev.RunCancelled | ev.RunFailed) -> None:
        self.stop(END_STATUS[type(event)])
        data = event.data
        self.questions.clear()
        self.run.update(
            result=data["result"],
            agent=data["agent"],
            error=data["error"],
            error_type=data["error_type"],
            duration=data["duration"],
            waiting=data["waiting"],
        )

    def stop(self, status: RunStatus) -> None:
        self.run["status"] = status
        self.settle()
        for key, unit in self.units.items():
            if unit.status == "running" or (unit.status == "asking" and status != "paused"):
                self.units[key] = replace(unit, status="interrupted", spans=ended(unit.spans, self.now, ok=None))

    def go_on(self) -> None:
        """Units made of others do not begin again when the run goes on: they never ended."""
        self.settle()
        for key, unit in self.units.items():
            if unit.kind == "scope" and unit.status == "interrupted":
                self.units[key] = replace(unit, status="running")
        for call in self.run["unknown"]:
            self.unit(call["key"], status="unknown")

    def forget(self, key: str) -> None:
        """A unit is to be done again, with all units in it; those it is in have not ended then."""
        self.stop("paused")
        self.run.update(error=None, error_type=None, result=None, agent=None)
        for name, unit in self.units.items():
            if is_within(key, name):
                fresh = {"revision": 1, "response": None, "value": None, "text": "", "error": None, "answer": None}
                self.units[name] = replace(unit, status="waiting", spans=self.over(name, ok=None), **fresh)
            elif is_within(name, key) and unit.status != "waiting":
                self.units[name] = replace(unit, status="interrupted")
        self.questions = {name: one for name, one in self.questions.items() if not is_within(key, one["key"])}

    def draw(self, outline: OutlineData) -> None:
        """Put the rows of the outline in its order; rows that events have already made keep what they hold."""
        self.settle()
        self.units = redrawn(self.units, outline)
        self.run["edges"] = tuple(tuple(edge) for edge in outline["edges"])


def streamed_so_far(state: RunState, now: datetime) -> list[ev.Event]:
    """For who joins late: what the units that run have said so far, as one token each."""
    names = (state.session_id, state.spec_name, state.pattern_type)
    texts = [(key, unit.text) for key, unit in state.units.items() if unit.text]
    return [ev.Token(state.seq, ev.Token.tag, now, *names, key, {"text": text}) for key, text in texts]


def _identity(data: UnitData) -> dict[str, Any]:
    return {"role": data["role"], "index": data["index"], "id": data["id"], "agent": data["agent"]}


def sum_known(so_far: float | None, more: float | None) -> float | None:
    """A sum that stays unknown once a part of it is.

    >>> sum_known(0.5, 0.25), sum_known(0.5, None)
    (0.75, None)
    """
    return None if so_far is None or more is None else so_far + more


def state_to_json(state: RunState) -> dict[str, Any]:
    """The state as plain JSON, units and questions as lists in order; what is JSON already is the very same, no copy.

    >>> state_to_json(EMPTY)["units"]
    []
    """
    data = _fields(state)
    units = state.units.values()
    data["units"] = [_fields(unit) | {name: [*map(_fields, getattr(unit, name))] for name in _LISTS} for unit in units]
    data["questions"] = list(state.questions.values())
    data["edges"] = [list(edge) for edge in state.edges]
    data["unknown"] = list(state.unknown)
    return data


_LISTS: Final = ("tools", "spans")


def _fields(one: RunState | UnitState | ToolState | Span) -> dict[str, Any]:
    return {field.name: getattr(one, field.name) for field in fields(one)}
