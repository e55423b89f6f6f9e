"""The picture for a terminal, as it is read."""

from __future__ import annotations

import json
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from strands_nb.picture import to_text
from tests.picture.support import (
    CHAIN,
    EVALUATOR,
    GRAPH,
    NESTED,
    ORCHESTRATOR,
    OUTLINES,
    PARALLEL,
    ROUTING,
    WORKFLOW,
    chain,
    gate,
    node,
    outline,
    outlines,
)
from tests.spec.shared import CORPORA, needs_corpora

READ = [
    (
        CHAIN,
        """
        ○ researcher      Find three facts about {{ topic }}
        │
        ◆ review [human]  Are these facts good enough to write from?
        │
        ○ brief · writer  Brief from the facts
        """,
    ),
    (
        WORKFLOW,
        """
        ├─○ tech · researcher
        │ ╰─▸ risks, compare, report
        ╰─○ market · researcher
          ╰─▸ compare, aside

        ├─○ risks · analyst
        ├─○ compare · analyst
        ├─○ aside · writer
        │ ╰─■ end
        │
        ◆ approve [human]
        │
        ○ report · writer
        """,
    ),
    (
        ROUTING,
        """
        ○ router · triage  Which team answers?
        ├─▸ billing
        ╰─▸ anything else  other

        ▾ billing · route
        │ ○ lookup · clerk
        │ │
        │ ◆ refund? [human]

        ▾ anything else · route
        │ ○ greet · greeter
        """,
    ),
    (
        PARALLEL,
        """
        ├─▾ web · branch
        │ │ ○ search · searcher
        │ │ │
        │ │ ○ condense · writer
        ├─▾ papers · branch
        │ │ ◆ pick [human]  Which papers?
        │
        ○ reduce · editor
        """,
    ),
    (
        EVALUATOR,
        """
        ▾ each round · iteration  at most 3
        │ ○ produce · writer
        │ │
        │ ○ evaluate · critic
        │ ├─▸ review              score >= 80
        │ ╰─↺ produce             score < 80
        │
        │ ◆ review [human]        Good enough?
        │ ╰─↺ produce             modify
        """,
    ),
    (
        ORCHESTRATOR,
        """
        ○ plan · planner
        │
        ◆ review plan [human]
        │
        ○ worker (many) · researcher  2 to 6
        ├─↺ plan                      next round
        │
        ○ reduce · editor
        │
        ○ write up · writer
        """,
    ),
    (
        GRAPH,
        """
        ○ draft · writer
        │
        ◆ review [human]  Publish?
        ├─▸ legal         'approve' in nodes.review.response
        ├─▸ drop          'drop' in nodes.review.response
        ├─▸ drop          'never' in nodes.review.response
        ╰─↺ draft         else

        ○ legal · lawyer
        ├─▸ publish       'fine' in nodes.legal.response
        ├─↺ legal         'unsure' in nodes.legal.response
        ╰─↺ draft         else

        ○ drop · clerk
        ╰─■ end

        ○ publish · publisher
        """,
    ),
]
SCOPES = """
○ start
│
▾ outer · branch
│ ○ first
│ │
│ ├─▾ inner · branch
│ │ │ ○ deep
│ │ │ │
│ │ │ ○ deeper
│ │ │ ╰─↺ first  again
│ ╰─○ empty
├─↺ outer        once more
│
○ stop
╰─↺ deeper       back into it
"""
HOSTILE = ["\x1b[31mred\x1b[0m\x1b]0;title\x07", "a\nb\r\nc\td", "\u202eevil\u2066", "\x9b2J", "x\x00y\x08", "\ud83d"]


@pytest.mark.parametrize(("data", "expected"), READ, ids=[each["nodes"][0]["key"] for each, _ in READ])
def test_each_pattern_reads_well(data: dict[str, Any], expected: str) -> None:
    assert to_text(data) == dedent(expected).strip("\n")


def test_scopes_stand_in_scopes_and_arrows_where_they_begin() -> None:
    assert to_text(NESTED) == SCOPES.strip()


def test_a_way_out_of_the_middle_of_a_scope_is_said_there() -> None:
    steps = [node("s"), node("a", parent="s"), node("b", parent="s"), node("t")]
    text = to_text(outline(steps, [("a", "b"), ("a", "t")]))
    assert text.split("\n") == ["▾ s · step", "│ ○ a", "│ ├─▸ t", "│ │", "│ ○ b", "", "○ t"]


