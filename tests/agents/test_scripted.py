"""The model without a model."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strands_nb.agents import AgentDefinition, Faults, ModelConfig, ModelFactory, Rule, ScriptedModel, StrandsAgents
from strands_nb.agents._script import Request
from strands_nb.agents._synth import value
from strands_nb.errors import BuildError, ProviderError
from tests.agents.support import Watch, agents_of, ask, run, scripted

PROMPTS = [
    "Write a short paragraph about the history of tea in Japan.",
    "Summarise the following:\n\n## Balcony solar panels\n\nPanels on balconies are cheap.",
    "Compare Python and Rust for data pipelines",
    "Revise the draft. Feedback: add an example.\n\nDraft: Tea is good.",
    "{}",
    "",
]


@pytest.mark.parametrize("prompt", PROMPTS)
def test_the_default_answer_is_readable_markdown_about_the_prompt(prompt: str):
    text = ask(scripted(), prompt).text
    assert text.startswith("## ")
    assert 20 < len(text.split()) < 150
    assert "{" not in text
    if "tea in Japan" in prompt:
        assert "history of tea in Japan" in text


def test_two_processes_give_the_same_bytes():
    code = (
        "from strands_nb.agents._script import Request; from strands_nb.agents._prose import answer;"
        f"print([answer(Request(p)) for p in {PROMPTS!r}], Request('x').number(1, 10**6))"
    )
    outputs = {
        subprocess.run(  # noqa: S603
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_the_first_rule_that_matches_answers():
    agents = scripted(
        Rule(agent="nobody", reply="1"),
        Rule(prompt="/we.ther/", system="forecast", reply="2"),
        Rule(prompt="WEATHER", reply="3"),
        Rule(prompt="weather", reply="4"),
    )
    assert ask(agents, "The weather?").text == "3"


def test_a_list_of_replies_follows_the_conversation():
    from strands_nb.engine.call import text_message

    agents = scripted(Rule(reply=["first", "second"]))
    history = (text_message("user", "a"), text_message("assistant", "b"))
    assert ask(agents, "x").text == "first"
    assert ask(agents, "x", history=history).text == "second"
    assert ask(agents, "x", history=history * 3).text == "second"


def test_a_rule_may_wait():
    started = time.perf_counter()
    ask(scripted(Rule(delay=0.1, reply="ok")), "x")
    assert time.perf_counter() - started >= 0.1


@pytest.mark.parametrize(
    ("error", "retryable", "words"),
    [("throttle", True, "too many"), ("timeout", True, "no answer"), ("server", True, "503"),
     ("midstream", True, "middle"), ("auth", False, "key"), ("overflow", False, "context window")],
)  # fmt: skip
def test_every_fault_is_what_a_real_service_would_do(error: Any, retryable: bool, words: str):  # noqa: FBT001
    with pytest.raises(ProviderError, match=words) as caught:
        ask(scripted(Rule(error=error)), "go")
    assert caught.value.retryable is retryable


def test_a_fault_may_pass_after_some_attempts():
    agents = scripted(Rule(error="throttle", times=2, reply="at last"))
    for attempt in (1, 2):
        with pytest.raises(ProviderError):
            ask(agents, "go", attempt=attempt)
    assert ask(agents, "go", attempt=3).text == "at last"


def test_faults_by_chance_hit_the_same_requests_each_time():
    def hit() -> list[int]:
        agents = scripted(faults=Faults(seed=7, rate=0.3), default="ok")
        found: list[int] = []
        for i in range(40):
            try:
                ask(agents, f"prompt {i}")
            except ProviderError:
                found.append(i)
        return found

    assert hit() == hit()
    assert 4 < len(hit()) < 20


def test_rules_can_be_plain_data():
    config = {"rules": [{"prompt": "hello", "reply": "Hi!"}, {"reply": {"a": 1}}], "chunk_size": 1, "delay": 0.0}
    watch = Watch()
    model = ScriptedModel.from_dict(config)
    assert ask(agents_of(model), "hello", watch).text == "Hi!"
    assert len(watch.told) == 3
    assert ask(agents_of(model), "other").text == '{"a": 1}'


def test_rules_can_be_a_file_named_as_the_model(tmp_path: Path):
    script = tmp_path / "script.yaml"
    script.write_text("rules:\n  - {prompt: hello, reply: Hi from a file!}\n", encoding="utf-8")
    known = AgentDefinition("writer", "", ModelConfig("scripted", str(script)))
    assert ask(StrandsAgents({"writer": known}, ModelFactory()), "hello").text == "Hi from a file!"


def test_a_script_that_was_edited_counts_from_the_next_call_on(tmp_path: Path):
    script, factory = tmp_path / "script.yaml", ModelFactory()
    config = ModelConfig("scripted", str(script))

    async def models() -> list[object]:
        script.write_text("default: One.")
        first = [await factory.model(config), await factory.model(config)]
        script.write_text("default: Another.")
        return [*first, await factory.model(config)]

    one, same, other = run(models())
    assert one is same
    assert other is not one


@pytest.mark.parametrize(
    ("config", "words"),
    [({"rulez": []}, "rulez"), ({"rules": [{"promt": "x"}]}, "promt"), ({"rules": [{"error": "boom"}]}, "boom")],
)
def test_a_misspelt_script_says_where(config: dict[str, Any], words: str):
    with pytest.raises(BuildError, match=words):
        ScriptedModel.from_dict(config)


def test_a_router_goes_where_the_words_point():
    schema = {"type": "object", "properties": {"route": {"enum": ["technical", "billing"]}}, "required": ["route"]}
    assert ask(scripted(), "The billing is wrong.", schema=schema).value == {"route": "billing"}
    assert ask(scripted(), "A technical fault.", schema=schema).value == {"route": "technical"}


def test_an_evaluator_is_more_content_with_a_revision():
    schema = {"type": "object", "properties": {"score": {"type": "integer", "minimum": 0, "maximum": 100}}}
    first = value(schema, Request("Rate: ## Tea"))["score"]
    second = value(schema, Request("Rate: ## Revised: Tea"))["score"]
    assert first < 80 <= second <= 100


SCHEMAS: list[dict[str, Any]] = [
    {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2},
    {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}, "required": ["a"],
     "$defs": {"A": {"type": "object", "properties": {"n": {"type": "number", "exclusiveMinimum": 0, "maximum": 1}},
                     "required": ["n"]}}},
    {"anyOf": [{"type": "null"}, {"type": "integer", "minimum": 3, "maximum": 3}]},
    {"type": "string", "format": "date", "pattern": r"^\d{4}-"},
    {"type": "string", "pattern": "^[a-z0-9-]+$"},
    {"type": "string", "minLength": 200},
    {"type": "string", "maxLength": 4},
    {"type": ["string", "null"]},
    {"type": "boolean"},
    {"const": 5},
    {"type": "integer", "multipleOf": 7, "minimum": 1, "maximum": 20},
    {"allOf": [{"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}],
     "properties": {"y": {"type": "string"}}, "required": ["y"]},
    {"type": "object", "additionalProperties": {"type": "string"}},
    {"type": "object", "properties": {"child": {"$ref": "#"}, "name": {"type": "string"}}, "required": ["name"]},
    {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "minItems": 2, "maxItems": 2},
]  # fmt: skip


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_made_up_values_are_valid(schema: dict[str, Any]):
    jsonschema.validate(value(schema, Request("Plan a newsletter about local food")), schema)


@st.composite
def schemas(draw: st.DrawFn, depth: int = 0) -> dict[str, Any]:
    """Any schema of the common keywords, three levels deep."""
    low, more = draw(st.integers(-50, 50)), draw(st.integers(0, 99))
    match draw(
        st.sampled_from(["integer", "number", "string", "enum", "boolean", *(["array", "object"] * (depth < 2))])
    ):
        case "integer" | "number" as kind:
            return {"type": kind, "minimum": low, "maximum": low + more}
        case "string":
            return {"type": "string", "minLength": more, "maxLength": more + 5}
        case "enum":
            return {"enum": draw(st.lists(st.text(max_size=5), min_size=1))}
        case "array":
            return {"type": "array", "items": draw(schemas(depth + 1)), "minItems": more % 6, "maxItems": more % 6 + 2}
        case "object":
            names = st.text("abcdefgh_", min_size=1, max_size=8)
            fields = draw(st.dictionaries(names, schemas(depth + 1), max_size=4))
            return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}
        case _:
            return {"type": "boolean"}


@settings(max_examples=150, deadline=None)
@given(schema=schemas(), prompt=st.text(max_size=80))
def test_made_up_values_are_valid_whatever_is_asked(schema: dict[str, Any], prompt: str):
    jsonschema.validate(value(schema, Request(prompt)), schema)
