"""A session while this process has it open: its journal, its clocks, its open questions, and who listens.

Lives on the engine loop; nothing here may be called from another thread. `Run` is the handle for everybody else.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from strands_nb.engine import events as ev
from strands_nb.engine import payloads as pay
from strands_nb.engine.call import Agents, Call, Middleware, Reply, Usage, tokens_of
from strands_nb.engine.clock import SYSTEM_CLOCK, Clock
from strands_nb.engine.context import Context
from strands_nb.engine.desk import Desk
from strands_nb.engine.halt import Halt
from strands_nb.engine.journal import Journal
from strands_nb.engine.ledger import Budgets, Ledger
from strands_nb.engine.memory import Memory
from strands_nb.engine.middleware import FailurePolicy, budgeted, compose, limited, metered, retried, timed
from strands_nb.engine.payloads import OutlineData
from strands_nb.engine.question import OnQuestion
from strands_nb.engine.result import Outcome
from strands_nb.engine.signals import Paused
from strands_nb.engine.store import Durable, SessionRepository, as_session_error
from strands_nb.engine.unit import UnitWatch
from strands_nb.errors import ExecutionError, SessionError, SpecChangedError

__all__ = ("Limits", "Listener", "Plan", "Program", "Session")

Program: TypeAlias = Callable[[Context], Awaitable[Outcome]]
Finish: TypeAlias = Callable[["Session", Outcome], Awaitable[Outcome]]
Listener: TypeAlias = Callable[[ev.Event], None]
"""Called on the engine loop with each event; must return at once and never raise."""
Price: TypeAlias = Callable[[str, Usage], float | None]
Changes: TypeAlias = Callable[[Mapping[str, Any]], list[str]]


@dataclass(frozen=True, slots=True)
class Limits:
    """What surrounds every agent call."""

    budgets: Budgets = field(default_factory=Budgets)
    failure: FailurePolicy = field(default_factory=FailurePolicy)
    max_parallel: int | None = 5
    call_timeout_s: float | None = None


def _wait(_: object) -> None:
    """Wait for a human."""


def _nothing() -> None:
    """Nobody wants to know."""


def _unpriced(*_: object) -> None:
    """Nobody has said what anything costs."""


def _not_compared(_: object) -> list[str]:
    """Nobody knows what the parts of a workflow mean."""
    return []


def _empty_outline() -> OutlineData:
    return {"nodes": [], "edges": []}


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a run needs to know beforehand; made by the composition root."""

    program: Program
    agents: Agents
    spec_name: str = "workflow"
    pattern_type: str = "chain"
    spec_hash: str = ""
    spec: dict[str, Any] | None = None
    options: dict[str, Any] = field(default_factory=dict[str, Any])
    variables: dict[str, Any] = field(default_factory=dict[str, Any])
    outline: OutlineData = field(default_factory=_empty_outline)
    limits: Limits = field(default_factory=Limits)
    bound: str = ""
    """What a run may come to at most, in words for people."""
    on_question: OnQuestion = _wait
    """None as its answer means: wait for a human."""
    extra: tuple[Middleware, ...] = ()
    """Further layers, inside the others: closest to the call."""
    finish: Finish | None = None
    """Called once, with what the program returned, before the run counts as complete; never on a replay."""
    price: Price = _unpriced
    """US dollars for the usage of an agent, None where they are not known."""
    on_change: Literal["refuse", "reuse_unchanged"] = "reuse_unchanged"
    """What becomes of a session that was started with another workflow."""
    changes: Changes = _not_compared
    """What differs between the edition that a session holds (`spec`, `options`, `variables`) and this one, in lines."""
    clock: Clock = SYSTEM_CLOCK


