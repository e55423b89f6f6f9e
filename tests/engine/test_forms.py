"""Answers that must look like something."""

from __future__ import annotations

import json
from typing import Any

import pytest

from strands_nb.engine.form import form_fault
from strands_nb.engine.question import Question
from strands_nb.errors import InvalidAnswerError
from tests.engine.support import asking, asks, begin

ORDER = {
    "type": "object",
    "properties": {"size": {"enum": ["S", "L"]}, "count": {"type": "integer"}},
    "required": ["size"],
}


@pytest.mark.parametrize(
    ("schema", "text", "fault"),
    [
        (ORDER, '{"size": "S", "count": 2}', None),
        (ORDER, '{"count": 2}', "'size' is a required property"),
        (ORDER, '{"size": "M"}', "at $.size: 'M' is not one of ['S', 'L']"),
        (ORDER, "small, please", "it should be JSON: "),
        ({"type": "string", "pattern": "^[a-z]+$"}, "abc", None),
        ({"type": "string", "pattern": "^[a-z]+$"}, "ABC", "'ABC' does not match '^[a-z]+$'"),
        ({"type": "string", "minLength": 3}, "ab", "'ab' is too short"),
        ({"type": "integer"}, "3", None),
        ({"type": "integer"}, "three", "it should be JSON: "),
        ({"type": "no such type"}, "3", "the form itself is no JSON Schema: "),
        ({"type": "string", "pattern": "(?=x)"}, "x", "the pattern '(?=x)' cannot be tried: "),
    ],
)
def test_a_text_fits_a_form_or_is_told_why_not(schema: dict[str, Any], text: str, fault: str | None) -> None:
    found = form_fault(schema, text)
    assert found is None if fault is None else str(found).startswith(fault)


RUNAWAY = {"^(a+)+$": {"type": "integer"}}


@pytest.mark.parametrize(
    ("schema", "fault"),
    [
        ({"propertyNames": {"pattern": "^(a+)+$"}}, "does not match"),
        ({"patternProperties": RUNAWAY}, None),
        ({"patternProperties": RUNAWAY, "additionalProperties": False}, "not match"),
        ({"patternProperties": RUNAWAY, "additionalProperties": {"type": "string"}}, "1 is not of type 'string'"),
        ({"patternProperties": RUNAWAY, "unevaluatedProperties": False}, "'unevaluatedProperties' cannot be tried"),
        ({"patternProperties": {"(?=a)": {}}}, "the pattern '(?=a)' cannot be tried: "),
    ],
)
def test_a_pattern_that_runs_away_in_other_engines_does_not_here(schema: dict[str, Any], fault: str | None) -> None:
    assert form_fault({"type": "string", "pattern": "^(a+)+$"}, "a" * 5_000 + "!") is not None
    found = form_fault({"type": "object", **schema}, json.dumps({"a" * 500 + "!": 1}))
    assert found is None if fault is None else fault in str(found)


@pytest.mark.parametrize(
    ("text", "fits"),
    [('{"a": 1}', True), ('{"a": "x"}', False), ('{"name": "x"}', True), ('{"other": 1}', False), ('{"b": {}}', False)],
)
def test_names_by_pattern_go_beside_those_that_are_written_out(text: str, fits: bool) -> None:  # noqa: FBT001
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {"name": {}},
        "patternProperties": {"^[ab]$": {"type": "integer"}},
        "additionalProperties": False,
    }
    assert (form_fault(schema, text) is None) == fits


@pytest.mark.parametrize("text", ["[" * 5_000, "[" * 500 + "]" * 500, '{"size": "S", "count": NaN}', "1e999"])
def test_json_that_nothing_could_hold_is_no_answer(text: str) -> None:
    assert str(form_fault({}, text)).startswith("it should be JSON: ")


def test_an_answer_that_does_not_fit_is_refused_and_the_question_stays_open() -> None:
    run = begin(asks(Question("Which?", schema=ORDER)))
    (question,) = asking(run)
    for text in ("small", '{"size": "M"}', None):
        with pytest.raises(InvalidAnswerError, match="gate: the answer does not fit its form: "):
            run.answer(text)
    assert run.pending == [question]
    run.answer('{"size": "L"}')
    assert run.result(10).last_response == 'a: finish: {"size": "L"}'


def test_a_default_must_fit_the_form_too() -> None:
    run = begin(asks(Question("Which?", schema=ORDER, default='{"size": "S"}')))
    asking(run)
    run.approve()
    assert run.result(10).success


def test_rejecting_and_modifying_need_no_form() -> None:
    run = begin(asks(Question("Which?", schema=ORDER)))
    asking(run)
    run.reject("none of them")
    assert run.result(10).status == "cancelled"
