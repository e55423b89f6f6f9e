"""Where questions lie until somebody answers them."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from strands_nb.engine import events as ev
from strands_nb.engine import payloads as pay
from strands_nb.engine.halt import Halt
from strands_nb.engine.payloads import Action, AnswerData, QuestionData
from strands_nb.engine.question import WITHDRAWN, HITLState, default_fault, refuse_misfit, response_of
from strands_nb.engine.signals import Paused
from strands_nb.engine.state import base_key
from strands_nb.engine.store import settled
from strands_nb.errors import AlreadyAnsweredError, HumanInputRequired, InvalidAnswerError

if TYPE_CHECKING:
    from strands_nb.engine.session import Session  # for types only: at run time a session imports us

__all__ = ("Desk",)

MOST_SECONDS = 1_000_000_000
"""The longest extension: three decades."""


class Desk:
    """The open questions of a session. First answer wins; it is on disk before anybody hears of it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._changed: dict[str, asyncio.Future[None]] = {}
        self.unheard: set[str] = set()
        """Questions that were answered when nobody waited any more: their run is about to park."""
        self._closed = False

    # ---- the pattern's side -------------------------------------------------------------------------------------

    async def ask(self, data: QuestionData, halt: Halt) -> tuple[AnswerData, str]:
        """Wait for the answer: the recorded one, the policy's, a human's, or the default at the deadline."""
        session, question_id = self._session, data["question_id"]
        self.unheard.discard(question_id)
        if (known := self.recorded(question_id)) is not None:
            return known
        data = session.journal.questions.get(question_id, data)
        if question_id not in session.journal.questions:
            session.emit(ev.HitlRequested, data["key"], data)
        if (known := await self._overdue(data)) is not None:
            return known
        if question_id not in session.journal.waited_for:
            session.emit(ev.HitlPaused, data["key"], _waiting(data))
        decided = session.plan.on_question(HITLState.of(data, session.session_id))
        if decided is not None:
            await self.answer(question_id, decided.action, decided.text, decided.by)
            self.unheard.discard(question_id)  # it is heard below
        session.ledger.wait(+1)
        try:
            return await self._until_answered(data, halt)
        finally:
            session.ledger.wait(-1)

    async def _until_answered(self, data: QuestionData, halt: Halt) -> tuple[AnswerData, str]:
        question_id, stop = data["question_id"], halt.waiter()
        try:
            while True:
                if (known := self.recorded(question_id)) is not None:
                    return known
                halt.check()
                data = self._session.journal.questions[question_id]
                if (known := await self._overdue(data)) is not None:
                    return known
                if self._closed:
                    raise Paused
                changed = self._changed[question_id] = asyncio.get_running_loop().create_future()
                await asyncio.wait({changed, stop}, timeout=self._left(data), return_when=asyncio.FIRST_COMPLETED)
        finally:
            halt.discard(stop)
            self._changed.pop(question_id, None)

    def close(self) -> None:
        """Nobody will come: whoever waits for an answer is told to pause."""
        self._closed = True
        for question_id in list(self._changed):
            self._wake(question_id)

    @property
    def only_waits(self) -> bool:
        """Whether all who wait here still wait: none has an answer that it has not heard yet."""
        return self._changed.keys() <= self._session.journal.questions.keys()

    @property
    def seconds_left(self) -> float | None:
        """Until the first deadline of those who wait; None where there is none."""
        waiting = [self._left(self._session.journal.questions[question_id]) for question_id in self._changed]
        return min((left for left in waiting if left is not None), default=None)

    def recorded(self, question_id: str) -> tuple[AnswerData, str] | None:
        """The answer in the journal and the text later steps see, or None."""
        match self._session.journal.answers.get(question_id):
            case ev.HitlAnswered(data=data):
                answer: AnswerData = {
                    "action": data["action"],
                    "text": data["text"],
                    "by": data["by"],
                    "at": data["at"],
                }
                return answer, data["response"]
            case ev.HitlTimedOut(data=data, timestamp=at) if data["default"] is not None:
                text = data["default"]
                return {"action": "approve", "text": text, "by": "deadline", "at": at.isoformat()}, text
            case _:
                return None

    def _left(self, data: QuestionData) -> float | None:
        deadline = data["deadline"]
        if deadline is None:
            return None
        return max(0.0, (datetime.fromisoformat(deadline) - self._session.now()).total_seconds())

    async def _overdue(self, data: QuestionData) -> tuple[AnswerData, str] | None:
        """Apply a deadline that has passed, also while no process lived."""
        if self._left(data) != 0.0:
            return None
        fault = default_fault(data)
        taken = data["default"] if fault is None else None
        timeout: pay.DeadlineData = {"question_id": data["question_id"], "deadline": data["deadline"], "default": taken}
        await settled(self._session.emit(ev.HitlTimedOut, data["key"], timeout))
        if fault is not None:
            message = (
                f"{data['key']}: nobody answered {data['prompt']!r} in time, and {fault}; "
                "resume the session to be asked again"
            )
            raise HumanInputRequired(message, key=data["key"])
        return self.recorded(data["question_id"])

    # ---- the human's side ---------------------------------------------------------------------------------------

    def find(self, question: str | None) -> QuestionData:
        """The open question meant by an id, a key, or nothing where only one is open.

        Raises:
            AlreadyAnsweredError: it has its answer.
            InvalidAnswerError: there is none, or several and none was named.
        """
        waiting = self._session.journal.questions
        found = [q for q in waiting.values() if question in (None, q["question_id"], q["key"], base_key(q["key"]))]
        if len(found) == 1:
            return found[0]
        if question is not None or not waiting:
            self._refuse_answered(question)
        listed = "; ".join(f"{q['question_id']} ({q['key']})" for q in waiting.values()) or "none"
        what = f"no open question {question!r}" if question is not None and not found else "say which question is meant"
        message = f"{what if waiting else 'no question is open'}; open: {listed}"
        raise InvalidAnswerError(message, session_id=self._session.session_id)

    def _refuse_answered(self, question: str | None) -> None:
        """Name who was first, the latest where several revisions of a question have been answered."""
        for question_id, event in reversed(self._session.journal.answers.items()):
            if question in (None, question_id, event.key, base_key(event.key)):
                if self.recorded(question_id) is None:
                    message = f"the time to answer {event.key} is over; resume the session to be asked again"
                    raise InvalidAnswerError(message, session_id=self._session.session_id)
                first = event.data.get("by", "the deadline")
                said = event.data.get("response", event.data.get("default"))
                message = f"{event.key} is answered already: {said!r}, by {first}"
                raise AlreadyAnsweredError(message, session_id=self._session.session_id, first=first)

    async def answer(self, question: str | None, action: Action, text: str | None, by: str) -> None:
        """Record an answer; returns when it is durable.

        Raises:
            AlreadyAnsweredError: somebody was first.
            InvalidAnswerError: no such question, or it does not take this answer.
        """
        session = self._session
        data = self.find(question)
        refuse_misfit(data, action, text)
        response = response_of(data, action, text)
        answered: pay.AnsweredData = {
            "question_id": data["question_id"],
            "action": action,
            "text": text or "",
            "by": by,
            "at": session.now().isoformat(),
            "response": response,
        }
        await self._told(data, answered)

    async def withdraw(self, key: str, reason: str) -> tuple[AnswerData, str] | None:
        """Close a question that has lost its sense: its answer says so, and nobody is taken at their word.

        Returns what is on record then, as `recorded`: also an answer that was there before.
        """
        session = self._session
        for data in [data for data in session.journal.questions.values() if data["key"] == key]:
            withdrawn: pay.AnsweredData = {
                "question_id": data["question_id"],
                "action": "modify",
                "text": reason,
                "by": WITHDRAWN,
                "at": session.now().isoformat(),
                "response": reason,
            }
            await self._told(data, withdrawn)
        answers = reversed(session.journal.answers.values())
        return next((self.recorded(answer.data["question_id"]) for answer in answers if answer.key == key), None)

    async def lapse(self) -> None:
        """Take the defaults of the questions whose deadline passed while nobody ran the session."""
        for data in list(self._session.journal.questions.values()):
            if default_fault(data) is None:
                await self._overdue(data)

    async def _told(self, data: QuestionData, answered: pay.AnsweredData) -> None:
        durable = self._session.emit(ev.HitlAnswered, data["key"], answered)
        if data["question_id"] not in self._changed:
            self.unheard.add(data["question_id"])
        await settled(durable)
        self._wake(data["question_id"])

    async def extend(self, question: str | None, seconds: float) -> datetime:
        """Move a deadline; returns the new one, once it is durable.

        Raises:
            InvalidAnswerError: no such question, one without a deadline, or no time to add.
        """
        session = self._session
        data = self.find(question)
        if data["deadline"] is None:
            message = f"{data['key']} has no deadline to extend"
            raise InvalidAnswerError(message, session_id=session.session_id)
        if not 0 < seconds <= MOST_SECONDS:
            message = f"{data['key']}: a deadline is moved by 0 to {MOST_SECONDS:,} seconds, not by {seconds:,g}"
            raise InvalidAnswerError(message, session_id=session.session_id)
        deadline = datetime.fromisoformat(data["deadline"]) + timedelta(seconds=seconds)
        moved: pay.DeadlineData = {
            "question_id": data["question_id"],
            "deadline": deadline.isoformat(),
            "default": data["default"],
        }
        await settled(session.emit(ev.HitlExtended, data["key"], moved))
        self._wake(data["question_id"])
        return deadline

    def _wake(self, question_id: str) -> None:
        changed = self._changed.get(question_id)
        if changed is not None and not changed.done():
            changed.set_result(None)


def _waiting(data: QuestionData) -> pay.WaitingData:
    return {
        "key": data["key"],
        "role": data["role"],
        "index": data["index"],
        "step_index": data["step_index"],
        "id": data["id"],
        "agent": data["agent"],
        "question_id": data["question_id"],
        "prompt": data["prompt"],
    }
