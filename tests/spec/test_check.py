"""What is known to be wrong before the first model call."""

from __future__ import annotations

import sys
from subprocess import run

import pytest

from strands_nb.errors import SchemaValidationError
from strands_nb.spec import Spec, check, parse
from tests.spec.shared import lines, read

HEAD = "agents: {writer: {prompt: You write.}}\n"


def found(text: str, **variables: object) -> list[str]:
    return lines(check(parse(HEAD + text), variables))


def test_a_workflow_without_mistakes_has_no_problems() -> None:
    assert found("steps: [{writer: 'About {{ topic }}'}, {writer: '{{ steps[0].response }}'}]", topic="tides") == []


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("{{ steps[1].response }}", "steps[1] is not done before step 1; steps[0] is"),
        ("{{ steps[2].response }}", "steps[2] is not done before step 1; steps[0] is"),
        ("{{ steps[7].response }}", "there is no steps[7]; the chain has 3 steps, from steps[0]"),
        ("{{ steps[-2].response }}", "steps[-2] is not done before step 1; steps[0] is"),
        ("{{ steps.frist.response }}", "there is no step 'frist'; did you mean 'first'?"),
        ("{{ steps.last.response }}", "steps.last is not done before step 1; steps[0] is"),
        ("{{ steps['qqq'] }}", "there is no step 'qqq'; steps with an id: first, last"),
        ("{{ steps[0].respnse }}", "a step has no 'respnse'; did you mean 'response'?"),
        ("{{ hitl_response }}", "'hitl_response' has no value yet; nobody is asked before step 1"),
    ],
)
def test_a_reference_that_can_never_hold_is_an_error(step: str, expected: str) -> None:
    (line,) = found(f'steps: [{{writer: a, id: first}}, {{writer: "{step}"}}, {{writer: c, id: last}}]')
    assert line.startswith("error: line 2, col ")
    assert line.endswith(expected)


def test_such_a_reference_is_a_warning_if_asked_to_be_lenient() -> None:
    spec = parse(HEAD + "steps: [{writer: '{{ steps[3] }} {{ last_response }}'}, {agent: nobody}]")
    assert [problem.severity for problem in check(spec, lenient=True)] == ["warning", "warning", "error"]


@pytest.mark.parametrize(
    "step",
    [
        "{{ steps[0].response }} {{ steps[-1].response }} {{ steps.first.json.score }} {{ last_response }}",
        "{{ steps[0].response.upper() }} {{ steps | length }} {{ steps[0].tokens }}",
        "{% for step in steps %}{{ step.response }}{{ loop.index }}{% endfor %}",
        "{{ steps[9].response | default('none') }}",
        "{% if steps[9] is defined %}{{ steps[9].response }}{% endif %}",
        "{% if steps.nobody is defined and steps.nobody.response %}x{% endif %}",
        "{{ nothing is defined }}",
        "{% set mine = 1 %}{{ mine }}",
        "{{ steps[index].response if index is defined }}",
        "no template { at all }",
    ],
)
def test_a_reference_that_holds_or_asks_first_is_fine(step: str) -> None:
    assert found(f'steps: [{{writer: a, id: first}}, {{writer: "{step}"}}]') == []


def test_an_answer_can_be_referred_to_after_the_question() -> None:
    assert found("steps: [{approve: 'Go?', id: go}, {writer: '{{ hitl_response }} {{ steps.go.response }}'}]") == []


def test_variables_of_a_step_are_its_own() -> None:
    assert found("steps: [{writer: '{{ tone }}', vars: {tone: dry}}, {writer: '{{ tone }}'}]") == [
        "needs: line 2, col 65: 'tone' is not defined; you have: last_response, steps"
    ]


def test_a_missing_variable_is_said_once_with_the_nearest_name() -> None:
    text = "inputs: {values: {topic: x}}\nsteps: [{writer: '{{ topc }} {{ topc }}'}, {writer: '{{ topc }}'}]"
    assert found(text) == ["needs: line 3, col 22: 'topc' is not defined; did you mean 'topic'?"]
    assert found(text, topc=1) == []


