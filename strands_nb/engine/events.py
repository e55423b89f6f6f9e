"""What happens in a run, as data: one union of frozen events, the only state there is.

An event is *durable* when it is part of the journal: it has a number (`seq`) of its own and is on disk before
anyone sees it. The one ephemeral event, `token`, carries the number of the durable event before it. Whoever knows
the events up to a number knows everything; `fold` turns them into a picture.

A unit of work has a *role* (`step`, `task`, `branch`, `node`, `iteration`, `worker`, `reduce`, ...), and its event
types are that role plus `_start`, `_complete` or `_error`: three classes serve all patterns.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Annotated, Any, ClassVar, Final, TypeAlias, Union, cast

from pydantic import ConfigDict, Discriminator, Tag, TypeAdapter

from strands_nb.engine.payloads import (
    AnsweredData,
    BudgetData,
    DeadlineData,
    NoteData,
    PlanData,
    QuestionData,
    RerunData,
    RetryData,
    RouteData,
    RunEndData,
    RunPausedData,
    RunResumeData,
    RunStartData,
    SpendData,
    TokenData,
    ToolCompleteData,
    ToolStartData,
    UnitCompleteData,
    UnitErrorData,
    UnitStartData,
    WaitingData,
)

__all__ = (
    "FORMAT",
    "BudgetWarned",
    "Event",
    "HitlAnswered",
    "HitlExtended",
    "HitlPaused",
    "HitlRequested",
    "HitlTimedOut",
    "Noted",
    "PlanCreated",
    "Rerun",
    "Retried",
    "RouteDecided",
    "RunCancelled",
    "RunCompleted",
    "RunFailed",
    "RunPaused",
    "RunResumed",
    "RunStarted",
    "Spent",
    "Token",
    "ToolCompleted",
    "ToolStarted",
    "UnitCompleted",
    "UnitFailed",
    "UnitStarted",
    "WorkflowEvent",
    "dump_event",
    "event_adapter",
    "load_event",
    "tag_of",
)

FORMAT: Final = 1
"""Version of the journal's records; every later release reads all earlier ones."""


@dataclass(frozen=True, slots=True)
class WorkflowEvent:
    """One thing that happened in a run.

    `timestamp` is aware (UTC). `key` is the place in the workflow, `""` for the run as a whole.
    """

    durable: ClassVar[bool] = True
    tag: ClassVar[str] = ""

    seq: int
    event_type: str
    timestamp: datetime
    session_id: str
    spec_name: str
    pattern_type: str
    key: str
    data: Any

    @property
    def type(self) -> str:
        """The same as `event_type`."""
        return self.event_type

    @property
    def metadata(self) -> dict[str, Any]:
        """The same as `data`."""
        return self.data

    @property
    def result(self) -> str | None:
        """The last response, at the end of a run."""
        return self.data.get("result")

    @property
    def error(self) -> str | None:
        """What went wrong, where something did."""
        return self.data.get("error")

    @property
    def response(self) -> str | None:
        """What the unit answered."""
        return self.data.get("response")

    @property
    def prompt(self) -> str | None:
        """What the agent or the human was asked."""
        return self.data.get("prompt")

    @property
    def duration(self) -> float | None:
        """Seconds of work."""
        return self.data.get("duration")

    @property
    def step_index(self) -> int | None:
        """The unit's place among its siblings, from 0."""
        return self.data.get("index")

    @property
    def step_id(self) -> str:
        """The unit's own id where the workflow gives it one, else its key."""
        return self.data.get("id") or self.key


@dataclass(frozen=True, slots=True)
class RunStarted(WorkflowEvent):
    """`workflow_start`: the first record of every journal."""

    tag: ClassVar[str] = "workflow_start"
    data: RunStartData


@dataclass(frozen=True, slots=True)
class RunResumed(WorkflowEvent):
    """`workflow_resume`: a process went on with it."""

    tag: ClassVar[str] = "workflow_resume"
    data: RunResumeData


@dataclass(frozen=True, slots=True)
class RunPaused(WorkflowEvent):
    """`workflow_paused`: it waits, and nothing runs."""

    tag: ClassVar[str] = "workflow_paused"
    data: RunPausedData


@dataclass(frozen=True, slots=True)
class Rerun(WorkflowEvent):
    """`rerun`: what is recorded of a unit does not count any more; the next leg comes to it as for the first time."""

    tag: ClassVar[str] = "rerun"
    data: RerunData


@dataclass(frozen=True, slots=True)
class RunCompleted(WorkflowEvent):
    """`workflow_complete`: it ended well."""

    tag: ClassVar[str] = "workflow_complete"
    data: RunEndData


@dataclass(frozen=True, slots=True)
class RunCancelled(WorkflowEvent):
    """`workflow_cancelled`: somebody ended it; the reason is in `error`."""

    tag: ClassVar[str] = "workflow_cancelled"
    data: RunEndData


@dataclass(frozen=True, slots=True)
class RunFailed(WorkflowEvent):
    """`error`: it ended without success, and may be resumed."""

    tag: ClassVar[str] = "error"
    data: RunEndData


@dataclass(frozen=True, slots=True)
class UnitStarted(WorkflowEvent):
    """`<role>_start`."""

    tag: ClassVar[str] = "unit_start"
    data: UnitStartData


@dataclass(frozen=True, slots=True)
class UnitCompleted(WorkflowEvent):
    """`<role>_complete`: the record that is found again."""

    tag: ClassVar[str] = "unit_complete"
    data: UnitCompleteData


@dataclass(frozen=True, slots=True)
class UnitFailed(WorkflowEvent):
    """`<role>_error`."""

    tag: ClassVar[str] = "unit_error"
    data: UnitErrorData


