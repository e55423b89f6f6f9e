"""A model without a model: deterministic, free, and able to fail in every way a real one does."""
# ruff: noqa: ANN401 - the SDK passes plain data of no declared type

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn, cast

from strands.models import Model
from strands.types.exceptions import ContextWindowOverflowException, ModelThrottledException

from strands_nb.agents import _prose, _synth
from strands_nb.agents._json import split_schema
from strands_nb.agents._script import Fault, Faults, Request, Rule, faults_of, read_script, rules_of
from strands_nb.engine.call import CHARACTERS_PER_TOKEN, tokens_of
from strands_nb.errors import BuildError

if TYPE_CHECKING:
    import threading
    from collections.abc import AsyncGenerator, AsyncIterable, Mapping, Sequence
    from pathlib import Path

    from strands.types.content import Messages
    from strands.types.streaming import StreamEvent

__all__ = ("Faults", "Request", "Rule", "ScriptedModel", "ServiceError")

_LOOK_EVERY_S = 0.02
_SETTINGS = frozenset({"rules", "default", "chunk_size", "delay", "faults", "max_tokens", "usage"})


class ServiceError(Exception):
    """What a scripted service answers instead of a reply; shaped like the errors of real clients."""

    def __init__(self, status_code: int, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"scripted failure, status {status_code}")
        self.status_code = status_code
        self.headers = dict(headers or {})


