"""One invocation of a fresh `strands.Agent`: driving its stream, watching it, ending it."""
# ruff: noqa: ANN401 - any JSON

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from opentelemetry import trace
from strands import Agent
from strands.agent.conversation_manager import NullConversationManager
from strands.hooks import AfterToolCallEvent, BeforeToolCallEvent
from strands.plugins import Plugin
from strands.types.exceptions import MaxTokensReachedException

if TYPE_CHECKING:
    from strands.models import Model

    from strands_nb.agents._meter import Meter
    from strands_nb.engine.call import Message, Watcher

__all__ = ("Turn",)

_log = logging.getLogger(__name__)

_STOPPED = "(stopped after {turns} model calls without a final answer)"


class _NoDelegation(Plugin):
    """In the place of the SDK's delegation to sub-agents, which an agent without tools has none of.

    Every agent would make its own and ask it four times a turn: a tenth of what a call costs.
    """

    name = "strands:agent-delegation"  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride] - as the SDK


class _Untraced:
    """In the place of the SDK's tracer where nobody collects spans: it would write out every message all the same."""

    tracer = trace.NoOpTracer()

    def __getattr__(self, name: str) -> Any:
        return _no_span


def _no_span(*_: object, **__: object) -> trace.Span:
    return trace.INVALID_SPAN


_no_delegation, _untraced = _NoDelegation(), _Untraced()


class Turn:
    """One prompt to one agent, with the tool calls in between.

    A fresh agent each time: an `Agent` is not re-entrant, keeps every message and metric it ever saw, and costs a
    third of a millisecond. It is made when its turn comes and let go at the end, so that a thousand calls that wait
    for one another do not hold a thousand agents.
    """

    def __init__(
        self,
        model: Model,
        prompt: str,
        *,
        history: Sequence[Message],
        system: str,
        tools: Sequence[Any],
        name: str,
        state: Mapping[str, Any],
        watch: Watcher,
        meter: Meter,
    ) -> None:
        self._model, self._prompt, self._history, self._system = model, prompt, history, system
        self._tools, self._name, self._state = tools, name, state
        self._watch, self._meter = watch, meter
        self._once = {tool.tool_name for tool in tools if getattr(tool, "effect", None) == "once"}
        self._recalled: dict[str, str] = {}
        """By the model's id, what a call that must not be made twice was answered before."""
        self._agent: Agent | None = None
        self.stop_reason = "end_turn"
        self.messages: tuple[Message, ...] = ()
        """Everything after the prompt, in a form that a journal can hold."""

    def _make(self) -> Agent:
        agent = Agent(
            model=self._model,
            messages=[_copy(message) for message in self._history],
            system_prompt=self._system or None,
            tools=list(self._tools) or None,
            name=self._name,
            callback_handler=None,  # the default one prints
            retry_strategy=None,  # one layer retries, and it is the engine's
            conversation_manager=NullConversationManager(),
            plugins=None if self._tools else [_no_delegation],
        )
        if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
            agent.tracer = cast("Any", _untraced)
        if self._tools:
            agent.add_hook(self._tool_started, BeforeToolCallEvent)
            agent.add_hook(self._tool_ended, AfterToolCallEvent)
        return agent

    async def run(self, *, turns: int, grace: float) -> None:
        """Ask, and wait for the end.

        If cancelled, the model is told to stop and has `grace` seconds to do so before its task is cancelled too;
        either way what was used is counted.
        """
        # A task of its own, because a cancellation must not reach the SDK's generators before the grace is over.
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._drive_until(done, turns))
        try:
            await done
        except asyncio.CancelledError:
            # The agent is ours alone, so its own cancel() does what a cancel_signal would, without the task that
            # polls one every 50 ms.
            if self._agent is None:
                task.cancel()  # it has not begun, and must not
            else:
                self._agent.cancel()
            await _end(task, grace)
            self._settle()
            raise
        task.result()

    async def _drive_until(self, done: asyncio.Future[None], turns: int) -> None:
        """Tell whoever waits by a future of its own: waiting for a task itself would cancel it, and cost more."""
        try:
            await self._drive(turns)
        finally:
            if not done.done():
                done.set_result(None)

    async def _drive(self, turns: int) -> None:
        self._agent = agent = self._make()
        try:
            await self._stream(agent, turns)
        except MaxTokensReachedException:
            # A soft end: the SDK has kept what there was, and it is paid for.
            self.stop_reason = "max_tokens"
        except Exception:
            self._settle(refused=True)
            raise
        finally:
            self._settle()
            self._agent = None
        if self.stop_reason == "limit_turns":
            _close_unfinished(agent, turns)
        self.messages = tuple(_kept(message) for message in agent.messages[len(self._history) + 1 :])

    async def _stream(self, agent: Agent, turns: int) -> None:
        # Without `limits` a model that calls tools for ever is never stopped.
        stream = agent.stream_async(self._prompt, limits={"turns": turns}, invocation_state=self._invocation())
        # Leaving the stream without closing it would lock the agent and confuse the tracing context.
        async with contextlib.aclosing(cast("Any", stream)) as events:
            async for event in events:
                self._see(event)

    def _invocation(self) -> dict[str, Any]:
        """What tools find beside their arguments."""
        return {**self._state, "recalled": self._recalled} if self._once else dict(self._state)

    def _see(self, event: Mapping[str, Any]) -> None:
        if "data" in event:
            self._meter.streamed(len(event["data"]))
            self._watch.text(event["data"])
        elif "event" in event:
            if (metadata := event["event"].get("metadata")) is not None:
                self._meter.counted(metadata.get("usage") or {})
        elif "start_event_loop" in event:
            self._meter.opened()
        elif "message" in event:
            self._settle()
        elif "result" in event:
            self.stop_reason = event["result"].stop_reason

    def _settle(self, *, refused: bool = False) -> None:
        """Close the books on the latest request where the provider did not count it."""
        if (agent := self._agent) is not None:
            self._meter.settle(lambda: _asked(agent), refused=refused)

    async def _tool_started(self, event: BeforeToolCallEvent) -> None:
        use = event.tool_use
        tool_id, name, arguments = use["toolUseId"], use["name"], use["input"]
        once = name in self._once
        if once and (known := self._watch.recall(name, arguments)) is not None:
            self._recalled[tool_id], once = known, False
        recorded = self._watch.tool_start(tool_id, name, arguments, once=once)
        if once and recorded is not None:
            await asyncio.shield(recorded)

    def _tool_ended(self, event: AfterToolCallEvent) -> None:
        use, result = event.tool_use, cast("Mapping[str, Any]", event.result)
        text = "\n".join(_block_text(block) for block in result.get("content", ()))
        self._watch.tool_complete(use["toolUseId"], use["name"], text, ok=result.get("status") != "error")


