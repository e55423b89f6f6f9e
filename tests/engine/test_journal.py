"""The rules of the journal: what is found again, what is run again, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.engine.call import Reply, Usage, text_message
from strands_nb.engine.events import Spent, UnitCompleted
from strands_nb.engine.question import Question
from strands_nb.engine.result import Outcome
from strands_nb.engine.unit import Unit
from strands_nb.errors import InvalidAnswerError, NonDeterminismError, ProviderError
from strands_nb.testing import ScriptedAgents
from tests.engine.support import HeldAgents, asking, begin, branches, of_kind, steps

if TYPE_CHECKING:
    from strands_nb.engine.call import Call, Message
    from strands_nb.engine.context import Context
    from strands_nb.engine.session import Program
    from strands_nb.engine.store import SessionRepository


def keys_run(
    program: Program, store: SessionRepository, *, agents: ScriptedAgents | None = None, **more: Any
) -> list[str]:
    """Run to the end; the keys of the calls that were made for it."""
    agents = agents or ScriptedAgents()
    begin(program, agents, store=store, **more).result(10).raise_for_status()
    return agents.keys


def said(messages: tuple[Message, ...]) -> list[str]:
    return [f"{message['role']}: {message['content'][0]['text']}" for message in messages]


# ---- look-up -----------------------------------------------------------------------------------------------------


def test_a_resumed_run_uses_what_is_recorded(store: SessionRepository) -> None:
    fails = ScriptedAgents({"a": ["one", "two", ProviderError("down")]})
    assert begin(steps("x", "y", "z"), fails, store=store).result(10).status == "failed"
    assert keys_run(steps("x", "y", "z"), store, resume=True) == ["steps/2"]


def test_the_order_in_which_branches_answer_does_not_matter(store: SessionRepository) -> None:
    agents = HeldAgents("x/0", "x/1")
    run = begin(branches("x", "y"), agents, store=store)
    agents.let_go("x/0")
    agents.await_call("x/1")
    run.pause()
    assert {event.key for event in of_kind(store, UnitCompleted)} == {"x/0", "y/0", "y/1"}
    assert keys_run(branches("y", "x"), store, resume=True) == ["x/1"]


def test_a_recorded_reply_is_whole(store: SessionRepository) -> None:
    turn = (text_message("assistant", "wait"), text_message("user", "42"), text_message("assistant", "It is 42."))
    full = Reply("It is 42.", Usage(7, 5, 3, 0.25, estimated=True), turn, {"answer": 42}, "m:1", "max_tokens")
    found: list[Reply] = []

    async def program(ctx: Context) -> Outcome:
        found.append(await ctx.agent("a", "?", key="k"))
        return Outcome("")

    keys_run(program, store, agents=ScriptedAgents({"a": full}))
    assert keys_run(program, store, resume=True) == []
    assert found == [full, full]


# ---- edited workflows --------------------------------------------------------------------------------------------


def test_an_edited_last_step_runs_alone(store: SessionRepository) -> None:
    keys_run(steps("x", "y", "z"), store)
    assert keys_run(steps("x", "y", "zzz"), store, resume=True, spec_hash="two") == ["steps/2"]


def test_an_edited_early_step_reruns_what_remembered_it(store: SessionRepository) -> None:
    keys_run(steps("x", "y", "z"), store)
    edited = ["steps/1", "steps/2"]
    assert keys_run(steps("x", "yyy", "z"), store, resume=True, spec_hash="two") == edited


def test_an_edited_early_step_does_not_rerun_agents_who_did_not_see_it(store: SessionRepository) -> None:
    def program(first: str) -> Program:
        async def run(ctx: Context) -> Outcome:
            await ctx.agent("a", first, key="0")
            await ctx.agent("b", "y", key="1")
            return Outcome((await ctx.agent("a", "z", key="2")).text)

        return run

    keys_run(program("x"), store)
    assert keys_run(program("xxx"), store, resume=True, spec_hash="two") == ["0", "2"]


def test_an_edited_early_step_does_not_rerun_agents_without_memory(store: SessionRepository) -> None:
    keys_run(steps("x", "y", "z"), store, agents=ScriptedAgents(remembers=False))
    again = ScriptedAgents(remembers=False)
    assert keys_run(steps("xxx", "y", "z"), store, agents=again, resume=True, spec_hash="two") == ["steps/0"]


def test_another_definition_of_an_agent_is_another_request(store: SessionRepository) -> None:
    keys_run(steps("x", "y"), store)
    again = ScriptedAgents(version="2")
    assert keys_run(steps("x", "y"), store, agents=again, resume=True, spec_hash="two") == ["steps/0", "steps/1"]


def test_another_schema_is_another_request(store: SessionRepository) -> None:
    def program(schema: dict[str, Any] | None) -> Program:
        async def run(ctx: Context) -> Outcome:
            return Outcome((await ctx.agent("a", "x", key="k", schema=schema)).text)

        return run

    keys_run(program(None), store)
    assert keys_run(program({"type": "object"}), store, resume=True, spec_hash="two") == ["k"]
    assert keys_run(program({"type": "object"}), store, resume=True, spec_hash="two") == []


def test_another_reply_to_the_same_words_reruns_what_remembered_it(store: SessionRepository) -> None:
    def program(schema: dict[str, Any]) -> Program:
        async def run(ctx: Context) -> Outcome:
            await ctx.agent("a", "x", key="0", schema=schema)
            return Outcome((await ctx.agent("a", "y", key="1")).text)

        return run

    keys_run(program({"type": "integer"}), store, agents=ScriptedAgents({"a": ["1", "said"]}))
    same = ScriptedAgents({"a": "1"})
    assert keys_run(program({"type": "number"}), store, agents=same, resume=True, spec_hash="two") == ["0"]
    other = ScriptedAgents({"a": '{"n": 1}'})
    assert keys_run(program({"type": "object"}), store, agents=other, resume=True, spec_hash="three") == ["0", "1"]


def test_going_back_to_the_first_wording_finds_the_first_reply(store: SessionRepository) -> None:
    keys_run(steps("x"), store)
    keys_run(steps("y"), store, resume=True, spec_hash="two")
    assert keys_run(steps("x"), store, resume=True, spec_hash="three") == []


def test_an_unchanged_workflow_that_asks_otherwise_is_refused_before_it_pays(store: SessionRepository) -> None:
    keys_run(steps("x", "y"), store)
    agents = ScriptedAgents()
    result = begin(steps("x", "now 12:01"), agents, store=store, resume=True).result(10)
    assert isinstance(result.failure, NonDeterminismError)
    assert result.failure.key == "steps/1"
    assert agents.keys == []


def test_a_key_that_comes_twice_is_an_error() -> None:
    async def program(ctx: Context) -> Outcome:
        await ctx.agent("a", "x", key="same")
        return Outcome((await ctx.agent("a", "y", key="same")).text)

    agents = ScriptedAgents()
    result = begin(program, agents).result(10)
    assert result.status == "failed"
    assert "'same'" in str(result.error)
    assert agents.keys == ["same"]


# ---- our own texts around a prompt -------------------------------------------------------------------------------


def scaffolded(wording: str, version: str = "v1") -> Program:
    async def program(ctx: Context) -> Outcome:
        await ctx.agent("a", f"{wording}: tides", key="0", scaffold=f"{version}: tides")
        return Outcome((await ctx.agent("a", "and then?", key="1")).text)

    return program


def test_a_new_wording_of_a_scaffold_runs_nothing_again(store: SessionRepository) -> None:
    """Also not the later turns of an agent that remembers the old wording."""
    keys_run(scaffolded("Please judge"), store)
    assert keys_run(scaffolded("Kindly judge"), store, resume=True) == []


def test_a_new_version_of_a_scaffold_is_another_request(store: SessionRepository) -> None:
    keys_run(scaffolded("Please judge"), store)
    assert keys_run(scaffolded("Please judge", "v2"), store, resume=True, spec_hash="two") == ["0", "1"]


# ---- notes -------------------------------------------------------------------------------------------------------


def test_a_note_is_taken_once(store: SessionRepository) -> None:
    values = iter([{"rolled": 4}, {"rolled": 6}])

    async def program(ctx: Context) -> Outcome:
        value = await ctx.note("dice", lambda: next(values))
        await ctx.agent("a", str(value), key="k")
        return Outcome(str(value["rolled"]))

    assert begin(program, store=store).result(10).last_response == "4"
    assert begin(program, store=store, resume=True).result(10).last_response == "4"


# ---- the books ---------------------------------------------------------------------------------------------------


def test_every_attempt_has_its_own_spend_record(store: SessionRepository) -> None:
    def fails_after_paying(call: Call) -> Reply:
        call.watch.used(Usage(30, 12, cost=0.5))
        if call.attempt == 1:
            raise ProviderError("overloaded", retryable=True)
        return Reply("good", Usage(7, 3, cost=0.125))

    result = begin(steps("x"), ScriptedAgents({"a": fails_after_paying}), store=store).result(10)
    spent = [event.data for event in of_kind(store, Spent)]
    assert [(d["key"], d["attempt"], d["ok"], d["error"]) for d in spent] == [
        ("steps/0", 1, False, "ProviderError"),
        ("steps/0", 2, True, None),
    ]
    assert [d["usage"]["input"] + d["usage"]["output"] for d in spent] == [42, 10]
    assert result.cost == 0.625
    assert result.token_usage == {"a": 52}


def test_an_unknown_price_makes_the_sum_unknown() -> None:
    replies = [Reply("x", Usage(1, 1, cost=1.0)), Reply("y", Usage(1, 1, cost=None))]
    assert begin(steps("x", "y"), ScriptedAgents({"a": replies})).result(10).cost is None


# ---- memory ------------------------------------------------------------------------------------------------------


def histories(program: Program, **agents: Any) -> dict[str, list[str]]:
    made = ScriptedAgents(**agents)
    begin(program, made).result(10).raise_for_status()
    return {call.key: said(call.history) for call in made.calls}


def test_an_agent_remembers_its_own_turns_of_the_scope() -> None:
    async def program(ctx: Context) -> Outcome:
        await ctx.agent("a", "one", key="0")
        await ctx.agent("b", "two", key="1")
        return Outcome((await ctx.at("inner").agent("a", "three", key="2")).text)

    seen = histories(program)
    assert seen["1"] == []
    assert seen["inner/2"] == ["user: one", "assistant: a: one"]


def test_an_agent_without_memory_sees_nothing() -> None:
    assert histories(steps("one", "two"), remembers=False)["steps/1"] == []


def test_an_agent_remembers_all_messages_of_a_turn() -> None:
    turn = (text_message("assistant", "let me see"), text_message("user", "42"), text_message("assistant", "42!"))
    script = {"a": [Reply("42!", turn=turn), "done"]}
    seen = histories(steps("6*7?", "thanks"), script=script)
    assert seen["steps/1"] == ["user: 6*7?", "assistant: let me see", "user: 42", "assistant: 42!"]


def test_members_of_a_group_do_not_remember_one_another_or_what_came_before() -> None:
    async def member(ctx: Context, name: str) -> None:
        await ctx.agent("a", name, key="0")

    async def program(ctx: Context) -> Outcome:
        await ctx.agent("a", "before", key="before")
        await ctx.map(member, ["x", "y"], keys=["x", "y"])
        return Outcome((await ctx.agent("a", "after", key="after")).text)

    seen = histories(program)
    assert (seen["x/0"], seen["y/0"]) == ([], [])
    assert seen["after"] == ["user: before", "assistant: a: before"]


def test_a_resumed_agent_remembers_what_it_said_before(store: SessionRepository) -> None:
    begin(steps("x", "y"), ScriptedAgents({"a": ["first", ProviderError("down")]}), store=store).result(10)
    agents = ScriptedAgents()
    keys_run(steps("x", "y"), store, agents=agents, resume=True)
    assert said(agents.calls[0].history) == ["user: x", "assistant: first"]


# ---- revisions ---------------------------------------------------------------------------------------------------


async def revised(ctx: Context) -> Outcome:
    """Two steps, and a question that may run the first of them again."""
    revision, prompt = 1, "draft"
    while True:
        draft = await ctx.agent("a", prompt, key=Unit("steps/0", revision=revision))
        await ctx.agent("a", f"title for {draft.text}", key=Unit("steps/1", revision=revision))
        question = Question("Good?", context_display=draft.text, reviews="steps/0")
        answer = await ctx.ask(question, key=Unit("steps/2", revision=revision))
        if answer.action == "approve":
            return Outcome(draft.text, "a")
        revision, prompt = revision + 1, answer.text


@pytest.mark.parametrize("remembers", [True, False], ids=["scope", "none"])
def test_a_revision_sees_the_prompt_the_former_reply_and_the_feedback(remembers: bool) -> None:  # noqa: FBT001 - a parameter of the test
    agents = ScriptedAgents({"a": ["draft one", "title one", "draft two", "title two"]}, remembers=remembers)
    run = begin(revised, agents)
    asking(run)
    run.modify("shorter")
    asking(run)
    run.approve()
    assert run.result(10).last_response == "draft two"
    again = next(call for call in agents.calls if call.key == "steps/0~2")
    assert [*said(again.history), f"user: {again.prompt}"] == ["user: draft", "assistant: draft one", "user: shorter"]


def test_a_revision_forgets_the_turns_after_it() -> None:
    agents = ScriptedAgents({"a": ["draft one", "title one", "draft two", "title two"]})
    run = begin(revised, agents)
    asking(run)
    run.modify("shorter")
    asking(run)
    title = next(call for call in agents.calls if call.key == "steps/1~2")
    assert "assistant: title one" not in said(title.history)
    assert said(title.history)[-2:] == ["user: shorter", "assistant: draft two"]
    run.cancel()


def test_revisions_are_found_again(store: SessionRepository) -> None:
    run = begin(revised, store=store)
    for feedback in ("shorter", "longer"):
        asking(run)
        run.modify(feedback)
    asking(run)
    run.pause()
    agents = ScriptedAgents()
    again = begin(revised, agents, store=store, resume=True)
    assert [state.key for state in asking(again)] == ["steps/2~3"]
    assert agents.keys == []
    again.approve()
    assert again.result(10).success


def test_the_eleventh_revision_is_refused_when_it_is_asked_for() -> None:
    run = begin(revised)
    for _ in range(9):
        asking(run)
        run.modify("again")
    asking(run)
    with pytest.raises(InvalidAnswerError, match="10 times"):
        run.modify("again")
    run.approve("enough")
    assert run.result(10).success


@pytest.mark.parametrize("prompts", ["xy", "XY"], ids=["same", "edited"])
def test_replaying_twice_is_replaying_once(store: SessionRepository, prompts: str) -> None:
    keys_run(steps("x", "y"), store)
    keys_run(steps(*prompts), store, resume=True, spec_hash="two")
    assert keys_run(steps(*prompts), store, resume=True, spec_hash="two") == []
