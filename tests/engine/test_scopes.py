"""Parts of a run that consist of others, decisions that are told of, and work that goes on in the same scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from strands_nb.engine import events as ev
from strands_nb.engine.question import Question
from strands_nb.engine.result import Outcome
from strands_nb.engine.unit import Unit
from strands_nb.errors import ProviderError
from strands_nb.testing import MemorySessionRepository, ScriptedAgents, collect, timeless
from tests.engine.support import asking, begin, of_kind, park

if TYPE_CHECKING:
    from strands_nb.engine.context import Context


async def branch(ctx: Context) -> Outcome:
    """One unit made of two, with a question in the middle and a decision before it."""
    await ctx.tell(ev.RouteDecided, "router", {"route": "x", "routes": ["x", "y"]})
    async with ctx.unit(Unit("web", "branch", id="web")) as unit:
        inside = ctx.at("web")
        first = await inside.agent("a", "one", key="0")
        said = await inside.ask(Question("Go on?"), key="1")
        unit.response, unit.tokens = f"{first.text} {said.text}", first.usage.total
    return Outcome(unit.response or "")


def test_a_part_starts_and_ends_around_what_is_in_it_once_also_over_a_pause() -> None:
    store = MemorySessionRepository()
    parked = begin(branch, store=store, on_question=park)
    assert parked.result(10).status == "paused"
    assert parked.state.units["web"].status == "interrupted"
    run = begin(branch, store=store, resume=True)
    asking(run)
    assert run.state.units["web"].status == "running", "it is shown to go on"
    run.answer("yes")
    assert run.result(10).success
    told = [line for line in timeless(collect(run)) if line.split()[-1] in ("web", "router")]
    assert told == ["routing_decision router", "branch_start web", "branch_complete web"]
    (done,) = [event for event in of_kind(store, ev.UnitCompleted) if event.key == "web"]
    assert (done.data["response"], done.data["tokens"], done.data["id"]) == ("a: one yes", 10, "web")


def test_a_part_in_which_something_fails_has_failed() -> None:
    store = MemorySessionRepository()
    run = begin(branch, ScriptedAgents({"a": ProviderError("down")}), store=store)
    assert run.result(10).status == "failed"
    assert [event.key for event in of_kind(store, ev.UnitFailed)] == ["web/0", "web"]
    assert run.state.units["web"].status == "failed"
    again = begin(branch, store=store, resume=True)
    asking(again)
    assert again.state.units["web"].status == "running", "it is shown to begin anew"
    assert again.state.units["web"].error is None


def test_a_decision_that_changes_is_told_again() -> None:
    store, routes = MemorySessionRepository(), ["x"]

    async def decides(ctx: Context) -> Outcome:
        await ctx.tell(ev.RouteDecided, "router", {"route": routes[0], "routes": ["x", "y"]})
        await ctx.ask(Question("?"), key="gate")
        return Outcome("")

    begin(decides, store=store, on_question=park).result(10)
    begin(decides, store=store, on_question=park, resume=True).result(10)
    routes[0] = "y"
    begin(decides, store=store, on_question=park, resume=True).result(10)
    assert [event.data["route"] for event in of_kind(store, ev.RouteDecided)] == ["x", "y"]


def test_members_are_told_of_as_they_end_and_can_be_asked_once_more() -> None:
    ended: list[str] = []

    async def work(ctx: Context, unit: Unit, prompt: str) -> str:
        return (await ctx.agent("a", prompt, key=unit)).text

    async def program(ctx: Context) -> Outcome:
        async with ctx.at("work").group() as group:
            for name in "xyz":
                group.start_here(name, work, Unit(name), name)
            async for member in group:
                ended.append(member.key)
                if ended.count(member.key) == 1 and member.key == "y":
                    group.again(member, work, Unit("y", revision=2), "shorter")
        return Outcome("")

    agents = ScriptedAgents()
    assert begin(program, agents).result(10).success
    assert sorted(ended) == ["x", "y", "y", "z"]
    again = next(call for call in agents.calls if call.key == "work/y~2")
    assert [message["content"][0]["text"] for message in again.history] == ["y", "a: y"]


def test_those_beside_each_other_remember_what_was_before_and_are_remembered_in_order() -> None:
    async def work(ctx: Context, name: str) -> None:
        await ctx.agent("a", name, key=name)

    async def program(ctx: Context) -> Outcome:
        await ctx.agent("a", "first", key="first")
        mark = ctx.mark()
        async with ctx.group() as group:
            members = [group.beside(name, work, name) for name in ("left", "right")]
        for member in members:
            ctx.absorb(member.ctx)
        await ctx.agent("a", "last", key="last")
        ctx.forget(mark)
        await ctx.agent("a", "anew", key="anew")
        return Outcome("")

    agents = ScriptedAgents()
    assert begin(program, agents).result(10).success
    seen = {call.key: [m["content"][0]["text"] for m in call.history if m["role"] == "user"] for call in agents.calls}
    assert seen == {
        "first": [],
        "left": ["first"],
        "right": ["first"],
        "last": ["first", "left", "right"],
        "anew": ["first"],
    }


def test_a_question_that_has_lost_its_sense_is_withdrawn_and_nobody_is_taken_at_their_word() -> None:
    answers: list[bool] = []

    async def program(ctx: Context) -> Outcome:
        async def gate(child: Context) -> None:
            answers.append((await child.ask(Question("Still?"), key=Unit("gate"))).withdrawn)

        async with ctx.group() as group:
            group.start_here("gate", gate)
            await ctx.ask(Question("Now?"), key="other")
            await ctx.withdraw(Unit("gate"), "it is done again")
        return Outcome("")

    run = begin(program)
    asking(run, 2)
    run.answer("yes", "other")
    assert run.result(10).success
    assert answers == [True]
    assert not run.pending


@pytest.mark.parametrize("key", ["notes", "other"])
def test_what_was_noted_can_be_recalled_and_nothing_else(key: str) -> None:
    seen: list[object] = []

    async def program(ctx: Context) -> Outcome:
        await ctx.at("a").note("notes", lambda: {"x": 1})
        seen.append(ctx.at("a").recall(key))
        return Outcome("")

    begin(program).result(10)
    assert seen == [{"x": 1} if key == "notes" else None]
