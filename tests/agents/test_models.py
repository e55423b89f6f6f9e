"""Naming, checking and making models."""

from __future__ import annotations

import asyncio
import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from strands_nb.agents import (
    PROVIDERS,
    AgentDefinition,
    ModelConfig,
    ModelFactory,
    Tool,
    missing,
    parse_model,
    warnings,
    with_defaults,
)
from strands_nb.errors import BuildError, CapabilityError
from tests.agents.support import run


def _never(_: str) -> bool:
    return False


def test_importing_agents_does_not_import_the_sdk():
    code = "import sys, strands_nb.agents; sys.exit('strands' in sys.modules or 'jsonschema' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603


def test_every_public_name_exists():
    import strands_nb.agents

    assert all(getattr(strands_nb.agents, name) is not None for name in strands_nb.agents.__all__)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("openai:gpt-4o-mini", "openai:gpt-4o-mini"),
        ("openai", "openai:gpt-4o-mini"),
        ("anthropic", "anthropic:claude-sonnet-4-20250514"),
        ("gemini", "gemini:gemini-2.5-flash"),
        ("ollama", "ollama:gpt-oss"),
        ("bedrock:us.amazon.nova-lite-v1:0", "bedrock:us.amazon.nova-lite-v1:0"),
        ("local", "local:smollm2-135m"),
        ("local:/some/where/model.gguf", "local:model.gguf"),
        ("scripted", "scripted"),
    ],
)
def test_a_model_is_named_by_provider_and_id(text: str, label: str):
    assert parse_model(text).label == label


@pytest.mark.parametrize(("text", "nearest"), [("opnai:x", "'openai'"), ("bedrok", "'bedrock'"), ("gpt-4o", "known:")])
def test_an_unknown_provider_names_the_nearest(text: str, nearest: str):
    with pytest.raises(BuildError, match=nearest):
        parse_model(text)


def test_a_missing_key_says_what_to_set_and_offers_models_without():
    pytest.importorskip("openai")
    (problem,) = missing(ModelConfig("openai"), {})
    assert problem.severity == "needs"
    assert "OPENAI_API_KEY" in str(problem)
    assert "--model local" in str(problem)
    assert "--model scripted" in str(problem)
    assert not missing(ModelConfig("openai"), {"OPENAI_API_KEY": "k"})


