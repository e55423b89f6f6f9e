"""Short ways to make and run workflows whose agents say what a test tells them to."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from strands_nb.app import Workflow
from strands_nb.testing import MemorySessionRepository, Said, ScriptedAgents

TWO_AND_A_GATE = """
name: brief
agents: {researcher: {prompt: You find facts.}, writer: {prompt: You write.}}
steps:
  - researcher: Facts about {{ topic | default('tides') }}
  - {type: hitl, id: review, prompt: Good enough?, context_display: "{{ steps[0].response }}", default: fine}
  - writer: "{{ steps[0].response }} / {{ hitl_response }}"
"""

THREE_MISTAKES = """\
version: 0
name: brief
runtime: {provider: scripted}
agents:
  writer: {prompt: You write.}
pattern:
  type: chain
  config:
    steps:
      - agent: wrtier
        input: Draft
      - agent: writer
        inptu: Polish
      - agent: writer
        input: "About {{ topc }}"
inputs: {values: {topic: tides}}
"""


def flow(
    text: str,
    script: Mapping[str, Said | Sequence[Said]] | None = None,
    *,
    agents: ScriptedAgents | None = None,
    **options: Any,
) -> Workflow:
    """A workflow with scripted agents and sessions in memory."""
    options.setdefault("store", MemorySessionRepository())
    return Workflow.from_yaml(text).with_options(agents=agents or ScriptedAgents(script), **options)


def agents_of(workflow: Workflow) -> ScriptedAgents:
    """The agents a workflow was made with."""
    agents = workflow._options.agents
    assert isinstance(agents, ScriptedAgents)
    return agents


def prompts(workflow: Workflow) -> list[str]:
    """What its agents were asked, in order."""
    return [call.prompt for call in agents_of(workflow).calls]


def events_of(workflow: Workflow, session_id: str) -> list[Any]:
    """The journal of one of its sessions."""
    store = workflow.store
    assert isinstance(store, MemorySessionRepository)
    return list(store._logs[session_id])


def told(workflow: Workflow, session_id: str) -> list[str]:
    """The journal as `type key`, without the records of what was spent."""
    kept = [event for event in events_of(workflow, session_id) if event.event_type != "spend"]
    return [f"{event.event_type} {event.key}".strip() for event in kept]


def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait for something that another thread brings about."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.005)
