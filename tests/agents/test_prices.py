"""What a request costs: one's own prices, the list in the package, and what is known of neither."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import genai_prices
import pytest

from strands_nb.agents import PROVIDERS, AgentDefinition, ModelConfig, ModelFactory, Rule, ScriptedModel, StrandsAgents
from strands_nb.agents._meter import Meter
from strands_nb.agents.prices import Price, load_prices, price_of, read_prices
from strands_nb.engine.call import Usage
from strands_nb.errors import BuildError, ProviderError
from tests.agents.support import Watch, ask

MINI = ModelConfig("openai", "gpt-4o-mini")
SONNET = ModelConfig("anthropic", "claude-sonnet-4-20250514")
UNKNOWN = ModelConfig("openai", "my-model")
A_LOT = Usage(input_tokens=1_000_000, output_tokens=1_000_000)
ADDRESSES = (
    "ANTHROPIC_BASE_URL", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "AZURE_OPENAI_ENDPOINT", "GOOGLE_GEMINI_BASE_URL",
    "OLLAMA_HOST", "OPENAI_BASE_URL",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _no_addresses(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    for name in ADDRESSES:
        monkeypatch.delenv(name, raising=False)


def listed(seller: str, model: str, **counts: int) -> float:
    return float(genai_prices.calc_price(genai_prices.Usage(**counts), model, provider_id=seller).total_price)


def metered(model: ModelConfig) -> Meter:
    return Meter(Watch(), partial(price_of, model))


# ---- the list -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("provider", "seller", "listed_as"),
    [
        ("anthropic", "anthropic", ""),
        ("azure_openai", "azure", ""),
        ("bedrock", "aws", ""),
        ("gemini", "google", ""),
        ("litellm", "openai", "gpt-4o-mini"),
        ("mistral", "mistral", ""),
        ("openai", "openai", ""),
    ],
)
def test_the_default_model_of_every_service_has_the_price_that_its_seller_lists(
    provider: str, seller: str, listed_as: str
) -> None:
    model = listed_as or PROVIDERS[provider].default_model
    cost = price_of(ModelConfig(provider), Usage(1000, 100))
    assert cost
    assert cost == listed(seller, model, input_tokens=1000, output_tokens=100)


def test_tokens_from_the_cache_are_cheaper_and_part_of_the_input() -> None:
    assert price_of(MINI, Usage(1_000_000, 0)) == 0.15
    assert price_of(MINI, Usage(1_000_000, 0, cached_tokens=400_000)) == pytest.approx(0.6 * 0.15 + 0.4 * 0.075)


def test_tokens_put_into_the_cache_may_be_dearer() -> None:
    fresh, kept = price_of(SONNET, Usage(1_000_000, 0)), price_of(SONNET, Usage(1_000_000, 0), written=1_000_000)
    assert (fresh, kept) == (3.0, 3.75)
    meter = metered(SONNET)
    meter.counted({"inputTokens": 0, "outputTokens": 1, "totalTokens": 1_000_001, "cacheWriteInputTokens": 1_000_000})
    assert meter.usage.cost == pytest.approx(3.75 + 15e-6)


def test_a_long_request_may_cost_more_per_token_and_two_short_ones_do_not() -> None:
    def cost(*requests: int) -> float:
        meter = metered(ModelConfig("gemini", "gemini-2.5-pro"))
        for tokens in requests:
            meter.counted({"inputTokens": tokens, "outputTokens": 0})
        assert meter.usage.cost is not None
        return meter.usage.cost

    assert cost(150_000, 150_000) == pytest.approx(2 * cost(150_000))
    assert cost(300_000) > 1.5 * cost(150_000, 150_000)


@pytest.mark.parametrize("provider", ["local", "ollama", "llamacpp", "scripted"])
def test_what_runs_on_ones_own_machines_is_free(provider: str) -> None:
    for model in (ModelConfig(provider), ModelConfig(provider, "any", host="http://gpu:8080")):
        assert price_of(model, A_LOT) == 0.0


@pytest.mark.parametrize(
    "model",
    [
        UNKNOWN,
        ModelConfig("litellm", "hosted_vllm/gpt-4o-mini"),
        ModelConfig("azure_openai", "my-deployment"),
        ModelConfig("another"),
        ModelConfig("openai", "whisper-1"),  # sold by the minute
        ModelConfig("mistral", "mistral-ocr-latest"),  # and this by the page
        ModelConfig("ollama", "gpt-oss:120b-cloud"),
        ModelConfig("ollama", "gpt-oss", host="https://ollama.com"),
    ],
    ids=lambda model: model.label,
)
def test_a_price_that_is_not_known_is_none_and_never_zero(model: ModelConfig) -> None:
    assert price_of(model, A_LOT) is None
    assert price_of(model, Usage()) is None


@pytest.mark.parametrize("host", ["http://localhost:8000/v1", "https://api.groq.com/openai/v1", "api.openai.com"])
def test_the_price_at_somebody_elses_server_is_not_known(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = ModelConfig("openai", "gpt-4o-mini", host=host)
    assert price_of(elsewhere, A_LOT) is None
    assert price_of(elsewhere, A_LOT, own={"gpt-4o-mini": Price(1, 1)}) == 2.0
    monkeypatch.setenv("OPENAI_BASE_URL", host)
    assert price_of(MINI, A_LOT) is None


@pytest.mark.parametrize(
    ("provider", "host"),
    [
        ("openai", "https://API.openai.com/v1"),
        ("azure_openai", "https://mine.openai.azure.com/"),
        ("bedrock", "https://bedrock-runtime.eu-west-1.amazonaws.com"),
    ],
)
def test_the_providers_own_address_may_be_written_out(provider: str, host: str) -> None:
    model = PROVIDERS[provider].default_model
    assert price_of(ModelConfig(provider, model, host=host), A_LOT) == price_of(ModelConfig(provider), A_LOT)


def test_figures_that_cannot_be_are_priced_all_the_same() -> None:
    for figures in (Usage(10, 0, cached_tokens=20), Usage(10, 0, cached_tokens=10)):
        assert price_of(SONNET, figures, written=50) == price_of(SONNET, Usage(10, 0, cached_tokens=10))


def run_python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout.strip()


def test_the_first_price_asks_no_network_and_starts_no_thread() -> None:
    code = """
