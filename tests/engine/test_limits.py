"""Budgets, retries, limits and time-outs: what surrounds every agent call, and in which order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.engine.call import Reply, Usage
from strands_nb.engine.events import BudgetWarned, Retried, Spent, UnitFailed, UnitStarted
from strands_nb.engine.ledger import Budgets, Ledger
from strands_nb.engine.middleware import FailurePolicy, budgeted, compose, limited, metered, retried, timed
from strands_nb.engine.question import Question
from strands_nb.engine.result import Outcome
from strands_nb.errors import BudgetExceededError, ProviderError
from strands_nb.testing import MemorySessionRepository, ScriptedAgents
from tests.engine.support import (
    CountingAgents,
    HeldAgents,
    SlowAgents,
    VirtualTime,
    asking,
    asks,
    begin,
    branches,
    of_kind,
    one_asks_one_works,
    park,
    steps,
    times,
)

if TYPE_CHECKING:
    from strands_nb.engine.call import Call, Caller, Middleware
    from strands_nb.engine.context import Context
    from strands_nb.engine.store import SessionRepository

DEAR = Reply("dear", Usage(30, 30, cost=0.6))
BUSY = ProviderError("busy", retryable=True)
FIVE = steps("v", "w", "x", "y", "z")


# ---- budgets -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("budgets", "calls"),
    [
        (Budgets(max_tokens=100), 2),
        (Budgets(max_tokens=120), 2),
        (Budgets(max_tokens=121), 3),
        (Budgets(max_steps=3), 3),
        (Budgets(max_cost_usd=1.0), 2),
        (Budgets(max_steps=4, max_tokens=50), 1),
    ],
    ids=str,
)
def test_a_budget_is_checked_before_each_call_and_the_call_that_overshoots_is_kept(
    budgets: Budgets, calls: int
) -> None:
    agents, store = ScriptedAgents({"a": DEAR}), MemorySessionRepository()
    result = begin(FIVE, agents, store=store, budgets=budgets).result(10)
    assert len(agents.calls) == calls
    assert isinstance(result.failure, BudgetExceededError)
    assert (result.status, result.exit_code, result.failure.key) == ("failed", 20, f"steps/{calls}")
    assert len(of_kind(store, Spent)) == calls
    assert result.token_usage == {"a": 60 * calls}


def test_a_budget_of_time_counts_work(virtual: VirtualTime) -> None:
    agents = SlowAgents({f"steps/{i}": 10.0 for i in range(5)})
    result = begin(FIVE, agents, loop=virtual, clock=virtual, budgets=Budgets(max_duration_s=25)).result(10)
    assert isinstance(result.failure, BudgetExceededError)
    assert (result.failure.budget, len(agents.calls), result.duration_seconds) == ("max_duration_s", 3, 30.0)


def test_waiting_for_a_human_is_not_work(virtual: VirtualTime) -> None:
    question = Question("Good?", default="yes", timeout_seconds=3600)
    agents = SlowAgents({"draft": 4.0, "finish": 4.0})
    run = begin(asks(question), agents, loop=virtual, clock=virtual, budgets=Budgets(max_duration_s=5))
    result = run.result(10)
    assert result.success
    assert (result.duration_seconds, result.waiting_seconds) == (8.0, 3600.0)


def test_what_was_spent_before_counts_after_a_resume(store: SessionRepository, virtual: VirtualTime) -> None:
    del virtual
    down = ScriptedAgents({"a": [DEAR, ProviderError("down")]})
    begin(FIVE, down, store=store).result(10)
    agents = ScriptedAgents({"a": DEAR})
    result = begin(FIVE, agents, store=store, resume=True, budgets=Budgets(max_tokens=61)).result(10)
    assert (agents.keys, result.exit_code) == (["steps/1"], 20)


def test_time_spent_before_counts_after_a_resume(virtual: VirtualTime) -> None:
    store, slow = MemorySessionRepository(), {f"steps/{i}": 10.0 for i in range(5)}
    budgets = Budgets(max_duration_s=25)
    down = SlowAgents(slow, {"a": ["one", ProviderError("down")]})
    begin(FIVE, down, store=store, loop=virtual, clock=virtual, budgets=budgets).result(10)
    agents = SlowAgents(slow)
    begin(FIVE, agents, store=store, loop=virtual, clock=virtual, budgets=budgets, resume=True).result(10)
    assert agents.keys == ["steps/1"]


def test_a_larger_budget_goes_on_where_the_smaller_one_ended(store: SessionRepository) -> None:
    begin(FIVE, store=store, budgets=Budgets(max_steps=3)).result(10)
    agents = ScriptedAgents()
    assert begin(FIVE, agents, store=store, resume=True, budgets=Budgets(max_steps=5)).result(10).success
    assert agents.keys == ["steps/3", "steps/4"]


def test_recorded_replies_cost_nothing(store: SessionRepository) -> None:
    begin(FIVE, ScriptedAgents({"a": DEAR}), store=store).result(10)
    agents = ScriptedAgents()
    again = begin(FIVE, agents, store=store, resume=True, spec_hash="two", budgets=Budgets(max_tokens=1))
    assert again.result(10).success
    assert agents.keys == []


def test_a_warning_comes_once_per_budget(store: SessionRepository) -> None:
    budgets = Budgets(max_tokens=400, max_cost_usd=100, warn_threshold=0.3)
    agents = ScriptedAgents({"a": [DEAR, DEAR, DEAR, ProviderError("down")]})
    begin(FIVE, agents, store=store, budgets=budgets).result(10)
    begin(FIVE, ScriptedAgents({"a": DEAR}), store=store, budgets=budgets, resume=True).result(10)
    warned = [event.data for event in of_kind(store, BudgetWarned)]
    assert warned == [{"budget": "max_tokens", "spent": 120, "limit": 400}]


@pytest.mark.parametrize("on_error", ["cancel", "collect"])
def test_calls_that_queue_for_a_slot_do_not_slip_past_a_budget(on_error: Any) -> None:
    async def branch(ctx: Context, name: str) -> str:
        return (await ctx.agent("a", name, key="0")).text

    async def program(ctx: Context) -> Outcome:
        names = [str(n) for n in range(50)]
        return Outcome(" ".join(await ctx.map(branch, names, on_error=on_error)))

    agents = CountingAgents({"a": DEAR})
    result = begin(program, agents, budgets=Budgets(max_tokens=300), max_parallel=5).result(10)
    assert result.exit_code == 20
    assert 5 <= len(agents.calls) < 10, "one round of the slots may overshoot, no more"


def test_a_step_that_takes_several_attempts_is_one_step() -> None:
    agents = ScriptedAgents({"a": [BUSY, BUSY, "good"]})
    result = begin(FIVE, agents, budgets=Budgets(max_steps=2)).result(10)
    assert (result.exit_code, agents.keys) == (20, ["steps/0"] * 3 + ["steps/1"])


def test_the_last_step_of_a_budget_may_take_several_attempts_too() -> None:
    agents = ScriptedAgents({"a": [BUSY, BUSY, "good"]})
    assert begin(steps("x"), agents, budgets=Budgets(max_steps=1)).result(10).success


@pytest.mark.parametrize("max_parallel", [1, 5])
def test_calls_at_the_same_time_are_no_more_steps_than_the_budget_allows(max_parallel: int) -> None:
    agents = CountingAgents()
    result = begin(
        branches(*map(str, range(9))), agents, budgets=Budgets(max_steps=3), max_parallel=max_parallel
    ).result(10)
    assert (result.exit_code, len(agents.calls)) == (20, 3)


def test_the_last_call_of_a_run_is_warned_of_too(store: SessionRepository) -> None:
    assert (
        begin(steps("x"), ScriptedAgents({"a": DEAR}), store=store, budgets=Budgets(max_tokens=50)).result(10).success
    )
    assert [event.data for event in of_kind(store, BudgetWarned)] == [
        {"budget": "max_tokens", "spent": 60, "limit": 50}
    ]


def test_time_in_which_somebody_works_is_not_waiting(virtual: VirtualTime) -> None:
    agents = SlowAgents({"machine/work": 30.0})
    result = begin(
        one_asks_one_works(Question("?", default="yes", timeout_seconds=100)), agents, loop=virtual, clock=virtual
    ).result(10)
    assert (result.duration_seconds, result.waiting_seconds) == (30.0, 70.0)


# ---- retries -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("failures", "ends"), [(0, "completed"), (1, "completed"), (2, "completed"), (3, "failed")])
def test_a_passing_failure_is_tried_again_so_often_and_no_more(failures: int, ends: str) -> None:
    agents, store = ScriptedAgents({"a": [BUSY] * failures + ["good"]}), MemorySessionRepository()
    result = begin(steps("x"), agents, store=store).result(10)
    assert result.status == ends
    assert [call.attempt for call in agents.calls] == list(range(1, min(failures, 2) + 2))
    assert [event.data["attempt"] for event in of_kind(store, Retried)] == list(range(1, min(failures, 2) + 1))
    assert len(of_kind(store, UnitStarted)) == 1, "attempts are attempts of one unit"


@pytest.mark.parametrize("error", [ProviderError("no such model"), ValueError("our own mistake")], ids=repr)
def test_a_lasting_failure_is_not_tried_again(error: Exception) -> None:
    agents, store = ScriptedAgents({"a": error}), MemorySessionRepository()
    result = begin(steps("x"), agents, store=store).result(10)
    assert (result.status, len(agents.calls), of_kind(store, Retried)) == ("failed", 1, [])
    assert [event.data["error_type"] for event in of_kind(store, UnitFailed)] == [type(result.failure).__name__]
    assert str(error) in str(result.error)


def test_pauses_between_attempts_grow_up_to_a_limit(virtual: VirtualTime) -> None:
    store, policy = MemorySessionRepository(), FailurePolicy(retries=5, wait_min=1, wait_max=5)
    agents = ScriptedAgents({"a": BUSY})
    begin(steps("x"), agents, store=store, loop=virtual, clock=virtual, failure=policy).result(10)
    assert [event.data["delay"] for event in of_kind(store, Retried)] == [1, 2, 4, 5, 5]
    assert times(store, Spent) == [0, 1, 3, 7, 12, 17]


@pytest.mark.parametrize(("backoff", "delays"), [("constant", [2, 2, 2]), ("exponential", [2, 4, 8])])
def test_the_kind_of_pause_is_chosen(virtual: VirtualTime, backoff: str, delays: list[float]) -> None:
    store = MemorySessionRepository()
    policy = FailurePolicy(retries=3, backoff=backoff, wait_min=2)  # pyright: ignore[reportArgumentType]
    agents = ScriptedAgents({"a": BUSY})
    begin(steps("x"), agents, store=store, loop=virtual, clock=virtual, failure=policy).result(10)
    assert [event.data["delay"] for event in of_kind(store, Retried)] == delays


@pytest.mark.parametrize(("backoff", "least"), [("exponential", [1, 2, 4]), ("jittered", [0, 0, 0])])
def test_pauses_grow_also_where_the_shortest_may_be_none(
    virtual: VirtualTime, backoff: str, least: list[float]
) -> None:
    store = MemorySessionRepository()
    policy = FailurePolicy(retries=3, backoff=backoff, wait_min=0)  # pyright: ignore[reportArgumentType]
    begin(steps("x"), ScriptedAgents({"a": BUSY}), store=store, loop=virtual, clock=virtual, failure=policy).result(10)
    delays = [event.data["delay"] for event in of_kind(store, Retried)]
    assert sum(delays) > 0
    assert all(low <= delay <= high for low, delay, high in zip(least, delays, [1, 2, 4], strict=True))


def test_what_the_service_asks_to_wait_is_waited(virtual: VirtualTime) -> None:
    store, policy = MemorySessionRepository(), FailurePolicy(retries=1, wait_min=1, wait_max=5)
    agents = ScriptedAgents({"a": [ProviderError("slow down", retryable=True, retry_after=90), "good"]})
    begin(steps("x"), agents, store=store, loop=virtual, clock=virtual, failure=policy).result(10)
    assert times(store, Spent) == [0, 90]


# ---- slots -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("slots", "most"), [(1, 1), (3, 3), (None, 20)])
def test_never_more_calls_are_under_way_than_there_are_slots(slots: int | None, most: int) -> None:
    agents = CountingAgents()
    assert begin(branches(*map(str, range(20))), agents, max_parallel=slots).result(10).success
    assert agents.most == most


def test_whoever_backs_off_holds_no_slot(virtual: VirtualTime) -> None:
    store, policy = MemorySessionRepository(), FailurePolicy(retries=1, wait_min=100)

    def first_is_busy(call: Call) -> str:
        if call.key == "x/0" and call.attempt == 1:
            raise BUSY
        return call.key

    agents = ScriptedAgents({"a": first_is_busy})
    begin(branches("x", "y"), agents, store=store, loop=virtual, clock=virtual, failure=policy, max_parallel=1).result(
        10
    )
    assert [call.key for call in agents.calls] == ["x/0", "y/0", "y/1", "x/0", "x/1"]


@pytest.mark.parametrize("attended", [True, False], ids=["attended", "parked"])
def test_whoever_waits_for_a_human_holds_no_slot(attended: bool) -> None:  # noqa: FBT001 - a parameter of the test
    agents = HeldAgents("machine/work")
    policy: dict[str, Any] = {} if attended else {"on_question": park}
    run = begin(one_asks_one_works(), agents, max_parallel=1, **policy)
    asking(run)
    agents.let_go("machine/work")
    run.answer("yes")
    assert run.result(10).last_response == "yes a: machine"


# ---- time-outs ---------------------------------------------------------------------------------------------------


def test_a_call_that_takes_too_long_is_given_up_and_tried_again(virtual: VirtualTime) -> None:
    store = MemorySessionRepository()
    agents = SlowAgents({"steps/0": 60.0})
    run = begin(steps("x"), agents, store=store, loop=virtual, clock=virtual, call_timeout_s=20)
    result = run.result(10)
    assert isinstance(result.failure, ProviderError)
    assert "within 20 s" in str(result.error)
    assert times(store, Spent) == [20, 40, 60]
    assert [event.data["error"] for event in of_kind(store, Spent)] == ["CancelledError"] * 3


def test_waiting_for_a_slot_is_not_taking_long(virtual: VirtualTime) -> None:
    agents = SlowAgents({f"{name}/{i}": 15.0 for name in "uvwxyz" for i in range(2)})
    run = begin(branches(*"uvwxyz"), agents, loop=virtual, clock=virtual, call_timeout_s=20, max_parallel=1)
    assert run.result(10).duration_seconds == 180.0


# ---- the order of the layers -------------------------------------------------------------------------------------


def test_the_first_layer_is_the_outermost() -> None:
    seen: list[str] = []

    def layer(name: str) -> Middleware:
        def wrap(call: Caller) -> Caller:
            async def wrapped(request: Call) -> Reply:
                seen.append(name)
                return await call(request)

            return wrapped

        return wrap

    async def call(_: Call) -> Reply:
        seen.append("call")
        return Reply("")

    asyncio.run(compose([layer("budget"), layer("retry")], call)(None))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert seen == ["budget", "retry", "call"]


def test_replay_comes_before_the_budget_retry_before_the_slot_and_the_slot_before_the_time_out(
    virtual: VirtualTime,
) -> None:
    """One slot, every first attempt too slow: while one branch backs off, the other has the slot."""
    store, policy = MemorySessionRepository(), FailurePolicy(retries=1, wait_min=7)

    def slow_at_first(call: Call) -> float:
        return 50.0 if call.attempt == 1 else 1.0

    class Agents(ScriptedAgents):
        async def call(self, call: Call) -> Reply:
            await asyncio.sleep(slow_at_first(call))
            return await super().call(call)

    async def branch(ctx: Context, name: str) -> str:
        return (await ctx.agent("a", name, key="0")).text

    async def program(ctx: Context) -> Outcome:
        return Outcome(" ".join(await ctx.map(branch, ["x", "y"], keys=["x", "y"])))

    more: dict[str, Any] = {
        "loop": virtual,
        "clock": virtual,
        "failure": policy,
        "max_parallel": 1,
        "call_timeout_s": 10,
    }
    begin(program, Agents(), store=store, **more).result(10).raise_for_status()
    spent = [(event.key, event.data["attempt"]) for event in of_kind(store, Spent)]
    assert list(zip(spent, times(store, Spent), strict=True)) == [
        (("x/0", 1), 10),
        (("y/0", 1), 20),
        (("x/0", 2), 21),
        (("y/0", 2), 28),
    ]
    again = begin(program, store=store, resume=True, spec_hash="two", budgets=Budgets(max_steps=1), loop=virtual)
    assert again.result(10).success


def _ignore(*_: object) -> None:
    pass


def test_layers_that_have_nothing_to_do_are_not_there() -> None:
    async def call(_: Call) -> Reply:
        return Reply("")

    layers = [
        budgeted(Ledger(lambda: 0.0), Budgets()),
        metered(Ledger(lambda: 0.0), Budgets(), _ignore),
        retried(FailurePolicy(retries=0), _ignore),
        limited(None),
        timed(None),
    ]
    assert compose(layers, call) is call