def _asked(agent: Agent) -> int:
    """Characters of the latest request."""
    messages = agent.messages
    if len(messages) > 1 and messages[-1]["role"] == "assistant":
        messages = messages[:-1]
    return len(agent.system_prompt or "") + sum(len(str(m["content"])) for m in messages)


def _close_unfinished(agent: Agent, turns: int) -> None:
    # A conversation that ends with a tool's result cannot be continued by a prompt: roles must alternate.
    if agent.messages[-1]["role"] != "assistant":
        said = _STOPPED.format(turns=turns)
        agent.messages.append({"role": "assistant", "content": [{"text": said}]})


async def _end(task: asyncio.Task[None], grace: float) -> None:
    """Let the task finish, then make it; at most two graces, since a model may refuse even a cancellation."""
    for hard in (False, True):
        if hard:
            task.cancel()
        # A second cancellation only shortens the wait: the first one is raised by the caller anyway.
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait((task,), timeout=grace)
        if task.done():
            break
    if not task.done():
        _log.error("a model ignores its cancellation; its task is left behind")
    elif not task.cancelled():
        task.exception()  # fetched, so that asyncio does not report it as forgotten


def _kept(message: Mapping[str, Any]) -> Message:
    """Without metadata (latencies differ from run to run) and reasoning (bound to one model, not sent again)."""
    content = [_plain(block) for block in message["content"] if "reasoningContent" not in block]
    return {"role": message["role"], "content": content}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (str, int, float)):
        return value  # first, because most are
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in cast("Sequence[Any]", value)]
    if isinstance(value, bytes):
        return f"({len(value)} bytes, not kept)"
    return value


_copy = _plain


def _block_text(block: Mapping[str, Any]) -> str:
    return block["text"] if "text" in block else str(block.get("json", f"({next(iter(block), 'nothing')})"))