@dataclass(frozen=True, slots=True)
class HitlRequested(WorkflowEvent):
    """`hitl_requested`: a question is open."""

    tag: ClassVar[str] = "hitl_requested"
    data: QuestionData


@dataclass(frozen=True, slots=True)
class HitlPaused(WorkflowEvent):
    """`hitl_pause`: a unit waits for its answer, attended or not."""

    tag: ClassVar[str] = "hitl_pause"
    data: WaitingData


@dataclass(frozen=True, slots=True)
class HitlAnswered(WorkflowEvent):
    """`hitl_answered`: the first answer; there is no second."""

    tag: ClassVar[str] = "hitl_answered"
    data: AnsweredData


@dataclass(frozen=True, slots=True)
class HitlTimedOut(WorkflowEvent):
    """`hitl_timeout`: the deadline passed."""

    tag: ClassVar[str] = "hitl_timeout"
    data: DeadlineData


@dataclass(frozen=True, slots=True)
class HitlExtended(WorkflowEvent):
    """`hitl_extended`: a later deadline."""

    tag: ClassVar[str] = "hitl_extended"
    data: DeadlineData


@dataclass(frozen=True, slots=True)
class RouteDecided(WorkflowEvent):
    """`routing_decision`."""

    tag: ClassVar[str] = "routing_decision"
    data: RouteData


@dataclass(frozen=True, slots=True)
class PlanCreated(WorkflowEvent):
    """`plan_created`."""

    tag: ClassVar[str] = "plan_created"
    data: PlanData


@dataclass(frozen=True, slots=True)
class ToolStarted(WorkflowEvent):
    """`tool_start`."""

    tag: ClassVar[str] = "tool_start"
    data: ToolStartData


@dataclass(frozen=True, slots=True)
class ToolCompleted(WorkflowEvent):
    """`tool_complete`."""

    tag: ClassVar[str] = "tool_complete"
    data: ToolCompleteData


@dataclass(frozen=True, slots=True)
class Retried(WorkflowEvent):
    """`retry`: an attempt failed and another follows."""

    tag: ClassVar[str] = "retry"
    data: RetryData


@dataclass(frozen=True, slots=True)
class Spent(WorkflowEvent):
    """`spend`: one per attempt; budgets count these."""

    tag: ClassVar[str] = "spend"
    data: SpendData


@dataclass(frozen=True, slots=True)
class BudgetWarned(WorkflowEvent):
    """`budget_warning`: once per budget."""

    tag: ClassVar[str] = "budget_warning"
    data: BudgetData


@dataclass(frozen=True, slots=True)
class Noted(WorkflowEvent):
    """`note`."""

    tag: ClassVar[str] = "note"
    data: NoteData


@dataclass(frozen=True, slots=True)
class Token(WorkflowEvent):
    """`token`: text on its way; not recorded, since the completed reply holds it all."""

    durable: ClassVar[bool] = False
    tag: ClassVar[str] = "token"
    data: TokenData


Event: TypeAlias = (
    RunStarted
    | RunResumed
    | RunPaused
    | Rerun
    | RunCompleted
    | RunCancelled
    | RunFailed
    | UnitStarted
    | UnitCompleted
    | UnitFailed
    | HitlRequested
    | HitlPaused
    | HitlAnswered
    | HitlTimedOut
    | HitlExtended
    | RouteDecided
    | PlanCreated
    | ToolStarted
    | ToolCompleted
    | Retried
    | Spent
    | BudgetWarned
    | Noted
    | Token
)
"""Whatever can happen; `match` on it and end in `assert_never`."""

_CLASSES: Final[dict[str, type[Event]]] = {cls.tag: cls for cls in Event.__args__}
_UNIT_SUFFIXES: Final = {"start": "unit_start", "complete": "unit_complete", "error": "unit_error"}


def tag_of(event_type: str) -> str:
    """Which member of the union an event type belongs to.

    >>> tag_of("branch_complete"), tag_of("workflow_complete"), tag_of("token")
    ('unit_complete', 'workflow_complete', 'token')
    """
    if event_type in _CLASSES:
        return event_type
    return _UNIT_SUFFIXES.get(event_type.rpartition("_")[2], event_type)


def _discriminate(value: Any) -> str:  # noqa: ANN401 - pydantic hands over whatever it was given
    kind: object = cast("dict[str, Any]", value).get("event_type") if isinstance(value, dict) else value.event_type
    return tag_of(str(kind))


_tagged: Any = Union[tuple(Annotated[cls, Tag(tag)] for tag, cls in _CLASSES.items())]  # noqa: UP007 - built, not written
_union: Any = Annotated[_tagged, Discriminator(_discriminate)]
event_adapter: TypeAdapter[Event] = TypeAdapter(_union, config=ConfigDict(defer_build=True))
"""Validates events that come from outside this process; inside, they are made right."""

_FIELDS: Final = tuple(f.name for f in fields(WorkflowEvent))


def dump_event(event: WorkflowEvent) -> dict[str, Any]:
    """The event as JSON-able data, its timestamp in ISO 8601."""
    record = {name: getattr(event, name) for name in _FIELDS}
    record["timestamp"] = event.timestamp.isoformat()
    return record


def load_event(record: dict[str, Any]) -> Event:
    """The inverse of `dump_event`, for records that are known to be intact (a journal's checksum says so).

    Raises:
        KeyError: an event type or field that this version does not know.
    """
    values = {name: record[name] for name in _FIELDS}
    values["timestamp"] = datetime.fromisoformat(record["timestamp"])
    return _CLASSES[tag_of(record["event_type"])](**values)
