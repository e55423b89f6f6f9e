"""Two questions at once: answered in either order, sent back by one human or by two."""

from __future__ import annotations

import pytest

from strands_nb.engine.loop import engine_loop
from tests.engine.support import asking, until
from tests.patterns.example import HEAD
from tests.patterns.gates import FEEDBACK
from tests.patterns.support import SESSION, agents_of, anew, answer_all, finished, flow, only_question

TWO = {
    "workflow": (
        """
pattern:
  type: workflow
  config:
    tasks:
      - {id: left, agent: a, input: "left of {{ topic }}"}
      - {id: right, agent: b, input: "right of {{ topic }}"}
      - {id: one, type: hitl, deps: [left], prompt: Left?}
      - {id: two, type: hitl, deps: [right], prompt: Right?}
      - {id: own, agent: b, deps: [one], input: "own {{ hitl_response }}"}
      - {id: end, agent: a, deps: [two, one, own],
         input: "{{ tasks.one.response }} {{ tasks.two.response }} {{ hitl_response }}"}
""",
        ("tasks/one", "tasks/two"),
        {"tasks/own": "own 1", "tasks/end": "1 2 2"},
    ),
    "parallel": (
        """
pattern:
  type: parallel
  config:
    branches:
      - id: left
        steps: [{agent: a, input: left}, {type: hitl, prompt: Left?}, {agent: a, input: "own {{ hitl_response }}"}]
      - id: right
        steps: [{agent: a, input: right}, {type: hitl, prompt: Right?}]
    reduce: {agent: b, input: "{{ branches.left.response }} {{ branches.right.response }} {{ hitl_response }}"}
""",
        ("branches/left/steps/1", "branches/right/steps/1"),
        {"branches/left/steps/2": "own 1", "reduce": "<branches/left/steps/2> 2 2"},
    ),
    "graph": (
        """
pattern:
  type: graph
  config:
    nodes:
      start: {agent: a, input: "begin with {{ topic }}"}
      left: {agent: a, input: left}
      right: {agent: b, input: right}
      one: {type: hitl, prompt: Left?}
      two: {type: hitl, prompt: Right?}
      end:
        agent: b
        input: "{{ nodes.one.response }} {{ nodes.two.response }} {{ hitl_response }} {{ last_response }}"
    edges:
      - {from: start, to: [left, right]}
      - {from: left, to: one}
      - {from: right, to: two}
      - {from: one, to: end}
      - {from: two, to: end}
""",
        ("nodes/one/1", "nodes/two/1"),
        {"nodes/end/1": "1 2 2 2"},
    ),
}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["in order", "the other way round"])
@pytest.mark.parametrize("how", ["live", "after a resume"])
@pytest.mark.parametrize("name", TWO)
def test_two_questions_at_once_may_be_answered_in_either_order(name: str, order: tuple[int, int], how: str) -> None:
    config, keys, expected = TWO[name]
    workflow = flow(HEAD + config)
    run = workflow.with_options(on_hitl="ask" if how == "live" else "park").start()
    asking(run, 2)
    if how != "live":
        assert finished(run).status == "paused"
    for index in order:
        run.answer(str(index + 1), keys[index])
        if how != "live":
            finished(run)
    assert finished(run).success
    prompts = {call.key: call.prompt for call in agents_of(workflow).calls}
    assert prompts | expected == prompts
    assert len(agents_of(workflow).calls) == len(prompts), "no call is made twice"


SHARED = {
    "workflow": (
        """
pattern:
  type: workflow
  config:
    tasks:
      - {id: facts, agent: a, input: facts}
      - {id: tone, agent: b, input: tone}
      - {id: one, type: hitl, deps: [facts], prompt: One?, default: fine}
      - {id: two, type: hitl, deps: [facts, tone], prompt: Two?, default: fine}
      - {id: end, agent: a, deps: [one, two], input: "{{ tasks.facts.response }} {{ tasks.tone.response }}"}
""",
        "tasks/",
        "",
    ),
    "graph": (
        """
pattern:
  type: graph
  config:
    nodes:
      start: {type: hitl, prompt: Begin?, default: go}
      facts: {agent: a, input: facts}
      tone: {agent: b, input: tone}
      one: {type: hitl, prompt: One?, default: fine}
      two: {type: hitl, prompt: Two?, default: fine}
      end: {agent: a, input: "{{ nodes.facts.response }} {{ nodes.tone.response }}"}
    edges:
      - {from: start, to: [facts, tone]}
      - {from: facts, to: [one, two]}
      - {from: tone, to: two}
      - {from: one, to: end}
      - {from: two, to: end}
""",
        "nodes/",
        "/1",
    ),
}


