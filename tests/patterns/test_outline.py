"""The picture drawn before the run is the picture of the run."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from strands_nb.engine.question import HITLState, InterruptResponse
from strands_nb.engine.state import EMPTY, base_key, fold
from strands_nb.patterns import outline
from strands_nb.spec import parse, to_data, validate
from tests.app.support import agents_of, events_of, flow

WORDS = st.text("abc {}\n", max_size=12).filter(lambda text: "{{" not in text and "{#" not in text)
IDS = st.none() | st.sampled_from(["one", "two", "three", "four"])
AGENT_STEPS = st.fixed_dictionaries(
    {"agent": st.sampled_from(["a", "b"])},
    optional={"input": WORDS, "vars": st.just({"x": 1}), "id": st.sampled_from(["one", "two", "three"])},
)
HUMAN_STEPS = st.fixed_dictionaries(
    {"type": st.just("hitl"), "prompt": WORDS},
    optional={"default": WORDS, "id": st.sampled_from(["four", "five"]), "timeout_seconds": st.just(60)},
)


def _distinct(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Ids must be unique: the second of two loses its own."""
    seen: set[str] = set()
    for step in steps:
        if step.get("id") in seen:
            del step["id"]
        seen.add(step.get("id", ""))
    return steps


CHAINS = st.lists(AGENT_STEPS | HUMAN_STEPS, min_size=1, max_size=6).map(_distinct)


def _text(steps: list[dict[str, Any]]) -> str:
    return json.dumps({"agents": {"a": {"prompt": "A"}, "b": {"prompt": "B"}}, "steps": steps})


@settings(deadline=None, max_examples=60)
@given(steps=CHAINS, reply=WORDS, data=st.data())
def test_the_keys_of_the_outline_are_the_keys_of_the_run(
    steps: list[dict[str, Any]], reply: str, data: st.DataObject
) -> None:
    """Also after revisions, and in the same order; nothing the run does is missing from the picture."""
    revise = data.draw(st.booleans())

    def handler(state: HITLState) -> str | InterruptResponse:
        again = revise and "~" not in state.key and any("agent" in step for step in steps[: int(state.key[6:])])
        return InterruptResponse("modify", "again") if again else reply

    workflow = flow(_text(steps), session="s")
    drawn = [node.key for node in workflow.outline().nodes]
    result = workflow.run_interactive(hitl_handler=handler)
    events = events_of(workflow, "s")
    assert result.success, result
    assert drawn == [f"steps/{i}" for i in range(len(steps))]
    assert {base_key(event.key) for event in events if event.key} <= set(drawn)
    state = fold(EMPTY, events)
    assert list(state.units) == drawn
    assert [unit.kind for unit in state.units.values()] == [node.kind for node in workflow.outline().nodes]
    assert len(result.steps) == len(steps)
    assert {call.key for call in agents_of(workflow).calls} <= {event.key for event in events}


@given(steps=CHAINS)
@settings(deadline=None, max_examples=60)
def test_a_workflow_read_back_from_its_session_is_the_same_workflow(steps: list[dict[str, Any]]) -> None:
    spec = parse(_text(steps))
    assert to_data(validate(json.loads(json.dumps(to_data(spec))))) == to_data(spec)


def test_a_label_is_the_id_else_the_agent_else_approval() -> None:
    text = """
agents: {a: {prompt: A}}
steps: [{agent: a, id: draft}, {a: Hi}, {approve: Ok?}, {type: hitl, id: gate, prompt: "A long question\\nand more"}]
"""
    picture = outline(parse(text))
    assert [node.label for node in picture.nodes] == ["draft", "a", "approval", "gate"]
    assert [node.detail for node in picture.nodes] == ["", "Hi", "Ok?", "A long question"]
    arrows = [(edge.source, edge.target) for edge in picture.edges]
    assert arrows == [("steps/0", "steps/1"), ("steps/1", "steps/2"), ("steps/2", "steps/3")]


def test_a_long_first_line_is_cut_in_the_picture() -> None:
    (node,) = outline(parse(f"agents: {{a: {{prompt: A}}}}\nsteps: [{{a: {'x' * 200}}}]")).nodes
    assert len(node.detail) == 80
