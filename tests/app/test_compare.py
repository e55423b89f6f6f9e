"""Two runs side by side."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strands_nb import MemorySessionRepository, SessionNotFoundError, Workflow, compare
from strands_nb.app.difference import difference
from strands_nb.engine.state import EMPTY
from strands_nb.testing import ScriptedAgents
from tests.app.support import TWO_AND_A_GATE, flow

EVIL = "<img src=x onerror=alert(1)> [click](javascript:x) | `a` **b**"
JUDGED = """
version: 0
name: judged
runtime: {provider: scripted}
agents: {j: {prompt: Judge.}, a: {prompt: Write.}}
pattern:
  type: routing
  config:
    router: {agent: j, input: Which?}
    routes: {left: {then: [{agent: a, input: Left.}]}, right: {then: [{agent: a, input: Right.}]}}
"""


def ran(workflow: Workflow, answer: str = "ok", **inputs: Any) -> Any:
    return workflow.run_interactive(hitl_handler=lambda _: answer, **inputs)


def changed(comparison: Any) -> dict[str, str]:
    return {unit.key: unit.change for unit in comparison.units}


def test_a_run_is_the_same_as_itself() -> None:
    result = ran(flow(TWO_AND_A_GATE))
    comparison = compare(result, result)
    assert comparison.same
    assert changed(comparison) == dict.fromkeys(["steps/0", "steps/1", "steps/2"], "same")
    assert repr(comparison) == "Comparison(brief: 3 same)"


def test_other_inputs_show_in_the_prompts_and_the_replies_word_by_word() -> None:
    workflow = flow(TWO_AND_A_GATE)
    comparison = compare(ran(workflow, topic="tides"), ran(workflow, topic="waves"))
    assert comparison.changes == ("variable topic: 'tides' -> 'waves'",)
    first = comparison.units[0]
    assert [(piece.change, piece.text) for piece in first.prompt] == [
        ("same", "Facts about "),
        ("gone", "tides"),
        ("new", "waves"),
    ]
    assert changed(comparison)["steps/1"] == "same"
    assert not comparison.same


def test_another_answer_changes_the_gate_and_what_comes_after() -> None:
    workflow = flow(TWO_AND_A_GATE)
    comparison = compare(ran(workflow, "yes"), ran(workflow, "no"))
    assert changed(comparison) == {"steps/0": "same", "steps/1": "changed", "steps/2": "changed"}
    assert comparison.changes == ()


def test_decisions_and_what_they_lead_to_are_told() -> None:
    store = MemorySessionRepository()
    left, right = (
        flow(JUDGED, agents=ScriptedAgents({"j": json.dumps({"route": route})}), store=store).run()
        for route in ("left", "right")
    )
    comparison = compare(left, right)
    router = next(unit for unit in comparison.units if unit.key == "router")
    assert ("decision", "→ left", "→ right") in [(f.name, f.before, f.after) for f in router.fields]


def test_units_that_one_of_them_lacks_stand_in_their_place() -> None:
    three = TWO_AND_A_GATE + "  - writer: Once more.\n"
    short, long = ran(flow(TWO_AND_A_GATE)), ran(flow(three))
    assert changed(compare(short, long))["steps/3"] == "added"
    assert list(changed(compare(long, short)).items())[-1] == ("steps/3", "removed")
    assert any("steps/3" in line for line in compare(short, long).changes)


def test_a_session_is_named_by_its_id_and_a_run_knows_its_store() -> None:
    workflow = flow(TWO_AND_A_GATE)
    before, run = ran(workflow, topic="tides"), workflow.start(topic="waves")
    comparison = run.compare(before.session_id)
    assert comparison.before.session_id == before.session_id
    assert comparison.after.session_id == run.session_id
    assert compare(before.session_id, run, store=workflow.store).changes == comparison.changes
    run.cancel()
    with pytest.raises(SessionNotFoundError, match="no session 'nobody'"):
        compare("nobody", run, store=workflow.store)


def test_pictures_alone_tell_nothing_of_the_workflow() -> None:
    result = ran(flow(TWO_AND_A_GATE))
    comparison = compare(EMPTY, result.state)
    assert set(changed(comparison).values()) == {"added"}
    assert comparison.changes == ()


def test_what_others_have_written_is_text_in_every_form() -> None:
    workflow = flow(TWO_AND_A_GATE)
    comparison = compare(ran(workflow, "fine"), ran(workflow, EVIL))
    html, markdown = comparison.to_html(), comparison.to_markdown()
    assert "<img" not in html
    assert "&lt;img" in html
    assert not re.search(r"(?<!\\)<img|(?<!\\)\[click", markdown)
    assert comparison._repr_mimebundle_() == {
        "text/html": html,
        "text/markdown": markdown,
        "text/plain": str(comparison),
    }
    assert "\x1b" not in str(compare(ran(workflow, "fine"), ran(workflow, "\x1b[31mred")))
    assert "var(--" not in html, "JupyterLab drops styles with variables from what it does not trust"


def test_all_of_it_is_plain_json() -> None:
    workflow = flow(TWO_AND_A_GATE)
    comparison = compare(ran(workflow, "yes"), ran(workflow, "no"))
    told = json.loads(json.dumps(comparison.to_json()))
    assert told["units"][1]["reply"] == [{"change": "gone", "text": "yes"}, {"change": "new", "text": "no"}]
    assert [field["name"] for field in told["overall"]] == ["session", "status", "seconds", "tokens", "cost"]


WORDS = st.lists(st.sampled_from(["tides ", "waves\n", "and ", "é", ".", "\n", "  ", "\x00"]), max_size=60).map("".join)


@given(WORDS, WORDS)
def test_the_pieces_make_up_both_texts(before: str, after: str) -> None:
    pieces = difference(before, after)
    assert "".join(piece.text for piece in pieces if piece.change != "new") == before
    assert "".join(piece.text for piece in pieces if piece.change != "gone") == after
    assert all(one.change != two.change for one, two in pairwise(pieces))


def test_texts_that_have_little_in_common_are_not_mixed() -> None:
    pieces = difference("one two three four", "completely other words here")
    assert [piece.change for piece in pieces] == ["gone", "new"]


def test_long_texts_take_no_time_and_stay_whole() -> None:
    before, after = "word " * 50_000, "other " * 50_000
    assert [piece.text for piece in difference(before, after)] == [before, after]
    assert len(difference("line\n" * 5_000, "line\n" * 5_001)) == 2
