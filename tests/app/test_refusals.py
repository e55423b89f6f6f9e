"""Nothing is spent on a mistake: what is wrong or missing is said before the first call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from strands_nb.app import Workflow
from strands_nb.errors import CapabilityError, LoadError, SchemaValidationError
from tests.app.support import THREE_MISTAKES, agents_of, flow


def test_three_mistakes_are_shown_at_once_each_in_its_place_with_what_was_meant() -> None:
    with pytest.raises(SchemaValidationError) as caught:
        Workflow.from_yaml(THREE_MISTAKES)
    shown = [(p.line, p.column, p.message, p.hint) for p in caught.value.errors]
    assert shown == [
        (10, 16, "unknown agent 'wrtier'", "did you mean 'writer'?"),
        (13, 9, "unknown field 'inptu'", "did you mean 'input'?"),
        (15, 26, "'topc' is not defined", "did you mean 'topic'?"),
    ]
    assert "   10 │       - agent: wrtier\n       │                ^^^^^^" in str(caught.value)


def test_a_variable_that_is_missing_is_no_mistake_of_the_file_but_refuses_the_run() -> None:
    workflow = flow("agents: {a: {prompt: A}}\nsteps: [{a: 'About {{ topic }}'}]")
    with pytest.raises(CapabilityError, match="'topic' is not defined"):
        workflow.run()
    with pytest.raises(CapabilityError):
        workflow.start()
    assert agents_of(workflow).calls == []
    assert workflow.run(topic="fog").success


def test_from_file_raises_for_mistakes_and_not_for_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("agents: {a: {prompt: A}}\nruntime: {provider: openai}\nsteps: [{a: '{{ topic }}'}]")
    bad.write_text(THREE_MISTAKES)
    assert [p.severity for p in Workflow.from_file(good).check()] == ["needs", "needs"]
    with pytest.raises(SchemaValidationError):
        Workflow.from_file(bad)
    with pytest.raises(LoadError, match=r"nowhere\.yaml"):
        Workflow.from_file(tmp_path / "nowhere.yaml")


@pytest.mark.parametrize(
    ("provider", "says"), [("openai", "has no key; set OPENAI_API_KEY"), ("bedrock", "has no AWS credentials")]
)
def test_a_missing_key_is_said_before_the_run_and_two_ways_without_one_are_offered(
    provider: str, says: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "AWS_PROFILE", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("strands_nb.agents.providers._on_ec2", lambda: False)
    workflow = Workflow.from_yaml(
        f"runtime: {{provider: {provider}}}\nagents: {{a: {{prompt: A}}}}\nsteps: [{{a: Go}}]"
    )
    with pytest.raises(CapabilityError) as caught:
        workflow.run()
    assert says in str(caught.value)
    assert "--model local" in str(caught.value)
    assert "--model scripted" in str(caught.value)
    assert workflow.with_options(model="scripted").run().success


def test_a_workflow_without_any_model_says_how_to_name_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STRANDS_NB_MODEL", raising=False)
    workflow = Workflow.from_yaml("agents: {a: {prompt: A}}\nsteps: [{a: Go}]")
    with pytest.raises(CapabilityError, match=r"no model: .*runtime\.provider.*--model local.*--model scripted"):
        workflow.run()
    monkeypatch.setenv("STRANDS_NB_MODEL", "scripted")
    assert workflow.run().success


def test_each_agent_may_have_a_provider_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    text = "agents: {a: {prompt: A, provider: scripted}, b: {prompt: B, provider: anthropic}}\nsteps: [{a: 1}, {b: 2}]"
    text = text.replace("1}", "'1'}").replace("2}", "'2'}")
    assert {p.message.split()[1] for p in Workflow.from_yaml(text).check()} == {"anthropic"}
    result = Workflow.from_yaml(text).with_options(provider="scripted").run()
    assert {entry["model"] for entry in result.usage.values()} == {"scripted"}


@pytest.mark.parametrize(
    ("more", "severity", "words"),
    [
        ("security: {guardrails: {pii_redaction: true}}", "needs", "pii_redaction is not done"),
        ("telemetry: {otel: {service_name: x}}", "warning", "telemetry has no effect"),
        ("context_policy: {compaction: {enabled: true}}", "warning", "context_policy.compaction has no effect"),
        ("context_policy: {notes: {file: n.md}}", "warning", "context_policy.notes has no effect"),
        ("env: {secrets: [{key: K, source: env}]}", "warning", "secrets have no use"),
    ],
)
def test_what_this_version_does_not_do_is_said_and_never_passed_over(more: str, severity: str, words: str) -> None:
    workflow = flow(f"agents: {{a: {{prompt: A}}}}\nsteps: [{{a: Go}}]\n{more}")
    assert [(p.severity, words in p.message) for p in workflow.check()] == [(severity, True)]
    if severity == "needs":
        with pytest.raises(CapabilityError):
            workflow.run()
    else:
        assert workflow.run().success


@pytest.mark.parametrize(
    ("agent", "severity"),
    [("output_model: 'm:C'", "needs")],
)
def test_so_it_is_with_fields_of_agents(agent: str, severity: str) -> None:
    workflow = flow(f"agents: {{a: {{prompt: A, {agent}}}}}\nsteps: [{{a: Go}}]")
    assert [p.severity for p in workflow.check()] == [severity]


def test_values_of_the_wrong_type_or_not_among_the_allowed_are_refused() -> None:
    text = """
