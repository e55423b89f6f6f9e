"""Makes the SDK's model objects: one client per configuration, none of which retries by itself.

Imports provider packages, so every import stands inside its builder.
"""

# pyright: reportMissingImports=false, reportMissingModuleSource=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false
# ruff: noqa: PLC0415, ANN401 - see above; and a client has the type of its package

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from strands_nb.agents.providers import PACED

if TYPE_CHECKING:
    from strands.models import Model

    from strands_nb.agents.definition import ModelConfig

__all__ = ("BUILDERS", "Client", "client_of")

_TIMEOUT_S = 600.0
"""Between two chunks; how long a whole call may take is the engine's business."""

Client: TypeAlias = tuple[Any, Callable[[], Awaitable[None]] | None]
"""A shared client and how it is closed."""
Builder: TypeAlias = "Callable[[ModelConfig, Any, Mapping[str, Any]], Model]"


def client_of(config: ModelConfig) -> Client:
    """The connection that all models of this configuration share, (None, None) where the SDK makes its own."""
    make = _CLIENTS.get(config.provider)
    return make(config) if make else (None, None)


def _openai_client(config: ModelConfig) -> Client:
    import openai

    base_url = config.host or os.environ.get("OPENAI_BASE_URL") or None
    # The client refuses to exist without a key, even where the server asks for none.
    key = os.environ.get("OPENAI_API_KEY") or ("none" if base_url else None)
    client = openai.AsyncOpenAI(api_key=key, base_url=base_url, max_retries=0, timeout=_TIMEOUT_S)
    return client, client.close


def _azure_client(config: ModelConfig) -> Client:
    import openai

    version = os.environ.get("OPENAI_API_VERSION", "2024-10-21")
    endpoint = config.host or os.environ["AZURE_OPENAI_ENDPOINT"]
    client = openai.AsyncAzureOpenAI(azure_endpoint=endpoint, api_version=version, max_retries=0, timeout=_TIMEOUT_S)
    return client, client.close


def _gemini_client(config: ModelConfig) -> Client:
    from google import genai  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType]

    options: Any = {"base_url": config.host} if config.host else None
    client: Any = genai.Client(http_options=options)  # its default is one attempt
    return client, client.aio.aclose


def _anthropic_client(config: ModelConfig) -> Client:
    import anthropic

    client = anthropic.AsyncAnthropic(base_url=config.host, max_retries=0, timeout=_TIMEOUT_S)
    return client, client.close


def _llamacpp_client(config: ModelConfig) -> Client:
    from strands_nb.agents._llama_http import LiveClient

    key = os.environ.get("LLAMA_API_KEY")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    client = LiveClient(base_url=config.host or "http://localhost:8080", timeout=_TIMEOUT_S, headers=headers)
    return client, client.aclose


def _openai(config: ModelConfig, client: Any, extra: Mapping[str, Any]) -> Model:
    from strands.models.openai import OpenAIModel

    return OpenAIModel(client=client, model_id=config.model_id, params=_openai_params(config, extra))


def _anthropic(config: ModelConfig, client: Any, extra: Mapping[str, Any]) -> Model:
    from strands.models.anthropic import AnthropicModel

    params = {**_set(config, "temperature", "top_p"), **config.params, **extra}
    # The class insists on a client of its own: it gets a keyless one, which opens no connection, and then ours.
    model = AnthropicModel(
        client_args={"api_key": "unused", "max_retries": 0},
        model_id=config.model_id,
        max_tokens=config.max_tokens or 4096,
        params=params,
    )
    model.client = client
    return model


def _bedrock(config: ModelConfig, _: Any, extra: Mapping[str, Any]) -> Model:
    from botocore.config import Config
    from strands.models.bedrock import BedrockModel

    client = Config(
        retries={"total_max_attempts": 1, "mode": "standard"}, read_timeout=_TIMEOUT_S, max_pool_connections=50
    )
    settings = {**_set(config, "temperature", "top_p", "max_tokens"), **config.params, **extra}
    return BedrockModel(
        boto_client_config=client,
        region_name=config.region,
        endpoint_url=config.host,
        model_id=config.model_id,
        **settings,
    )


