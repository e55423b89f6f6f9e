"""The providers: what each is called, needs and takes. Knows no SDK, so looking here costs nothing."""

from __future__ import annotations

import difflib
import importlib.util
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from strands_nb.agents.definition import ModelConfig
from strands_nb.errors import BuildError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("PROVIDERS", "Provider", "missing", "parse_model", "warnings", "with_defaults")

_ALL_SETTINGS = frozenset({"temperature", "top_p", "max_tokens", "params"})


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider.

    `schemas` says how it is made to answer in JSON: ``format`` is a setting of the request, ``tool`` a tool that it
    must call, ``ask`` only a sentence in the prompt. `keys` are the environment variables of which one must be set.
    """

    name: str
    package: str | None = None
    """The module that must be importable."""
    extra: str | None = None
    """The extra of strands-nb that installs it."""
    default_model: str = ""
    keys: tuple[str, ...] = ()
    takes: frozenset[str] = _ALL_SETTINGS
    schemas: Literal["format", "tool", "ask"] = "ask"
    formats_with_tools: bool = True


_TABLE = (
    Provider("openai", "openai", "openai", "gpt-4o-mini", ("OPENAI_API_KEY",), schemas="format"),
    Provider(
        "azure_openai", "openai", "openai", "gpt-4o-mini", ("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN"),
        schemas="format",
    ),
    Provider("anthropic", "anthropic", "anthropic", "claude-sonnet-4-20250514", ("ANTHROPIC_API_KEY",), schemas="tool"),
    # The format's own default for bedrock has been retired by the service; this is the SDK's.
    Provider("bedrock", "boto3", None, "global.anthropic.claude-sonnet-4-6", schemas="tool"),
    Provider(
        "gemini", "google.genai", "gemini", "gemini-2.5-flash", ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        schemas="format", formats_with_tools=False,
    ),
    Provider("ollama", "ollama", "ollama", "gpt-oss", schemas="format", formats_with_tools=False),
    Provider("litellm", "litellm", "litellm", "openai/gpt-4o-mini", schemas="format"),
    Provider(
        "mistral", "mistralai", "mistral", "mistral-large-latest", ("MISTRAL_API_KEY",),
        takes=_ALL_SETTINGS - {"params"},
    ),
    Provider("llamacpp", "httpx", None, "default", schemas="format", formats_with_tools=False),
    Provider("local", "xllamacpp", "local", "smollm2-135m", schemas="tool"),
    Provider("scripted", schemas="tool", takes=frozenset({"max_tokens", "params"})),
)  # fmt: skip

PROVIDERS: Mapping[str, Provider] = {provider.name: provider for provider in _TABLE}
"""Every provider by its name."""

PACED = "paced"
"""The scripted provider's only model that is no file: it streams at about reading speed."""

_OFFER = "or try it without a key: --model local (a small real model on this machine) or --model scripted (no model)"


def parse_model(text: str) -> ModelConfig:
    """``provider`` or ``provider:model`` as people type it.

    Raises:
        BuildError: no such provider; the message names the nearest.

    >>> parse_model("openai:gpt-4o-mini").label
    'openai:gpt-4o-mini'
    >>> parse_model("local").label
    'local:smollm2-135m'
    """
    provider, _, model_id = text.strip().partition(":")
    if provider not in PROVIDERS:
        raise BuildError(f"unknown provider {provider!r} in {text!r}; {_nearest(provider)}")
    return with_defaults(ModelConfig(provider, model_id.strip()))


def with_defaults(config: ModelConfig) -> ModelConfig:
    """The same configuration with the provider's default model where none is named.

    A fingerprint needs the name: the default may change with a release, and then so does the answer.
    """
    if config.model_id or config.provider not in PROVIDERS:
        return config
    return replace(config, model_id=PROVIDERS[config.provider].default_model)


def _nearest(name: str) -> str:
    close = difflib.get_close_matches(name, PROVIDERS, n=1, cutoff=0.5)
    known = "known: " + ", ".join(sorted(PROVIDERS))
    return f"did you mean {close[0]!r}? ({known})" if close else known


