"""What a request to a model costs in US dollars: prices of one's own, else the list that genai-prices carries.

Offline: the list is the one in the installed package, and whoever wants a newer one installs a newer package.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast

from strands_nb.agents.providers import PROVIDERS, with_defaults
from strands_nb.errors import BuildError

if TYPE_CHECKING:
    from pathlib import Path

    from strands_nb.agents.definition import ModelConfig
    from strands_nb.engine.call import Usage

__all__ = ("Price", "Prices", "Tariff", "load_prices", "price_of", "read_prices")

_FREE = frozenset({"llamacpp", "local", "ollama", "scripted"})
"""They run on one's own machines, so nobody sends a bill."""

_SELLERS = {
    "anthropic": "anthropic",
    "azure_openai": "azure",
    "bedrock": "aws",
    "gemini": "google",
    "litellm": "litellm",  # its models name the seller: `openai/gpt-4o-mini`
    "mistral": "mistral",
    "openai": "openai",
}
"""What the list calls a provider."""

_ADDRESSES = {
    "anthropic": "ANTHROPIC_BASE_URL",
    "azure_openai": "AZURE_OPENAI_ENDPOINT",
    "bedrock": "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
    "gemini": "GOOGLE_GEMINI_BASE_URL",
    "ollama": "OLLAMA_HOST",
    "openai": "OPENAI_BASE_URL",
}
"""The variables by which a client is sent to another server."""

_PER = 1_000_000
_EXAMPLE = '{"openai:my-model": {"input": 1.25, "output": 10, "cached": 0.125}}, in US dollars per million tokens'


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens; cached input costs what other input does unless `cached` says otherwise.

    >>> from strands_nb.engine.call import Usage
    >>> Price(2.0, 10.0, cached=0.5).of(Usage(input_tokens=1_000_000, cached_tokens=400_000, output_tokens=100_000))
    2.4
    """

    input: float
    output: float
    cached: float | None = None

    def of(self, usage: Usage) -> float:
        """What this usage costs."""
        cached = min(usage.cached_tokens, usage.input_tokens)
        again = self.input if self.cached is None else self.cached
        return ((usage.input_tokens - cached) * self.input + cached * again + usage.output_tokens * self.output) / _PER


Prices: TypeAlias = Mapping[str, Price]
"""By ``provider:model``, by ``provider`` for its default model, or by the model's id alone."""


class Tariff(Protocol):
    """What requests to one model cost."""

    def __call__(self, usage: Usage, /, *, written: int = 0) -> float | None:
        """US dollars for one request; see `price_of`."""
        ...


def price_of(model: ModelConfig, usage: Usage, *, own: Prices | None = None, written: int = 0) -> float | None:
    """US dollars for the `usage` of one request, or None where its price is not known. Never raises.

    One request at a time, since a long one may cost more per token. `written` says how many of its input tokens went
    into the provider's cache, for which some ask more. The first question about a model on the list reads the list,
    which takes a moment.

    >>> from strands_nb.agents.definition import ModelConfig
    >>> from strands_nb.engine.call import Usage
    >>> model, usage = ModelConfig("openai", "my-model"), Usage(input_tokens=1000, output_tokens=100)
    >>> price_of(model, usage) is None
    True
    >>> price_of(model, usage, own={"my-model": Price(input=1.0, output=10.0)})
    0.002
    >>> price_of(ModelConfig("local"), usage)
    0.0
    """
    model = with_defaults(model)
    if own and (price := _own(model, own)) is not None:
        return price.of(usage)
    return 0.0 if _runs_here(model) else _listed(model, usage, written)


def _own(model: ModelConfig, own: Prices) -> Price | None:
    names = [f"{model.provider}:{model.model_id}", model.label, model.model_id]
    provider = PROVIDERS.get(model.provider)
    if provider is not None and model.model_id == provider.default_model:
        names.append(model.provider)
    return next((own[name] for name in names if name in own), None)


