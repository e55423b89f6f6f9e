"""What a mistake looks like to whoever made it."""

from __future__ import annotations

import json

import pytest

from strands_nb.errors import LoadError, SchemaValidationError
from strands_nb.spec import Spec, parse, validate
from tests.spec.shared import cell, lines, mistakes

WRITER = "agents:\n  writer: {prompt: You write.}\n"


def test_three_mistakes_of_three_kinds_are_shown_at_once_with_line_caret_and_suggestion() -> None:
    text = cell("""
        agents:
          writer:
            prompt: You write.
        inputs:
          values: {topic: tides, variable: 1}
        pattern:
          type: chain
          config:
            steps:
              - agent: wrtier
                inptu: |
                  About {{ topic }},
                  with {{ vraiable }}.
        version: 0
        name: brief
        runtime: {provider: openai}
    """)
    with pytest.raises(SchemaValidationError) as caught:
        parse(text)
    assert str(caught.value) == cell("""
        3 problems, nothing was run
          line 10, col 16: unknown agent 'wrtier'; did you mean 'writer'?
            10 │       - agent: wrtier
               │                ^^^^^^
          line 11, col 9: unknown field 'inptu'; did you mean 'input'?
            11 │         inptu: |
               │         ^^^^^
          line 13, col 19: 'vraiable' is not defined; did you mean 'variable'?
            13 │           with {{ vraiable }}.
               │                   ^^^^^^^^
    """).removesuffix("\n")
    assert [problem.severity for problem in caught.value.errors] == ["error", "error", "needs"]
    assert [problem.pointer for problem in caught.value.errors] == [
        "/pattern/config/steps/0/agent",
        "/pattern/config/steps/0/inptu",
        "/pattern/config/steps/0/inptu",
    ]
    assert (caught.value.line, caught.value.column) == (10, 16)


def test_the_same_three_mistakes_in_the_short_form_point_at_the_lines_as_written() -> None:
    text = WRITER + "steps:\n  - wrtier: About {{ topc }}\n    vras: {tone: dry}\ninputs: {values: {topic: x}}\n"
    problems = mistakes(text)
    assert lines(problems) == [
        "error: line 4, col 5: unknown step kind 'wrtier'; did you mean 'writer'?",
        "needs: line 4, col 22: 'topc' is not defined; did you mean 'topic'?",
        "error: line 5, col 5: unknown field 'vras'; did you mean 'vars'?",
    ]
    assert [problem.pointer for problem in problems] == ["/steps/0/wrtier", "/steps/0/wrtier", "/steps/0/vras"]