class Session:
    """One open session. `leg()` runs the program once, from the start; what is recorded is not done again."""

    def __init__(self, plan: Plan, store: SessionRepository, session_id: str) -> None:
        self.plan, self.store, self.session_id = plan, store, session_id
        self.agents = plan.agents
        self.journal = Journal(store, session_id)
        self.now, self.monotonic = plan.clock.now, plan.clock.monotonic
        self.ledger = Ledger(self.monotonic)
        self.desk = Desk(self)
        self.log: list[ev.Event] = []
        """All durable events that may be shown, oldest first."""
        self.in_flight: set[str] = set()
        """The keys of the calls that somebody is being paid for right now."""
        self.listeners: tuple[Listener, ...] = ()
        self.broken: SessionError | None = None
        """Why nothing can be written down any more; whoever tries is told."""
        self.on_broken: Callable[[], Any] = _nothing
        self._visited: set[str] = set()
        self._unsafe: deque[tuple[ev.Event, Durable]] = deque()
        self.call = compose(self._layers(plan.limits), self._attempt)
        """Call an agent through all layers."""

    def _layers(self, limits: Limits) -> list[Middleware]:
        return [
            budgeted(self.ledger, limits.budgets),
            retried(limits.failure, self._announce_retry),
            limited(limits.max_parallel),
            metered(self.ledger, limits.budgets, self._warn),  # while this call queued or backed off, others have spent
            timed(limits.call_timeout_s),
            *self.plan.extra,
        ]

    def open(self, events: Sequence[ev.Event]) -> None:
        """Take in what is recorded already."""
        for event in events:
            self.journal.take(event)
            self.ledger.take(event)
        self.log = list(events)

    # ---- writing down and showing -------------------------------------------------------------------------------

    def emit(self, cls: type[ev.Event], key: str, data: Any, event_type: str = "") -> Durable:  # noqa: ANN401 - fits `cls`
        """Write an event down now, and show it as soon as it is safe. Await what is returned before relying on it.

        Raises:
            StorageError, SessionBusyError: it cannot be; nothing can be from here on.
        """
        journal, plan = self.journal, self.plan
        seq = journal.next_seq if cls.durable else journal.next_seq - 1
        event = cls(
            seq, event_type or cls.tag, self.now(), self.session_id, plan.spec_name, plan.pattern_type, key, data
        )
        if not cls.durable:
            self._show_in_order(event, None)
            return None
        durable = self._written(event)
        self.ledger.take(event)
        self._show_in_order(event, durable)
        return durable

    def _written(self, event: ev.Event) -> Durable:
        if self.broken is not None:
            raise self.broken
        try:
            return self.journal.append(event)
        except (OSError, SessionError) as error:
            raise self._break(error)  # noqa: B904 - which has its cause

    def _break(self, error: BaseException) -> SessionError:
        """Nothing more can be written: what runs is stopped, since it would be paid for and lost."""
        if self.broken is None:
            self.broken = as_session_error(error, self.session_id)
            self.on_broken()
        return self.broken

    def _show_in_order(self, event: ev.Event, durable: Durable) -> None:
        if durable is None and not self._unsafe:
            self._show(event)
            return
        self._unsafe.append((event, durable))
        if durable is None or durable.done():
            self._show_safe()
        else:
            durable.add_done_callback(self._show_safe)

    def _show_safe(self, _: object = None) -> None:
        """Show the events at the head of the queue that have become durable; none behind one that never will be."""
        while self._unsafe and ((durable := self._unsafe[0][1]) is None or durable.done()):
            event, _done = self._unsafe.popleft()
            failed = durable.exception() if durable is not None and not durable.cancelled() else None
            if failed is not None:
                self._break(failed)
            elif self.broken is None:
                self._show(event)
        if self.ledger.idle and not self._unsafe:
            self.ledger.on_idle()

    def _show(self, event: ev.Event) -> None:
        if event.durable:
            self.log.append(event)
        for listener in self.listeners:
            listener(event)

    @property
    def only_waits(self) -> bool:
        """Whether the record holds all there is to know, and nothing can happen until somebody answers.

        A unit that has failed in this leg would be tried again if its program began again: so it never holds then.
        """
        safe = not self._unsafe and self.broken is None
        return safe and not self.journal.failed and self.ledger.idle and self.desk.only_waits

    async def safe(self) -> None:
        """Wait until everything written so far is durable.

        Raises:
            StorageError, SessionBusyError: it never will be.
        """
        waiting = [durable for _, durable in self._unsafe if durable is not None]
        if waiting:
            await asyncio.wait(waiting)
        if self.broken is not None:
            raise self.broken

    # ---- what the door needs ------------------------------------------------------------------------------------

    def visit(self, key: str) -> str:
        """Note that the program has come to `key`; a program that comes twice in one run is wrong.

        Raises:
            ExecutionError: it does.
        """
        if key in self._visited:
            message = f"two units of work have the key {key!r}; keys must be unique within a run"
            raise ExecutionError(message, key=key)
        self._visited.add(key)
        return key

    def has_visited(self, key: str) -> bool:
        """Whether the program has come to `key`, since it began or began again."""
        return key in self._visited

    async def _attempt(self, call: Call) -> Reply:
        """One attempt: the innermost layer, which sees to it that it is paid for in the books however it ends."""
        watch = call.watch
        assert isinstance(watch, UnitWatch)  # noqa: S101 - the door makes no other
        watch.begin(call)
        self.in_flight.add(call.key)
        try:
            reply = await self.agents.call(call)
        except BaseException as error:
            watch.spend(call, watch.usage or Usage(cost=0.0), error)
            raise
        finally:
            self.in_flight.discard(call.key)
        watch.spend(call, reply.usage)
        return reply

    def _warn(self, budget: str, spent: float, limit: float) -> None:
        self.emit(ev.BudgetWarned, "", {"budget": budget, "spent": spent, "limit": limit})

    def _announce_retry(self, key: str, attempt: int, delay: float, error: Exception) -> None:
        self.emit(ev.Retried, key, {"key": key, "attempt": attempt, "delay": round(delay, 3), "error": str(error)})

    # ---- one leg ------------------------------------------------------------------------------------------------

    def begin(self) -> bool:
        """Write down that the run starts or goes on; False where it has ended well and will only be replayed.

        Raises:
            SessionError: it was cancelled.
            SpecChangedError: the workflow is another one now, and the plan refuses that.
        """
        plan, journal = self.plan, self.journal
        if journal.started is None:
            data: pay.RunStartData = {
                "format": ev.FORMAT,
                "spec_hash": plan.spec_hash,
                "spec": plan.spec,
                "options": plan.options,
                "variables": plan.variables,
                "outline": plan.outline,
            }
            self.emit(ev.RunStarted, "", data)
            return True
        self.refuse_cancelled()
        self.refuse_changed()
        changed = plan.spec_hash != journal.spec_hash
        if isinstance(journal.end, ev.RunCompleted) and not changed:
            return False
        resumed: pay.RunResumeData = {"spec_hash": plan.spec_hash}
        if unknown := [self._unknown(call) for call in journal.unknown()]:
            resumed["unknown"] = unknown
        if changed:
            resumed["spec"], resumed["outline"] = plan.spec, plan.outline
            resumed["options"], resumed["variables"] = plan.options, plan.variables
        self.emit(ev.RunResumed, "", resumed)
        return True

    def _unknown(self, call: pay.UnitStartData) -> pay.UnknownCall:
        """What a call may have cost of which nobody knows how it ended: what its agent usually takes, or its prompt."""
        agent = call["agent"] or ""
        asked = tokens_of(len(call["prompt"]))
        tokens = max(asked, self.ledger.usual(agent) or 0)
        usage = Usage(asked, tokens - asked, estimated=True)
        return {"key": call["key"], "agent": agent, "tokens": tokens, "cost": self.plan.price(agent, usage)}

    def refuse_cancelled(self) -> None:
        """Raise `SessionError` where somebody has ended the session for good."""
        if isinstance(self.journal.end, ev.RunCancelled):
            why = self.journal.end.data["error"]
            message = f"session {self.session_id} was cancelled ({why}) and cannot be resumed; start a new run"
            raise SessionError(message, session_id=self.session_id)

    def refuse_changed(self) -> None:
        """Raise `SpecChangedError` where the session was started with another workflow and the plan refuses that."""
        before = self.journal.spec_hash  # empty where it was lost, or nothing is recorded yet
        if before and self.plan.spec_hash != before and self.plan.on_change == "refuse":
            changes = self.plan.changes(self.journal.edition)
            listed = "".join(f"\n  {line}" for line in changes)
            message = (
                f"session {self.session_id} was started with another workflow, model or variables; resume it with "
                "on_change='reuse_unchanged' to run again what has changed and what rests on it, and to keep the rest, "
                f"or start a new run{':' if listed else ''}{listed}"
            )
            raise SpecChangedError(message, session_id=self.session_id, changes=changes)

    async def leg(self) -> Outcome:
        """Run the program from its start to its end or to a pause; again where an answer came while it was parking."""
        while True:
            self._visited.clear()
            self.desk.unheard.clear()  # all that is on record is heard from here on, if anybody still asks
            try:
                return await self.plan.program(Context(self, "", Memory(), Halt()))
            except Paused:
                if not self.desk.unheard:
                    raise
