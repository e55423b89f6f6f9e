"""Questions to humans and their answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from strands_nb.clean import as_html, as_markdown, escaped
from strands_nb.engine.fingerprint import canonical, fingerprint
from strands_nb.engine.form import form_fault
from strands_nb.engine.payloads import Action, AnswerData, QuestionData, UnitData
from strands_nb.errors import InvalidAnswerError

__all__ = (
    "APPROVED",
    "MAX_REVISIONS",
    "WITHDRAWN",
    "Answer",
    "HITLHandler",
    "HITLState",
    "InterruptResponse",
    "OnQuestion",
    "Question",
    "default_fault",
    "question_id",
    "refuse_misfit",
)

APPROVED = "approved"
"""The text of an approval without one, where the question has no default."""

WITHDRAWN = "strands_nb"
"""Who answers a question that has lost its sense, because what it asked about is being done again."""

MAX_REVISIONS = 10
"""How often one unit may be run again by `modify`."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a pattern asks.

    `reviews` is the key that `modify` runs again; without one there is nothing to modify. `about` is what was said
    there: who approves it approves these words, and is asked again about others. An answer that is JSON stands in for
    it where there are `edits`, the schema that it must fit then.
    """

    prompt: str
    context_display: str | None = None
    default: str | None = None
    timeout_seconds: float | None = None
    choices: tuple[str, ...] = ()
    schema: Mapping[str, Any] | None = None
    reviews: str | None = None
    about: str = ""
    edits: Mapping[str, Any] | None = None

    @property
    def fingerprint(self) -> str:
        """Changes with anything the human is shown or judges; not with the deadline."""
        shown = [self.prompt, self.context_display, self.default, self.choices, self.schema, self.reviews]
        return fingerprint("question", canonical(shown), *([self.about] if self.about else []))


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: an action and a text, by whom and when. A text is never read as an action."""

    action: Action
    text: str
    by: str
    at: datetime

    @property
    def withdrawn(self) -> bool:
        """Whether nobody has answered: what was asked about is being done again."""
        return self.by == WITHDRAWN

    def to_json(self) -> AnswerData:
        """The form in which it is recorded."""
        return {"action": self.action, "text": self.text, "by": self.by, "at": self.at.isoformat()}


@dataclass(frozen=True, slots=True)
class InterruptResponse:
    """A handler's answer that is more than a text.

    >>> InterruptResponse("modify", "shorter, please").action
    'modify'
    """

    action: Action
    feedback: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class HITLState:
    """An open question, as handlers and users see it. Times are aware; `timeout_seconds` is as the workflow says."""

    active: bool
    prompt: str
    context_display: str | None = None
    default_response: str | None = None
    timeout_seconds: float | None = None
    user_response: str | None = None
    question_id: str = ""
    key: str = ""
    role: str = "step"
    choices: list[str] = field(default_factory=list[str])
    schema: dict[str, Any] | None = None
    deadline: datetime | None = None
    session_id: str = ""

    def __repr__(self) -> str:
        default = f", default={self.default_response!r}" if self.default_response is not None else ""
        return f"HITLState({self.prompt!r}, key={self.key!r}{default})"

    def _repr_markdown_(self) -> str:
        about = [f"> {line}" for line in as_markdown(self.context_display or "").splitlines()]
        choices = [f"- {escaped(choice)}" for choice in self.choices]
        default = (
            [f"*without an answer:* {escaped(self.default_response)}"] if self.default_response is not None else []
        )
        parts = (f"**{escaped(self.prompt)}**", "\n".join(about), "\n".join(choices), *default)
        return "\n\n".join(filter(None, parts))

    def _repr_html_(self) -> str:
        return as_html(self._repr_markdown_())

    @classmethod
    def of(cls, data: QuestionData, session_id: str) -> HITLState:
        """The state of an open question from its record."""
        return cls(
            active=True,
            prompt=data["prompt"],
            context_display=data["context_display"],
            default_response=data["default"],
            timeout_seconds=data["timeout_seconds"],
            question_id=data["question_id"],
            key=data["key"],
            role=data["role"],
            choices=list(data["choices"]),
            schema=data["schema"],
            deadline=datetime.fromisoformat(data["deadline"]) if data["deadline"] else None,
            session_id=session_id,
        )


