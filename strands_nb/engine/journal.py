"""The record of one session: appended to, and asked what is known already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from strands_nb.engine import events as ev
from strands_nb.engine.effects import Effects
from strands_nb.engine.payloads import QuestionData, UnitStartData
from strands_nb.engine.question import WITHDRAWN
from strands_nb.engine.state import is_within
from strands_nb.engine.store import Durable, SessionRepository
from strands_nb.errors import NonDeterminismError

__all__ = ("Journal",)


class Journal:
    """The index over a session's durable events. Look-up is by key and fingerprint, never by order."""

    def __init__(self, store: SessionRepository, session_id: str, events: Iterable[ev.Event] = ()) -> None:
        self.store = store
        self.session_id = session_id
        self.next_seq = 0
        self.spec_hash = ""
        self.started: ev.RunStarted | None = None
        self.end: ev.RunCompleted | ev.RunCancelled | ev.RunFailed | ev.RunPaused | None = None
        """How the latest leg ended; None while one runs, or after a crash."""
        self.answers: dict[str, ev.HitlAnswered | ev.HitlTimedOut] = {}
        self.questions: dict[str, QuestionData] = {}
        """The open ones, by id, with their present deadline."""
        self.waited_for: set[str] = set()
        """The questions of which this leg has said that it waits for their answers."""
        self.failed = False
        """Whether a unit has failed in this leg: if its program began again, it would try that unit again."""
        self.notes: dict[str, Any] = {}
        self.edition: dict[str, Any] = {}
        """Workflow, options and variables as of the latest leg."""
        self._known: dict[tuple[str, str], ev.UnitCompleted] = {}
        self._marks: dict[str, tuple[str, str]] = {}
        self._told: dict[tuple[str, str], Mapping[str, Any]] = {}
        self._begun: set[str] = set()
        """Units made of others that have begun, and not failed."""
        self._calling: dict[str, UnitStartData] = {}
        """The calls of agents that are under way, or were when their process died."""
        self._asked: dict[str, UnitStartData] = {}
        self.effects: dict[str, Effects] = {}
        """What is known of tool calls that must not be made twice, by unit."""
        self._sent_back: list[tuple[str, str]] = []
        """Questions that were answered by sending work back, each with the hash of the workflow, in order."""
        self._again: list[str] = []
        """The units that were to be done again."""
        for event in events:
            self.take(event)

    def append(self, event: ev.Event) -> Durable:
        """Write an event down and index it; returns when it is safe (see `Durable`)."""
        durable = self.store.append(self.session_id, event)
        self.take(event)
        return durable

    def find(self, key: str, mark: str) -> ev.UnitCompleted | None:
        """The recorded outcome of this very request, or None.

        Raises:
            NonDeterminismError: under this very workflow the key has an outcome of another request.
        """
        known = self._known.get((key, mark))
        if known is None and (other := self._marks.get(key)) is not None and other[0] == self.spec_hash:
            message = (
                f"{key} is recorded with another request than the one made now, though the workflow is unchanged; "
                "something in it is not deterministic (a time, a random number, a changed tool). Nothing was run: "
                "start a new session, or resume with on_change='reuse_unchanged' to pay for it again knowingly"
            )
            raise NonDeterminismError(message, key=key)
        return known

    def has_outcome(self, key: str, mark: str) -> bool:
        """Whether `key` has this very outcome."""
        return (key, mark) in self._known

    def has_ended(self, key: str) -> bool:
        """Whether `key` has any outcome."""
        return key in self._marks

    def has_begun(self, key: str) -> bool:
        """Whether the unit `key`, which is made of others, is recorded as begun; one that failed begins anew."""
        return key in self._begun

    def unknown(self) -> list[UnitStartData]:
        """The calls of agents of which nobody knows how they ended, since their process died before them."""
        return list(self._calling.values())

    def sent_back(self, prefix: str) -> list[str]:
        """The questions below `prefix` by which humans have sent work back under this very workflow, in that order."""
        return [key for spec, key in self._sent_back if spec == self.spec_hash and key.startswith(prefix)]

    def times_again(self, path: str) -> int:
        """How often the scope `path`, a unit in it or one around it was to be done again."""
        scope = path.removesuffix("/")
        return sum(not scope or _concerns(key, scope) for key in self._again)

    def told(self, event: type[ev.Event], key: str, data: Mapping[str, Any]) -> bool:
        """Whether this decision is recorded."""
        return self._told.get((event.tag, key)) == data

    def take(self, event: ev.Event) -> None:
        """Index one event that is part of the log."""
        self.next_seq = event.seq + 1
        match event:
            case ev.UnitCompleted(data=data):
                mark = data["fingerprint"]
                self._known[event.key, mark] = event
                self._marks[event.key] = (self.spec_hash, mark)
                self._calling.pop(event.key, None)
            case ev.UnitStarted() | ev.UnitFailed() | ev.Spent() | ev.Retried():
                self._take_attempt(event)
            case ev.ToolStarted() | ev.ToolCompleted():
                self._take_effect(event)
            case ev.Noted(data=data):
                self.notes[event.key] = data["value"]
                if not event.key:
                    self._forgive(data["value"])
            case ev.RouteDecided() | ev.PlanCreated():
                self._told[event.tag, event.key] = event.data
            case ev.HitlRequested() | ev.HitlPaused() | ev.HitlAnswered() | ev.HitlTimedOut() | ev.HitlExtended():
                self._take_question(event)
            case _:
                self._take_run(event)

    def _take_attempt(self, event: ev.UnitStarted | ev.UnitFailed | ev.Spent | ev.Retried) -> None:
        """Keep which calls are under way: an attempt begins with its unit or a retry, and ends when it is paid for."""
        match event:
            case ev.UnitStarted(data={"kind": "scope"}):
                self._begun.add(event.key)
            case ev.UnitStarted(data={"kind": "agent"} as data):
                self._calling[event.key] = self._asked[event.key] = data
            case ev.UnitFailed():
                self._begun.discard(event.key)
                self.failed = True
            case ev.Spent():
                self._calling.pop(event.key, None)
            case ev.Retried() if event.key in self._asked:
                self._calling[event.key] = self._asked[event.key]
            case _:
                pass  # nothing to look up

    def _take_effect(self, event: ev.ToolStarted | ev.ToolCompleted) -> None:
        unit = event.data["key"].rpartition("/tools/")[0]
        match event:
            case ev.ToolStarted(data={"effect": "once"} as data):
                effects = self.effects.setdefault(unit, Effects())
                effects.started(data["tool_id"], data["name"], data["arguments"])
            case ev.ToolCompleted(data=data) if unit in self.effects:
                self.effects[unit].completed(data["tool_id"], data["result"])
            case _:
                pass

    def _take_run(self, event: ev.Event) -> None:
        match event:
            case ev.RunStarted(data=data):
                self.started, self.spec_hash = event, data["spec_hash"]
                self._take_edition(data)
            case ev.RunResumed(data=data):
                self.end, self.spec_hash = None, data["spec_hash"]
                self._calling.clear()  # they are named in this very record
                self.waited_for.clear()
                self.failed = False
                self._take_edition(data)
                if "outline" in data:
                    self.questions.clear()  # of another workflow: what is still wanted is asked anew
            case ev.Rerun(data=data):
                self._forget(data["key"])
            case ev.RunCompleted() | ev.RunCancelled() | ev.RunFailed() | ev.RunPaused():
                self.end = event
                if not isinstance(event, ev.RunPaused):
                    self.questions.clear()
            case _:
                pass

    def _forgive(self, repair: Mapping[str, Any]) -> None:
        """The log was damaged: what is done again may come out differently now, and so may what follows from it."""
        self._marks = {key: ("", mark) for key, (_, mark) in self._marks.items()}
        if isinstance(self.end, ev.RunCompleted):
            self.end = None
        if not repair["workflow_known"]:
            self.spec_hash = ""

    def _take_edition(self, data: Mapping[str, Any]) -> None:
        self.edition.update({name: data[name] for name in ("spec", "options", "variables") if name in data})

    def _forget(self, key: str) -> None:
        """A unit is to be done again: it, the units in it and those it is in have no outcome now.

        Others keep theirs, and are found by what they are asked: so those are done again to which it matters.
        """
        self.end = None
        self._again.append(key)
        self._known = {(k, mark): one for (k, mark), one in self._known.items() if not _concerns(key, k)}
        self._marks.clear()  # what comes after may be asked something else than before
        self._begun = {k for k in self._begun if not is_within(key, k)}
        self._sent_back = [(spec, k) for spec, k in self._sent_back if not is_within(key, k)]
        self.questions = {name: one for name, one in self.questions.items() if not is_within(key, one["key"])}
        self.answers = {name: one for name, one in self.answers.items() if not is_within(key, one.key)}

    def _take_question(self, event: ev.Event) -> None:
        match event:
            case ev.HitlRequested(data=data):
                self.questions[data["question_id"]] = data
            case ev.HitlPaused(data=data):
                self.waited_for.add(data["question_id"])
            case ev.HitlAnswered(data=data) | ev.HitlTimedOut(data=data):
                self.answers[data["question_id"]] = event
                self.questions.pop(data["question_id"], None)
                if data.get("action") == "modify" and data.get("by") != WITHDRAWN:
                    self._sent_back.append((self.spec_hash, event.key))
            case ev.HitlExtended(data=data):
                if question := self.questions.get(data["question_id"]):
                    self.questions[data["question_id"]] = {**question, "deadline": data["deadline"]}
            case _:
                pass


def _concerns(key: str, other: str) -> bool:
    """Whether `other` is the unit `key`, in it, or around it."""
    return is_within(key, other) or is_within(other, key)
