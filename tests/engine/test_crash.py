"""The process dies at every call and at every append; a new one goes on, and nothing recorded is done again."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

import pytest

from strands_nb.engine.events import UnitCompleted
from strands_nb.testing import MemorySessionRepository, ScriptedAgents, start
from tests.programs import CASES

if TYPE_CHECKING:
    from strands_nb.engine.call import Call, Reply
    from strands_nb.engine.events import Event
    from strands_nb.engine.store import Durable


class Died(BaseException):
    """What a test sees of a process that was killed."""


class DyingStore(MemorySessionRepository):
    """Kills the process at an append, before or after the record is written."""

    def __init__(self, at: int = 0, *, after: bool = False) -> None:
        super().__init__()
        self.appends, self.at, self.after, self.dead = 0, at, after, False

    def append(self, session_id: str, event: Event) -> Durable:
        if self.dead:
            raise Died
        self.appends += 1
        if self.appends == self.at:
            self.dead = True
            if self.after:
                super().append(session_id, event)
            raise Died
        return super().append(session_id, event)

    def born_again(self) -> MemorySessionRepository:
        """The same disk, in a new process."""
        store = MemorySessionRepository()
        store._logs = self._logs
        return store

    def recorded(self) -> set[str]:
        return {e.key for log in self._logs.values() for e in log if isinstance(e, UnitCompleted)}


class DyingAgents(ScriptedAgents):
    """Kills the process in the middle of a call."""

    def __init__(self, store: DyingStore, at: int) -> None:
        super().__init__()
        self.store, self.at = store, at

    async def call(self, call: Call) -> Reply:
        if len(self.calls) + 1 == self.at:
            self.calls.append(call)
            self.store.dead = True
            raise Died
        return await super().call(call)


def run(name: str, agents: ScriptedAgents, store: MemorySessionRepository, *, resume: bool = False) -> str:
    case = CASES[name]
    resume = resume and bool(store._logs.get("s"))  # a process that died before its first record left no session
    started = start(case.program, agents, store=store, session_id="s", resume=resume, on_question=case.decide)
    result = started.result(20)
    assert result.success, result
    return result.last_response


def survive(name: str, store: DyingStore, first: ScriptedAgents, expected: tuple[str, Counter[str]]) -> None:
    """Crash once, resume, and compare with the run that never crashed."""
    with pytest.raises(Died):
        run(name, first, store)
    known = store.recorded()
    second = ScriptedAgents()
    want, calls = expected
    assert run(name, second, store.born_again(), resume=True) == want
    assert not known & set(second.keys), "a recorded call was made again"
    assert (set(first.keys) | set(second.keys)) - CASES[name].in_vain == set(calls) - CASES[name].in_vain
    assert all(n == 1 for n in Counter(second.keys).values())


@cache
def reference(name: str) -> tuple[str, Counter[str], int]:
    """Result, calls and number of appends of a program when nothing goes wrong."""
    agents, store = ScriptedAgents(), DyingStore()
    return run(name, agents, store), Counter(agents.keys), store.appends


@pytest.mark.parametrize("name", CASES)
def test_death_at_any_call_loses_nothing(name: str) -> None:
    want, calls, _ = reference(name)
    for at in range(1, len(calls) + 1):
        store = DyingStore()
        survive(name, store, DyingAgents(store, at), (want, calls))


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", CASES)
def test_death_at_any_append_loses_nothing(
    name: str,
    after: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    want, calls, appends = reference(name)
    for at in range(1, appends + 1):
        survive(name, DyingStore(at, after=after), ScriptedAgents(), (want, calls))


@pytest.mark.parametrize("name", CASES)
def test_a_finished_session_run_again_calls_nobody(name: str) -> None:
    store, again = MemorySessionRepository(), ScriptedAgents()
    run(name, ScriptedAgents(), store)
    before = len(store._logs["s"])
    assert run(name, again, store, resume=True) == reference(name)[0]
    assert again.keys == []
    assert len(store._logs["s"]) == before, "a replay writes nothing"