def _runs_here(model: ModelConfig) -> bool:
    # Ollama also hands requests on to a service of its own: `gpt-oss:120b-cloud`.
    elsewhere = model.provider == "ollama" and (model.model_id.endswith("cloud") or "ollama.com" in _address(model))
    return model.provider in _FREE and not elsewhere


def _address(model: ModelConfig) -> str:
    """Where requests go, empty for the provider's own server."""
    return (model.host or os.environ.get(_ADDRESSES.get(model.provider, ""), "")).lower()


def _listed(model: ModelConfig, usage: Usage, written: int) -> float | None:
    seller = _SELLERS.get(model.provider)
    if seller is None:
        return None
    from genai_prices import Usage as Counts  # noqa: PLC0415 - takes 70 ms and 24 MB, so it waits for the first price
    from genai_prices import calc_price  # noqa: PLC0415

    cached = min(usage.cached_tokens, usage.input_tokens)
    counts = Counts(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=cached,
        cache_write_tokens=min(written, usage.input_tokens - cached),
    )
    try:
        found = calc_price(counts, model.model_id, provider_id=seller)
    except (LookupError, ValueError):
        return None
    address, prices = _address(model), found.model_price
    if address and not re.match(found.provider.api_pattern, address):
        return None  # somebody else's server, whose prices nobody here knows
    # What is sold by the page or the minute has no price per token, and would seem to be free.
    by_token = prices.input_mtok is not None and prices.output_mtok is not None
    return float(found.total_price) if by_token else None


def load_prices(file: Path) -> dict[str, Price]:
    """The prices in a YAML file; none where there is no file.

    Raises:
        BuildError: it cannot be read, or holds what is no price.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as error:
        raise BuildError(f"{file} cannot be read: {error}") from error
    import yaml  # noqa: PLC0415 - only where there is a file

    try:
        return read_prices(yaml.safe_load(text) or {}, source=str(file))
    except yaml.YAMLError as error:
        raise BuildError(f"{file} cannot be read: {error}") from error


def read_prices(data: object, *, source: str = "prices") -> dict[str, Price]:
    """Prices from plain data; `source` is how messages call it.

    Raises:
        BuildError: something in it is no price.

    >>> read_prices({"scripted": {"input": 1, "output": 2.5}})
    {'scripted': Price(input=1.0, output=2.5, cached=None)}
    """
    return {_text(name, source): _price(price, f"{source}: {name!r}") for name, price in _mapping(data, source).items()}


def _price(data: object, where: str) -> Price:
    given = _mapping(data, where)
    names = [field.name for field in fields(Price)]
    if strange := [name for name in given if name not in names]:
        raise BuildError(f"{where} has no field {strange[0]!r}; there are: {', '.join(names)}")
    if lacking := [field.name for field in fields(Price) if field.default is MISSING and field.name not in given]:
        raise BuildError(f"{where} lacks {lacking[0]!r}; write {_EXAMPLE}")
    # A price that is stored has all fields, and one that was not given is null there.
    known = {name: value for name, value in given.items() if value is not None or name != "cached"}
    return Price(**{name: _dollars(value, f"{where}: {name}") for name, value in known.items()})


def _mapping(data: object, where: str) -> Mapping[Any, Any]:
    if not isinstance(data, Mapping):
        raise BuildError(f"{where} should be a mapping, is {data!r:.60}; write {_EXAMPLE}")
    return cast("Mapping[Any, Any]", data)


def _text(name: object, source: str) -> str:
    if not isinstance(name, str):
        raise BuildError(f"{source}: {name!r} should be the name of a model, such as 'openai:gpt-4o-mini'")
    return name


def _dollars(value: object, where: str) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= cast("float", value) <= sys.float_info.max:
        raise BuildError(f"{where} should be US dollars per million tokens, 0 or more; is {value!r:.60}")
    return float(cast("float", value))
