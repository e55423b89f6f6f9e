"""The Mermaid text: lines of four kinds, whatever the labels and keys say."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings

from strands_nb.picture import to_mermaid
from tests.picture.support import EVALUATOR, GRAPH, NESTED, ORCHESTRATOR, OUTLINES, chain, gate, node, outline, outlines
from tests.spec.shared import CORPORA, needs_corpora

TEXT = r'"(?:[^"#%;<>`{}\\|\[\]]|#\d+;|<br/>)*"'
BOX = re.compile(rf"(\w+)(?:\[{TEXT}\]|\[\[{TEXT}\]\]|\{{\{{{TEXT}\}}\}})")
SUBGRAPH = re.compile(rf"subgraph (\w+)\[{TEXT}\]")
ARROW = re.compile(rf"(\w+) (?:-->|-\.->)(?:\|{TEXT}\|)? (\w+)")


def check(text: str) -> list[str]:
    """Its lines, after a look at their form, at names made once, and at subgraphs that end."""
    first, *lines = text.split("\n")
    assert first == "flowchart TD"
    names: dict[str, int] = {}
    depth = 0
    for line in map(str.strip, lines):
        if line == "end":
            depth -= 1
        elif found := SUBGRAPH.fullmatch(line):
            names[found[1]] = names.get(found[1], 0) + 1
            depth += 1
        elif found := ARROW.fullmatch(line):
            assert {found[1], found[2]} <= names.keys()
        else:
            found = BOX.fullmatch(line)
            assert found, line
            names[found[1]] = names.get(found[1], 0) + 1
        assert depth >= 0
    assert depth == 0
    assert set(names.values()) <= {1}
    assert all("_" in name for name in names), "a word alone may be one of Mermaid's own"
    return [line.strip() for line in lines]


def meant(text: str) -> str:
    """What a reader sees of a label."""
    return re.sub(r"#(\d+);", lambda code: chr(int(code[1])), text)


@pytest.mark.parametrize("name", OUTLINES)
def test_every_label_is_in_the_text(name: str) -> None:
    lines = check(to_mermaid(OUTLINES[name]))
    for each in OUTLINES[name]["nodes"]:
        assert any(f'"{each["label"]}' in meant(line) for line in lines)


@settings(deadline=None, max_examples=60)
@given(outlines())
def test_any_outline_is_of_the_right_form(data: dict[str, Any]) -> None:
    check(to_mermaid(data))


def test_gates_workers_scopes_and_loops_have_their_forms() -> None:
    assert 'iterations_review{{"review<br/>human"}}' in check(to_mermaid(EVALUATOR))
    assert 'subgraph iterations_["each round"]' in check(to_mermaid(EVALUATOR))
    assert 'workers_[["worker<br/>researcher"]]' in check(to_mermaid(ORCHESTRATOR))
    assert 'nodes_review -.->|"else"| nodes_draft' in check(to_mermaid(GRAPH))


def test_scopes_hold_their_members() -> None:
    lines = check(to_mermaid(NESTED))
    assert lines[1:9] == [
        'subgraph a_["outer"]',
        'a_0["first"]',
        'subgraph a_b["inner"]',
        'a_b_0["deep"]',
        'a_b_1["deeper"]',
        "end",
        'a_c["empty"]',
        "end",
    ]


@pytest.mark.parametrize(
    "label", ['say "hi"', "a & b #quot; <b>", "%%{init: {}}%%", "`code` |x| ]) }}", "1. one", "end"]
)
def test_special_characters_are_codes_and_come_back(label: str) -> None:
    lines = check(to_mermaid(outline([node("a", label), gate("b", "ok")], [("a", "b", label)])))
    assert meant(lines[0]) == f'a_["{label}"]'
    assert meant(lines[2]) == f'a_ -->|"{label}"| b_'


@needs_corpora
def test_no_payload_of_the_corpus_becomes_markup() -> None:
    for line in (CORPORA / "xss_html.jsonl").read_text("utf-8").splitlines():
        payload = json.loads(line)["payload"]
        check(to_mermaid(outline([node("a", payload, agent=payload)], [("a", "a", payload)])))


def test_keys_become_names_that_differ() -> None:
    keys = ["end", "END", "a/b", "a b", "a__b", "a_b__2", "字", "", "*", "a--b", "nodes/*/x", "x" * 99, "x" * 98]
    check(to_mermaid(outline(node(key, "label") for key in keys)))


def test_a_long_chain_is_written_whole() -> None:
    assert len(check(to_mermaid(chain(10_000)))) == 19_999


def test_an_outline_without_steps_is_still_a_diagram() -> None:
    assert check(to_mermaid(outline([]))) == ['no_steps["no steps"]']


def test_the_same_outline_is_the_same_text() -> None:
    assert to_mermaid(GRAPH) == to_mermaid(json.loads(json.dumps(GRAPH)))
