"""Asking an agent for JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from strands_nb.agents import ModelFactory, Request, Rule, Tool
from strands_nb.agents._json import JsonFault, read_json
from strands_nb.errors import ProviderError
from tests.agents.support import Watch, ask, scripted

LABEL = {
    "type": "object",
    "properties": {"label": {"enum": ["good", "bad"]}, "score": {"type": "integer", "minimum": 0, "maximum": 100}},
    "required": ["label", "score"],
    "additionalProperties": False,
}


def _ok(_: object, __: object) -> str:
    return "ok"


NOOP = Tool("noop", "Does nothing.", {"type": "object"}, _ok)


@pytest.mark.parametrize("text", ['[{"id": 1}]', '["a", {"id": 1}]'])
def test_what_is_wrong_is_said_of_the_whole_and_not_of_its_parts(text: str) -> None:
    with pytest.raises(JsonFault, match=r"^at \$\[\d\]: "):
        read_json(text, {"type": "array", "items": {"type": "object", "required": ["task"]}})


def test_a_provider_that_can_hold_the_schema_is_asked_once():
    watch = Watch()
    reply = ask(scripted(), "Is this good?", watch, schema=LABEL)
    assert reply.value["label"] == "good"
    assert json.loads(reply.text) == reply.value
    assert len(watch.usages) == 1
    assert reply.turn is None, "the forced tool is an affair of ours: the conversation holds plain text"


def test_the_schema_of_the_definition_holds_where_the_call_gives_none():
    assert ask(scripted(output_schema=LABEL), "Is this bad?").value["label"] == "bad"


def test_a_schema_need_not_be_an_object():
    assert ask(scripted(), "go", schema={"type": "array", "items": {"type": "string"}, "minItems": 2}).value


@pytest.mark.parametrize("tools", [(), (NOOP,)], ids=["enforced", "asked for"])
def test_a_bad_answer_is_asked_again_with_what_is_wrong(tools: tuple[Tool, ...]):
    asked: list[str] = []

    def answer(request: Request) -> str:
        asked.append(request.prompt)
        return "well, 120 I think" if len(asked) == 1 else '{"label": "good", "score": 12}'

    watch = Watch()
    reply = ask(scripted(Rule(reply=answer), tools=tools), "Rate it.", watch, schema=LABEL)
    assert reply.value == {"label": "good", "score": 12}
    assert len(asked) == 2
    assert "cannot be used" in asked[1]
    assert len(watch.usages) == 2
    assert reply.usage == watch.usages[-1], "the failed answer is paid for as well"
    assert reply.turn is None, "the conversation keeps only the answer that counts"


def test_asking_again_is_bounded():
    asked: list[str] = []

    def answer(request: Request) -> str:
        asked.append(request.prompt)
        return '{"label": "good", "score": "bad"}'

    with pytest.raises(ProviderError, match=r"no usable JSON after 3 answers.*score") as caught:
        ask(scripted(Rule(reply=answer)), "Rate it.", schema=LABEL)
    assert len(asked) == 3
    assert not caught.value.retryable
    assert caught.value.key == "steps/0"
    assert '"score": "bad"' in str(caught.value)


def test_an_agent_with_tools_may_use_them_first():
    rule = Rule(tool="noop", reply='Here: {"label": "bad", "score": 1}')
    reply = ask(scripted(rule, tools=(NOOP,)), "Rate it.", schema=LABEL)
    assert reply.value == {"label": "bad", "score": 1}
    assert [m["role"] for m in reply.messages] == ["assistant", "user", "assistant"]


def test_tool_calls_survive_a_repair():
    rules = (
        Rule(prompt="cannot be used", reply='{"label": "bad", "score": 1}'),
        Rule(prompt="rate", tool="noop", reply="sorry"),
    )
    watch = Watch()
    reply = ask(scripted(*rules, tools=(NOOP,)), "Rate.", watch, schema=LABEL)
    assert reply.value["score"] == 1
    assert [m["role"] for m in reply.messages] == ["assistant", "user", "assistant"]
    assert sum(told[0] == "start" for told in watch.told) == 1, "the repair has no tools, so nothing is done twice"


def _never(*_: object, **__: object) -> bool:
    return False


def test_a_repair_has_no_tools_even_where_nothing_is_enforced(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ModelFactory, "enforces", _never)
    seen: list[tuple[str, ...]] = []

    def answer(request: Request) -> str:
        seen.append(request.tools)
        return "sorry" if len(seen) == 1 else '{"label": "bad", "score": 1}'

    assert ask(scripted(Rule(reply=answer), tools=(NOOP,)), "Rate.", schema=LABEL).value["score"] == 1
    assert seen == [("noop",), ()]


def test_the_scripted_model_understands_a_schema_in_words():
    watch = Watch()
    assert ask(scripted(tools=(NOOP,)), "Is it bad?", watch, schema=LABEL).value["label"] == "bad"
    assert len(watch.usages) == 1


def test_a_service_that_knows_no_schemas_is_asked_in_words():
    from strands_nb.agents.scripted import ScriptedModel, ServiceError
    from tests.agents.support import agents_of

    class Old(ScriptedModel):
        async def stream(  # pyright: ignore[reportIncompatibleMethodOverride]
            self, messages: Any, *args: Any, tool_choice: Any = None, **kwargs: Any
        ) -> Any:
            if tool_choice:
                raise ServiceError(400)
            async for event in super().stream(messages, *args, **kwargs):
                yield event

    model = Old([Rule(prompt="JSON Schema", reply='{"label": "good", "score": 3}')])
    assert ask(agents_of(model), "Rate it.", schema=LABEL).value["score"] == 3


@pytest.mark.parametrize(
    "text",
    [
        '{"label": "good", "score": 5}',
        'Sure!\n```json\n{"label": "good", "score": 5}\n```\nAnything else?',
        'I would say {"label": "good", "score": 5}, because {it is}.',
        '{"label": "good", "score": 5,}',
        "{'label': 'good', 'score': 5}",
        'First {"x": 1}, then {"label": "good", "score": 5}',
    ],
)
def test_json_is_found_in_whatever_surrounds_it(text: str):
    assert read_json(text, LABEL) == {"label": "good", "score": 5}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("no idea", "no JSON"),
        ('{"label": "good"}', "'score' is a required"),
        ('{"label": "good", "score": 101}', "101"),
    ],
)
def test_a_fault_says_what_is_wrong(text: str, fault: str):
    with pytest.raises(JsonFault, match=fault):
        read_json(text, LABEL)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"label": "good", "score": 5, "x": NaN}', "nan is no number that JSON knows"),
        ('{"label": "good", "score": 5, "x": -1e999}', "-inf is no number"),
        ("{'label': 'good', 'score': 5, 'x': {1, 2}}", "a value of type set is no JSON"),
        ("{'label': 'good', 'score': 5, 3: 4}", "a key of an object is no text"),
        ('{"label": "good", "score": 5, "x": ' + "[" * 500 + "]" * 500 + "}", "nested more than 100 levels deep"),
        ("[" * 5_000, "no JSON"),
        ("```" + "\n" * 100_000, "no JSON"),
    ],
    ids=lambda text: text[:40],
)
def test_what_no_session_could_hold_is_a_fault_that_a_model_can_mend(text: str, fault: str):
    with pytest.raises(JsonFault, match=fault):
        read_json(text, LABEL)


def test_patterns_of_a_schema_are_tried_in_bounded_time_or_not_at_all():
    schema = {"properties": {"a": {"pattern": "^(x+)+$"}}, "patternProperties": {"^(y+)+$": False}}
    for name, fits in (("a", False), ("y" * 500 + "!", True)):
        text = json.dumps({name: "x" * 500 + "!"})
        if fits:
            assert read_json(text, schema)
        else:
            with pytest.raises(JsonFault, match=r"at \$\.a: "):
                read_json(text, schema)
    assert read_json('"x"', {"type": "string", "pattern": "(?=y)"}) == "x", "nobody can tell"