agents: {a: {prompt: A}}
inputs: {required: {count: integer}, optional: {tone: {type: string, enum: [dry, warm], default: dry}}}
steps: [{a: "{{ count }} {{ tone }}"}]
"""
    workflow = flow(text)
    with pytest.raises(SchemaValidationError) as caught:
        workflow.run(count="three", tone="wram")
    assert [p.message for p in caught.value.errors] == [
        "input 'count' should be a whole number, is the text 'three'",
        "input 'tone' may not be the text 'wram'",
    ]
    assert caught.value.errors[1].hint == "did you mean 'warm'?"
    assert agents_of(workflow).calls == []


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("runtime: {provider: opneai}\nagents: {a: {prompt: A}}", 1, "unknown provider 'opneai'"),
        ("runtime: {provider: scripted}\nagents: {a: {prompt: A, provider: opneai}}", 2, "unknown provider 'opneai'"),
        ("runtime: {provider: 'openai:gpt-4o'}\nagents: {a: {prompt: A}}", 1, "unknown provider 'openai:gpt-4o'"),
    ],
)
def test_a_provider_that_does_not_exist_is_a_mistake_with_a_place(text: str, line: int, message: str) -> None:
    workflow = Workflow.from_yaml(f"{text}\nsteps: [{{a: Go}}]")
    (problem,) = workflow.check()
    assert (problem.severity, problem.line, problem.message) == ("error", line, message)
    assert "did you mean 'openai'?" in str(problem.hint)
    assert workflow.estimate().calls == 1
    assert workflow.with_options(model="scripted").check() == []


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ("schema: {type: object}, default: no", "it should be JSON"),
        ("validation: {pattern: '^[A-Z]'}, default: no", "'no' does not match '^[A-Z]'"),
        ("schema: {type: object}, default: '{\"a\": {}}'", None),
        ("schema: {type: object}, default: '{{ 1 }}'", None),
    ],
)
def test_a_default_that_its_own_form_refuses_is_a_mistake(fields: str, fault: str | None) -> None:
    workflow = flow(f"agents: {{a: {{prompt: A}}}}\nsteps: [{{a: Go}}, {{type: hitl, prompt: Good?, {fields}}}]")
    assert [fault in p.message for p in workflow.check() if fault] == ([True] if fault else [])
    assert len(workflow.check()) == (fault is not None)


def test_a_schema_that_the_place_of_an_agent_leaves_without_effect_is_warned_of() -> None:
    workflow = flow(
        "version: 0\nname: t\nruntime: {provider: scripted}\n"
        "agents: {a: {prompt: A, output_schema: {type: object}}, b: {prompt: B, output_schema: {type: object}}}\n"
        "pattern: {type: routing, config: {router: {agent: a}, routes: {r: {then: [{agent: b}]}}}}"
    )
    assert [(p.severity, p.message) for p in workflow.check()] == [
        ("warning", "'output_schema' of the router is not used: it is asked for a route")
    ]


@pytest.mark.parametrize("value", [Path("x"), {1, 2}, float("nan"), "\ud800", object()])
def test_a_value_that_no_session_could_hold_is_refused(value: Any) -> None:
    workflow = flow("agents: {a: {prompt: A}}\nsteps: [{a: Go}]")
    with pytest.raises(SchemaValidationError, match="input 'thing' is no JSON value"):
        workflow.run(thing=value)


def test_lenient_lets_a_doubtful_reference_pass_and_the_run_shows_what_becomes_of_it() -> None:
    from strands_nb.spec import parse

    spec = parse("agents: {a: {prompt: A}}\nsteps: [{a: 'x{{ steps[1].response }}'}, {a: Go}]")
    workflow = Workflow(spec).with_options(agents=agents_of(flow("agents: {a: {prompt: A}}\nsteps: [{a: Go}]")))
    with pytest.raises(SchemaValidationError, match=r"steps\[1\] is not done before step 0"):
        workflow.run()
    assert workflow.with_options(lenient=True).run().status == "failed"
