"""What a run costs, and a limit on it: with the scripted model, to which a price is given."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from strands_nb.agents import ModelFactory, ScriptedModel
from strands_nb.app import Workflow, reopen
from strands_nb.engine.events import RunStarted, Spent
from strands_nb.errors import BudgetExceededError, BuildError, CapabilityError
from strands_nb.testing import MemorySessionRepository
from tests.app.support import events_of, flow

STEPS = "agents: {a: {prompt: A}, b: {prompt: B}}\nsteps: [{a: '1'}, {b: '2'}, {a: '3'}]\n"
A_CENT = 0.01
A_CENT_A_TOKEN = {"input": A_CENT * 1e6, "output": A_CENT * 1e6}
PRICED = {"scripted": A_CENT_A_TOKEN}


def scripted(text: str = STEPS, **options: Any) -> Workflow:
    return Workflow.from_yaml(text).with_options(
        **{"model": "scripted", "store": MemorySessionRepository(), "session": "s", **options}
    )


def spent(workflow: Workflow) -> list[Spent]:
    return [event for event in events_of(workflow, "s") if isinstance(event, Spent)]


def dollars(tokens: float) -> Any:
    return pytest.approx(tokens * A_CENT)


@pytest.fixture
def openai(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that answers to the name of openai."""
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setattr("strands_nb.app.plan.factory", ModelFactory({"openai": ScriptedModel()}))


# ---- what it costs --------------------------------------------------------------------------------------------------


def test_a_run_says_what_it_has_cost_step_by_step() -> None:
    result = scripted(prices=PRICED).run()
    assert result.cost == dollars(sum(result.token_usage.values()))
    assert [entry["cost"] for entry in result.usage.values()] == [
        dollars(entry["tokens"]) for entry in result.usage.values()
    ]


def test_a_run_on_ones_own_machine_costs_nothing() -> None:
    result = scripted().run()
    assert sum(result.token_usage.values()) > 0
    assert result.cost == 0.0
    assert {entry["cost"] for entry in result.usage.values()} == {0.0}


@pytest.mark.usefixtures("openai")
def test_one_price_that_is_not_known_leaves_the_sum_unknown() -> None:
    text = STEPS.replace("b: {prompt: B}", "b: {prompt: B, provider: openai, model_id: my-model}")
    result = scripted(f"runtime: {{provider: scripted}}\n{text}", model=None, prices=PRICED).run()
    assert [entry["cost"] is None for entry in result.usage.values()] == [False, True, False]
    assert result.cost is None
    assert result.to_dict()["cost"] is None


@pytest.mark.usefixtures("openai")
def test_a_model_on_the_list_has_its_price_from_there() -> None:
    result = scripted(model="openai:gpt-4o-mini").run()
    assert 0 < (result.cost or 0) < 0.001


def test_attempts_that_fail_are_paid_for_as_far_as_they_came(tmp_path: Path) -> None:
    script = tmp_path / "script.yaml"
    script.write_text("rules: [{agent: A, error: midstream, times: 1, reply: an answer that breaks off at first}]")
    policy = "runtime: {failure_policy: {retries: 1, wait_min: 0, wait_max: 0}}"
    workflow = scripted(STEPS + policy, model=f"scripted:{script}", prices={f"scripted:{script}": A_CENT_A_TOKEN})
    result = workflow.run()
    first, second = spent(workflow)[:2]
    assert (first.data["ok"], second.data["ok"]) == (False, True)
    assert (first.data["usage"]["cost"] or 0) > 0
    assert result.usage["steps/0"]["cost"] == dollars(result.usage["steps/0"]["tokens"])


# ---- a limit on it --------------------------------------------------------------------------------------------------


def test_the_call_that_goes_beyond_the_limit_is_kept_and_the_run_ends_there() -> None:
    workflow = scripted(prices=PRICED, budgets={"max_cost_usd": A_CENT})
    result = workflow.run()
    assert (result.status, result.exit_code) == ("failed", 20)
    assert isinstance(result.failure, BudgetExceededError)
    assert (result.failure.budget, result.failure.limit) == ("max_cost_usd", A_CENT)
    assert result.failure.spent == result.cost == result.usage["steps/0"]["cost"]
    assert [step["status"] for step in result.steps] == ["completed"]