HITLHandler: TypeAlias = Callable[[HITLState], "str | InterruptResponse | Awaitable[str | InterruptResponse]"]
"""Answers a question; a plain string is an approval with that text. Sync ones run in the thread that waits."""

OnQuestion: TypeAlias = Callable[[HITLState], Answer | None]
"""Decides at once what becomes of a new question: an answer, None to wait for a human, or raise `Paused` to park."""


def question_id(key: str, mark: str) -> str:
    """The id of a question: the same in every process, another one as soon as key or wording change.

    >>> question_id("steps/1", "f00d")[:2]
    'q-'
    """
    return f"q-{fingerprint(key, mark)[:8]}"


def question_data(unit: UnitData, question: Question, revision: int, mark: str, asked_at: datetime) -> QuestionData:
    """The record of a question asked at `asked_at`."""
    seconds = question.timeout_seconds or None
    deadline = asked_at + timedelta(seconds=seconds) if seconds else None
    edits: dict[str, Any] = {"edits": dict(question.edits)} if question.edits else {}
    return {  # pyright: ignore[reportReturnType] - one field is not always there
        **unit,
        "question_id": question_id(unit["key"], mark),
        "prompt": question.prompt,
        "context_display": question.context_display,
        "default": question.default,
        "choices": list(question.choices),
        "schema": dict(question.schema) if question.schema else None,
        "timeout_seconds": seconds,
        "deadline": deadline.isoformat() if deadline else None,
        "reviews": question.reviews,
        "revision": revision,
        **edits,
    }


def refuse_misfit(data: QuestionData, action: Action, text: str | None) -> None:
    """Check that the question takes this answer.

    Raises:
        InvalidAnswerError: it does not; the message says what it takes.
    """
    key = data["key"]
    if action == "modify" and data["reviews"] is None:
        message = f"{key}: there is no earlier step that this question reviews, so nothing to modify; approve or reject"
        raise InvalidAnswerError(message)
    if action == "modify" and data["revision"] >= MAX_REVISIONS:
        message = f"{key}: revised {MAX_REVISIONS} times, which is the limit; approve or reject"
        raise InvalidAnswerError(message)
    if action == "modify" and not (text or "").strip():
        message = f"{key}: say what to change: modify needs feedback"
        raise InvalidAnswerError(message)
    if action == "approve" and (fault := _misfit(data, text)) is not None:
        message = f"{key}: {fault}"
        raise InvalidAnswerError(message)
    if text is not None and any("\ud800" <= c <= "\udfff" for c in text):
        message = f"{key}: the text holds half of a surrogate pair, which cannot be stored; paste it again"
        raise InvalidAnswerError(message)


def _misfit(data: QuestionData, text: str | None) -> str | None:
    """Why a text, or the default where there is none, is no answer that approves."""
    said = text or data["default"]
    if data["choices"] and not _is_choice(data, said):
        choices = ", ".join(data["choices"])
        return f"{said!r} is not one of the choices: {choices}" if said else f"choose one: {choices}"
    if said and "edits" in data and said.lstrip()[:1] in ("[", "{"):
        fault = form_fault(data["edits"], said)
        return None if fault is None else f"it begins like JSON, and cannot stand in for what was asked about: {fault}"
    if data["schema"] is None:
        return None
    fault = "it is left empty" if said is None else form_fault(data["schema"], said)
    return None if fault is None else f"the answer does not fit its form: {fault}"


def default_fault(data: QuestionData) -> str | None:
    """Why nothing can be taken where nobody answers, or None where the default can."""
    if data["default"] is None:
        return "it has no default"
    fault = _misfit(data, None)
    return None if fault is None else f"its default will not do ({fault})"


def _is_choice(data: QuestionData, said: str | None) -> bool:
    """One of the choices, with the word of its kind before it if one likes (`route:billing`), or their default."""
    known = {*data["choices"], *([APPROVED] if data["default"] is not None else [])}
    return said is not None and (said in known or said.partition(":")[2].strip() in data["choices"])


def response_of(data: QuestionData, action: Action, text: str | None) -> str:
    """The text later steps see: what was typed, else the default, else `approved`."""
    if text:
        return text
    if action == "approve":
        return data["default"] or APPROVED
    return text or ""
