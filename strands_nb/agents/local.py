"""A real model inside this process: no key, no server, no network once its weights are here."""
# ruff: noqa: ANN401 - the SDK and the engine pass plain data of no declared type

from __future__ import annotations

import asyncio
import json
import secrets
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from strands.models import Model
from strands.types.exceptions import ContextWindowOverflowException

from strands_nb.agents import _llama
from strands_nb.agents._bounded import bounded

if TYPE_CHECKING:
    from strands.types.content import Messages
    from strands.types.streaming import StreamEvent

__all__ = ("LocalModel",)

_LOOK_EVERY_S = 0.05
_SYSTEM = "You are a helpful assistant."
"""Always sent: without a system prompt the template adds one of its own, with which small models derail."""


class LocalModel(Model):
    """A GGUF file run by llama.cpp.

    A small model proves the plumbing (real tokens, streaming, valid JSON); what it decides may be noise. Output that
    reaches `max_tokens` ends softly with the stop reason ``max_tokens``. The same request may give another text the
    next time, even at temperature 0.

    `context` is the window in tokens, prompt and answer together.
    """

    takes_any_schema = True
    """Also arrays and plain values, where other models' tools take objects only."""

    def __init__(
        self,
        path: str | Path,
        *,
        model_id: str | None = None,
        max_tokens: int = 512,
        temperature: float = 0.0,
        context: int = 8192,
        threads: int | None = None,
        **params: Any,
    ) -> None:
        self._path, self._context, self._threads = Path(path), context, threads or _llama.threads_to_use()
        self._body = {"max_tokens": max_tokens, "temperature": temperature, "seed": 0, **params}
        self._config = {"model_id": model_id or self._path.name, "context_window_limit": context}

    def update_config(self, **model_config: Any) -> None:
        """Part of the SDK's interface."""
        self._config.update(model_config)

    def get_config(self) -> dict[str, Any]:
        """The model's id and context window."""
        return self._config

    async def structured_output(
        self, output_model: Any, prompt: Messages, system_prompt: str | None = None, **_: Any
    ) -> AsyncGenerator[dict[str, Any], None]:
        """The SDK's older way to ask for JSON."""
        schema, text = output_model.model_json_schema(), ""
        specs: Any = [{"name": "answer", "description": "", "inputSchema": {"json": schema}}]
        async for event in self.stream(prompt, specs, system_prompt, tool_choice={"tool": {"name": "answer"}}):
            delta = cast("Mapping[str, Any]", event).get("contentBlockDelta", {}).get("delta", {})
            text += delta.get("toolUse", {}).get("input", "")
        yield {"output": output_model.model_validate_json(text)}

    async def stream(
        self,
        messages: Messages,
        tool_specs: Any = None,
        system_prompt: str | None = None,
        *,
        tool_choice: Any = None,
        cancel_signal: threading.Event | None = None,
        **_: Any,
    ) -> AsyncIterable[StreamEvent]:
        """Generate one answer; ends early, without a stop event, when cancelled.

        Raises:
            ContextWindowOverflowException: the prompt is longer than the context.
        """
        forced = _forced(tool_specs, tool_choice)
        body = {**self._body, "messages": _openai_messages(cast("Any", messages), system_prompt), "stream": True}
        body |= {"stream_options": {"include_usage": True}, **_ways(tool_specs, forced)}
        telling = _Telling(forced["name"] if forced else None)
        chunks = self._chunks(body, cancel_signal)
        try:
            yield {"messageStart": {"role": "assistant"}}
            async for chunk in chunks:
                for event in telling.heard(chunk):
                    yield cast("StreamEvent", event)
        finally:
            await chunks.aclose()
        if cancel_signal is not None and cancel_signal.is_set():
            return
        for event in telling.ended():
            yield cast("StreamEvent", event)

    async def _chunks(
        self, body: Mapping[str, Any], cancel: threading.Event | None
    ) -> AsyncGenerator[Mapping[str, Any], None]:
        """The engine's chunks, carried from its thread to this loop; leaving early stops the engine."""
        loop, queue, stop = asyncio.get_running_loop(), asyncio.Queue[Any](), threading.Event()

        def put(item: Any) -> None:
            try:
                loop.call_soon_threadsafe(queue.put_nowait, item)
            except RuntimeError:  # the loop is closed: nobody will ever read it
                stop.set()

        def work() -> None:
            try:
                server = _llama.engine(self._path, self._context, self._threads)
            except Exception as error:  # noqa: BLE001 - raised in the loop instead
                put(error)
                return
            _llama.generate(server, body, put, lambda: stop.is_set() or (cancel is not None and cancel.is_set()))

        threading.Thread(target=work, daemon=True, name="strands-nb-local").start()
        try:
            while (item := await _next(queue, cancel)) is not None:
                for chunk in cast("list[Any]", item if isinstance(item, list) else [item]):
                    yield chunk
        finally:
            stop.set()


async def _next(queue: asyncio.Queue[Any], cancel: threading.Event | None) -> Any:
    """The next chunk; None at the end or when cancelled, also while the engine is still reading the prompt."""
    while cancel is None or not cancel.is_set():
        try:
            item = await asyncio.wait_for(queue.get(), _LOOK_EVERY_S)
        except TimeoutError:
            continue
        if isinstance(item, BaseException):
            raise item
        return item
    return None


