"""Two approvals in one place: the calls before, between and after them are made once each."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from strands_nb import Workflow
from strands_nb.stores import FileSessionRepository
from tests.engine.support import PATIENCE, until
from tests.reliability.processes import BilledAgents, Process

HEAD = """
version: 0
name: two-approvals
runtime: {provider: scripted}
agents: {a: {prompt: A}, j: {prompt: J}}
pattern:
"""
STEPS = "[{a: before}, {approve: One?}, {a: between}, {approve: Two?}, {a: after}]"
TEXTS = {
    "chain": f"{HEAD}  {{type: chain, config: {{steps: {STEPS}}}}}",
    "one gate after the other": f"""{HEAD}
  {{type: chain, config: {{steps: [{{a: before}}, {{approve: One?}}, {{approve: Two?}}, {{a: after}}]}}}}""",
    "branch": f"""{HEAD}
  type: parallel
  config:
    branches: [{{id: gated, steps: {STEPS}}}, {{id: plain, steps: [{{a: aside}}, {{a: beside}}]}}]
    reduce: {{agent: a}}
""",
    "two branches": f"""{HEAD}
  type: parallel
  config:
    branches: [{{id: left, steps: [{{a: l}}, {{approve: Left?}}]}}, {{id: right, steps: [{{a: r}}, {{approve: Right?}}]}}]
    reduce: {{agent: a}}
""",
    "evaluator": f"""{HEAD}
  type: evaluator_optimizer
  config:
    producer: {{agent: a, input: draft}}
    evaluator: {{agent: j}}
    accept: {{min_score: 80, max_iters: 3}}
    review_gate: {{type: hitl, prompt: Go on?}}
""",
    "plan and results": f"""{HEAD}
  type: orchestrator_workers
  config:
    orchestrator: {{agent: j, limits: {{max_workers: 2}}}}
    worker_template: {{agent: a}}
    decomposition_review: {{type: hitl, prompt: Do it?}}
    reduce_review: {{type: hitl, prompt: Enough?}}
    reduce: {{agent: a}}
""",
    "route": f"""{HEAD}
  type: routing
  config:
    router: {{agent: j, review_router: {{type: hitl, prompt: There?}}}}
    routes: {{Sea: {{then: [{{a: before}}, {{approve: Two?}}, {{a: after}}]}}}}
""",
    "graph": f"""{HEAD}
  type: graph
  config:
    nodes: {{x: {{agent: a}}, one: {{type: hitl, prompt: One?}}, y: {{agent: a}}, two: {{type: hitl, prompt: Two?}}, z: {{agent: a}}}}
    edges: [{{from: x, to: [one]}}, {{from: one, to: [y]}}, {{from: y, to: [two]}}, {{from: two, to: [z]}}]
""",
    "workflow": f"""{HEAD}
  type: workflow
  config:
    tasks:
      - {{id: x, agent: a}}
      - {{id: one, type: hitl, prompt: One?, deps: [x]}}
      - {{id: two, type: hitl, prompt: Two?, deps: [x]}}
      - {{id: y, agent: a, deps: [one, two]}}
""",
}
CALLS = {
    "chain": "steps/0 steps/2 steps/4",
    "one gate after the other": "steps/0 steps/3",
    "branch": "branches/gated/steps/0 branches/gated/steps/2 branches/gated/steps/4 "
    "branches/plain/steps/0 branches/plain/steps/1 reduce",
    "two branches": "branches/left/steps/0 branches/right/steps/0 reduce",
    "evaluator": "iterations/0/produce iterations/0/evaluate iterations/1/produce iterations/1/evaluate "
    "iterations/2/produce iterations/2/evaluate",
    "plan and results": "rounds/0/plan rounds/0/workers/0 rounds/0/workers/1 reduce",
    "route": "router routes/Sea/steps/0 routes/Sea/steps/2",
    "graph": "nodes/x/1 nodes/y/1 nodes/z/1",
    "workflow": "tasks/x tasks/y",
}
JSON = {"router": '{"route": "Sea"}', "rounds/0/plan": '["ebb", "flow"]'}


def flow(bill: Connection[Any, Any], folder: Path, name: str) -> Workflow:
    agents = BilledAgents(bill, {"j": lambda call: JSON.get(call.key, '{"score": 10}')})
    return Workflow.from_yaml(TEXTS[name]).with_options(agents=agents, store=FileSessionRepository(folder), session="s")


def attended(bill: Connection[Any, Any], folder: Path, name: str) -> None:
    """Both answers are given while the run waits for them."""
    run = flow(bill, folder, name).start()
    for _ in range(2):
        until(lambda: run.pending, "a question")
        run.answer("Sea", run.pending[0].question_id)
    bill.send(run.result(PATIENCE).to_dict())


def parked(bill: Connection[Any, Any], folder: Path, name: str, answer: str) -> None:
    """Go to the next question; give this answer first, if there is one."""
    run = flow(bill, folder, name).with_options(on_hitl="park").start()
    run.result(PATIENCE)
    if answer:
        run.answer(answer, run.pending[0].question_id)
    bill.send(run.result(PATIENCE).to_dict())


def calls_of(folder: Path, name: str, how: str) -> tuple[list[str], dict[str, Any]]:
    """All that is billed, and the last result."""
    billed: list[str] = []
    result: dict[str, Any] = {}
    legs = [(attended, name)] if how == "live" else [(parked, name, answer) for answer in ("", "Sea", "Sea")]
    for work, *args in legs:
        with Process(work, folder, *args) as process:
            calls, result = process.result()
        billed += calls
    return billed, result


@pytest.mark.parametrize("how", ["live", "in three processes"])
@pytest.mark.parametrize("name", TEXTS)
def test_the_calls_around_two_approvals_are_made_once_each(
    name: str, how: str, tmp_path: Path, figures: Callable[..., None]
) -> None:
    billed, result = calls_of(tmp_path, name, how)
    assert result["status"] == "completed"
    assert sorted(billed) == sorted(CALLS[name].split())
    figures("two approvals", sessions=1, calls=len(billed), repeated=len(billed) - len(set(billed)))
