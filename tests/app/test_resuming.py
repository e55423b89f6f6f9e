"""Going on with a session from the workflow's own object."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from strands_nb import MemorySessionRepository, SpecChangedError, Workflow
from strands_nb.app import reopen
from strands_nb.stores import FileSessionRepository

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """
inputs: {required: {topic: string}}
agents: {writer: {prompt: You write.}}
steps:
  - writer: "About {{ topic }}."
  - approve: Good?
  - writer: "More about {{ topic }}. {{ hitl_response }}"
"""


def flow(text: str = TEXT, **options: object) -> Workflow:
    return Workflow.from_yaml(text).with_options(model="scripted", **options)


def test_resume_knows_the_inputs_that_run_was_given() -> None:
    workflow = flow(store=MemorySessionRepository())
    parked = workflow.run(topic="tides")
    done = workflow.resume(parked.session_id, "yes")
    assert done.success
    assert done.variables == {"topic": "tides"}


def test_a_resume_that_is_refused_has_not_recorded_the_answer() -> None:
    store = MemorySessionRepository()
    parked = flow(store=store).run(topic="tides")
    edited = flow(TEXT.replace("More about", "Less about"), store=store)
    with pytest.raises(SpecChangedError):
        edited.resume(parked.session_id, "yes")
    done = edited.with_options(on_change="reuse_unchanged").resume(parked.session_id, "yes")
    assert done.success
    assert done.steps[1]["response"] == "yes"


def test_a_session_needs_none_of_the_files_that_its_workflow_was_read_from(tmp_path: Path) -> None:
    (tmp_path / "atom.yaml").write_text("agents: {one: {prompt: You write.}}")
    (tmp_path / "flow.yaml").write_text(TEXT.replace("{prompt: You write.}", "{$ref: atom.yaml}"))
    workflow = Workflow.from_file(tmp_path / "flow.yaml")
    workflow = workflow.with_options(model="scripted", store=FileSessionRepository(tmp_path / "sessions"), session="s")
    assert workflow.run(topic="tides").status == "paused"
    for file in tmp_path.glob("*.yaml"):
        file.unlink()
    again = asyncio.run(reopen(FileSessionRepository(tmp_path / "sessions"), "s"))
    assert again.spec.agents["writer"].prompt == "You write."
    assert again.resume("s", "yes").success