class ScriptedModel(Model):
    """Answers by rules, and by readable prose about the prompt where none matches.

    Two runs of the same requests give the same bytes, in whatever order they are made. Text comes in pieces of
    `chunk_size` characters, `delay` seconds apart. Usage is a token per four characters; without `usage` the model
    gives none, as some servers do. A forced tool gets arguments that its schema accepts.

    >>> ScriptedModel([Rule(prompt="hello", reply="Hi!")]).get_config()["model_id"]
    'scripted'
    """

    takes_any_schema = True
    """Also arrays and plain values, where other models' tools take objects only."""

    def __init__(
        self,
        rules: Sequence[Rule] = (),
        *,
        default: str | None = None,
        chunk_size: int = 24,
        delay: float = 0.0,
        faults: Faults | None = None,
        max_tokens: int | None = None,
        usage: bool = True,
    ) -> None:
        self._rules, self._default, self._faults = tuple(rules), default, faults
        self._chunk_size, self._delay, self._max_tokens, self._usage = max(1, chunk_size), delay, max_tokens, usage
        self._config: dict[str, Any] = {"model_id": "scripted", "context_window_limit": 128_000}

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any], *, file: str | Path | None = None) -> ScriptedModel:
        """From plain data; `file` names a YAML or JSON file whose settings come first.

        Raises:
            BuildError: a field that does not exist, or a file that cannot be read.
        """
        given = {**(read_script(file) if file else {}), **settings}
        if strange := set(given) - _SETTINGS:
            raise BuildError(f"scripted: unknown setting {min(strange)!r}; known: {', '.join(sorted(_SETTINGS))}")
        given["rules"] = rules_of(given.get("rules") or ())
        if (faults := given.get("faults")) is not None:
            given["faults"] = faults_of(faults)
        return cls(**given)

    def update_config(self, **model_config: Any) -> None:
        """Part of the SDK's interface; nothing here is changed by it."""
        self._config.update(model_config)

    def get_config(self) -> dict[str, Any]:
        """The model's id and context window."""
        return self._config

    async def count_tokens(self, messages: Messages, *_: Any, **__: Any) -> int:
        """Cheap and steady: the SDK asks before every request."""
        return sum(tokens_of(len(str(message["content"]))) for message in messages)

    async def structured_output(
        self, output_model: Any, prompt: Messages, system_prompt: str | None = None, **_: Any
    ) -> AsyncGenerator[dict[str, Any], None]:
        """The SDK's older way to ask for JSON."""
        request = Request.of(cast("Any", prompt), system_prompt, (), {})
        yield {"output": output_model.model_validate(_synth.value(output_model.model_json_schema(), request))}

    async def stream(
        self,
        messages: Messages,
        tool_specs: Any = None,
        system_prompt: str | None = None,
        *,
        tool_choice: Any = None,
        invocation_state: dict[str, Any] | None = None,
        cancel_signal: threading.Event | None = None,
        **_: Any,
    ) -> AsyncIterable[StreamEvent]:
        """Play one answer."""
        request = Request.of(cast("Any", messages), system_prompt, tool_specs, invocation_state)
        rule = next((rule for rule in self._rules if rule.matches(request)), Rule())
        fault = rule.error if request.attempt <= rule.times else None
        fault = fault or (self._faults.of(request) if self._faults else None)
        if fault in _REFUSALS:
            _refuse(fault)
        if await _paused(rule.delay, cancel_signal):
            return
        forced = _forced_tool(tool_specs, tool_choice)
        calls_tool = rule.tool is not None and forced is None and not request.results
        text = self._text(rule, request, forced, calls=calls_tool)
        name = forced["name"] if forced else rule.tool if calls_tool else None
        async for event in self._play(request, text, name, fault, cancel_signal):
            yield cast("StreamEvent", event)

    def _text(self, rule: Rule, request: Request, forced: Mapping[str, Any] | None, *, calls: bool) -> str:
        if calls:
            return json.dumps(rule.input or {}, ensure_ascii=False)
        if (text := rule.text(request)) is not None:
            return text
        prompt, schema = split_schema(request.prompt) if forced is None else (request.prompt, _schema_of(forced))
        if schema is not None:
            return json.dumps(_synth.value(schema, replace(request, prompt=prompt)), ensure_ascii=False)
        return self._default if self._default is not None else _prose.answer(request)

    async def _play(
        self, request: Request, text: str, tool: str | None, fault: Fault | None, cancel: threading.Event | None
    ) -> AsyncGenerator[dict[str, Any], None]:
        text, stop = self._cut(text, fault, "tool_use" if tool else "end_turn")
        tool_id = f"{tool}-{request.number('tool', 1_000_000):06d}-{len(request.results)}"
        yield {"messageStart": {"role": "assistant"}}
        if fault == "hang":
            await asyncio.Event().wait()
        yield {"contentBlockStart": {"start": {"toolUse": {"name": tool, "toolUseId": tool_id}} if tool else {}}}
        pieces = self._pieces(text, fault)
        for piece in pieces:
            # Ending without messageStop is how a model says that it was told to stop.
            if await _paused(self._delay, cancel):
                return
            yield {"contentBlockDelta": {"delta": {"toolUse": {"input": piece}} if tool else {"text": piece}}}
            if fault == "endless":
                pieces.append(piece)
                await asyncio.sleep(0)
        if fault == "midstream":
            raise ConnectionError("scripted failure: the connection broke in the middle of the answer")
        yield {"contentBlockStop": {}}
        yield {"messageStop": {"stopReason": stop}}
        if self._usage:
            yield {"metadata": _metadata(request.tokens, tokens_of(len(text)))}

    def _cut(self, text: str, fault: Fault | None, stop: str) -> tuple[str, str]:
        if fault == "empty":
            return "", stop
        if fault == "max_tokens":
            return text[: (len(text) + 1) // 2], "max_tokens"
        if self._max_tokens is not None and tokens_of(len(text)) > self._max_tokens:
            return text[: self._max_tokens * CHARACTERS_PER_TOKEN], "max_tokens"
        return text, stop

    def _pieces(self, text: str, fault: Fault | None) -> list[str]:
        pieces = [text[i : i + self._chunk_size] for i in range(0, len(text), self._chunk_size)]
        return pieces[: (len(pieces) + 1) // 2] if fault == "midstream" else pieces


_REFUSALS = frozenset({"throttle", "overflow", "timeout", "server", "auth"})


def _refuse(fault: str) -> NoReturn:
    match fault:
        case "throttle":
            raise ModelThrottledException("scripted failure: too many requests")
        case "overflow":
            raise ContextWindowOverflowException("scripted failure: the prompt is too long")
        case "timeout":
            raise TimeoutError("scripted failure: no answer in time")
        case _:
            raise ServiceError(401 if fault == "auth" else 503)


def _forced_tool(specs: Any, choice: Any) -> Mapping[str, Any] | None:
    if not specs or not choice:
        return None
    if "tool" in choice:
        return next((spec for spec in specs if spec["name"] == choice["tool"]["name"]), None)
    return specs[0] if "any" in choice else None


def _schema_of(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    return spec["inputSchema"]["json"]


async def _paused(seconds: float, cancel: threading.Event | None) -> bool:
    """Wait, but no longer than until cancelled; True if cancelled."""
    while seconds > 0 and not (cancel and cancel.is_set()):
        await asyncio.sleep(min(seconds, _LOOK_EVERY_S))
        seconds -= _LOOK_EVERY_S
    return cancel is not None and cancel.is_set()


def _metadata(sent: int, answered: int) -> dict[str, Any]:
    usage = {"inputTokens": sent, "outputTokens": answered, "totalTokens": sent + answered}
    return {"usage": usage, "metrics": {"latencyMs": 0}}
