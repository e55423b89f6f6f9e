"""The door: everything a pattern can do, and the only way it can do anything.

A pattern is a plain coroutine that receives a `Context`. Whatever has an effect (an agent's call, a question to a
human, a look at the clock) goes through it, is written down under a key, and is found again when the same coroutine
runs once more after a pause or a crash.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from strands_nb.engine import events as ev
from strands_nb.engine import payloads as pay
from strands_nb.engine.call import Call, Reply
from strands_nb.engine.effects import AGAIN, HAPPENED, Effects
from strands_nb.engine.fingerprint import canonical, fingerprint
from strands_nb.engine.group import Group, Member, OnError
from strands_nb.engine.halt import Halt
from strands_nb.engine.memory import Memory
from strands_nb.engine.question import WITHDRAWN, Answer, Question, question_data
from strands_nb.engine.signals import Rejected
from strands_nb.engine.state import base_key, revision_of
from strands_nb.engine.store import settled
from strands_nb.engine.unit import ScopeWatch, Unit, UnitWatch, completed, recorded_reply, unit_data
from strands_nb.errors import ExecutionError

if TYPE_CHECKING:
    from strands_nb.engine.payloads import QuestionData
    from strands_nb.engine.session import Session  # for types only: at run time a session imports us

__all__ = ("Context",)

T = TypeVar("T")
ItemT = TypeVar("ItemT")


class Context:
    """A scope of a run. Keys are relative to it; agents remember within it.

    ```python
    async def two_steps(ctx):
        facts = await ctx.agent("researcher", "Find three facts about tides.", key="facts")
        await ctx.ask(Question("Good enough?"), key="review")
        return (await ctx.agent("writer", f"Write a brief from: {facts.text}", key="brief")).text
    ```
    """

    __slots__ = ("_halt", "_memory", "_path", "_session")

    def __init__(self, session: Session, path: str, memory: Memory, halt: Halt) -> None:
        self._session, self._path, self._memory, self._halt = session, path, memory, halt

    @property
    def path(self) -> str:
        """The prefix of all keys of this scope: empty, or ending in a slash."""
        return self._path

    @property
    def edition(self) -> str:
        """Another one as soon as the workflow is another, or something in this scope is to be done again.

        For the key of a note that holds for this one alone.
        """
        again = self._session.journal.times_again(self._path)
        return self._session.plan.spec_hash[:8] + (f"-{again}" if again else "")

    async def agent(
        self,
        agent: str,
        prompt: str,
        *,
        key: str | Unit,
        schema: Mapping[str, Any] | None = None,
        reasks: int = 2,
        follows_up: bool = False,
        scaffold: str = "",
    ) -> Reply:
        """Ask an agent; a recorded reply to the very same request returns at once.

        A later revision of a unit is one more user turn after its former reply: `prompt` is then the feedback.
        With a `schema` the reply is JSON valid under it, in `Reply.value`; for an answer that is not, the agent is
        asked again up to `reasks` times. `follows_up` says that the prompt is feedback on a former reply. `scaffold`
        stands for a prompt text of our own in the fingerprint, so that a new wording of it is no new request.

        Raises:
            ExecutionError: the call failed for good; `.key` says where.
        """
        session, unit = self._session, key if isinstance(key, Unit) else Unit(key)
        full = session.visit(self._path + unit.revised)
        base = self._path + unit.key
        info, memory = session.agents.describe(agent), self._memory
        if unit.revision > 1:
            memory.rewind(base)
        seen = memory.digest(info.id, base, remembers=info.remembers)
        asked = canonical(schema) if schema else ""
        request = scaffold or prompt
        mark = fingerprint(info.fingerprint, request, seen, asked)
        known = session.journal.find(full, mark)
        if known is not None:
            reply = recorded_reply(known.data)
        else:
            if (effects := session.journal.effects.get(full)) is not None:
                await self._settle(effects, unit)
            history = memory.history(info.id, base, remembers=info.remembers) if seen else ()
            watch = UnitWatch(session, unit_data(unit, full, info.id), info, self._halt, unit)
            call = Call(full, agent, prompt, watch, history, schema, reasks, follows_up, session_id=session.session_id)
            reply = await self._call(call, watch, mark)
        memory.add(base, info.id, prompt, reply, before=seen, request=request)
        return reply

    async def _settle(self, effects: Effects, unit: Unit) -> None:
        """Ask a human what became of tool calls that must not be made twice, where nobody knows."""
        for effect in effects.unknown():
            question = Question(
                f"{effect.name} was under way when the run broke off, and must not be called twice: what became of it?",
                context_display=canonical(effect.arguments),
                choices=(HAPPENED, AGAIN),
            )
            number = fingerprint(effect.tool_id)[:8]
            answer = await self.ask(question, key=Unit(f"{unit.revised}/effects/{number}", "effect", id=effect.name))
            effect.forgiven = answer.text == AGAIN
            if not effect.forgiven:
                effect.result = f"(done before: {answer.by} said so)"

    async def _call(self, call: Call, watch: UnitWatch, mark: str) -> Reply:
        session = self._session
        session.ledger.work(+1)
        try:
            reply = await session.call(call)
        except Exception as error:
            failure = _located(error, call.key)
            session.emit(ev.UnitFailed, call.key, _failed(watch, failure), f"{watch.unit.role}_error")
            raise failure from error
        finally:
            session.ledger.work(-1)
        data = completed(watch.facts, mark, reply.text, seconds=watch.seconds, reply=reply)
        await settled(session.emit(ev.UnitCompleted, call.key, data, f"{watch.unit.role}_complete"))
        return reply

    async def ask(self, question: Question, *, key: str | Unit) -> Answer:
        """Ask a human; an answer that is recorded returns at once.

        Returns an approval, or a request to modify (only where `question.reviews` names something to run again).

        Raises:
            Paused: nobody is there. A signal, not an error: the run parks and goes on later.
            Rejected: the human said no. A signal too: the run ends as cancelled.
            HumanInputRequired: the deadline passed without a default, or asking was forbidden.
        """
        session, unit = self._session, key if isinstance(key, Unit) else Unit(key)
        full = session.visit(self._path + unit.revised)
        mark = question.fingerprint
        known = session.journal.find(full, mark)
        if known is None:
            known = await self._await_human(question, unit, full, mark)
        data = known.data["answer"]
        if data is None:
            message = f"{full} is recorded as an agent's work, not as an answer"
            raise ExecutionError(message, key=full)
        answer = Answer(data["action"], known.data["response"], data["by"], datetime.fromisoformat(data["at"]))
        if answer.action == "reject":
            raise Rejected(answer.text, key=full)
        return answer

    async def _await_human(self, question: Question, unit: Unit, full: str, mark: str) -> ev.UnitCompleted:
        session = self._session
        self._halt.check()
        facts = unit_data(unit, full, None)
        data = question_data(facts, question, unit.revision, mark, session.now())
        if data["question_id"] not in session.journal.questions and session.desk.recorded(data["question_id"]) is None:
            session.emit(ev.UnitStarted, full, _hitl_start(unit, data), f"{unit.role}_start")
        session.ledger.start(full)
        try:
            answer, response = await session.desk.ask(data, self._halt)
        except Exception as error:
            failed = {**facts, "error": str(error), "error_type": type(error).__name__, "status": "failed"}
            failed["duration"] = round(session.ledger.stop(full), 6)
            session.emit(ev.UnitFailed, full, failed, f"{unit.role}_error")
            raise
        outcome = completed(facts, mark, response, seconds=session.ledger.stop(full), answer=answer)
        await settled(session.emit(ev.UnitCompleted, full, outcome, f"{unit.role}_complete"))
        known = session.journal.find(full, mark)
        assert known is not None  # noqa: S101 - it was written three lines above
        return known

    async def withdraw(self, unit: Unit, reason: str) -> str | None:
        """Close the question of `unit` if it was put, since what it asks about is being done again.

        Returns the feedback of a human who has been faster, and has sent it back already.
        """
        session, full = self._session, self._path + unit.revised
        known = await session.desk.withdraw(full, reason)
        if known is None:
            return None
        answer, response = known
        if not session.has_visited(full) and not session.journal.has_ended(full):
            # Put by a leg before this one, and never come to in this one: nobody else would say that it has ended.
            mark = fingerprint("withdrawn", full)
            outcome = completed(unit_data(unit, full, None), mark, response, seconds=0.0, answer=answer)
            await settled(session.emit(ev.UnitCompleted, full, outcome, f"{unit.role}_complete"))
        return answer["text"] if answer["action"] == "modify" and answer["by"] != WITHDRAWN else None

    def sent_back(self) -> list[tuple[str, int]]:
        """The questions of this scope by which humans have sent work back, by key and revision, in the order of record.

        Where that order matters it must be kept when the program runs again: then all answers are there at once.
        """
        below = [key.removeprefix(self._path) for key in self._session.journal.sent_back(self._path)]
        return [(base_key(key), revision_of(key)) for key in below]

    async def note(self, key: str, fn: Callable[[], T]) -> T:
        """The value of `fn()` the first time; what was recorded then, ever after. For time, random numbers, ids.

        The value must be JSON.
        """
        session, full = self._session, self._session.visit(self._path + key)
        if full in session.journal.notes:
            return session.journal.notes[full]
        self._halt.check()
        value = fn()
        await settled(session.emit(ev.Noted, full, {"value": value}))
        return value

    def recall(self, key: str) -> Any:  # noqa: ANN401 - any JSON
        """What `note` has recorded under `key` before; None where it has not."""
        return self._session.journal.notes.get(self._path + key)

    async def tell(self, event: type[ev.RouteDecided | ev.PlanCreated], key: str, data: Mapping[str, Any]) -> None:
        """Make a decision known as an event of its own; one that is recorded already is not told again."""
        session, full = self._session, self._path + key
        whole = {"key": full, **data}
        if not session.journal.told(event, full, whole):
            await settled(session.emit(event, full, whole))

    @asynccontextmanager
    async def unit(self, unit: Unit) -> AsyncGenerator[ScopeWatch]:
        """Work that consists of other work (a branch, an iteration): shown as a unit that starts, ends or fails.

        Set `response` of what is given before the end. Nothing is looked up: what is inside is.
        """
        watch = ScopeWatch(self._session, unit_data(unit, self._path + unit.revised, None), unit)
        watch.begin()
        try:
            yield watch
        except ExecutionError as error:
            watch.fail(error)
            raise
        await watch.complete()

    def at(self, name: str) -> Context:
        """A child scope: a prefix to its keys, the same memory. For work that goes on in sequence."""
        return Context(self._session, f"{self._path}{name}/", self._memory, self._halt)

    def apart(self, name: str, halt: Halt | None = None) -> Context:
        """A child scope where agents start fresh; `halt` can stop it. An empty name adds nothing to its keys."""
        path = f"{self._path}{name}/" if name else self._path
        return Context(self._session, path, Memory(), halt or self._halt)

    def again(self, halt: Halt) -> Context:
        """The same scope with what its agents remember, for work that goes on in it under another stop sign."""
        return Context(self._session, self._path, self._memory, halt)

    def beside(self, halt: Halt) -> Context:
        """The same keys with a copy of what agents remember now: for one of several that go on at the same time."""
        return Context(self._session, self._path, self._memory.copy(), halt)

    def remembered(self, agent: str) -> str:
        """What the agent remembers here, as a mark: another one as soon as it remembers anything else."""
        info = self._session.agents.describe(agent)
        return self._memory.digest(info.id, "", remembers=info.remembers)

    def mark(self) -> int:
        """How much agents remember now; `forget` goes back to it."""
        return len(self._memory)

    def forget(self, mark: int) -> None:
        """Have agents forget what they have said since."""
        self._memory.forget(mark)

    def absorb(self, other: Context) -> None:
        """Remember what agents have said in a scope made by `beside`."""
        self._memory.absorb(other._memory)

    def group(self, on_error: OnError = "cancel") -> Group:
        """Concurrent work: an `async with` whose members may wait for humans while others go on."""
        return Group(self, self._halt, on_error)

    async def map(
        self,
        fn: Callable[[Context, ItemT], Any],
        items: Sequence[ItemT],
        *,
        keys: Sequence[str] | None = None,
        on_error: OnError = "cancel",
    ) -> list[Any]:
        """Run `fn(child, item)` for all items at once; results in the order of the items."""
        async with self.group(on_error) as group:
            names = keys if keys is not None else [str(i) for i in range(len(items))]
            members: list[Member[Any]] = [group.start(k, fn, item) for k, item in zip(names, items, strict=True)]
        return [await member for member in members]


def _located(error: Exception, key: str) -> ExecutionError:
    """The error as one of ours that knows its place."""
    if isinstance(error, ExecutionError):
        error.key = error.key or key
        return error
    return ExecutionError(f"{key}: {type(error).__name__}: {error}", key=key)


def _failed(watch: UnitWatch, error: ExecutionError) -> pay.UnitErrorData:
    return {
        **watch.facts,
        "error": str(error),
        "error_type": type(error).__name__,
        "duration": round(watch.seconds, 6),
        "status": "failed",
    }


def _hitl_start(unit: Unit, data: QuestionData) -> pay.UnitStartData:
    facts = unit_data(unit, data["key"], None)
    return {**facts, "kind": "hitl", "prompt": data["prompt"], "revision": unit.revision, "model": ""}