def test_inputs_can_be_reached_by_their_mapping() -> None:
    text = (
        "inputs: {values: {topic: x}}\nsteps: [{writer: '{{ inputs.topic }} {{ inputs.tpoic }} {{ inputs.items() }}'}]"
    )
    assert found(text) == ["needs: line 3, col 41: 'inputs.tpoic' is not defined; did you mean 'topic'?"]


def test_a_required_input_without_a_value_is_needed_and_an_optional_one_only_if_used_unasked() -> None:
    text = """
        inputs:
          required: {topic: string}
          optional: {tone: string, size: string}
        agents: {writer: {prompt: You write.}}
        steps:
          - writer: "{{ topic }} {{ tone }} {{ size | default('short') }}"
    """
    assert lines(check(read(text))) == [
        "needs: line 2, col 14: the input 'topic' has no value; give it, e.g. topic=…",
        "needs: line 6, col 29: the optional input 'tone' has no value; give it one, or ask `is defined` first",
    ]
    assert check(read(text), {"topic": "a", "tone": "b"}) == []


def test_values_of_the_wrong_type_or_outside_their_enum_are_errors_wherever_they_come_from() -> None:
    text = """
        inputs:
          required:
            n: {type: integer, default: three}
            kind: {type: string, enum: [short, long]}
            flag: boolean
          values: {flag: 1}
        agents: {writer: {prompt: You write.}}
        steps: [{writer: hi}]
    """
    assert lines(check(read(text), {"kind": "lnog"})) == [
        "error: line 3, col 33: input 'n' should be a whole number, is the text 'three'",
        "error: line 4, col 5: input 'kind' may not be the text 'lnog'; did you mean 'long'?",
        "error: line 6, col 18: input 'flag' should be true or false, is the number 1",
    ]


@pytest.mark.parametrize("name", ["steps", "inputs", "last_response", "hitl_response"])
def test_an_input_cannot_bear_a_name_that_templates_have(name: str) -> None:
    (line,) = found(f"inputs: {{values: {{{name}: x}}}}\nsteps: [{{writer: hi}}]")
    assert f"the name '{name}' is taken" in line


def test_a_name_of_another_pattern_is_free() -> None:
    assert found("inputs: {values: {draft: x, router: y}}\nsteps: [{writer: '{{ draft }} {{ router }}'}]") == []


def test_a_prompt_that_cannot_be_rendered_is_sent_as_written_with_a_warning() -> None:
    text = """
        agents:
          writer: {prompt: "Answer as {{ your name }}"}
          critic: {prompt: "Use {{ field }} and {{ other }}"}
        steps:
          - writer: hi
          - approve: "Is {{ this }} good?"
    """
    assert lines(check(read(text))) == [
        (
            "warning: line 2, col 20: this does not parse: expected token 'end of print statement', got 'name': "
            "the prompt is sent as written"
        ),
        "warning: line 3, col 28: 'field' is not defined: the prompt is sent as written; give it, e.g. field=…",
        "warning: line 6, col 21: 'this' is not defined: the prompt is sent as written; you have: last_response, steps",
    ]


def test_what_the_human_is_shown_must_render() -> None:
    assert found("steps: [{approve: Good?, context_display: '{{ steps[0].response }}', default: '{{ x'}]") == [
        "error: line 2, col 47: steps[0] is not done before step 0; nothing is",
        "error: line 2, col 79: this does not parse: unexpected end of template, expected 'end of print statement'.",
    ]


@pytest.mark.parametrize(
    ("style", "line", "column"),
    [
        ("|\n      One line,\n      then {{ topc }} here.\n", 5, 15),
        (">\n      One line,\n      then {{ topc }} here.\n", 5, 15),
        ('"One line, {{ topc }}"\n', 3, 27),
        ("One line,\n      then {{ topc }}\n", 4, 15),
        ("the word topc, then {{ topc }}\n", 3, 36),
    ],
)
def test_a_word_is_found_inside_of_a_text_however_it_is_written(style: str, line: int, column: int) -> None:
    (problem,) = check(parse(f"{HEAD}steps:\n  - writer: {style}"))
    assert (problem.line, problem.column, problem.width) == (line, column, 4)