def _gemini(config: ModelConfig, client: Any, extra: Mapping[str, Any]) -> Model:
    from strands.models.gemini import GeminiModel

    params = {**_set(config, "temperature", "top_p", max_tokens="max_output_tokens"), **config.params, **extra}
    return GeminiModel(client=client, model_id=config.model_id, params=params)


def _ollama(config: ModelConfig, _: Any, extra: Mapping[str, Any]) -> Model:
    from strands.models.ollama import OllamaModel

    return OllamaModel(
        config.host or os.environ.get("OLLAMA_HOST") or "http://localhost:11434",
        ollama_client_args={"timeout": _TIMEOUT_S},
        model_id=config.model_id,
        options=dict(config.params),
        additional_args=dict(extra),
        **_set(config, "temperature", "top_p", "max_tokens"),
    )


def _litellm(config: ModelConfig, _: Any, extra: Mapping[str, Any]) -> Model:
    from strands.models.litellm import LiteLLMModel

    place = {"api_base": config.host} if config.host else {}
    return LiteLLMModel(
        client_args={"num_retries": 0, "max_retries": 0, "timeout": _TIMEOUT_S, **place},
        model_id=config.model_id,
        params=_openai_params(config, extra),
    )


def _mistral(config: ModelConfig, _: Any, __: Mapping[str, Any]) -> Model:
    from strands.models.mistral import MistralModel

    return MistralModel(
        os.environ.get("MISTRAL_API_KEY"),
        client_args={"timeout_ms": int(_TIMEOUT_S * 1000)},
        model_id=config.model_id,
        **_set(config, "temperature", "top_p", "max_tokens"),
    )


def _llamacpp(config: ModelConfig, client: Any, extra: Mapping[str, Any]) -> Model:
    from strands.models.llamacpp import LlamaCppModel

    model = LlamaCppModel(model_id=config.model_id, params=_openai_params(config, extra))
    model.client = client  # the one it made has opened no connection
    return model


def _local(config: ModelConfig, _: Any, extra: Mapping[str, Any]) -> Model:
    from strands_nb.agents.local import LocalModel
    from strands_nb.agents.weights import obtain

    settings = {**_set(config, "temperature", "top_p", "max_tokens"), **config.params, **extra}
    return LocalModel(obtain(config.model_id), model_id=config.label, **settings)


def _scripted(config: ModelConfig, _: Any, extra: Mapping[str, Any]) -> Model:
    from strands_nb.agents.scripted import ScriptedModel

    settings = {**_set(config, "max_tokens"), **config.params, **extra}
    if config.model_id == PACED:
        return ScriptedModel.from_dict({"chunk_size": 6, "delay": 0.03, **settings})  # about reading speed
    return ScriptedModel.from_dict(settings, file=config.model_id or None)


def _openai_params(config: ModelConfig, extra: Mapping[str, Any]) -> dict[str, Any]:
    return {**_set(config, "temperature", "top_p", "max_tokens"), **config.params, **extra}


def _set(config: ModelConfig, *names: str, **renamed: str) -> dict[str, Any]:
    """The settings that were given, under the provider's names."""
    asked = {**dict(zip(names, names, strict=True)), **renamed}
    return {theirs: value for ours, theirs in asked.items() if (value := getattr(config, ours)) is not None}


_CLIENTS: Mapping[str, Callable[[ModelConfig], Client]] = {
    "openai": _openai_client,
    "azure_openai": _azure_client,
    "anthropic": _anthropic_client,
    "gemini": _gemini_client,
    "llamacpp": _llamacpp_client,
}

BUILDERS: Mapping[str, Builder] = {
    "openai": _openai,
    "azure_openai": _openai,
    "anthropic": _anthropic,
    "bedrock": _bedrock,
    "gemini": _gemini,
    "ollama": _ollama,
    "litellm": _litellm,
    "mistral": _mistral,
    "llamacpp": _llamacpp,
    "local": _local,
    "scripted": _scripted,
}
