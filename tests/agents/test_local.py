"""A real model in this process. What it says is never asserted: only that it speaks, stops, counts and obeys."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path

import pytest

from strands_nb.agents import AgentDefinition, ModelConfig, ModelFactory, StrandsAgents, parse_model
from strands_nb.errors import CapabilityError, ProviderError
from tests.agents.support import Watch, call_of, run

pytestmark = pytest.mark.local_model


@pytest.fixture
def agents(small_model: Path) -> StrandsAgents:
    config = ModelConfig("local", "smollm2-135m", max_tokens=48)
    return StrandsAgents({"writer": AgentDefinition("writer", "You are helpful.", config)}, ModelFactory())


def test_it_answers_in_pieces_and_counts_its_tokens(agents: StrandsAgents):
    watch = Watch()
    reply = run(agents.call(call_of("Say hello.", watch)))
    assert reply.text
    assert reply.text == watch.streamed
    assert len(watch.told) > 1
    assert reply.usage.input_tokens > 5
    assert reply.usage.output_tokens > 1
    assert not reply.usage.estimated
    assert reply.model == "local:smollm2-135m"


def test_reaching_max_tokens_is_a_soft_end(small_model: Path):
    config = ModelConfig("local", "smollm2-135m", max_tokens=3)
    agents = StrandsAgents({"writer": AgentDefinition("writer", "You are helpful.", config)}, ModelFactory())
    reply = run(agents.call(call_of("Write a story about the sea.")))
    assert reply.stop_reason == "max_tokens"
    assert reply.usage.output_tokens == 3
    assert reply.text


def test_json_is_valid_under_its_schema_at_the_first_try(agents: StrandsAgents):
    schema = {
        "type": "object",
        "properties": {"route": {"enum": ["technical", "billing"]}, "score": {"type": "integer"}},
        "required": ["route", "score"],
    }
    watch = Watch()
    reply = run(agents.call(call_of("My invoice is wrong.", watch, schema=schema)))
    assert reply.value["route"] in ("technical", "billing")
    assert len(watch.usages) == 1


def test_the_loop_stays_alive_while_it_thinks(agents: StrandsAgents):
    async def main() -> int:
        call, ticks = asyncio.create_task(agents.call(call_of("Tell me about the sea."))), 0
        while not call.done():
            await asyncio.sleep(0.01)
            ticks += 1
        return ticks

    assert run(main()) > 5


def test_cancelling_stops_the_engine(agents: StrandsAgents):
    async def main() -> None:
        watch = Watch()
        task = asyncio.create_task(agents.call(call_of("Write a very long story about the sea.", watch)))
        while len(watch.told) < 3 and not task.done():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert watch.usages[-1].estimated

    run(main())
    deadline = time.monotonic() + 5
    while any(t.name == "strands-nb-local" for t in threading.enumerate()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(t.name == "strands-nb-local" for t in threading.enumerate())


def test_a_prompt_longer_than_the_context_is_refused_in_words(small_model: Path):
    config = ModelConfig("local", str(small_model), params={"context": 512})
    agents = StrandsAgents({"writer": AgentDefinition("writer", "", config)}, ModelFactory())
    with pytest.raises(ProviderError, match="context window") as caught:
        run(agents.call(call_of("word " * 3000)))
    assert not caught.value.retryable


def test_calls_at_once_share_one_engine(agents: StrandsAgents):
    from strands_nb.agents import _llama

    async def main() -> list[str]:
        calls = [agents.call(call_of(f"Say the number {i}.")) for i in range(3)]
        return [reply.text for reply in await asyncio.gather(*calls)]

    assert all(run(main()))
    assert len([key for key in _llama._engines if key[1] == 8192]) == 1


def test_a_file_that_is_no_model_says_so(tmp_path: Path, small_model: Path):
    fake = tmp_path / "fake.gguf"
    fake.write_bytes(b"not a model")
    agents = StrandsAgents({"writer": AgentDefinition("writer", "", parse_model(f"local:{fake}"))}, ModelFactory())
    with pytest.raises((CapabilityError, ProviderError), match="cannot be loaded"):
        run(agents.call(call_of("hi")))
