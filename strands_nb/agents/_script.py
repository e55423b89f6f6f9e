"""What a scripted model is asked, and the rules by which it answers."""
# ruff: noqa: ANN401 - as the SDK passes them

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast, get_args

from strands_nb.engine.call import tokens_of
from strands_nb.errors import BuildError

__all__ = ("Fault", "Faults", "Request", "Rule", "faults_of", "read_script", "rules_of")

Fault = Literal[
    "throttle", "overflow", "timeout", "server", "auth", "midstream", "hang", "endless", "max_tokens", "empty"
]
"""Ways to fail: refused at once, broken off in the middle, or never done."""

ReplyText: TypeAlias = "str | Mapping[str, Any] | Sequence[Any] | Callable[[Request], str]"


@dataclass(frozen=True, slots=True)
class Request:
    """One request to a model, as rules see it."""

    prompt: str
    """The latest text of the user."""
    system: str = ""
    agent: str = ""
    tools: tuple[str, ...] = ()
    turn: int = 0
    """How many answers this conversation already holds; tool calls do not count."""
    attempt: int = 1
    results: tuple[str, ...] = ()
    """What tools returned since the prompt."""
    characters: int = 0

    @property
    def tokens(self) -> int:
        """Size of the request, made up but always the same."""
        return tokens_of(self.characters)

    @staticmethod
    def of(messages: Sequence[Mapping[str, Any]], system: str | None, tools: Any, state: Any) -> Request:
        """Read it from what the SDK hands to a model."""
        state = cast("Mapping[str, Any]", state or {})
        asked = max((i for i, m in enumerate(messages) if m["role"] == "user" and _texts(m)), default=0)
        return Request(
            prompt="\n".join(_texts(messages[asked])) if messages else "",
            system=system or "",
            agent=str(state.get("agent_id", "")),
            tools=tuple(spec["name"] for spec in tools or ()),
            turn=sum(1 for m in messages if m["role"] == "assistant" and not _has(m, "toolUse")),
            attempt=int(state.get("attempt", 1)),
            results=tuple(text for m in messages[asked + 1 :] for text in _results(m)),
            characters=len(system or "") + sum(len(json.dumps(m["content"], default=str)) for m in messages),
        )

    def number(self, seed: object, below: int) -> int:
        """A number that depends on the request and `seed` only: the same in every process."""
        text = f"{seed}\0{self.agent}\0{self.prompt}\0{self.attempt}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") % below


def _texts(message: Mapping[str, Any]) -> list[str]:
    return [block["text"] for block in message["content"] if "text" in block]


def _has(message: Mapping[str, Any], kind: str) -> bool:
    return any(kind in block for block in message["content"])


def _results(message: Mapping[str, Any]) -> list[str]:
    blocks = [block["toolResult"]["content"] for block in message["content"] if "toolResult" in block]
    return [str(part.get("text", part.get("json", ""))) for content in blocks for part in content]


@dataclass(frozen=True, slots=True)
class Rule:
    """If a request looks like this, answer so. The first rule that matches counts.

    `prompt`, `system` and `agent` are parts of the text in any case, or ``/regular expressions/``; those given must
    all match, and so must `when`. `reply` may be a text, JSON (a mapping), a list (one per answer the conversation
    already holds, the last one repeated) or a function of the request. With `tool`, the tool is called first and the
    reply follows its result. `error` happens in the first `times` attempts of a call.

    >>> Rule(prompt="weather", reply="Sunny.").matches(Request("How is the Weather?"))
    True
    """

    prompt: str | None = None
    system: str | None = None
    agent: str | None = None
    when: Callable[[Request], bool] | None = None
    reply: ReplyText | None = None
    tool: str | None = None
    input: Mapping[str, Any] | None = None
    error: Fault | None = None
    times: int = 1_000_000
    delay: float = 0.0
    """Seconds before the first piece of text."""

    def matches(self, request: Request) -> bool:
        """Whether this rule is meant."""
        pairs = ((self.prompt, request.prompt), (self.system, request.system), (self.agent, request.agent))
        return all(_found(wanted, text) for wanted, text in pairs) and (self.when is None or self.when(request))

    def text(self, request: Request) -> str | None:
        """The reply's text, or None where the rule leaves it to the default."""
        reply = self.reply
        if isinstance(reply, Sequence) and not isinstance(reply, str):
            reply = cast("ReplyText", reply[min(request.turn, len(reply) - 1)]) if reply else ""
        if reply is None or isinstance(reply, str):
            return reply
        return reply(request) if callable(reply) else json.dumps(reply, ensure_ascii=False)


def _found(wanted: str | None, text: str) -> bool:
    if wanted is None:
        return True
    if len(wanted) > 2 and wanted.startswith("/") and wanted.endswith("/"):  # noqa: PLR2004 - two slashes and something between
        return re.search(wanted[1:-1], text, re.IGNORECASE | re.DOTALL) is not None
    return wanted.lower() in text.lower()


@dataclass(frozen=True, slots=True)
class Faults:
    """Faults by chance, but by the same chance each time: which request fails depends on `seed` and its text only."""

    seed: int = 0
    rate: float = 0.1
    kinds: tuple[Fault, ...] = ("throttle", "server", "midstream")

    def of(self, request: Request) -> Fault | None:
        """The fault this request meets, if any."""
        if not self.kinds or request.number(self.seed, 1_000_000) >= self.rate * 1_000_000:
            return None
        return self.kinds[request.number((self.seed, "kind"), len(self.kinds))]


def rules_of(items: Sequence[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """Rules from plain data, e.g. out of YAML.

    Raises:
        BuildError: an unknown field or fault; the message says which and what there is.

    >>> rules_of([{"prompt": "hello", "reply": "Hi!"}])[0].reply
    'Hi!'
    """
    known = [field.name for field in fields(Rule)]
    for number, item in enumerate(items):
        if strange := set(item) - set(known):
            raise BuildError(f"rules[{number}]: unknown field {min(strange)!r}; known: {', '.join(known)}")
        if (error := item.get("error")) is not None and error not in get_args(Fault):
            raise BuildError(f"rules[{number}]: unknown error {error!r}; known: {', '.join(get_args(Fault))}")
    return tuple(Rule(**item) for item in items)


def read_script(file: str | Path) -> dict[str, Any]:
    """A script file: YAML or JSON with `rules`, `default`, `chunk_size`, `delay`, `faults`.

    Raises:
        BuildError: it cannot be read, or is no mapping.
    """
    import yaml  # noqa: PLC0415 - only for scripts that are files

    try:
        text = Path(file).read_text(encoding="utf-8")
        # To YAML, the escapes of an emoji in JSON are two halves of a character.
        found = json.loads(text) if Path(file).suffix == ".json" else yaml.safe_load(text)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise BuildError(f"the script {file} cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise BuildError(f"the script {file} is no mapping; it needs at least 'rules:' or 'default:'")
    return cast("dict[str, Any]", found)


def faults_of(settings: Mapping[str, Any]) -> Faults:
    """Faults from plain data, e.g. out of YAML.

    >>> faults_of({"seed": 7, "kinds": ["throttle"]}).kinds
    ('throttle',)
    """
    given: dict[str, Any] = {**settings, "kinds": tuple(settings.get("kinds", Faults().kinds))}
    return Faults(**given)