import sys, threading
seen = []
sys.addaudithook(lambda event, args: seen.append(event) if event.startswith("socket.") else None)
from strands_nb.agents import ModelConfig, price_of
from strands_nb.engine.call import Usage
price = price_of(ModelConfig("openai"), Usage(1_000_000))
print(price, "genai_prices" in sys.modules, seen, threading.active_count())
"""
    assert run_python(code) == "0.15 True [] 1"


def test_nobody_reads_the_list_who_uses_no_model_on_it(tmp_path: Path) -> None:
    code = f"""
import os, sys
os.environ["STRANDS_NB_HOME"] = {str(tmp_path)!r}
from IPython.core.interactiveshell import InteractiveShell
InteractiveShell.instance().run_line_magic("load_ext", "strands_nb")
from strands_nb import Workflow
workflow = Workflow.from_yaml("agents: {{writer: {{prompt: You write.}}}}\\nsteps: [{{writer: Write.}}]")
result = workflow.with_options(model="scripted", budgets={{"max_cost_usd": 1}}).run().raise_for_status()
print(result.cost, "genai_prices" in sys.modules)
"""
    assert run_python(code).splitlines()[-1] == "0.0 False"


# ---- one's own prices -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["openai:gpt-4o-mini", "gpt-4o-mini", "openai"])
def test_an_own_price_goes_before_the_list(name: str) -> None:
    assert price_of(MINI, A_LOT, own={name: Price(1, 2)}) == 3.0


def test_the_name_with_its_provider_goes_before_the_model_alone() -> None:
    own = {"gpt-4o-mini": Price(1, 1), "openai:gpt-4o-mini": Price(5, 5)}
    assert price_of(MINI, A_LOT, own=own) == 10.0


def test_a_provider_alone_is_its_default_model_and_no_other() -> None:
    assert price_of(UNKNOWN, A_LOT, own={"openai": Price(1, 1)}) is None


def test_what_is_free_can_be_given_a_price() -> None:
    own = {"scripted": Price(1, 2), "local:mine.gguf": Price(3, 4)}
    assert price_of(ModelConfig("scripted"), A_LOT, own=own) == 3.0
    assert price_of(ModelConfig("local", "/weights/mine.gguf"), A_LOT, own=own) == 7.0


def test_cached_tokens_cost_what_the_price_says_or_what_others_do() -> None:
    usage = Usage(1_000_000, 0, cached_tokens=500_000)
    assert Price(2, 0, cached=0).of(usage) == 1.0
    assert Price(2, 0).of(usage) == 2.0


def test_prices_are_read_back_as_they_are_stored() -> None:
    assert read_prices({"a": {"input": 1, "output": 2, "cached": None}}) == {"a": Price(1, 2)}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ([], "prices should be a mapping, is []; write {"),
        ({"m": 3}, "prices: 'm' should be a mapping, is 3"),
        ({7: {"input": 1, "output": 2}}, "prices: 7 should be the name of a model"),
        ({"m": {"input": 1}}, "prices: 'm' lacks 'output'; write {"),
        ({"m": {"input": 1, "output": 2, "cache": 1}}, "'m' has no field 'cache'; there are: input, output, cached"),
        ({"m": {"input": -1, "output": 2}}, "'m': input should be US dollars per million tokens, 0 or more; is -1"),
        ({"m": {"input": "1", "output": 2}}, "'m': input should be US dollars"),
        ({"m": {"input": 1, "output": None}}, "'m': output should be US dollars"),
        ({"m": {"input": True, "output": 2}}, "is True"),
        ({"m": {"input": float("nan"), "output": 2}}, "is nan"),
        ({"m": {"input": float("inf"), "output": 2}}, "is inf"),
        ({"m": {"input": 10**400, "output": 2}}, "'m': input should be US dollars"),
    ],
)
def test_what_is_no_price_is_refused_by_name(data: Any, says: str) -> None:
    with pytest.raises(BuildError) as caught:
        read_prices(data)
    assert says in str(caught.value)


def test_prices_may_be_in_a_file_which_need_not_be_there(tmp_path: Path) -> None:
    file = tmp_path / "prices.yaml"
    assert load_prices(file) == {}
    file.write_text("")
    assert load_prices(file) == load_prices(file / "prices.yaml") == {}
    file.write_text("openai:my-model: {input: 1.25, output: 10, cached: 0.125}")
    assert load_prices(file) == {"openai:my-model": Price(1.25, 10.0, 0.125)}


@pytest.mark.parametrize("content", [b"a: {", b"\xff", b"a: 3", b"[1]"])
def test_a_file_that_holds_no_prices_is_refused_by_its_name(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "prices.yaml"
    file.write_bytes(content)
    with pytest.raises(BuildError, match=r"prices\.yaml"):
        load_prices(file)


# ---- through a call -------------------------------------------------------------------------------------------------


def agents_on(model: ModelConfig, *rules: Rule, prices: dict[str, Price] | None = None) -> StrandsAgents:
    factory = ModelFactory({model.provider: ScriptedModel(rules)})
    return StrandsAgents({"writer": AgentDefinition("writer", "You write.", model)}, factory, prices=prices)


def test_a_reply_says_what_it_has_cost() -> None:
    usage = ask(agents_on(MINI), "hello").usage
    assert usage.cost == pytest.approx((usage.input_tokens * 0.15 + usage.output_tokens * 0.6) / 1e6)


def test_the_answers_that_were_no_json_are_paid_for_too() -> None:
    schema = {"type": "object", "required": ["x"]}
    watch = Watch()
    with pytest.raises(ProviderError, match="no usable JSON"):
        ask(agents_on(MINI, Rule(reply="no JSON")), "hello", watch, schema=schema)
    costs = [usage.cost or 0 for usage in watch.usages]
    assert len(costs) == 3
    assert 0 < costs[0] < costs[1] < costs[2]


def test_an_answer_that_breaks_off_is_paid_for_and_a_refusal_costs_nothing() -> None:
    broken, refused = Watch(), Watch()
    with pytest.raises(ProviderError):
        ask(agents_on(MINI, Rule(error="midstream", reply="a long answer that breaks off")), "go", broken)
    with pytest.raises(ProviderError):
        ask(agents_on(MINI, Rule(error="throttle")), "go", refused)
    assert not refused.usages
    assert broken.usages[-1].estimated
    assert (broken.usages[-1].cost or 0) > 0


def test_a_call_whose_price_is_not_known_has_tokens_and_no_cost() -> None:
    usage = ask(agents_on(UNKNOWN), "hello").usage
    assert usage.total > 0
    assert usage.cost is None
    assert ask(agents_on(UNKNOWN, prices={"my-model": Price(1, 1)}), "hello").usage.cost == usage.total / 1e6
