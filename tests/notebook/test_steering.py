"""What is asked of a run through its card."""

from __future__ import annotations

from dataclasses import replace
from queue import Queue
from typing import Any

import pytest

from strands_nb.app import Workflow
from strands_nb.engine.run import Run
from strands_nb.notebook.cards.steering import Steering
from strands_nb.spec import parse

TEXT = "name: brief\nagents: {writer: {prompt: You write.}}\nsteps: [{writer: 'About {{ topic }}'}]\n"


@pytest.fixture
def run() -> Run:
    workflow = Workflow.from_yaml(TEXT, topic="tides").with_options(model="scripted", durability="memory")
    started = workflow.start()
    started.result(10)
    return started


def ask(run: Run, **message: Any) -> dict[str, Any]:
    """The kernel's word on a request."""
    said: Queue[dict[str, Any]] = Queue()
    Steering(run, said.put).take({"v": 1, "id": "1", **message})
    return said.get(timeout=10)


def test_the_workflow_is_told_as_yaml_that_is_the_same_workflow(run: Run) -> None:
    ack = ask(run, type="spec")
    assert (ack["ok"], ack["id"]) == (True, "1")
    assert parse(ack["result"]["yaml"]) == parse(TEXT)


def test_a_program_without_a_workflow_says_that_there_is_none(run: Run) -> None:
    run._holder.plan = replace(run.plan, spec=None)
    ack = ask(run, type="spec")
    assert not ack["ok"]
    assert "a Python program" in ack["error"]


def test_what_nobody_knows_is_not_answered(run: Run) -> None:
    said: Queue[dict[str, Any]] = Queue()
    Steering(run, said.put).take({"v": 1, "id": "1", "type": "dance"})
    assert said.empty()