def test_variables_that_are_given_are_not_reported_as_missing() -> None:
    text = WRITER + "steps:\n  - writer: '{{ topic }}'\n    inptu: x\n"
    assert any("topic" in problem.message for problem in mistakes(text))
    assert not any("topic" in problem.message for problem in mistakes(text, variables={"topic": "tides"}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "agents:\n  w: {promt: hi}\nsteps: [{w: hi}]",
            ["error: line 2, col 7: unknown field 'promt'; did you mean 'prompt'?"],
        ),
        (
            "agents:\n  w: {tools: []}\nsteps: [{w: hi}]",
            ["error: line 2, col 3: missing field 'prompt'"],
        ),
        (
            "agents:\n  w: You write.\nsteps: [{w: hi}]",
            [
                (
                    "error: line 2, col 6: 'w' should be a mapping, is the text 'You write.'; "
                    "write `prompt: You write.` below it"
                )
            ],
        ),
        (
            WRITER + "steps: [{aprove: OK?}]",
            ["error: line 3, col 10: unknown step kind 'aprove'; did you mean 'approve'?"],
        ),
        (
            WRITER + "steps: [{zebra: OK?}]",
            ["error: line 3, col 10: unknown step kind 'zebra'; steps can be: approve, writer"],
        ),
        (
            WRITER + "stpes: [{writer: hi}]",
            ["error: line 3, col 1: unknown field 'stpes'; did you mean 'steps'?"],
        ),
        (
            WRITER + "steps: [{writer: hi, input: hello}]",
            ["error: line 3, col 22: 'input' is given twice; 'writer' has it already"],
        ),
        (
            WRITER + "steps: [{writer: 5}]",
            ["error: line 3, col 18: 'input' should be text, is the number 5; put it in quotes"],
        ),
        (
            WRITER + "steps: [hello]",
            ["error: line 3, col 9: item 0 of 'steps' should be a mapping, is the text 'hello'"],
        ),
        (
            WRITER + "steps: []",
            ["error: line 3, col 1: 'steps' should not be empty"],
        ),
        (
            WRITER + "steps: [{type: htil, prompt: OK?}]",
            ["error: line 3, col 16: unknown step type 'htil'; did you mean 'hitl'?"],
        ),
        (
            WRITER + "steps: [{prompt: OK?}]",
            ["error: line 3, col 9: missing field 'type'; a question to a human says `type: hitl`"],
        ),
        (
            WRITER + "steps: [{writer: hi}]\nruntime: {budgets: {max_tokens: '5'}}",
            ["error: line 4, col 33: 'max_tokens' should be a whole number, is the text '5'; without quotes"],
        ),
        (
            WRITER + "steps: [{writer: hi}]\nruntime: {max_parallel: 0, temperature: 3}",
            [
                "error: line 4, col 25: 'max_parallel' should be at least 1, is the number 0",
                "error: line 4, col 41: 'temperature' should be at most 2, is the number 3",
            ],
        ),
        (
            WRITER + "steps: [{writer: hi}]\nruntime: {failure_policy: {backoff: exponentail, wait_min: 90}}",
            [
                "error: line 4, col 11: wait_min (90) is more than wait_max (60)",
                "error: line 4, col 37: unknown backoff 'exponentail'; did you mean 'exponential'?",
            ],
        ),
        (
            WRITER + "steps: [{writer: hi}]\nsecurity: {guardrails: {deny_network: yes}}",
            [
                (
                    "error: line 4, col 39: 'deny_network' should be true or false, is the text 'yes'; "
                    "YAML 1.2 knows no other words for it"
                )
            ],
        ),
        (
            WRITER + "steps: [{writer: hi}]\ntags: [Big One, a, a]",
            [
                "error: line 4, col 1: tags: 'a' is here twice",
                (
                    "error: line 4, col 8: item 0 of 'tags' cannot be the text 'Big One'; "
                    "small letters, digits and . _ - only"
                ),
            ],
        ),
        (
            WRITER + "steps: [{writer: hi}]\ntools: {mcp: [{id: fs, comand: npx}, {id: web, url: x, hedaers: {}}]}",
            [
                "error: line 4, col 24: unknown field 'comand'; did you mean 'command'?",
                "error: line 4, col 56: unknown field 'hedaers'; did you mean 'headers'?",
            ],
        ),
        (
            WRITER + "steps: [{writer: hi}]\nhello: 1",
            [
                (
                    "error: line 4, col 1: unknown field 'hello'; known here: agents, context_policy, description, "
                    "env, inputs, metadata, name, outputs, pattern, runtime, security, skills, … (16 in all)"
                )
            ],
        ),
        (
            "agents: {a: {prompt: x, output_schema: {}, output_model: m:C}}\nsteps: [{a: hi}]",
            ["error: line 1, col 10: output_schema and output_model exclude each other"],
        ),
        (
            WRITER + "steps: [{writer: hi, id: 1st}]",
            ["error: line 3, col 26: 'id' cannot be the text '1st'; a letter first, then letters, digits, _ and -"],
        ),
    ],
)
def test_a_mistake_names_its_place_and_the_way_out(text: str, expected: list[str]) -> None:
    assert lines(mistakes(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "steps:\n  - writer: {{ topic }}\n",
            [
                (
                    "error: line 2, col 13: this is a mapping to YAML, not a template; "
                    'a text that begins with a template needs quotes: "{{ … }}"'
                )
            ],
        ),
        ("steps: [{writer: a}]\n3: x", ["error: line 2, col 1: the key 3 is not text; write it in quotes"]),
        ("steps: [{writer: a}]\n[a]: x", ["error: line 2, col 1: a key must be text"]),
        (
            "steps: [{writer: a}]\nsteps: []",
            ["error: line 2, col 1: the key 'steps' is here twice; it is already on line 1"],
        ),
        (
            "steps: [{writer: a}]\nruntime: {temperature: .nan}",
            ["error: line 2, col 24: .nan is no number that JSON knows"],
        ),
    ],
)
def test_what_yaml_allows_and_a_workflow_does_not_is_shown_with_the_rest(text: str, expected: list[str]) -> None:
    assert lines(mistakes(text + "\nagents: {writer: {prompt: x}}")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: {{ topic }} is", "did not find expected key; check the indentation, and quotes that are not closed"),
        ("a: Note: b", "mapping values are not allowed in this context; a text that contains ': ' needs quotes"),
        ("a: 'b", "line 1, col 4: this is not YAML: found unexpected end of stream; a quote or bracket is not closed"),
        ("a:\n\tb: 1", "line 2, col 1: a tab in the indentation; YAML indents with spaces"),
        ("a: !!python/name:os.system", "the tag '!!python/name:os.system' is not allowed"),
        ("a: 1\n---\nb: 1", "line 2, col 1: a second document begins here; a file holds one workflow"),
        ("a: *b", "an alias `*name` needs an anchor `&name` before it"),
        ("a: x\x07y", "line 1, col 5: the character U+0007 is not allowed"),
        ("a: \ud800", "the character U+D800 is not allowed"),
    ],
)
def test_a_text_that_is_no_yaml_is_refused_with_its_place(text: str, expected: str) -> None:
    with pytest.raises(LoadError) as caught:
        parse(text)
    if "anchor" in expected:
        assert "anchor" in str(caught.value)
    else:
        assert expected in str(caught.value)
    assert caught.value.problem is not None
    assert caught.value.problem.line is not None