def missing(config: ModelConfig, environ: Mapping[str, str] | None = None) -> list[Problem]:
    """What a run with this model would lack here: a package, key, region or file. Asks no service.

    An unknown provider is an `error`, everything else has the severity `needs`.

    >>> [p.severity for p in missing(ModelConfig("openai"), {})][-1]
    'needs'
    >>> missing(ModelConfig("scripted"), {})
    []
    """
    env = os.environ if environ is None else environ
    provider = PROVIDERS.get(config.provider)
    if provider is None:
        return [Problem(message=f"unknown provider {config.provider!r}", hint=_nearest(config.provider))]
    found = [*_package(provider), *_key(provider, config, env)]
    if provider.name == "bedrock":
        found += _aws(config, env)
    if provider.name == "azure_openai" and not (config.host or env.get("AZURE_OPENAI_ENDPOINT")):
        found.append(_needs("azure_openai has no endpoint", "set runtime.host or AZURE_OPENAI_ENDPOINT"))
    if provider.name == "local":
        found += _weights(config)
    if provider.name == "scripted" and config.model_id not in ("", PACED) and not Path(config.model_id).is_file():
        found.append(_needs(f"there is no script {config.model_id}", f"name a file, {PACED!r}, or nothing"))
    return found


def _needs(message: str, todo: str) -> Problem:
    offer = "" if todo.endswith("--model scripted") else f"; {_OFFER}"
    return Problem(message=message, severity="needs", hint=todo + offer)


def _package(provider: Provider) -> list[Problem]:
    if provider.package is None or _importable(provider.package):
        return []
    todo = f'pip install "strands-nb[{provider.extra}]"' if provider.extra else f"pip install {provider.package}"
    if provider.name == "local":
        todo += "; or, without any model, --model scripted"
    return [_needs(f"provider {provider.name} needs the package {provider.package}, which is not installed", todo)]


def _importable(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):  # the parent of a dotted name is missing
        return False


def _key(provider: Provider, config: ModelConfig, env: Mapping[str, str]) -> list[Problem]:
    if not provider.keys or any(env.get(name) for name in provider.keys):
        return []
    # A server of one's own that speaks the OpenAI protocol usually asks for no key.
    if provider.name == "openai" and (config.host or env.get("OPENAI_BASE_URL")):
        return []
    return [_needs(f"provider {provider.name} has no key", "set " + " or ".join(provider.keys))]


_AWS_MARKS = (
    "AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_BEARER_TOKEN_BEDROCK", "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)  # fmt: skip


def _aws(config: ModelConfig, env: Mapping[str, str]) -> list[Problem]:
    """By looking at variables and files only: asking the chain itself may wait seconds for a metadata service."""
    home = Path(env.get("HOME", "~")).expanduser() / ".aws"
    files = [env.get("AWS_CONFIG_FILE"), env.get("AWS_SHARED_CREDENTIALS_FILE"), home / "config", home / "credentials"]
    configured = any(file and Path(file).is_file() for file in files)
    found: list[Problem] = []
    if not (configured or any(env.get(name) for name in _AWS_MARKS) or _on_ec2()):
        found.append(
            _needs(
                "provider bedrock has no AWS credentials",
                "set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
            )
        )
    if not (config.region or configured or env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION")):
        found.append(_needs("provider bedrock has no region", "set runtime.region or AWS_REGION"))
    return found


def _on_ec2() -> bool:
    try:
        return "amazon" in Path("/sys/devices/virtual/dmi/id/sys_vendor").read_text(encoding="ascii").lower()
    except (OSError, UnicodeError):
        return False


def _weights(config: ModelConfig) -> list[Problem]:
    from strands_nb.agents.weights import lacking  # noqa: PLC0415 - only `local` has weights

    why = lacking(with_defaults(config).model_id)
    return [_needs(*why)] if why else []


def warnings(config: ModelConfig) -> list[Problem]:
    """Settings that the provider does not take; they are left out of the request, and the run goes on.

    >>> warnings(ModelConfig("scripted", temperature=0.2))[0].message
    'provider scripted takes no temperature: it is ignored'
    """
    provider = PROVIDERS.get(config.provider)
    if provider is None:
        return []
    given = [name for name in sorted(_ALL_SETTINGS) if getattr(config, name) not in (None, {})]
    ignored = [f"takes no {name}: it is ignored" for name in given if name not in provider.takes]
    if config.region and provider.name != "bedrock":
        ignored.append("has no regions: region is ignored")
    if config.host and provider.name in ("mistral", "local", "scripted"):
        ignored.append("has no hosts: host is ignored")
    return [Problem(message=f"provider {provider.name} {text}", severity="warning") for text in ignored]
