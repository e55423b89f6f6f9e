"""What the engine may rely on when it calls an agent."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from strands_nb.agents import (
    AgentDefinition,
    ModelConfig,
    ModelFactory,
    Rule,
    ScriptedModel,
    StrandsAgents,
    Tool,
    ToolCall,
)
from strands_nb.agents._strands_tool import as_strands
from strands_nb.engine.call import Usage, text_message
from strands_nb.errors import ProviderError, StrandsNbError, ToolError
from tests.agents.support import Watch, agents_of, ask, call_of, run, scripted


def _sum(given: Mapping[str, int], _: ToolCall) -> int:
    return given["x"] + given["y"]


ADD = Tool(
    "add",
    "Adds two numbers.",
    {"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}}},
    _sum,
)
CALLS_ADD = Rule(tool="add", input={"x": 2, "y": 3}, reply="The sum is five.")


def test_the_text_streams_in_order_and_is_returned_unchanged():
    watch = Watch()
    reply = ask(scripted(default="  Two lines,\nand a tail \n", chunk_size=3), "go", watch)
    assert reply.text == "  Two lines,\nand a tail \n"
    assert watch.streamed == reply.text
    assert len(watch.told) > 3


def test_a_plain_answer_has_no_turn_since_its_text_says_it_all():
    reply = ask(scripted(default="Hello."), "go")
    assert reply.turn is None
    assert reply.messages == (text_message("assistant", "Hello."),)
    assert (reply.stop_reason, reply.model) == ("end_turn", "test")


def test_usage_is_that_of_this_call_however_many_came_before():
    agents = scripted(default="four char")
    first, second = ask(agents, "same prompt"), ask(agents, "same prompt")
    assert first.usage == second.usage
    assert first.usage.output_tokens == 3
    assert not first.usage.estimated


def test_the_watcher_has_the_last_word_on_usage():
    watch = Watch()
    reply = ask(scripted(CALLS_ADD, tools=(ADD,)), "2 and 3", watch)
    assert len(watch.usages) == 2, "one word per request to the model"
    assert watch.usages[-1] == reply.usage
    assert watch.usages[0].total < watch.usages[1].total


def test_usage_is_estimated_and_marked_where_the_provider_gives_none():
    reply = ask(scripted(default="x" * 40, usage=False), "y" * 100)
    assert reply.usage.estimated
    assert reply.usage.output_tokens == 10
    assert reply.usage.input_tokens >= 25


def test_cached_tokens_are_part_of_the_input_however_the_provider_reports_them():
    from strands_nb.agents._meter import Meter

    inside, beside = Meter(Watch(), unpriced), Meter(Watch(), unpriced)
    inside.counted({"inputTokens": 100, "outputTokens": 10, "totalTokens": 110, "cacheReadInputTokens": 80})
    beside.counted({"inputTokens": 20, "outputTokens": 10, "totalTokens": 110, "cacheReadInputTokens": 80})
    assert inside.usage == beside.usage == Usage(100, 10, 80)


def unpriced(usage: Usage, *, written: int = 0) -> None:
    return None


def test_tool_calls_are_told_and_kept_in_the_turn():
    watch = Watch()
    reply = ask(scripted(CALLS_ADD, tools=(ADD,)), "2 and 3", watch)
    assert [told[0] for told in watch.told if told[0] != "text"] == ["start", "complete"]
    (_, started, name, arguments), (_, ended, _, result, ok) = [t for t in watch.told if t[0] != "text"]
    assert (name, arguments, result, ok, started) == ("add", {"x": 2, "y": 3}, "5", True, ended)
    assert reply.text == "The sum is five."
    assert [message["role"] for message in reply.messages] == ["assistant", "user", "assistant"]
    assert reply.messages[0]["content"][0]["toolUse"]["input"] == {"x": 2, "y": 3}
    assert reply.messages[1]["content"][0]["toolResult"]["content"] == [{"text": "5"}]


def test_a_turn_fits_a_journal_and_is_the_same_each_time():
    first, second = (json.dumps(ask(scripted(CALLS_ADD, tools=(ADD,)), "2 and 3").turn) for _ in range(2))
    assert first == second


def test_a_call_has_the_same_id_when_it_is_made_again_and_another_one_when_it_is_made_twice():
    ids: list[str] = []
    adapter = as_strands(Tool("pay", "", {"type": "object"}, lambda _, call: ids.append(call.id)))

    async def attempt(*named: str) -> None:
        state: dict[str, Any] = {"agent": SimpleNamespace(cancel_signal=threading.Event())}
        for tool_id in named:
            async for _ in adapter.stream({"toolUseId": tool_id, "name": "pay", "input": {"to": "ada"}}, state):
                pass

    asyncio.run(attempt("model-1", "model-2"))
    asyncio.run(attempt("model-3"))
    assert ids[0] == ids[2] != ids[1]


def test_a_plain_function_is_a_tool_too():
    def shout(text: str) -> str:
        """Say it louder."""
        return text.upper()

    rule = Rule(tool="shout", input={"text": "hi"}, reply="done")
    reply = ask(scripted(rule, tools=(shout,)), "go")
    assert reply.messages[1]["content"][0]["toolResult"]["content"] == [{"text": "HI"}]


@pytest.mark.parametrize(
    ("error", "seen"),
    [(RuntimeError("secret /etc/x"), "RuntimeError"), (StrandsNbError("the file is too large"), "too large")],
)
def test_a_failing_tool_answers_the_model_without_leaking(error: Exception, seen: str):
    def fail(_: object, __: object) -> None:
        raise error

    watch = Watch()
    ask(scripted(CALLS_ADD, tools=(Tool("add", "", {"type": "object"}, fail),)), "go", watch)
    (*_, text, ok) = next(told for told in watch.told if told[0] == "complete")
    assert seen in text
    assert "secret" not in text
    assert not ok


@pytest.mark.parametrize("error", [StopIteration, SystemExit, KeyboardInterrupt])
@pytest.mark.parametrize("is_async", [False, True])
def test_a_tool_that_ends_oddly_ends_alone(error: type[BaseException], is_async: bool):  # noqa: FBT001
    def fail(_: object, __: object) -> None:
        raise error

    async def fail_later(_: object, __: object) -> None:
        raise error

    watch = Watch()
    tool = Tool("add", "", {"type": "object"}, fail_later if is_async else fail)
    assert ask(scripted(CALLS_ADD, tools=(tool,)), "go", watch).text == "The sum is five."
    assert next(told for told in watch.told if told[0] == "complete")[-1] is False


def test_tools_run_on_threads_of_their_own_so_that_slow_ones_hold_up_no_journal():
    def where() -> str:
        """Tells where."""
        return threading.current_thread().name

    watch = Watch()
    ask(scripted(Rule(tool="where", reply="done"), tools=(where,)), "go", watch)
    assert next(told for told in watch.told if told[0] == "complete")[3].startswith("strands-nb-tool")


def test_what_a_function_says_is_kept_from_the_model_unless_it_is_meant_for_it():
    def leak() -> str:
        """Fails."""
        raise ValueError("secret /etc/x")

    def say() -> str:
        """Fails too."""
        raise ToolError("no such city")

    for function, seen in ((leak, "ValueError"), (say, "no such city")):
        watch = Watch()
        ask(scripted(Rule(tool=function.__name__, reply="done"), tools=(function,)), "go", watch)
        (*_, text, ok) = next(told for told in watch.told if told[0] == "complete")
        assert (seen in text, "secret" in text, ok) == (True, False, False)


def test_two_names_of_one_agent_may_have_different_tools():
    model = ScriptedModel(
        [Rule(agent="writer", when=lambda request: bool(request.tools), reply="has tools")], default=""
    )
    plain = AgentDefinition("writer", "You write.", ModelConfig("test"))
    agents = StrandsAgents(
        {"writer": plain, "writer[add]": replace(plain, tools=(ADD,))}, ModelFactory({"test": model})
    )
    replies = [
        run(agents.call(replace(call_of("go"), agent=name))).text for name in ("writer", "writer[add]", "writer")
    ]
    assert replies == ["", "has tools", ""]
    infos = [agents.describe(name) for name in ("writer", "writer[add]")]
    assert infos[0].id == infos[1].id == "writer"
    assert infos[0].fingerprint != infos[1].fingerprint


def test_a_tool_knows_the_key_and_session_it_is_called_for():
    calls: list[ToolCall] = []

    async def note(_: object, call: ToolCall) -> str:
        calls.append(call)
        return "noted"

    ask(scripted(CALLS_ADD, tools=(Tool("add", "", {"type": "object"}, note),)), "go")
    assert [(call.key, call.session_id, call.cancelled.is_set()) for call in calls] == [("steps/0", "s1", False)]
    assert calls[0].id


def test_a_model_that_calls_tools_for_ever_is_stopped_and_its_turn_can_be_continued():
    endless = Rule(when=lambda request: bool(request.tools), tool="add", input={"x": 1, "y": 1})
    model = _Forgetful(ScriptedModel([endless]))
    reply = ask(agents_of(model, tools=(ADD,), max_turns=3), "go")
    assert reply.stop_reason == "limit_turns"
    assert model.calls == 3
    assert reply.messages[-1]["role"] == "assistant", "the next prompt must not follow a user's message"
    assert reply.text


class _Forgetful(ScriptedModel):
    """Shows its inner model only the prompt, so that it calls its tool every time."""

    def __init__(self, inner: ScriptedModel) -> None:
        super().__init__()
        self._inner, self.calls = inner, 0

    async def stream(self, messages: Any, *args: Any, **kwargs: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        self.calls += 1
        async for event in self._inner.stream(messages[:1], *args, **kwargs):
            yield event


def test_the_history_is_sent_and_not_touched():
    history = (text_message("user", "My name is Ada."), text_message("assistant", "Hello Ada."))
    before = json.dumps(history)
    rule = Rule(reply=lambda request: f"turn {request.turn}")
    assert ask(scripted(rule), "Who am I?", history=history).text == "turn 1"
    assert json.dumps(history) == before


@pytest.mark.parametrize("by", ["fault", "setting"])
def test_running_into_max_tokens_keeps_what_there_is(by: str):
    full = "word " * 40
    agents = scripted(Rule(error="max_tokens", reply=full)) if by == "fault" else scripted(default=full, max_tokens=10)
    watch = Watch()
    reply = ask(agents, "go", watch)
    assert reply.stop_reason == "max_tokens"
    assert reply.text
    assert full.startswith(reply.text)
    assert reply.text == watch.streamed
    assert reply.turn is None
    assert reply.usage.output_tokens == watch.usages[-1].output_tokens > 0


def test_an_empty_answer_is_an_empty_text():
    assert ask(scripted(Rule(error="empty")), "go").text == ""


def test_describe_tells_the_engine_what_it_needs():
    known = AgentDefinition("a", "p", ModelConfig("openai", "gpt-4o-mini"), memory=False)
    info = StrandsAgents({"a": known}, ModelFactory()).describe("a")
    assert (info.id, info.fingerprint, info.model, info.remembers) == ("a", known.fingerprint, "openai:gpt-4o-mini", 0)
    with pytest.raises(KeyError):
        StrandsAgents({}, ModelFactory()).describe("nobody")


def test_a_cancelled_model_that_listens_stops_within_its_grace_and_its_usage_is_told():
    async def main() -> None:
        watch = Watch()
        agents = scripted(Rule(error="endless", reply="word "), delay=0.01, grace=5)
        task = asyncio.create_task(agents.call(call_of("go", watch)))
        while not watch.told:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        started = time.perf_counter()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.perf_counter() - started < 4, "no need to use up the grace"
        assert watch.usages[-1].estimated
        assert watch.usages[-1].output_tokens >= len(watch.streamed) // 4
        assert watch.usages[-1].input_tokens > 0
        assert asyncio.all_tasks() == {asyncio.current_task()}, "nothing is left running"

    run(main())


def test_a_hung_model_is_cut_off_when_the_grace_is_over(caplog: pytest.LogCaptureFixture):
    async def main() -> None:
        watch = Watch()
        task = asyncio.create_task(scripted(Rule(error="hang"), grace=0.2).call(call_of("go", watch)))
        await asyncio.sleep(0.1)
        started = time.perf_counter()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.perf_counter() - started > 0.15, "the grace was given"
        assert watch.usages[-1].estimated, "the request was sent, so it may have been billed"
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())
    assert not [record for record in caplog.records if record.levelname == "ERROR"], "cut off cleanly"


def test_a_second_cancellation_shortens_the_grace():
    async def main() -> None:
        task = asyncio.create_task(scripted(Rule(error="hang"), grace=30).call(call_of("go")))
        await asyncio.sleep(0.1)
        started = time.perf_counter()
        task.cancel()
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.perf_counter() - started < 25

    run(main())


def test_a_tool_is_told_that_the_call_is_cancelled():
    seen = threading.Event()

    def wait(_: object, call: ToolCall) -> str:
        if call.cancelled.wait(5):
            seen.set()
        return "stopped"

    async def main() -> None:
        agents = scripted(CALLS_ADD, tools=(Tool("add", "", {"type": "object"}, wait),))
        task = asyncio.create_task(agents.call(call_of("go")))
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main())
    assert seen.is_set()


def test_fifty_calls_at_once_share_one_model():
    made: list[ScriptedModel] = []

    class Counted(ScriptedModel):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            time.sleep(0.05)
            super().__init__(*args, **kwargs)
            made.append(self)

    async def main() -> list[str]:
        config = ModelConfig("scripted", params={"delay": 0.001})
        agents = StrandsAgents({"writer": AgentDefinition("writer", "", config)}, ModelFactory())
        calls = [agents.call(call_of(f"Write about topic{i}.")) for i in range(50)]
        return [reply.text for reply in await asyncio.gather(*calls)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("strands_nb.agents.scripted.ScriptedModel", Counted)
        texts = run(main())
    assert len(made) == 1
    assert len(set(texts)) == 50, "each call has an answer of its own"


def test_an_error_names_model_and_step_and_keeps_its_cause():
    with pytest.raises(ProviderError, match="test: HTTP 503") as caught:
        ask(scripted(Rule(error="server")), "go")
    assert caught.value.retryable
    assert caught.value.key == "steps/0"
    assert caught.value.__cause__ is not None


def test_a_refused_request_costs_nothing_but_a_broken_answer_does():
    refused, broken = Watch(), Watch()
    with pytest.raises(ProviderError):
        ask(scripted(Rule(error="throttle")), "go", refused)
    with pytest.raises(ProviderError) as caught:
        ask(scripted(Rule(error="midstream", reply="a long answer that breaks off")), "go", broken)
    assert not refused.usages
    assert caught.value.retryable
    assert broken.usages[-1].output_tokens > 0


def test_the_sdk_retries_nothing_by_itself():
    calls: list[str] = []
    rule = Rule(when=lambda request: not calls.append(request.prompt), error="throttle")
    with pytest.raises(ProviderError):
        ask(scripted(rule), "go")
    assert len(calls) == 1


def test_nothing_is_printed(capsys: pytest.CaptureFixture[str]):
    ask(scripted(CALLS_ADD, tools=(ADD,)), "2 and 3")
    assert capsys.readouterr().out == ""