def test_a_template_that_does_not_parse_is_reported_in_the_line_it_breaks_in() -> None:
    (problem,) = check(parse(f"{HEAD}steps:\n  - writer: |\n      Fine {{{{ 1 }}}}\n      Bad {{% fro x %}}\n"))
    assert (problem.severity, problem.line, problem.column) == ("error", 5, 7)
    (problem,) = check(parse(f"{HEAD}steps:\n  - writer: |\n      Fine\n      {{{{ 'a' | uper }}}}\n"))
    assert str(problem) == "line 5, col 16: there is no filter 'uper'; did you mean 'upper'?"


def test_tools_that_nobody_declared_are_errors() -> None:
    text = """
        agents: {writer: {prompt: You write., tools: [gerp, fs, web, "strands_tools.http_request", mine, Skill]}}
        steps: [{agent: writer, tool_overrides: [calcultor]}]
        tools:
          python: ["shop:mine", strands_tools.file_read.file_read, nosuch, {callable: calculator}]
          mcp: [{id: fs, command: npx}]
          http_executors: [{id: web, base_url: "https://example.org"}, {id: fs, base_url: "https://example.org"}]
        context_policy: {retrieval: {jit_tools: [haed]}}
        security: {guardrails: {allow_tools: [tial]}}
    """
    assert [line.split(": ", 2)[0] + ": " + line.split(": ", 2)[2] for line in lines(check(read(text)))] == [
        "error: unknown tool 'gerp'; did you mean 'grep'?",
        (
            "error: unknown tool 'Skill'; tools: calculator, current_time, duckduckgo_search, file_read, file_write, "
            "fs, grep, head, http_request, mine, nosuch, python_exec, … (20 in all)"
        ),
        "error: unknown tool 'calcultor'; did you mean 'calculator'?",
        (
            "error: unknown tool 'nosuch'; a function of yours is `module:function`; built in: calculator, "
            "current_time, duckduckgo_search, file_read, file_write, grep, head, http_request, python_exec, search, "
            "spec_verify, tail, … (14 in all)"
        ),
        "error: the tool id 'fs' is here twice",
        "error: unknown tool 'haed'; did you mean 'head'?",
        "warning: unknown tool 'tial'; did you mean 'tail'?",
    ]


def test_agents_that_do_not_exist_and_ids_used_twice_are_errors() -> None:
    assert found(
        "steps: [{agent: wirter, id: a}, {agent: qqq, id: a}, {type: hitl, prompt: x, choices: [a], default: b}]"
    ) == [
        "error: line 2, col 17: unknown agent 'wirter'; did you mean 'writer'?",
        "error: line 2, col 41: unknown agent 'qqq'; agents: writer",
        "error: line 2, col 50: the step id 'a' is here twice",
        "error: line 2, col 101: the default 'b' is none of the choices; choices: a",
    ]


def test_artifacts_see_all_steps_and_the_workflow_itself() -> None:
    text = """
        steps: [{writer: hi}]
        outputs:
          artifacts:
            - path: "{{ name }}.md"
              from: "{{ steps[0].response }} {{ last_response }} {{ runtime.model_id }} {{ execution_context }}"
            - {path: trace.json, from: $TRACE}
    """
    assert lines(check(read("agents: {writer: {prompt: x}}\n" + "\n".join(t[8:] for t in text.splitlines())))) == []


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x", "~/x", "C:\\x", "..\\x"])
def test_an_artifact_stays_below_the_output_folder(path: str) -> None:
    (line,) = found(f"steps: [{{writer: hi}}]\noutputs: {{artifacts: [{{path: '{path}', from: x}}]}}")
    assert "would leave the output folder" in line


@pytest.mark.parametrize("two", ["gate_id: a, id: b", "timeout_minutes: 1, timeout_seconds: 60"])
def test_of_two_words_for_the_same_of_a_question_only_one_is_written(two: str) -> None:
    with pytest.raises(
        SchemaValidationError, match=r"line 2, col 9: item 0 of 'steps': `\w+` and `\w+` exclude each other"
    ):
        found(f"steps: [{{type: manual_gate, prompt: x, {two}}}]")


def test_a_variable_of_a_step_that_looks_like_a_template_is_warned_of() -> None:
    assert found("steps: [{agent: writer, input: '{{ x }} {{ y }}', vars: {x: '{{ y }}', y: 2}}]") == [
        "warning: line 2, col 61: the variable 'x' is passed as written; write it into the input"
    ]


