"""What an edited workflow is told that it cannot go on with a session as it is: what has changed, step by step."""

from __future__ import annotations

import pytest

from strands_nb.errors import SpecChangedError
from strands_nb.testing import MemorySessionRepository
from tests.app.support import agents_of, flow
from tests.patterns.seven import SEVEN

CHAIN = """
agents: {a: {prompt: You find.}, b: {prompt: You write.}}
inputs: {values: {topic: tides}}
steps:
  - a: Facts about {{ topic }}
  - {agent: b, id: draft, input: Draft}
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("input: Draft", "input: A long draft", "steps/1, input: 'Draft' -> 'A long draft'"),
        ("You write.", "You sing.", "agent b, prompt: 'You write.' -> 'You sing.'"),
        ("topic: tides", "topic: moons", "variable topic: 'tides' -> 'moons'"),
        ("  - {agent: b, id: draft, input: Draft}\n", "", "steps/1: gone, was {"),
        ("id: draft, ", "", "steps/1, id: gone, was 'draft'"),
        ("input: Draft", f"input: {'x' * 100}", "steps/1, input: 'Draft' -> 'xxx"),
    ],
)
def test_each_change_is_said_where_it_is(old: str, new: str, said: str) -> None:
    workflow = flow(CHAIN, session="s", store=MemorySessionRepository())
    assert workflow.run().success
    edited = flow(CHAIN.replace(old, new), session="s", store=workflow.store)
    with pytest.raises(SpecChangedError, match="reuse_unchanged") as refused:
        edited.run()
    (line,) = [line for line in refused.value.changes if line.startswith(said[: said.index(":")])]
    assert said in line
    assert line in str(refused.value)
    assert len(line) < 160
    assert agents_of(edited).keys == []


@pytest.mark.parametrize("name", SEVEN)
def test_a_change_is_named_by_the_unit_that_it_matters_to(name: str) -> None:
    seven = SEVEN[name]
    workflow = flow(seven.text, session="s", on_hitl="approve", store=MemorySessionRepository())
    workflow.run()
    edited = flow(seven.text.replace(seven.edit.old, seven.edit.new), session="s", store=workflow.store)
    with pytest.raises(SpecChangedError) as refused:
        edited.run()
    (line,) = refused.value.changes
    key = seven.edit.asked.split()[0].replace("iterations/0/produce", "producer")
    assert line.partition(",")[0] in key.replace("iterations/0/produce", "producer").replace(
        "workers", "worker_template"
    )


def test_of_many_changes_the_first_are_said_and_the_rest_are_counted() -> None:
    steps = [f"  - a: step {number}\n" for number in range(30)]
    text = "agents: {a: {prompt: A}}\nsteps:\n"
    workflow = flow(text + "".join(steps), session="s", store=MemorySessionRepository())
    workflow.run()
    edited = flow(text + "".join(steps).replace("step", "part"), session="s", store=workflow.store)
    with pytest.raises(SpecChangedError) as refused:
        edited.run()
    assert (len(refused.value.changes), refused.value.changes[-1]) == (13, "and 18 more")