@pytest.mark.parametrize("text", ["", "# nothing\n", "null", "---\n"])
def test_an_empty_text_says_how_to_begin(text: str) -> None:
    (problem,) = mistakes(text)
    assert problem.message == "there is no workflow here"
    assert problem.hint == "it begins with `agents:`"


def test_a_misspelt_pattern_is_offered_the_nearest() -> None:
    text = WRITER + "version: 0\nname: w\nruntime: {}\npattern: {type: chian, config: {steps: [{agent: writer}]}}"
    assert lines(mistakes(text)) == ["error: line 6, col 17: unknown pattern 'chian'; did you mean 'chain'?"]


def test_the_long_form_must_be_complete() -> None:
    text = WRITER + "pattern: {type: chain, config: {steps: [{agent: writer}]}}"
    assert sorted(lines(mistakes(text))) == [
        "error: line 1, col 1: missing field 'name'",
        "error: line 1, col 1: missing field 'runtime'; e.g. `runtime: {provider: openai}`",
        "error: line 1, col 1: missing field 'version'; e.g. `version: 0`",
    ]


def test_a_file_is_named_in_every_problem() -> None:
    problems = mistakes(WRITER + "steps: [{wrtier: hi}]", file="brief.yaml")
    assert str(problems[0]).startswith("brief.yaml, line 3, col 10: ")


def test_a_hundred_problems_are_enough() -> None:
    steps = "\n".join(f"  - {{agent: writer, x{number}: 1}}" for number in range(500))
    with pytest.raises(SchemaValidationError, match="100 problems, the first of 500; nothing was run"):
        parse(f"{WRITER}steps:\n{steps}")


def test_a_line_of_a_megabyte_is_not_shown_whole() -> None:
    text = json.dumps({"agents": {"a": {"prompt": "x" * 1_000_000, "promt": 1}}, "steps": [{"a": "hi"}]})
    with pytest.raises(SchemaValidationError) as caught:
        parse(text)
    assert len(str(caught.value)) < 500


def test_characters_that_turn_the_text_around_are_shown_as_a_sign() -> None:
    problems = mistakes(WRITER + "steps: [{writer: hi, '\u202ex': 1}]")
    assert problems[0].source is not None
    assert "\u202e" not in str(problems[0]) + problems[0].excerpt()


def test_data_from_python_is_refused_in_the_same_words_without_lines() -> None:
    with pytest.raises(SchemaValidationError) as caught:
        validate({"agents": {"a": {"promt": "x"}}, "pattern": {"type": "chain", "config": {"steps": [{"agent": "a"}]}}})
    (problem,) = caught.value.errors
    assert str(problem) == "unknown field 'promt'; did you mean 'prompt'?"
    assert problem.pointer == "/agents/a/promt"


def test_names_for_python_are_not_names_for_the_text() -> None:
    problems = mistakes(WRITER + "steps: [{writer: hi}, {type: hitl, prompt: ok, form: {}}]")
    assert lines(problems)[0].startswith("error: line 3, col 48: unknown field 'form'")
    assert Spec.model_validate(
        {
            "agents": {"a": {"prompt": "x"}},
            "pattern": {"type": "chain", "config": {"steps": [{"type": "hitl", "prompt": "ok", "form": {}}]}},
        }
    )