@dataclass
class _Telling:
    """Turns OpenAI's chunks into the SDK's events."""

    forced: str | None
    opened: bool = False
    finish: str | None = None
    usage: Mapping[str, Any] = field(default_factory=dict[str, Any])
    calls: dict[int, dict[str, str]] = field(default_factory=dict[int, Any])
    started: float = field(default_factory=time.perf_counter)

    def heard(self, chunk: Mapping[str, Any]) -> list[dict[str, Any]]:
        if error := chunk.get("error"):
            _refuse(error)
        self.usage = chunk.get("usage") or self.usage
        events: list[dict[str, Any]] = []
        for choice in cast("list[Any]", chunk.get("choices") or []):
            self.finish = choice.get("finish_reason") or self.finish
            delta: dict[str, Any] = choice.get("delta") or {}
            if text := delta.get("content"):
                events += [*self._open(), _delta({"toolUse": {"input": text}} if self.forced else {"text": text})]
            for call in cast("list[Any]", delta.get("tool_calls") or []):
                self._collect(call)
        return events

    def _open(self) -> list[dict[str, Any]]:
        if self.opened:
            return []
        self.opened = True
        return [_block(self.forced, None)]

    def _collect(self, call: Mapping[str, Any]) -> None:
        known = self.calls.setdefault(call.get("index", 0), {"id": "", "name": "", "arguments": ""})
        function: dict[str, Any] = call.get("function") or {}
        known["id"] = call.get("id") or known["id"]
        known["name"] += function.get("name") or ""
        known["arguments"] += function.get("arguments") or ""

    def ended(self) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = [{"contentBlockStop": {}}] if self.opened else []
        for call in self.calls.values():
            arguments = _delta({"toolUse": {"input": call["arguments"]}})
            events += [_block(call["name"], call["id"]), arguments, {"contentBlockStop": {}}]
        by_tool = self.forced or self.calls
        stop = "max_tokens" if self.finish == "length" else "tool_use" if by_tool else "end_turn"
        return [*events, {"messageStop": {"stopReason": stop}}, {"metadata": self._metadata()}]

    def _metadata(self) -> dict[str, Any]:
        sent, answered = self.usage.get("prompt_tokens", 0), self.usage.get("completion_tokens", 0)
        usage = {"inputTokens": sent, "outputTokens": answered, "totalTokens": sent + answered}
        return {"usage": usage, "metrics": {"latencyMs": int((time.perf_counter() - self.started) * 1000)}}


def _delta(delta: dict[str, Any]) -> dict[str, Any]:
    return {"contentBlockDelta": {"delta": delta}}


def _block(tool: str | None, tool_id: str | None) -> dict[str, Any]:
    if tool is None:
        return {"contentBlockStart": {"start": {}}}
    use = {"name": tool, "toolUseId": tool_id or f"local-{secrets.token_hex(6)}"}
    return {"contentBlockStart": {"start": {"toolUse": use}}}


def _refuse(error: Any) -> None:
    message = str(cast("Any", error).get("message", error)) if isinstance(error, Mapping) else str(error)
    if "context" in message:
        raise ContextWindowOverflowException(message)
    raise RuntimeError(message)


def _forced(specs: Any, choice: Any) -> Mapping[str, Any] | None:
    if not specs or not choice:
        return None
    if "tool" in choice:
        return next((spec for spec in specs if spec["name"] == choice["tool"]["name"]), None)
    return specs[0] if "any" in choice and len(specs) == 1 else None


def _ways(specs: Any, forced: Mapping[str, Any] | None) -> dict[str, Any]:
    """How the answer is bound: to a grammar where one tool is forced, else by offering the tools.

    Templates without tool support ignore `tool_choice`; a grammar holds any model.
    """
    if forced is not None:
        described = {"name": forced["name"], "strict": True, "schema": bounded(forced["inputSchema"]["json"])}
        return {"response_format": {"type": "json_schema", "json_schema": described}}
    if not specs:
        return {}
    return {"tools": [{"type": "function", "function": _function(spec)} for spec in specs], "tool_choice": "auto"}


def _function(spec: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": spec["name"], "description": spec["description"], "parameters": spec["inputSchema"]["json"]}


def _openai_messages(messages: list[Mapping[str, Any]], system: str | None) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = [{"role": "system", "content": system or _SYSTEM}]
    for message in messages:
        told += [_result(block["toolResult"]) for block in message["content"] if "toolResult" in block]
        text = "\n".join(block["text"] for block in message["content"] if "text" in block)
        calls = [_call(block["toolUse"]) for block in message["content"] if "toolUse" in block]
        if text or calls:
            told.append({"role": message["role"], "content": text, **({"tool_calls": calls} if calls else {})})
    return told


def _call(use: Mapping[str, Any]) -> dict[str, Any]:
    function = {"name": use["name"], "arguments": json.dumps(use["input"])}
    return {"id": use["toolUseId"], "type": "function", "function": function}


def _result(result: Mapping[str, Any]) -> dict[str, Any]:
    text = "\n".join(part.get("text") or json.dumps(part.get("json")) for part in result["content"])
    return {"role": "tool", "tool_call_id": result["toolUseId"], "content": text}