def test_a_fork_that_some_of_it_leaves_says_who() -> None:
    steps = [node("a"), node("b"), node("c"), node("d")]
    text = to_text(outline(steps, [("a", "b"), ("a", "c"), ("c", "d")]))
    assert text.split("\n") == ["○ a", "│", "├─○ b", "│ ╰─■ end", "├─○ c", "│", "○ d"]


def test_without_unicode_it_is_ascii_alone() -> None:
    assert to_text(GRAPH, unicode=False).split("\n")[:7] == [
        "o draft - writer",
        "|",
        "? review [human]  Publish?",
        "|-> legal         'approve' in nodes.review.response",
        "|-> drop          'drop' in nodes.review.response",
        "|-> drop          'never' in nodes.review.response",
        "`-^ draft         else",
    ]
    accents = outline([node("a", "café 字", detail="…")])
    assert to_text(accents, unicode=False) == "o cafe \\u5b57  ..."


@pytest.mark.parametrize("name", OUTLINES)
@pytest.mark.parametrize("unicode", [True, False])
def test_every_label_is_in_the_text(name: str, *, unicode: bool) -> None:
    text = to_text(OUTLINES[name], unicode=unicode)
    assert unicode or text.isascii()
    assert all(each["label"] in text for each in OUTLINES[name]["nodes"])


@settings(deadline=None, max_examples=150)
@given(data=outlines(), width=st.integers(1, 100), unicode=st.booleans())
def test_no_line_is_wider_than_asked_and_something_is_always_said(
    data: dict[str, Any], width: int, *, unicode: bool
) -> None:
    text = to_text(data, width=width, unicode=unicode)
    assert text.strip()
    assert max(map(cell_len, text.split("\n"))) <= width


@settings(deadline=None, max_examples=60)
@given(outlines())
def test_every_arrow_is_drawn_or_said(data: dict[str, Any]) -> None:
    """With a label of its own for each, every arrow that has a condition has a line."""
    for number, edge in enumerate(data["edges"]):
        edge[2] = f"when-{number}"
    text = to_text(data, width=400)
    inward = {(each["parent"], each["key"]) for each in data["nodes"]}
    for source, target, label in data["edges"]:
        if (source, target) not in inward and f"{label}" not in text:
            assert encloses(data, source, target), (source, target)


def encloses(data: dict[str, Any], outer: str, inner: str) -> bool:
    parents = {each["key"]: each["parent"] for each in data["nodes"]}
    above = parents[inner]
    while above not in {None, outer}:
        above = parents[above]
    return above == outer


@pytest.mark.parametrize("label", HOSTILE)
@pytest.mark.parametrize("unicode", [True, False])
def test_no_label_commands_the_terminal(label: str, *, unicode: bool) -> None:
    text = to_text(outline([node("a", label, agent=label, detail=label)], [("a", "a", label)]), unicode=unicode)
    assert len(text.split("\n")) == 2
    assert not set(text) & set("\x1b\x07\x9b\x00\x08\r\t\u202e\u2066\ud83d")


@needs_corpora
def test_any_string_can_be_a_label() -> None:
    for line in (CORPORA / "strings_nasty.jsonl").read_text("utf-8").splitlines():
        label = json.loads(line).get("s")
        if isinstance(label, str):
            lines = to_text(outline([gate("a", label, label)])).split("\n")
            assert len(lines) == 1
            assert cell_len(lines[0]) <= 80


def test_wide_letters_count_twice() -> None:
    lines = to_text(outline([node("a", "编辑", detail="一" * 60), node("b", "ab", detail="x")]), width=30).split("\n")
    assert [cell_len(line[: line.index(mark)]) for line, mark in zip(lines, "一x", strict=True)] == [10, 10]
    assert cell_len(lines[0]) <= 30
    assert lines[0].endswith("…")


def test_equal_labels_are_told_apart_by_their_keys() -> None:
    steps = [node("x/0", "writer"), node("x/1", "critic"), node("x/2", "writer")]
    text = to_text(outline(steps, [("x/0", "x/1"), ("x/1", "x/2"), ("x/1", "x/0", "again")]))
    assert "├─↺ writer (x/0)  again" in text


def test_a_very_long_chain_is_written_whole() -> None:
    assert len(to_text(chain(10_000)).split("\n")) == 19_999


def test_an_outline_without_steps_says_so() -> None:
    assert to_text(outline([])) == "no steps"
    assert to_text(outline([]), width=4) == "no…"


def test_the_same_outline_is_the_same_text() -> None:
    assert to_text(NESTED) == to_text(json.loads(json.dumps(NESTED)))
