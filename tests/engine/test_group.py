"""Concurrent work: what a pause, an error, a refusal or a stop in one member means for the others."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.engine.events import RunPaused, Spent, UnitCompleted, UnitStarted
from strands_nb.engine.question import Question
from strands_nb.engine.result import Outcome
from strands_nb.errors import BudgetExceededError, ProviderError
from strands_nb.testing import MemorySessionRepository, ScriptedAgents
from tests.engine.support import HeldAgents, SlowAgents, VirtualTime, asking, begin, branches, of_kind, park, until

if TYPE_CHECKING:
    from strands_nb.engine.call import Call
    from strands_nb.engine.context import Context
    from strands_nb.engine.session import Program
    from strands_nb.engine.store import SessionRepository


def raises_at(*keys: str) -> dict[str, Any]:
    """A script whose calls with these keys fail once, and not for a passing reason; each error names its key."""
    to_come = set(keys)

    def say(call: Call) -> str:
        if call.key in to_come:
            to_come.remove(call.key)
            raise ProviderError(f"no {call.key}", key=call.key)
        return call.prompt

    return {"a": say}


def completed(store: SessionRepository) -> set[str]:
    return {event.key for event in of_kind(store, UnitCompleted)}


def asks_in(*names: str) -> Program:
    """Branches of call, question, call for the names in capitals, and of two calls for the others."""

    async def branch(ctx: Context, name: str) -> str:
        before = (await ctx.agent("a", f"{name} 0", key="0")).text
        if name.isupper():
            before = (await ctx.ask(Question(f"{name}?"), key="gate")).text
        return (await ctx.agent("a", f"{name} {before}", key="1")).text

    async def program(ctx: Context) -> Outcome:
        return Outcome(" | ".join(await ctx.map(branch, names, keys=names)), "a")

    return program


# ---- results -----------------------------------------------------------------------------------------------------


def test_results_come_in_the_order_of_the_items_not_of_the_answers() -> None:
    agents = HeldAgents("x/1")
    run = begin(branches("x", "y"), agents)
    until(lambda: "y/1" in agents.finished)
    agents.let_go("x/1")
    assert run.result(10).last_response == "a: x 1 a: y 1"


def test_a_member_can_be_awaited_inside_the_group() -> None:
    async def member(ctx: Context) -> str:
        return (await ctx.agent("a", "x", key="0")).text

    async def program(ctx: Context) -> Outcome:
        async with ctx.group() as group:
            first = group.start("first", member)
            early = await first
            group.start("second", member)
        return Outcome(f"{early}, {await first}, {first.outcome}")

    assert begin(program).result(10).last_response == "a: x, a: x, a: x"


# ---- pauses ------------------------------------------------------------------------------------------------------


def test_siblings_finish_before_the_run_pauses(store: SessionRepository) -> None:
    agents = HeldAgents("y/0")
    run = begin(asks_in("X", "y"), agents, store=store, on_question=park)
    asking(run)
    assert not run.done
    agents.let_go("y/0")
    assert run.result(10).status == "paused"
    assert completed(store) == {"X/0", "y/0", "y/1"}
    run.answer("yes")
    assert run.result(10).last_response == "a: X yes | a: y a: y 0"
    assert agents.keys.count("y/1") == 1


def test_all_questions_of_a_group_are_open_at_once() -> None:
    run = begin(asks_in("X", "Y", "z"), on_question=park)
    assert run.result(10).status == "paused"
    assert sorted(state.prompt for state in run.pending) == ["X?", "Y?"]


def test_a_group_whose_own_body_waits_for_a_human_lets_its_members_finish(store: SessionRepository) -> None:
    async def member(ctx: Context) -> None:
        await ctx.agent("a", "x", key="0")
        await ctx.agent("a", "y", key="1")

    async def program(ctx: Context) -> Outcome:
        async with ctx.group() as group:
            group.start("m", member)
            said = await ctx.ask(Question("?"), key="gate")
        return Outcome(said.text)

    run = begin(program, store=store, on_question=park)
    assert run.result(10).status == "paused"
    assert completed(store) == {"m/0", "m/1"}
    run.answer("done")
    assert run.result(10).last_response == "done"


# ---- errors ------------------------------------------------------------------------------------------------------


def test_after_an_error_nothing_new_starts_and_calls_in_flight_are_kept(store: SessionRepository) -> None:
    agents = HeldAgents("good/0", script=raises_at("bad/0"))
    run = begin(branches("good", "bad"), agents, store=store)
    agents.await_call("good/0")
    until(lambda: run.steps.get("bad/0") and run.steps["bad/0"].status == "failed")
    assert not run.done, "the group waits for the call that is in flight"
    agents.let_go("good/0")
    result = run.result(10)
    assert (result.status, str(result.failure)) == ("failed", "no bad/0")
    assert completed(store) == {"good/0"}
    assert "good/1" not in agents.keys
    again = ScriptedAgents()
    assert begin(branches("good", "bad"), again, store=store, resume=True).result(10).success
    assert sorted(again.keys) == ["bad/0", "bad/1", "good/1"]


def test_calls_that_queue_for_a_slot_do_not_start_after_an_error(store: SessionRepository) -> None:
    agents = HeldAgents("a/0", script=raises_at("a/0"))
    run = begin(branches("a", "b", "c"), agents, store=store, max_parallel=1)
    agents.let_go("a/0")
    assert run.result(10).status == "failed"
    assert agents.keys == ["a/0"]
    assert [event.key for event in of_kind(store, UnitStarted)] == ["a/0"]


def test_of_several_errors_the_first_in_the_order_of_starting_is_raised() -> None:
    agents = HeldAgents("x/0", "y/0", script=raises_at("x/0", "y/0"))
    run = begin(branches("x", "y"), agents)
    agents.await_call("x/0")
    agents.let_go("y/0")
    until(lambda: run.steps["y/0"].status == "failed")
    agents.let_go("x/0")
    assert str(run.result(10).failure) == "no x/0"


def test_an_error_counts_more_than_a_pause() -> None:
    agents = HeldAgents("y/1", script=raises_at("y/1"))
    run = begin(asks_in("X", "y"), agents, on_question=park)
    asking(run)
    agents.let_go("y/1")
    assert str(run.result(10).failure) == "no y/1"


def test_an_error_counts_more_than_a_refusal() -> None:
    agents = HeldAgents("y/0", script=raises_at("y/0"))
    run = begin(asks_in("X", "y"), agents)
    asking(run)
    agents.await_call("y/0")
    run.reject("no")
    agents.let_go("y/0")
    assert str(run.result(10).failure) == "no y/0"


def test_an_error_wakes_siblings_that_wait_for_a_human() -> None:
    agents = HeldAgents("y/0", script=raises_at("y/0"))
    run = begin(asks_in("X", "y"), agents)
    asking(run)
    agents.let_go("y/0")
    result = run.result(10)
    assert (result.status, run.pending) == ("failed", [])
    assert [state.prompt for state in asking(run.resume())] == ["X?"], "what was open is asked again"
    run.answer("yes")
    assert run.result(10).success


def test_calls_in_flight_after_an_error_have_bounded_grace(virtual: VirtualTime) -> None:
    store = MemorySessionRepository()
    agents = SlowAgents({"slow/0": 10_000.0}, raises_at("bad/0"))
    run = begin(branches("bad", "slow"), agents, store=store, loop=virtual, clock=virtual)
    assert run.result(10).status == "failed"
    assert virtual.monotonic() == 60.0
    assert {event.key: event.data["error"] for event in of_kind(store, Spent)} == {
        "bad/0": "ProviderError",
        "slow/0": "CancelledError",
    }


def test_an_error_in_the_body_of_a_group_stops_its_members() -> None:
    agents = HeldAgents("m/0")

    async def member(ctx: Context) -> None:
        await ctx.agent("a", "x", key="0")
        await ctx.agent("a", "y", key="1")

    async def program(ctx: Context) -> Outcome:
        async with ctx.group() as group:
            group.start("m", member)
            await asyncio.to_thread(agents.await_call, "m/0")
            raising.set()
            raise ValueError("body")

    raising = threading.Event()
    run = begin(program, agents)
    assert raising.wait(10)
    agents.let_go("m/0")
    assert run.result(10).error_message == "ValueError: body"
    assert agents.keys == ["m/0"]


def test_collected_errors_stop_nobody(store: SessionRepository) -> None:
    async def branch(ctx: Context, name: str) -> str:
        await ctx.agent("a", f"{name} 0", key="0")
        return (await ctx.agent("a", f"{name} 1", key="1")).text

    async def program(ctx: Context) -> Outcome:
        async with ctx.group("collect") as group:
            members = [group.start(name, branch, name) for name in ("bad", "good")]
        return Outcome(" | ".join(str(member.outcome) for member in members))

    agents = HeldAgents("good/0", script=raises_at("bad/0"))
    run = begin(program, agents, store=store)
    until(lambda: run.steps.get("bad/0") and run.steps["bad/0"].status == "failed")
    agents.let_go("good/0")
    assert run.result(10).last_response == "no bad/0 | good 1"


# ---- refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("on_error", ["cancel", "collect"])
def test_a_refusal_in_one_branch_ends_the_run_and_keeps_what_is_paid(store: SessionRepository, on_error: Any) -> None:
    async def branch(ctx: Context, name: str) -> str:
        if name == "human":
            await ctx.ask(Question("Go on?"), key="gate")
        await ctx.agent("a", name, key="0")
        return (await ctx.agent("a", name, key="1")).text

    async def program(ctx: Context) -> Outcome:
        names = ["machine", "human"]
        return Outcome(" ".join(await ctx.map(branch, names, keys=names, on_error=on_error)))

    agents = HeldAgents("machine/0")
    run = begin(program, agents, store=store)
    asking(run)
    agents.await_call("machine/0")
    run.reject("too dear")
    agents.let_go("machine/0")
    result = run.result(10)
    assert (result.status, result.exit_code, result.error) == ("cancelled", 11, "too dear")
    assert "machine/0" in completed(store)
    assert agents.keys == ["machine/0"]


# ---- nesting -----------------------------------------------------------------------------------------------------


def nested(on_error: Any = "cancel") -> Program:
    """Two outer members; `p` holds a group of two, `q` makes one call."""

    async def leaf(ctx: Context, name: str) -> str:
        await ctx.agent("a", name, key="0")
        return (await ctx.agent("a", name, key="1")).text

    async def outer(ctx: Context, name: str) -> str:
        if name == "q":
            return await leaf(ctx, name)
        async with ctx.group(on_error) as group:
            members = [group.start(each, leaf, each) for each in ("x", "y")]
        return " ".join(str(member.outcome) for member in members)

    async def program(ctx: Context) -> Outcome:
        return Outcome(" | ".join(await ctx.map(outer, ["p", "q"], keys=["p", "q"])))

    return program


@pytest.mark.parametrize("on_error", ["cancel", "collect"])
def test_an_outer_error_stops_the_groups_inside(on_error: Any) -> None:
    agents = HeldAgents("p/x/0", "q/0", script=raises_at("q/0"))
    run = begin(nested(on_error), agents)
    agents.await_call("p/x/0")
    agents.let_go("q/0")
    until(lambda: run.steps.get("q/0") and run.steps["q/0"].status == "failed")
    agents.let_go("p/x/0")
    assert str(run.result(10).failure) == "no q/0"
    assert "p/x/1" not in agents.keys


def test_an_inner_error_stops_the_groups_outside() -> None:
    agents = HeldAgents("q/0", script=raises_at("p/x/0"))
    run = begin(nested(), agents)
    agents.await_call("q/0")
    until(lambda: run.steps.get("p/x/0") and run.steps["p/x/0"].status == "failed")
    agents.let_go("q/0")
    assert str(run.result(10).failure) == "no p/x/0"
    assert "q/1" not in agents.keys


def test_a_collected_inner_error_stops_nobody() -> None:
    result = begin(nested("collect"), ScriptedAgents(raises_at("p/x/0"))).result(10)
    assert result.last_response == "no p/x/0 y | q"


def test_a_stopped_inner_group_is_not_mistaken_for_a_finished_one() -> None:
    """Inside a collecting group, members that never started are no results to go on with."""

    async def leaf(ctx: Context, name: str) -> str:
        return (await ctx.agent("a", name, key="0")).text

    async def collects(ctx: Context) -> str:
        await ctx.agent("a", "wait", key="wait")
        async with ctx.group("collect") as group:
            member = group.start("m", leaf, "m")
        wrong.append(member.outcome)
        return ""

    async def program(ctx: Context) -> Outcome:
        async with ctx.group() as group:
            group.start("c", collects)
            group.start("bad", leaf, "bad")
        return Outcome("")

    wrong: list[object] = []
    agents = HeldAgents("c/wait", script=raises_at("bad/0"))
    run = begin(program, agents)
    until(lambda: run.steps.get("bad/0") and run.steps["bad/0"].status == "failed")
    agents.let_go("c/wait")
    assert run.result(10).status == "failed"
    assert wrong == []


# ---- stops from outside ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["pause", "cancel"])
def test_stopping_a_run_in_a_group_gives_up_all_its_calls(store: SessionRepository, how: str) -> None:
    agents = HeldAgents("x/1", "y/0")
    run = begin(branches("x", "y", "z"), agents, store=store)
    agents.await_call("x/1")
    agents.await_call("y/0")
    until(lambda: "z/1" in agents.finished)
    getattr(run, how)("enough")
    result = run.result(10)
    assert result.status == {"pause": "paused", "cancel": "cancelled"}[how]
    assert completed(store) == {"x/0", "z/0", "z/1"}
    given_up = {event.key for event in of_kind(store, Spent) if not event.data["ok"]}
    assert given_up == {"x/1", "y/0"}
    if how == "pause":
        assert of_kind(store, RunPaused)[0].data["in_flight"] == ["x/1", "y/0"]


def test_only_calls_under_way_are_named_as_in_flight(store: SessionRepository) -> None:
    agents = HeldAgents("x/0")
    run = begin(branches("x", "y", "z"), agents, store=store, max_parallel=1)
    agents.await_call("x/0")
    run.pause()
    assert of_kind(store, RunPaused)[0].data["in_flight"] == ["x/0"]


def test_a_budget_that_ends_in_one_member_ends_the_run() -> None:
    from strands_nb.engine.ledger import Budgets

    result = begin(branches("x", "y"), budgets=Budgets(max_steps=2), max_parallel=1).result(10)
    assert isinstance(result.failure, BudgetExceededError)


# ---- size --------------------------------------------------------------------------------------------------------


def operations(members: int) -> int:
    """How many lines of the engine are executed for a group of so many members."""
    count = 0

    def trace(frame: Any, event: str, _: object) -> Any:
        nonlocal count
        if "strands_nb/engine" not in frame.f_code.co_filename:
            return None
        count += event == "line"
        return trace

    async def branch(ctx: Context, name: str) -> str:
        return (await ctx.agent("a", name, key="0")).text

    async def program(ctx: Context) -> Outcome:
        before = sys.gettrace()
        sys.settrace(trace)
        try:
            await ctx.map(branch, [str(i) for i in range(members)])
        finally:
            sys.settrace(before)
        return Outcome("")

    assert begin(program).result(30).success
    return count


def test_the_work_grows_with_the_members_and_not_with_their_square() -> None:
    few, many = operations(100), operations(1000)
    assert many < 12 * few, f"{few} lines for 100 members, {many} for 1000"


@pytest.mark.filterwarnings("always")
def test_a_member_that_is_stopped_before_it_begins_is_not_warned_of(recwarn: pytest.WarningsRecorder) -> None:
    async def work(ctx: Context) -> None:
        await ctx.agent("a", "never", key="never")

    async def program(ctx: Context) -> Outcome:
        async with ctx.group() as group:
            group.start("x", work)
            raise asyncio.CancelledError  # as when somebody stops the run just now

    agents = ScriptedAgents()
    assert begin(program, agents).result(10).status == "paused"
    gc.collect()
    assert (agents.keys, list(recwarn)) == ([], [])
