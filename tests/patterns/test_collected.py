"""Branches that fail while the others go on (`on_error: collect`): what stays of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.errors import ProviderError
from strands_nb.testing import ScriptedAgents
from tests.patterns.processes import World
from tests.patterns.random_flow import EDITED, Flow, Verdict
from tests.patterns.random_lives import Life
from tests.patterns.support import flow

if TYPE_CHECKING:
    from strands_nb.engine.result import RunResult

ONE_FAILS = """
version: 0
name: t
runtime: {provider: scripted, failure_policy: {retries: 0}}
agents: {a: {prompt: A}, b: {prompt: B}}
inputs: {values: {topic: tides}}
pattern:
  type: parallel
  config:
    on_error: collect
    branches:
      - {id: bad, steps: [{agent: a, input: first}, {agent: a, input: second}, {agent: b}]}
      - {id: good, steps: [{agent: a, input: draft}]}
    reduce: {type: hitl, prompt: "{{ branches.bad.status }}?"}
"""
REFUSED = "branches/bad/steps/1"


def ends(world: World, *lives: Life) -> RunResult:
    """What the last of these processes comes to."""
    results = [world.live(life) for life in lives]
    assert results[-1] is not None
    return results[-1]


def branch(result: RunResult, name: str) -> dict[str, Any]:
    return result.execution_context["branches"][name]


def test_what_a_failed_branch_had_done_is_the_same_after_a_resume() -> None:
    world = World(Flow.of(ONE_FAILS, refuses=frozenset({REFUSED})))
    result = ends(world, Life())
    failed, lines = branch(result, "bad"), len(world.disk)
    assert (failed["status"], failed["error"], len(failed["steps"])) == ("failed", f"{REFUSED}: no", 1)
    assert failed["tokens"] == failed["steps"][0]["tokens"] > 0
    assert ends(world, Life()).execution_context == result.execution_context
    assert len(world.disk) == lines, "a replay writes nothing"


def test_a_failed_branch_is_not_tried_again_by_the_same_workflow_but_by_another() -> None:
    world = World(Flow.of(ONE_FAILS, refuses=frozenset({REFUSED}), edit=1))
    parked = Life(manners=("parked",), leaves=True)
    ends(world, parked, parked)
    assert [request.key for request in world.requests].count(REFUSED) == 1
    result = ends(world, Life(edited=True))
    assert (branch(result, "bad")["status"], result.status) == ("completed", "completed")
    (first, again) = [request for request in world.requests if request.key == REFUSED]
    assert (first.prompt, again.prompt) == ("second", f"second {EDITED}")
    assert not world.twice


@pytest.mark.parametrize("leaves", [False, True], ids=["live", "in another process"])
def test_a_branch_that_fails_once_it_is_sent_back_has_gone_well_before(leaves: bool) -> None:  # noqa: FBT001
    flow = Flow.of(ONE_FAILS, verdicts={"reduce": Verdict(1)}, refuses=frozenset({"branches/bad/steps/2"}), edit=2)
    life = Life(manners=("parked",), answers_first=True, edited=True, leaves=leaves)
    world = World(flow)
    result = ends(world, life, life, life)
    assert result.status == "completed"
    assert [step["index"] for step in branch(result, "bad")["steps"]] == [0, 1]
    assert branch(result, "bad")["error"] == "branches/bad/steps/2~2: no"
    assert branch(result, "good")["status"] == "completed"
    keys = [request.key for request in world.requests]
    assert len(keys) == len(set(keys)), "no call is made twice"


def test_feedback_on_the_results_goes_to_the_branches_that_have_any() -> None:
    world = World(Flow.of(ONE_FAILS, verdicts={"reduce": Verdict(1)}, refuses=frozenset({REFUSED})))
    result = ends(world, Life())
    assert [request.key for request in world.requests if "~" in request.key] == ["branches/good/steps/0~2"]
    assert len(branch(result, "bad")["steps"]) == 1


def test_where_all_branches_fail_the_run_fails_and_a_resume_tries_them_again() -> None:
    text = ONE_FAILS.replace("{agent: a, input: draft}", "{agent: b, input: draft}")
    agents = ScriptedAgents({"a": "said", "b": [ProviderError("down"), ProviderError("down"), "up"]})
    workflow = flow(text, agents, on_hitl="approve")
    failed = workflow.run()
    assert failed.status == "failed"
    assert "all 2 branches failed; bad: down" in str(failed.error_message)
    result = workflow.run()
    assert result.success
    assert [call.key for call in agents.calls].count("branches/bad/steps/0") == 1, "what was done stays done"
