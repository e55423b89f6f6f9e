"""What `agents/` relies on in the Strands SDK, and what it works around.

A failure here means that the SDK has changed under us. The message of each test says what then has to be looked at;
nothing else needs to be broken yet.
"""
# pyright: reportUnknownMemberType=false, reportIncompatibleMethodOverride=false, reportOptionalMemberAccess=false

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import threading
import time
from importlib.metadata import version
from typing import Any, cast

import pydantic
import pytest
import strands
from strands import Agent
from strands.models import Model
from strands.types import exceptions

from tests.agents.support import run


class Fake(Model):
    """Plays a list of replies: a text, a tool call as (name, input), or an exception; the last one again and again."""

    def __init__(self, *replies: Any, delay: float = 0.0, hang: float = 0.0) -> None:
        self.replies, self.delay, self.hang = replies, delay, hang
        self.calls: list[dict[str, Any]] = []

    def update_config(self, **model_config: Any) -> None: ...

    def get_config(self) -> dict[str, Any]:
        return {"model_id": "fake", "context_window_limit": 8192}

    async def structured_output(self, *args: Any, **kwargs: Any) -> Any:
        yield {}

    async def stream(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, messages: Any, *_: Any, tool_choice: Any = None, **kwargs: Any
    ) -> Any:
        reply = self.replies[min(len(self.calls), len(self.replies) - 1)]
        self.calls.append({"messages": messages, "tool_choice": tool_choice, **kwargs})
        if isinstance(reply, Exception):
            raise reply
        yield {"messageStart": {"role": "assistant"}}
        if self.hang:
            await asyncio.sleep(self.hang)
        if isinstance(reply, tuple):
            yield {"contentBlockStart": {"start": {"toolUse": {"name": reply[0], "toolUseId": f"t{len(self.calls)}"}}}}
            yield {"contentBlockDelta": {"delta": {"toolUse": {"input": json.dumps(reply[1])}}}}
        else:
            yield {"contentBlockStart": {"start": {}}}
            for word in reply.split():
                await asyncio.sleep(self.delay)
                yield {"contentBlockDelta": {"delta": {"text": word + " "}}}
        yield {"contentBlockStop": {}}
        yield {"messageStop": {"stopReason": "tool_use" if isinstance(reply, tuple) else "end_turn"}}
        usage = {"inputTokens": 11, "outputTokens": 7, "totalTokens": 18}
        yield {"metadata": {"usage": usage, "metrics": {"latencyMs": 1}}}


def agent(model: Model, **more: Any) -> Agent:
    return Agent(model=model, callback_handler=None, retry_strategy=None, **more)


class Label(pydantic.BaseModel):
    """A label."""

    score: int


def test_this_is_the_version_the_facts_were_read_from():
    assert version("strands-agents").startswith("1.62."), "re-read research and this file before widening the range"


def test_agent_and_stream_take_the_arguments_we_pass():
    given = inspect.signature(cast("Any", Agent.__init__)).parameters
    ours = {"model", "messages", "system_prompt", "tools", "name"}
    ours |= {"callback_handler", "retry_strategy", "conversation_manager"}
    assert ours <= set(given), "agents/_turn.py constructs Agent with these"
    assert {"limits", "cancel_signal", "invocation_state"} <= set(inspect.signature(Agent.stream_async).parameters)


def test_model_none_means_bedrock():
    name = type(Agent(callback_handler=None).model).__name__
    assert name == "BedrockModel", "Agent(model=None) is no longer AWS; ours is always given"


def test_the_default_callback_handler_prints(capsys: pytest.CaptureFixture[str]):
    run(Agent(model=Fake("hello"), retry_strategy=None).invoke_async("hi"))
    assert "hello" in capsys.readouterr().out, "the default handler no longer prints; None is still right"


def test_the_events_of_a_stream_have_the_keys_we_read():
    async def main() -> list[dict[str, Any]]:
        return [event async for event in agent(Fake("a b")).stream_async("hi", limits={"turns": 3})]

    events = run(main())
    read = ("start_event_loop", "data", "event", "message", "result")
    known = [key for event in events for key in read if key in event]
    assert known[0] == "start_event_loop", "the meter opens a request with it"
    assert known[-2:] == ["message", "result"], "the meter closes a request with `message`, after its metadata"
    assert [e["data"] for e in events if "data" in e] == ["a ", "b "]
    assert [e["event"]["metadata"]["usage"]["totalTokens"] for e in events if "metadata" in e.get("event", {})] == [18]


