"""What each kind of event carries, as typed dictionaries: plain JSON at rest, checked names in the editor."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias

from typing_extensions import TypedDict

__all__ = (
    "Action",
    "AnswerData",
    "AnsweredData",
    "BudgetData",
    "DeadlineData",
    "NoteData",
    "OutlineData",
    "OutlineNode",
    "PlanData",
    "QuestionData",
    "RetryData",
    "RouteData",
    "RunEndData",
    "RunPausedData",
    "RunResumeData",
    "RunStartData",
    "SpendData",
    "TokenData",
    "ToolCompleteData",
    "ToolStartData",
    "UnitCompleteData",
    "UnitData",
    "UnitErrorData",
    "UnitStartData",
    "UsageData",
    "WaitingData",
)

Action: TypeAlias = Literal["approve", "reject", "modify"]


class OutlineNode(TypedDict):
    """One box of the static picture; `key` is what the run's events will carry."""

    key: str
    role: str
    label: str
    agent: str | None
    kind: Literal["agent", "hitl", "scope"]
    detail: str
    parent: NotRequired[str]
    """Key of the box around it."""


class OutlineData(TypedDict):
    """The static picture of a workflow: boxes in file order, arrows between their keys."""

    nodes: list[OutlineNode]
    edges: list[list[str]]
    """From, to, and what the arrow says where it says something."""


class UsageData(TypedDict):
    """Tokens and US dollars; `cost` is None where no price is known."""

    input: int
    output: int
    cached: int
    cost: float | None
    estimated: bool


class AnswerData(TypedDict):
    """What a human said: `by` and `at` say who and when."""

    action: Action
    text: str
    by: str
    at: str


class RunStartData(TypedDict):
    """All that a new process needs to go on with the run; `forked_from` is the session it began as a copy of."""

    format: int
    spec_hash: str
    spec: dict[str, Any] | None
    options: dict[str, Any]
    variables: dict[str, Any]
    outline: OutlineData
    forked_from: NotRequired[str]


class RunResumeData(TypedDict):
    """Workflow, options, variables and outline only where they have changed; `unknown` where there are such calls."""

    spec_hash: str
    spec: NotRequired[dict[str, Any] | None]
    options: NotRequired[dict[str, Any]]
    variables: NotRequired[dict[str, Any]]
    outline: NotRequired[OutlineData]
    unknown: NotRequired[list[UnknownCall]]


class UnknownCall(TypedDict):
    """A call that was under way when its process died; nobody knows whether it was paid. `cost` is an estimate."""

    key: str
    agent: str | None
    tokens: int
    cost: float | None


class RerunData(TypedDict):
    """A unit that somebody wants done again, with all units in it."""

    key: str
    by: str


class RunPausedData(TypedDict):
    """Why it stopped; `in_flight` names the calls that were given up."""

    reason: str
    questions: list[str]
    in_flight: list[str]


class RunEndData(TypedDict):
    """How it ended. `result` is the last response; times are seconds of work and of waiting for people."""

    result: str
    agent: str | None
    duration: float
    waiting: float
    error: str | None
    error_type: str | None
    artifacts: list[str]


class UnitData(TypedDict):
    """Which unit of work: present in every event of a unit."""

    key: str
    role: str
    index: int | None
    step_index: int | None
    id: str | None
    agent: str | None


class UnitStartData(UnitData):
    """`prompt` is what the agent (or human) is asked; `revision` counts from 1."""

    kind: Literal["agent", "hitl", "scope"]
    prompt: str
    revision: int
    model: str


class UnitCompleteData(UnitData):
    """The recorded outcome: found again by key and `fingerprint`, it is never paid for twice."""

    response: str
    duration: float
    tokens: int
    cost: float | None
    status: Literal["completed"]
    fingerprint: str
    usage: UsageData | None
    model: str
    stop_reason: str
    messages: list[Any] | None
    value: Any
    answer: AnswerData | None


class UnitErrorData(UnitData):
    """Why it failed; nothing of it is reused."""

    error: str
    error_type: str
    duration: float
    status: Literal["failed"]


class QuestionData(UnitData):
    """A question to a human. `deadline` is absolute (ISO 8601), `reviews` the key a `modify` runs again.

    An answer that is JSON must fit `edits`, where there is such a schema: it stands in for what is asked about.
    """

    question_id: str
    prompt: str
    context_display: str | None
    default: str | None
    choices: list[str]
    schema: dict[str, Any] | None
    timeout_seconds: float | None
    deadline: str | None
    reviews: str | None
    revision: int
    edits: NotRequired[dict[str, Any]]


class WaitingData(UnitData):
    """A unit that waits for the answer to an open question."""

    question_id: str
    prompt: str


class AnsweredData(AnswerData):
    """`response` is the text as later steps see it."""

    question_id: str
    response: str


class DeadlineData(TypedDict):
    """A new deadline, or one that has passed with its default."""

    question_id: str
    deadline: str | None
    default: str | None


class RouteData(TypedDict):
    """The chosen route."""

    key: str
    route: str
    routes: list[str]


class PlanData(TypedDict):
    """The tasks a decomposition gave."""

    key: str
    tasks: list[Any]


class ToolStartData(TypedDict):
    """A tool call inside a unit; its own key is `<unit>/tools/<n>`. `effect` only where it must not be made twice."""

    key: str
    tool_id: str
    name: str
    arguments: Any
    effect: NotRequired[Literal["once"]]


class ToolCompleteData(TypedDict):
    """What the tool answered."""

    key: str
    tool_id: str
    name: str
    result: str
    ok: bool
    duration: float


class RetryData(TypedDict):
    """Attempt `attempt` failed; the next starts in `delay` seconds."""

    key: str
    attempt: int
    delay: float
    error: str


class SpendData(TypedDict):
    """What one attempt cost, also a failed one. `active_s` is the run's working time so far, in seconds."""

    key: str
    agent: str
    attempt: int
    model: str
    usage: UsageData
    ok: bool
    error: str | None
    active_s: float


class BudgetData(TypedDict):
    """Which budget is nearly used up."""

    budget: str
    spent: float
    limit: float


class NoteData(TypedDict):
    """A value from outside (time, random, an id), recorded once and read back ever after."""

    value: Any


class TokenData(TypedDict):
    """A piece of a reply's text."""

    text: str