@pytest.mark.parametrize(("one", "other"), [("x", "./x"), ("{{ topic }}", "{{ topic }}")])
def test_two_artifacts_have_two_paths(one: str, other: str) -> None:
    (line,) = found(
        "inputs: {values: {topic: x}}\nsteps: [{writer: hi}]\n"
        f"outputs: {{artifacts: [{{path: '{one}', from: x}}, {{path: '{other}', from: x}}]}}"
    )
    assert f"two artifacts have the path '{other}'; give each its own" in line


def test_a_question_is_open_for_no_longer_than_a_calendar_is() -> None:
    with pytest.raises(SchemaValidationError, match="'timeout_seconds' should be at most"):
        found("steps: [{type: hitl, prompt: x, timeout_seconds: 1e15}]")


def test_headers_are_templates_over_the_inputs() -> None:
    text = (
        "tools: {http_executors: [{id: a, base_url: b, headers: {X: '${KEY} {{ token }} {{ steps }}'}}]}\n"
        "steps: [{writer: hi}]"
    )
    assert [line.split(": ")[2] for line in found(text)] == [
        "'token' is not defined; give it, e.g. token=…",
        "'steps' has no value here; there are inputs only",
    ]


def test_fields_without_meaning_here_draw_a_warning() -> None:
    text = """
        agents: {writer: {prompt: x}}
        steps: [{writer: hi}]
        runtime: {space_id: x}
        env: {mounts: {a: b}}
        skills: [{id: a, path: b, preload_metadata: false}]
        context_policy: {retrieval: {mcp_servers: [a]}}
    """
    assert [problem.message for problem in check(read(text))] == [
        "'space_id' has no meaning here",
        "'mounts' has no meaning here",
        "'preload_metadata' has no meaning here",
        "'mcp_servers' has no meaning here",
    ]
    assert {problem.severity for problem in check(read(text))} == {"warning"}


def test_a_workflow_made_in_python_has_problems_with_pointers_but_no_lines() -> None:
    spec = Spec.model_validate(
        {
            "agents": {"a": {"prompt": "x"}},
            "pattern": {"type": "chain", "config": {"steps": [{"agent": "b", "input": "{{ steps[0] }}"}]}},
        }
    )
    assert [(problem.pointer, problem.line) for problem in check(spec)] == [
        ("/pattern/config/steps/0/agent", None),
        ("/pattern/config/steps/0/input", None),
    ]


def test_importing_the_language_loads_no_template_engine_no_sdk_and_no_notebook() -> None:
    code = "import strands_nb.spec, sys; print({'jinja2', 'strands', 'IPython', 'anywidget'} & set(sys.modules))"
    done = run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own code
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("schema", "fault"),
    [
        ("{type: strnig}", "'strnig' is not valid under any of the given schemas"),
        ("{$ref: 'http://127.0.0.1:9/other.json'}", "it refers to 'http://127.0.0.1:9/other.json', which is not in it"),
        ("{$ref: '#/$defs/no', $defs: {}}", "it refers to '#/$defs/no', which is not in it"),
        ("{type: object, properties: {a: {items: {$ref: other.json}}}}", "it refers to 'other.json'"),
        ("{$ref: '#'}", "it refers to '#', which is not in it"),
        ("{$defs: {a: {$ref: '#/$defs/a'}}, $ref: '#/$defs/a'}", "it refers to '#/$defs/a', which is not in it"),
        ("{$defs: {a: {type: string}}, properties: {x: {$ref: '#/$defs/a'}, y: {$ref: '#'}}}", None),
        ("{enum: [{$ref: nothing}], properties: {$ref: {type: string}}}", None),
    ],
)
def test_a_schema_says_all_it_needs_itself_so_that_nothing_is_fetched(schema: str, fault: str | None) -> None:
    text = (
        f"agents: {{a: {{prompt: x, output_schema: {schema}}}}}\nsteps: [{{type: hitl, prompt: x, schema: {schema}}}]"
    )
    messages = [problem.message for problem in check(parse(text))]
    assert len(messages) == (2 if fault else 0)
    assert all(fault in message for message in messages if fault)