def test_the_agents_own_cancel_reaches_the_model_at_once_and_throws_the_text_away():
    async def main() -> tuple[Any, float, Fake]:
        model = Fake("word " * 200, delay=0.01)
        one = agent(model)
        task = asyncio.create_task(one.invoke_async("hi"))
        await asyncio.sleep(0.1)
        started = time.perf_counter()
        one.cancel()
        assert model.calls[0]["cancel_signal"].is_set(), "models are given the agent's own signal: no polling between"
        return await task, time.perf_counter() - started, model

    result, took, _ = run(main())
    assert result.stop_reason == "cancelled"
    assert took < 1.5
    assert "word" not in str(result), "partial text is kept by the SDK now: Turn need not keep its own"
    assert result.metrics.accumulated_usage["totalTokens"] == 0


def test_a_cancel_signal_given_by_the_caller_works_too_and_is_polled():
    async def main() -> Any:
        signal = threading.Event()
        threading.Timer(0.1, signal.set).start()
        return await agent(Fake("word " * 500, delay=0.005)).invoke_async("hi", cancel_signal=signal)

    assert run(main()).stop_reason == "cancelled"


def test_cancelling_an_idle_agent_arms_its_next_call():
    async def main() -> Any:
        one = agent(Fake("hello"))
        one.cancel()
        return await one.invoke_async("hi")

    assert run(main()).stop_reason == "cancelled", "Turn relies on it: a cancellation may come before the stream starts"


def test_a_silent_model_is_not_cancelled_until_it_speaks():
    async def main() -> float:
        one = agent(Fake("hello", hang=0.6))
        task = asyncio.create_task(one.invoke_async("hi"))
        await asyncio.sleep(0.1)
        started = time.perf_counter()
        one.cancel()
        await task
        return time.perf_counter() - started

    assert run(main()) > 0.3, "a hung model is cancelled by the SDK now: the grace may be shorter"


def test_cancelling_the_task_is_immediate_and_leaves_the_prompt_behind():
    async def main() -> tuple[float, list[str]]:
        one = agent(Fake("hello", hang=5))
        task = asyncio.create_task(one.invoke_async("hi"))
        await asyncio.sleep(0.1)
        started = time.perf_counter()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        return time.perf_counter() - started, [m["role"] for m in one.messages]

    took, roles = run(main())
    assert took < 3
    assert roles == ["user"], "an agent is not reusable after a hard cancel; ours is fresh each time"


def test_leaving_a_stream_open_locks_the_agent():
    async def main() -> None:
        one = agent(Fake("a b c d", delay=0.01))
        stream: Any = one.stream_async("hi")
        async for event in stream:
            if "data" in event:
                break
        with pytest.raises(exceptions.ConcurrencyException):
            await one.invoke_async("again")
        await stream.aclose()
        await one.invoke_async("now it works")

    run(main())


def test_usage_adds_up_over_the_life_of_an_agent():
    async def main() -> tuple[int, int]:
        one = agent(Fake("hello"))
        for _ in range(3):
            await one.invoke_async("hi")
        metrics = one.event_loop_metrics
        return metrics.accumulated_usage["totalTokens"], metrics.latest_agent_invocation.usage["totalTokens"]

    assert run(main()) == (54, 18), "usage of one call is the latest invocation's, or a fresh agent's"


def test_limits_end_a_loop_of_tool_calls_without_an_error():
    @strands.tool
    def noop() -> str:
        """Nothing."""
        return "ok"

    model = Fake(("noop", {}))
    one = agent(model, tools=[noop])
    result = run(one.invoke_async("hi", limits={"turns": 3}))
    assert (result.stop_reason, len(model.calls)) == ("limit_turns", 3)
    assert one.messages[-1]["role"] == "user", "Turn closes such a conversation with a message of its own"


