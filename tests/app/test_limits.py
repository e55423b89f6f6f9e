"""Budgets and retries, as a workflow asks for them."""

from __future__ import annotations

from typing import Any

import pytest

from strands_nb.engine.ledger import Budgets
from strands_nb.errors import BudgetExceededError, ProviderError
from tests.app.support import agents_of, events_of, flow, told

STEPS = "agents: {a: {prompt: A}}\nsteps: [{a: '1'}, {a: '2'}, {a: '3'}]\n"


def limited(**budgets: Any) -> str:
    return f"{STEPS}runtime: {{provider: scripted, budgets: {budgets}}}".replace("'", '"')


@pytest.mark.parametrize(
    ("budget", "limit", "calls"),
    [("max_steps", 2, 2), ("max_tokens", 15, 2), ("max_tokens", 20, 2), ("max_tokens", 1, 1)],
)
def test_a_budget_ends_the_run_before_the_call_that_would_exceed_it(budget: str, limit: int, calls: int) -> None:
    workflow = flow(limited(**{budget: limit}), session="s")
    result = workflow.run()
    assert (result.status, result.exit_code) == ("failed", 20)
    assert isinstance(result.failure, BudgetExceededError)
    assert result.failure.budget == budget
    assert f"budget {budget} is used up" in str(result.error_message)
    assert len(result.steps) == len(agents_of(workflow).calls) == calls


def test_a_budget_counts_over_resumes_and_a_larger_one_goes_on() -> None:
    workflow = flow(limited(max_tokens=15), session="s")
    workflow.run()
    for _ in range(2):
        assert workflow.resume("s").exit_code == 20
    assert workflow.with_options(budgets={"max_tokens": 25}).resume("s").success
    assert agents_of(workflow).keys == ["steps/0", "steps/1", "steps/2"]


def test_budgets_by_name_leave_the_others_as_the_workflow_says() -> None:
    workflow = flow(limited(max_tokens=15, max_steps=2)).with_options(budgets={"max_tokens": 1000})
    failure = workflow.run().failure
    assert isinstance(failure, BudgetExceededError)
    assert failure.budget == "max_steps"
    assert workflow.with_options(budgets=Budgets(max_tokens=1000)).run().success, "a whole set replaces them all"


def test_a_warning_comes_once_at_the_threshold() -> None:
    workflow = flow(limited(max_tokens=40, warn_threshold=0.25), session="s")
    assert workflow.run().success
    warned = [event.data for event in events_of(workflow, "s") if event.event_type == "budget_warning"]
    assert warned == [{"budget": "max_tokens", "spent": 10, "limit": 40}]


def test_the_working_time_is_a_budget_and_waiting_for_a_human_is_none() -> None:
    text = limited(max_duration_s=1).replace('{a: "2"}', "{approve: Ok?}")
    workflow = flow(text)
    import time

    assert workflow.run_interactive(hitl_handler=lambda _: time.sleep(1.1) or "ok").success


POLICY = "runtime: {provider: scripted, failure_policy: {retries: 2, backoff: constant, wait_min: 0, wait_max: 0}}"


def test_passing_failures_are_tried_again_and_each_retry_is_an_event() -> None:
    busy = ProviderError("busy", retryable=True)
    workflow = flow(STEPS + POLICY, {"a": [busy, busy, "one", "two", "three"]}, session="s")
    assert workflow.run().last_response == "three"
    assert [call.attempt for call in agents_of(workflow).calls] == [1, 2, 3, 1, 1]
    assert told(workflow, "s").count("retry steps/0") == 2


def test_retries_end_and_the_run_fails_with_the_last_error() -> None:
    workflow = flow(STEPS + POLICY, {"a": ProviderError("busy", retryable=True)})
    result = workflow.run()
    assert (result.status, result.error_message) == ("failed", "busy")
    assert len(agents_of(workflow).calls) == 3


def test_other_failures_are_not_tried_again() -> None:
    workflow = flow(STEPS + POLICY, {"a": ProviderError("no such model")})
    assert workflow.run().status == "failed"
    assert len(agents_of(workflow).calls) == 1


def test_zero_retries_are_none() -> None:
    workflow = flow(STEPS + POLICY.replace("retries: 2", "retries: 0"), {"a": ProviderError("busy", retryable=True)})
    workflow.run()
    assert len(agents_of(workflow).calls) == 1
