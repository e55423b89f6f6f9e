"""Tasks and questions at random: in whatever order people answer, a resumed run goes on as it would have."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.engine import events as ev
from strands_nb.errors import AlreadyAnsweredError, InvalidAnswerError
from strands_nb.testing import MemorySessionRepository, ScriptedAgents, start
from tests.engine.support import PATIENCE, VirtualTime, begin
from tests.patterns.example import HEAD
from tests.programs import CASES, CHAINS, PATTERNS, program_of_text

if TYPE_CHECKING:
    from strands_nb.engine.call import Call, Reply
    from strands_nb.engine.result import RunResult
    from strands_nb.engine.run import Run


def chance(*what: object) -> Random:
    """Chance that is the same for the same things."""
    return Random(repr(what))  # noqa: S311 - no secret


def workflow_of(mood: int) -> str:
    """Tasks that wait for some of those before them; half of those that can ask a human about them."""
    random = chance("workflow", mood)
    tasks: list[str] = []
    for number in range(random.randint(5, 9)):
        deps = [f"t{other}" for other in range(number) if random.random() < 0.4]
        seen = " ".join(f"{{{{ tasks.{dep}.response }}}}" for dep in deps)
        human = bool(deps) and random.random() < 0.5
        kind = f'type: hitl, prompt: "? {seen}"' if human else f'agent: {random.choice("ab")}, input: "! {seen}"'
        tasks.append(f"      - {{id: t{number}, deps: [{', '.join(deps)}], {kind}}}\n")
    return f"{HEAD}pattern:\n  type: workflow\n  config:\n    tasks:\n{''.join(tasks)}"


class Moody(ScriptedAgents):
    """Each call takes some seconds or none."""

    def __init__(self, mood: int) -> None:
        super().__init__()
        self.mood = mood

    async def call(self, call: Call) -> Reply:
        await asyncio.sleep(chance(self.mood, call.key).choice((0, 0, 1, 2)))
        return await super().call(call)


async def answer(run: Run, mood: int) -> None:
    """Answer what is open, sooner or later, and send half of it back, up to three times."""
    moods = chance("answers", mood)
    while not run.done:
        for question in run.pending:
            again = "~3" not in question.key and chance(mood, question.key).random() < 0.5
            said = ("modify", f"change {question.key}") if again else ("approve", f"fine {question.key}")
            if moods.random() < 0.5 and (session := await run._holder.running()) is not None:
                # It may have been withdrawn meanwhile, or reviews nothing, or was sent back as often as is allowed.
                with suppress(InvalidAnswerError, AlreadyAnsweredError):
                    await session.desk.answer(question.question_id, *said, "somebody")
        await asyncio.sleep(0.5)


def run_through(text: str, agents: Moody, store: MemorySessionRepository, **more: Any) -> RunResult:
    """One leg, with somebody who answers; no time passes."""
    time = VirtualTime()
    try:
        run = begin(program_of_text(text), agents, store=store, loop=time, clock=time, **more)
        answering = time.submit(lambda: answer(run, agents.mood))
        result = run.result(PATIENCE)
        answering.result(PATIENCE)
        return result
    finally:
        time.stop()


@pytest.mark.parametrize("moods", [range(first, first + 50) for first in range(0, 200, 50)], ids=str)
def test_a_run_that_stopped_anywhere_goes_on_and_repeats_no_call(moods: range) -> None:
    for mood in moods:
        text, store = workflow_of(mood), MemorySessionRepository()
        result = run_through(text, Moody(mood), store)
        assert result.success, result
        log = store._logs["s"]
        for cut in (len(log), *chance("cuts", mood).sample(range(1, len(log)), 2)):
            rest, agents = MemorySessionRepository(), Moody(mood + 1)
            rest._logs["s"] = log[:cut]
            resumed = run_through(text, agents, rest, resume=True)
            assert resumed.success, resumed
            assert not {event.key for event in log[:cut] if isinstance(event, ev.UnitCompleted)} & set(agents.keys)
            ended = Counter(event.key for event in rest._logs["s"] if isinstance(event, ev.UnitCompleted))
            assert set(ended.values()) == {1}
            assert {event.key for event in rest._logs["s"] if isinstance(event, ev.HitlRequested)} <= ended.keys()
            assert cut < len(log) or (resumed.last_response, agents.keys) == (result.last_response, [])


@pytest.mark.parametrize("name", [*CHAINS, *PATTERNS])
def test_a_workflow_edited_where_nobody_looks_keeps_all_that_was_done(name: str) -> None:
    case, store, again = CASES[name], MemorySessionRepository(), ScriptedAgents()
    plan: dict[str, Any] = {"store": store, "session_id": "s", "on_question": case.decide}
    result = start(case.program, ScriptedAgents(), **plan, spec_hash="one").result(PATIENCE)
    edited = start(case.program, again, **plan, spec_hash="two", resume=True).result(PATIENCE)
    assert (edited.status, edited.last_response, again.keys) == ("completed", result.last_response, [])