def test_structured_output_repeats_invalid_answers_until_a_limit():
    model = Fake(("Label", {"score": "bad"}))
    result = run(agent(model).invoke_async("hi", structured_output_model=Label, limits={"turns": 5}))
    assert len(model.calls) == 5, "the SDK bounds its own retries now: our json step is still cheaper"
    assert result.structured_output is None


def test_structured_output_asks_once_in_vain_before_it_forces_the_tool():
    model = Fake("just text", ("Label", {"score": 3}))
    result = run(agent(model).invoke_async("hi", structured_output_model=Label, limits={"turns": 5}))
    assert result.structured_output == Label(score=3)
    assert [call["tool_choice"] for call in model.calls] == [None, {"tool": {"name": "Label"}}]


def test_max_tokens_raises_and_keeps_message_and_usage():
    class Cut(Fake):
        async def stream(self, *args: Any, **kwargs: Any) -> Any:
            inner: Any = super().stream(*args, **kwargs)
            async for event in inner:
                yield {"messageStop": {"stopReason": "max_tokens"}} if "messageStop" in event else event

    one = agent(Cut("half an ans"))
    with pytest.raises(exceptions.MaxTokensReachedException):
        run(one.invoke_async("hi"))
    assert one.messages[-1]["content"] == [{"text": "half an ans "}]
    assert one.event_loop_metrics.latest_agent_invocation.usage["totalTokens"] == 18


@pytest.mark.parametrize(
    "error",
    [ValueError("x"), exceptions.ModelThrottledException("x"), exceptions.ContextWindowOverflowException("x")],
    ids=lambda error: type(error).__name__,
)
def test_errors_of_a_model_come_through_as_they_are(error: Exception):
    from strands.agent.conversation_manager import NullConversationManager

    with pytest.raises(type(error)):
        run(agent(Fake(error), conversation_manager=NullConversationManager()).invoke_async("hi"))


def test_without_a_retry_strategy_nothing_is_retried():
    model = Fake(exceptions.ModelThrottledException("x"))
    with pytest.raises(exceptions.ModelThrottledException):
        run(agent(model).invoke_async("hi"))
    assert len(model.calls) == 1


def test_fifty_agents_may_share_one_model():
    async def main() -> int:
        model = Fake("a b c", delay=0.001)
        results = await asyncio.gather(*(agent(model).invoke_async(str(i)) for i in range(50)))
        return sum(result.stop_reason == "end_turn" for result in results)

    assert run(main()) == 50


def test_one_agent_is_not_reentrant():
    async def main() -> list[type]:
        one = agent(Fake("a b c", delay=0.01))
        found = await asyncio.gather(one.invoke_async("1"), one.invoke_async("2"), return_exceptions=True)
        return [type(result) for result in found]

    assert exceptions.ConcurrencyException in run(main())


def test_the_invocation_state_is_changed_by_the_agent():
    state: dict[str, Any] = {"mine": 1}
    run(agent(Fake("x")).invoke_async("hi", invocation_state=state))
    assert set(state) > {"mine"}, "the SDK copies it now: Turn need not"


def test_the_invocation_state_reaches_the_model():
    model = Fake("x")
    run(agent(model).invoke_async("hi", invocation_state={"agent_id": "writer"}))
    assert model.calls[0]["invocation_state"]["agent_id"] == "writer", "the scripted model reads it"


def test_assistant_messages_carry_metadata_that_a_journal_must_not():
    one = agent(Fake("x"))
    run(one.invoke_async("hi"))
    assert "metadata" in one.messages[-1], "Turn strips it"


def test_the_text_of_a_failing_tool_goes_to_the_model():
    @strands.tool
    def fail() -> str:
        """Fails."""
        raise RuntimeError("secret /etc/x")

    one = agent(Fake(("fail", {}), "done"), tools=[fail])
    run(one.invoke_async("hi", limits={"turns": 3}))
    assert "secret" in str(one.messages), "the SDK hides it now: our Tool need not"


def test_the_result_of_an_agent_as_text_gains_a_newline():
    assert str(run(agent(Fake("x")).invoke_async("hi"))).endswith("\n"), "Reply.text is read from the blocks instead"
