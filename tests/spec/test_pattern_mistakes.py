"""Mistakes in the seven patterns: each in one sentence at its place, none hiding another, none made up."""

from __future__ import annotations

import pytest

from strands_nb.errors import SchemaValidationError
from strands_nb.spec import parse, validate
from strands_nb.spec.followers import is_follower
from tests.spec.samples import HEAD, brief, data_of, said, table, text_of
from tests.spec.shared import lines


@pytest.mark.parametrize(("kind", "config", "expected"), table("mistakes"))
def test_each_mistake_is_said_in_one_sentence_in_its_place(kind: str, config: str, expected: list[str]) -> None:
    assert [brief(problem) for problem in said(text_of(kind, config))] == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("type: routng\n  config: {router: {agent: a}, routes: {x: {then: [{agent: q}]}}}", "unknown pattern 'routng'"),
        ("type: 5\n  config: {router: {agent: a}, routes: {x: {then: [{agent: q}]}}}", "unknown pattern '5'"),
        ("type:\n  config: {router: {agent: a}, routes: {x: {then: [{agent: q}]}}}", "did you mean `type: routing`?"),
        ("config: {tasks: [{id: x, agent: q}]}", "missing field 'type'; did you mean `type: workflow`?"),
        ("tpye: graph\n  config: {nodes: {x: {agent: q}}}", "unknown field 'tpye'; did you mean 'type'?"),
        ("type: graph\n  nodes: {x: {agent: q}}", "unknown field 'nodes'; it belongs below 'config'"),
        ("type: graph\n  config: {}\n  nodes: {x: {agent: q}}", "unknown field 'nodes'; it belongs below 'config'"),
    ],
)
def test_a_pattern_of_the_wrong_type_is_looked_at_as_what_it_seems_to_be(pattern: str, expected: str) -> None:
    first, second = sorted(lines(said(f"{HEAD}pattern:\n  {pattern}\n")), key=lambda line: "agent 'q'" in line)
    assert expected in first
    assert "unknown agent 'q'" in second


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("{type: supervisor, config: {members: []}}", "unknown pattern 'supervisor'; patterns: chain, evaluator_opt"),
        ("{config: {}}", "missing field 'type'; one of: chain, workflow, routing, parallel, evaluator_optimizer"),
        ("chain", "'pattern' should be a mapping, is the text 'chain'; write {type: chain, config: …}"),
        ("[chain]", "'pattern' should be a mapping, is a list"),
        ("", "'pattern' should be a mapping, is nothing (null)"),
    ],
)
def test_a_pattern_that_could_be_anything_does_not_hide_what_else_is_wrong(pattern: str, expected: str) -> None:
    text = f"{HEAD.replace('prompt: B', 'promt: B')}pattern: {pattern}\n"
    other = 'outputs: {artifacts: [{path: x, from: "{{ nodes.x.response }}"}]}\n'  # of which nothing can be said now
    first, second = sorted(lines(said(text + other)), key=lambda line: "promt" in line)
    assert expected in first
    assert "unknown field 'promt'; did you mean 'prompt'?" in second


def test_a_mistake_in_a_block_is_marked_where_it_stands() -> None:
    text = text_of("graph").replace("max_iterations: 3", "max_iterations: three").replace("choose:", "chooze:")
    with pytest.raises(SchemaValidationError) as caught:
        parse(text)
    assert [(problem.line, problem.column, problem.width) for problem in caught.value.errors] == [
        (17, 30, 6),
        (19, 29, 5),
    ]
    assert caught.value.errors[1].excerpt().splitlines()[1] == " " * 6 + " │ " + " " * 28 + "^^^^^"


def test_data_from_python_is_refused_in_the_same_words() -> None:
    data = data_of(text_of("parallel"))
    data["pattern"]["config"]["branches"].pop()
    with pytest.raises(SchemaValidationError) as caught:
        validate(data)
    assert [(p.pointer, p.message, p.line) for p in caught.value.errors] == [
        ("/pattern/config/branches", "'branches' should have at least 2 items, has 1", None)
    ]


def test_what_is_gone_hides_only_what_may_follow_from_it() -> None:
    text = text_of("workflow", "{tasks: [x, {id: y, agent: q, deps: [z], input: '{{ tasks.y.response }}'}]}")
    assert [problem.message for problem in said(text)] == [
        "item 0 of 'tasks' should be a mapping, is the text 'x'",
        "unknown agent 'q'",
        "the task 'y' waits for itself",
    ]
    assert not is_follower(said(text)[1], {"tasks", "edges", "steps"})