@pytest.mark.parametrize("order", [("one", "two"), ("two", "one")], ids=" before ".join)
@pytest.mark.parametrize("name", SHARED)
def test_two_humans_who_send_back_the_same_work_at_once_are_both_heard(name: str, order: tuple[str, str]) -> None:
    config, before, after = SHARED[name]
    workflow = flow(HEAD + config)
    run = workflow.start()
    if name == "graph":
        asking(run)
        run.answer("go")
    asking(run, 2)

    async def answer_both() -> None:
        assert run._session is not None
        for one in order:
            await run._session.desk.answer(f"{before}{one}{after}", "modify", f"from {one}", one)

    engine_loop.submit(answer_both).result()
    until(lambda: {state.key for state in run.pending} == {f"{before}{one}{after}~2" for one in order})
    asked = {call.key: call.prompt for call in agents_of(workflow).calls if "~" in call.key}
    assert asked == {f"{before}facts{after}~2": "from one\n\nfrom two", f"{before}tone{after}~2": "from two"}
    run.park()
    assert finished(run).status == "paused"
    later = anew(workflow)
    result = answer_all(later, approve=True, question=run.pending[0].question_id)
    assert result.success
    (last,) = agents_of(later).calls
    assert last.prompt == f"<{before}facts{after}~2> <{before}tone{after}~2>"


@pytest.mark.parametrize("name", TWO)
def test_of_two_questions_one_can_send_its_work_back_and_the_other_stays_answered(name: str) -> None:
    config, keys, _ = TWO[name]
    workflow = flow(HEAD + config)
    asking(run := workflow.with_options(on_hitl="park").start(), 2)
    finished(run)
    run.modify(FEEDBACK, keys[0])
    run.answer("2", keys[1])
    assert only_question(run).key == f"{keys[0]}~2"
    run.answer("1")
    assert finished(run).success
    calls = agents_of(workflow).calls
    assert [call.key.count("right") for call in calls].count(1) == 1, "the other's work is not done again"
    assert [call.prompt for call in calls].count(FEEDBACK) == 1
    assert calls[-1].prompt.startswith(("1 2", "<branches/left/steps/2> 2"))


DEEP = """
pattern:
  type: workflow
  config:
    tasks:
      - {id: facts, agent: a, input: facts}
      - {id: low, type: hitl, deps: [facts], prompt: "Low? {{ tasks.facts.response }}"}
      - {id: early, agent: b, deps: [low]}
      - {id: brief, agent: b, deps: [facts]}
      - {id: high, type: hitl, deps: [brief], prompt: "High? {{ tasks.brief.response }}"}
      - {id: all, type: hitl, deps: [facts, brief], prompt: "All? {{ tasks.facts.response }} {{ last_response }}"}
      - {id: end, agent: a, deps: [early, high, all], input: "{{ tasks.facts.response }} {{ tasks.brief.response }}"}
"""


@pytest.mark.parametrize("gates", ["high low", "low high", "high all", "all low"])
def test_work_sent_back_at_two_depths_is_done_again_in_the_same_order_after_a_resume(gates: str) -> None:
    workflow = flow(HEAD + DEEP)
    run = workflow.start()
    for gate in gates.split():
        asking(run, 3)
        run.modify(FEEDBACK, f"tasks/{gate}")
    asking(run, 3)
    run.park()
    parked = finished(run)
    later = anew(workflow)
    assert finished(later.reopened(SESSION)).execution_context == parked.execution_context
    assert agents_of(later).keys == []
    assert answer_all(later, approve=True, question=run.pending[0].question_id).success
    again = anew(workflow)
    assert again.run().success
    assert agents_of(again).keys == []


def test_what_was_sent_back_before_it_began_is_not_begun_by_a_resume() -> None:
    workflow = flow(HEAD + DEEP)
    run = workflow.start()
    asking(run, 3)

    async def answer_both() -> None:
        assert run._session is not None
        await run._session.desk.answer("tasks/low", "approve", "fine", "one")
        await run._session.desk.answer("tasks/all", "modify", FEEDBACK, "two")

    engine_loop.submit(answer_both).result()
    asking(run, 3)
    run.park()
    finished(run)
    assert "tasks/early" not in agents_of(workflow).keys
    later = anew(workflow)
    assert finished(later.reopened(SESSION)).status == "paused"
    assert agents_of(later).keys == []
