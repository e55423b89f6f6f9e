"""The openai and llamacpp providers against a real server on the loopback: real sockets, streaming and figures."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from strands_nb.agents import AgentDefinition, ModelConfig, ModelFactory, StrandsAgents
from strands_nb.errors import ProviderError
from tests.agents.support import Watch, call_of, run

pytestmark = pytest.mark.local_model
pytest.importorskip("openai")


@pytest.fixture(params=["openai", "llamacpp"])
def agents(
    request: pytest.FixtureRequest, llama_server: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> tuple[StrandsAgents, ModelFactory]:
    url, key = llama_server
    monkeypatch.setenv("OPENAI_API_KEY", key)
    monkeypatch.setenv("LLAMA_API_KEY", key)
    host = f"{url}/v1" if request.param == "openai" else url
    config = ModelConfig(request.param, "small", host=host, temperature=0.0, max_tokens=40)
    models = ModelFactory()
    return StrandsAgents({"writer": AgentDefinition("writer", "You are helpful.", config)}, models), models


def test_text_streams_and_usage_is_counted(agents: tuple[StrandsAgents, ModelFactory]):
    async def main() -> None:
        watch = Watch()
        task = asyncio.create_task(agents[0].call(call_of("Write two sentences about the sea.", watch)))
        while not watch.told and not task.done():  # noqa: ASYNC110
            await asyncio.sleep(0)
        assert not task.done(), "the first words come before the last"
        reply = await task
        assert reply.text == watch.streamed
        assert len(watch.told) > 3
        assert reply.usage.input_tokens > 5
        assert 1 < reply.usage.output_tokens <= 40
        assert not reply.usage.estimated
        await agents[1].close()

    run(main())


def test_many_calls_share_one_client(agents: tuple[StrandsAgents, ModelFactory]):
    async def main() -> None:
        replies = await asyncio.gather(*(agents[0].call(call_of(f"Say {i}.")) for i in range(6)))
        assert all(reply.usage.output_tokens for reply in replies)
        config = agents[0]._definitions["writer"].model
        model: Any = await agents[1].model(config)
        client = getattr(model, "_custom_client", None) or model.client
        assert getattr(client, "max_retries", 0) == 0
        await agents[1].close()
        closed = client.is_closed
        assert closed() if callable(closed) else closed

    run(main())


def test_a_schema_is_a_setting_of_the_request(agents: tuple[StrandsAgents, ModelFactory]):
    schema = {"type": "object", "properties": {"answer": {"enum": ["yes", "no"]}}, "required": ["answer"]}

    async def main() -> None:
        watch = Watch()
        reply = await agents[0].call(call_of("Is water wet?", watch, schema=schema))
        assert reply.value["answer"] in ("yes", "no")
        assert len(watch.usages) == 1
        await agents[1].close()

    run(main())


def test_cancelling_ends_the_request(agents: tuple[StrandsAgents, ModelFactory]):
    async def main() -> None:
        watch = Watch()
        task = asyncio.create_task(agents[0].call(call_of("Write a long story about the sea.", watch)))
        while not watch.told and not task.done():  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert watch.usages[-1].output_tokens > 0
        await agents[1].close()

    run(main())


def test_a_wrong_key_is_refused_once_and_said_plainly(llama_server: tuple[str, str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "wrong")
    config = ModelConfig("openai", "small", host=f"{llama_server[0]}/v1")
    models = ModelFactory()
    agents = StrandsAgents({"writer": AgentDefinition("writer", "", config)}, models)

    async def main() -> None:
        with pytest.raises(ProviderError, match="check the key") as caught:
            await agents.call(call_of("hi"))
        assert not caught.value.retryable
        await models.close()

    run(main())


def test_nobody_listening_may_be_tried_again(monkeypatch: pytest.MonkeyPatch):
    config = ModelConfig("openai", "small", host="http://127.0.0.1:9/v1")
    models = ModelFactory()
    agents = StrandsAgents({"writer": AgentDefinition("writer", "", config)}, models)

    async def main() -> None:
        with pytest.raises(ProviderError) as caught:
            await agents.call(call_of("hi"))
        assert caught.value.retryable
        await models.close()

    run(main())