def test_it_counts_over_resumes_and_a_larger_one_goes_on() -> None:
    workflow = scripted(f"{STEPS}runtime: {{budgets: {{max_cost_usd: {A_CENT}}}}}", prices=PRICED)
    first = workflow.run()
    assert workflow.resume("s").exit_code == 20
    assert (first.cost or 0) > A_CENT
    more = workflow.with_options(budgets={"max_cost_usd": (first.cost or 0) + A_CENT}).resume("s")
    assert (more.exit_code, len(more.steps)) == (20, 2)
    assert workflow.with_options(budgets={"max_cost_usd": 1000}).resume("s").success
    assert [event.key for event in spent(workflow)] == ["steps/0", "steps/1", "steps/2"]


def test_a_warning_comes_at_the_threshold() -> None:
    workflow = scripted(prices=PRICED, budgets={"max_cost_usd": 1000, "warn_threshold": 1e-6})
    assert workflow.run().success
    warned = [event.data for event in events_of(workflow, "s") if event.event_type == "budget_warning"]
    assert [(data["budget"], data["limit"]) for data in warned] == [("max_cost_usd", 1000)]


@pytest.mark.usefixtures("openai")
def test_a_limit_is_refused_where_a_price_is_not_known_wherever_it_is_set() -> None:
    text = STEPS + "runtime: {budgets: {max_cost_usd: 1}}"
    in_the_file, by_the_caller = (
        scripted(text, model="openai:foo"),
        scripted(model="openai:foo", budgets={"max_cost_usd": 1}),
    )
    assert [problem.pointer for problem in in_the_file.check()] == ["/runtime/budgets/max_cost_usd"]
    for workflow in (in_the_file, by_the_caller):
        [problem] = workflow.check()
        assert problem.severity == "needs"
        assert problem.message == "max_cost_usd cannot be watched: no price for openai:foo"
        assert problem.hint == "give one with prices=… or in prices.yaml, or use max_tokens"
        with pytest.raises(CapabilityError, match="no price for openai:foo"):
            workflow.run()
        assert workflow.with_options(prices={"foo": A_CENT_A_TOKEN}).check() == []
    assert scripted(text, model="openai:gpt-4o-mini").check() == []


def test_agents_made_by_hand_say_themselves_what_they_cost() -> None:
    assert flow(STEPS, model="openai:foo", budgets={"max_cost_usd": 1}).run().success


# ---- where prices come from -----------------------------------------------------------------------------------------


def test_a_session_counts_with_its_own_prices_wherever_it_is_gone_on_with() -> None:
    workflow = scripted(prices=PRICED, budgets={"max_cost_usd": A_CENT})
    workflow.run()
    again = asyncio.run(reopen(workflow.store, "s", budgets={"max_cost_usd": 1000}))
    result = again.resume("s")
    assert result.success
    assert result.cost == dollars(sum(result.token_usage.values()))


def test_prices_may_be_in_a_file_in_the_data_folder_and_those_of_the_caller_go_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRANDS_NB_HOME", str(tmp_path))
    file = tmp_path / "prices.yaml"
    file.write_text("scripted: {input: 20000, output: 20000}")
    result = (workflow := scripted()).run()
    assert result.cost == dollars(2 * sum(result.token_usage.values()))
    own = scripted(prices=PRICED).run()
    assert own.cost == dollars(sum(own.token_usage.values()))

    [started] = [event for event in events_of(workflow, "s") if isinstance(event, RunStarted)]
    file.unlink()
    assert started.data["options"]["prices"] == {"scripted": {"input": 20000.0, "output": 20000.0, "cached": None}}
    assert asyncio.run(reopen(workflow.store, "s"))._options.own_prices["scripted"].input == 20000.0


def test_a_price_that_cannot_be_is_refused_where_it_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BuildError, match="'scripted' lacks 'output'"):
        scripted(prices={"scripted": {"input": 1}})
    monkeypatch.setenv("STRANDS_NB_HOME", str(tmp_path))
    (tmp_path / "prices.yaml").write_text("scripted: dear")
    with pytest.raises(BuildError, match=r"prices\.yaml: 'scripted' should be a mapping"):
        scripted().run()