def test_a_server_of_ones_own_needs_no_key():
    pytest.importorskip("openai")
    assert not missing(ModelConfig("openai", host="http://127.0.0.1:1/v1"), {})
    assert not missing(ModelConfig("openai"), {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"})


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("strands_nb.agents.providers._importable", _never)
    for name in ("openai", "anthropic", "gemini", "ollama", "litellm", "mistral", "local"):
        texts = [str(problem) for problem in missing(ModelConfig(name), {})]
        assert any(f'pip install "strands-nb[{PROVIDERS[name].extra}]"' in text for text in texts), name
        assert all("--model scripted" in text for text in texts), name


def test_bedrock_needs_credentials_and_a_region(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("strands_nb.agents.providers._on_ec2", lambda: False)
    bare = {"HOME": str(tmp_path)}
    assert [p.message for p in missing(ModelConfig("bedrock"), bare)] == [
        "provider bedrock has no AWS credentials",
        "provider bedrock has no region",
    ]
    assert len(missing(ModelConfig("bedrock", region="eu-west-1"), bare)) == 1
    assert not missing(ModelConfig("bedrock"), {**bare, "AWS_PROFILE": "x", "AWS_REGION": "eu-west-1"})


def test_azure_needs_an_endpoint():
    pytest.importorskip("openai")
    assert "AZURE_OPENAI_ENDPOINT" in str(missing(ModelConfig("azure_openai"), {"AZURE_OPENAI_API_KEY": "k"})[0])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nonesuch", "unknown local model"),
        ("/no/where.gguf", "there is no file"),
        ("qwen2.5-coder-1.5b", "models pull"),
    ],
)
def test_local_weights_that_are_not_here_are_needed(
    name: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("STRANDS_NB_HOME", str(tmp_path))
    assert any(words in str(problem) for problem in missing(ModelConfig("local", name), {}))


def test_the_scripted_model_lacks_nothing_ever():
    assert missing(ModelConfig("scripted"), {}) == []


def test_an_unknown_provider_is_an_error():
    assert missing(ModelConfig("danskegpt"), {})[0].severity == "error"


def test_settings_a_provider_ignores_are_warned_of_and_never_refused():
    found = warnings(ModelConfig("scripted", temperature=0.1, top_p=0.5, region="x", host="http://h"))
    assert len(found) == 4
    assert {problem.severity for problem in found} == {"warning"}
    assert not warnings(ModelConfig("openai", temperature=0.1, top_p=0.5, max_tokens=5, params={"seed": 1}))


def definition(**changes: Any) -> AgentDefinition:
    model = ModelConfig(
        "openai", "gpt-4o-mini", **{k: v for k, v in changes.items() if k in ModelConfig.__annotations__}
    )
    rest = {k: v for k, v in changes.items() if k not in ModelConfig.__annotations__}
    given: dict[str, Any] = {"id": "a", "prompt": "p", "model": model, **rest}
    return AgentDefinition(**given)


def _one(_: object, __: object) -> int:
    return 1


def _two(_: object, __: object) -> int:
    return 2


TOOL = Tool("t", "d", {"type": "object"}, _one)


def _first(change: dict[str, Any]) -> str:
    return next(iter(change))


@pytest.mark.parametrize(
    "change",
    [{"prompt": "q"}, {"model": ModelConfig("openai", "gpt-5")}, {"temperature": 0.5}, {"top_p": 0.5},
     {"max_tokens": 5}, {"params": {"seed": 1}}, {"tools": (TOOL,)}, {"output_schema": {"type": "object"}},
     {"max_turns": 3}],
    ids=_first,
)  # fmt: skip
def test_whatever_may_change_a_reply_changes_the_fingerprint(change: dict[str, object]):
    assert definition(**change).fingerprint != definition().fingerprint


@pytest.mark.parametrize(
    "change", [{"host": "http://x/"}, {"region": "eu-west-1"}, {"id": "b"}, {"memory": False}], ids=str
)
def test_where_it_runs_and_what_it_is_called_do_not(change: dict[str, object]):
    assert definition(**change).fingerprint == definition().fingerprint


def test_a_fingerprint_is_the_same_everywhere_and_in_every_release():
    """If this fails, parked sessions are billed again: see SCAFFOLD_VERSION."""
    assert definition().fingerprint == "1f8a555b3793924bae83a276df4920c71ce18af093a15f20072eb011f0e72ae4"


def test_a_tool_enters_by_its_face_not_by_its_address():
    other = Tool("t", "d", {"type": "object"}, _two)
    assert definition(tools=(TOOL,)).fingerprint == definition(tools=(other,)).fingerprint
    newer = Tool("t", "d", {"type": "object"}, lambda _, __: 2, version="2")
    assert definition(tools=(TOOL,)).fingerprint != definition(tools=(newer,)).fingerprint


def test_the_default_model_is_named_before_it_is_fingerprinted():
    assert with_defaults(ModelConfig("openai")) == ModelConfig("openai", "gpt-4o-mini")


def test_equal_configurations_share_a_model_and_other_loops_do_not():
    factory = ModelFactory()

    async def one() -> object:
        first, second = await asyncio.gather(
            factory.model(ModelConfig("scripted")), factory.model(parse_model("scripted"))
        )
        assert first is second
        assert await factory.model(ModelConfig("scripted", max_tokens=5)) is not first
        return first

    assert run(one()) is not run(one()), "connections belong to the loop that opened them"


def test_a_model_that_cannot_be_made_says_what_to_do(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "mistralai", None)
    monkeypatch.setattr("strands_nb.agents.providers._importable", _never)
    with pytest.raises(CapabilityError, match=r"strands-nb\[mistral\]"):
        run(ModelFactory().model(ModelConfig("mistral", "m")))


SAMPLES = {
    "openai": {"OPENAI_API_KEY": "k"},
    "azure_openai": {"AZURE_OPENAI_API_KEY": "k", "AZURE_OPENAI_ENDPOINT": "https://azure.example/"},
    "anthropic": {"ANTHROPIC_API_KEY": "k"},
    "bedrock": {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "AWS_REGION": "eu-west-1"},
    "gemini": {"GEMINI_API_KEY": "k"},
    "ollama": {},
    "litellm": {},
    "mistral": {"MISTRAL_API_KEY": "k"},
    "llamacpp": {},
    "scripted": {},
}


@pytest.mark.parametrize("provider", SAMPLES)
def test_every_provider_can_be_made_with_settings_and_schema(provider: str, monkeypatch: pytest.MonkeyPatch):
    package = PROVIDERS[provider].package
    if package and importlib.util.find_spec(package.split(".")[0]) is None:
        pytest.skip(f"{package} is not installed")
    for name, value in SAMPLES[provider].items():
        monkeypatch.setenv(name, value)

    async def main() -> None:
        factory = ModelFactory()
        params = {} if provider == "mistral" else {"chunk_size": 5} if provider == "scripted" else {"seed": 1}
        params = {} if provider in ("bedrock", "gemini", "anthropic") else params
        config = with_defaults(ModelConfig(provider, "", temperature=0.2, top_p=0.9, max_tokens=64, params=params))
        assert factory.missing(config) == []
        plain = await factory.model(config)
        bound = await factory.model(config, {"type": "object"})
        assert plain is not bound or PROVIDERS[provider].schemas == "ask"
        assert await factory.model(config) is plain
        settings = str(plain.get_config())
        assert provider == "scripted" or ("0.2" in settings and "64" in settings)
        client: Any = getattr(plain, "_custom_client", None) or getattr(plain, "client", None)
        if hasattr(client, "max_retries"):
            assert client.max_retries == 0, "one layer retries, and it is the engine's"
        if provider == "bedrock":
            assert client.meta.config.retries["total_max_attempts"] == 1
        await factory.close()

    run(main())


def _client(model: Any) -> Any:
    return model._custom_client


def test_closing_closes_the_clients(monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("openai")
    monkeypatch.setenv("OPENAI_API_KEY", "k")

    async def main() -> None:
        factory = ModelFactory()
        client = _client(await factory.model(parse_model("openai")))
        again = _client(await factory.model(ModelConfig("openai", "gpt-4o-mini"), {"type": "object"}))
        assert again is client, "a schema is a setting of the request, not another connection"
        await factory.close()
        assert client.is_closed()

    run(main())


def test_a_script_that_is_not_there_is_missed_before_the_run():
    assert missing(parse_model("scripted")) == []
    assert missing(parse_model("scripted:paced")) == []
    assert "there is no script nowhere.yaml" in missing(parse_model("scripted:nowhere.yaml"))[0].message
