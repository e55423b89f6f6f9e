"""Units of work: their names, and the eyes that watch one while it is under way."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from strands_nb.engine import events as ev
from strands_nb.engine import payloads as pay
from strands_nb.engine.call import AgentInfo, Call, Reply, Usage
from strands_nb.engine.fingerprint import fingerprint
from strands_nb.engine.halt import Halt
from strands_nb.engine.payloads import UnitData, UsageData
from strands_nb.engine.store import Durable, settled
from strands_nb.errors import ExecutionError

if TYPE_CHECKING:
    from strands_nb.engine.effects import Effects
    from strands_nb.engine.session import Session  # noqa: TC004 - for types only: at run time a session imports us

__all__ = ("ScopeWatch", "Unit", "UnitWatch", "completed", "key_part", "usage_data")


_SIGNS = re.compile(r"[%/~*\x00-\x1f\x7f]")
"""What means something in keys, or could not be shown."""


def key_part(name: str) -> str:
    """Any name as one part of a key: what means something there is said by its number.

    >>> key_part("billing"), key_part("billing/refunds"), key_part("50%")
    ('billing', 'billing%2Frefunds', '50%25')
    """
    return _SIGNS.sub(lambda sign: f"%{ord(sign[0]):02X}", name)


@dataclass(frozen=True, slots=True)
class Unit:
    """What a pattern calls a piece of work: a key within its scope, a role, and which revision of it.

    >>> Unit("steps/0", revision=2).revised
    'steps/0~2'
    """

    key: str
    role: str = "step"
    index: int | None = None
    id: str | None = None
    revision: int = 1

    @property
    def revised(self) -> str:
        """The key with its revision, where it is not the first."""
        return self.key if self.revision == 1 else f"{self.key}~{self.revision}"


def unit_data(unit: Unit, key: str, agent: str | None) -> UnitData:
    """What every event of the unit says."""
    return {
        "key": key,
        "role": unit.role,
        "index": unit.index,
        "step_index": unit.index,
        "id": unit.id,
        "agent": agent,
    }


def usage_data(usage: Usage) -> UsageData:
    """Usage in the form in which it is recorded."""
    return {
        "input": usage.input_tokens,
        "output": usage.output_tokens,
        "cached": usage.cached_tokens,
        "cost": usage.cost,
        "estimated": usage.estimated,
    }


def completed(
    facts: UnitData,
    mark: str,
    response: str,
    *,
    seconds: float,
    reply: Reply | None = None,
    answer: pay.AnswerData | None = None,
    tokens: int = 0,
) -> pay.UnitCompleteData:
    """The record of an outcome: of an agent's `reply`, a human's `answer`, or a scope whose work took `tokens`."""
    return {
        **facts,
        "response": response,
        "duration": round(seconds, 6),
        "tokens": reply.usage.total if reply else tokens,
        "cost": reply.usage.cost if reply else None,
        "status": "completed",
        "fingerprint": mark,
        "usage": usage_data(reply.usage) if reply else None,
        "model": reply.model if reply else "",
        "stop_reason": reply.stop_reason if reply else "end_turn",
        "messages": list(reply.turn) if reply and reply.turn is not None else None,
        "value": reply.value if reply else None,
        "answer": answer,
    }


def recorded_reply(data: pay.UnitCompleteData) -> Reply:
    """The reply as it was when it was recorded."""
    usage = data["usage"]
    return Reply(
        text=data["response"],
        usage=Usage(usage["input"], usage["output"], usage["cached"], usage["cost"], usage["estimated"])
        if usage
        else Usage(),
        turn=tuple(data["messages"]) if data["messages"] is not None else None,
        value=data["value"],
        model=data["model"],
        stop_reason=data["stop_reason"],
    )


@dataclass(slots=True)
class UnitWatch:
    """Turns what happens inside one unit into events. The engine's only `Watcher`."""

    session: Session
    facts: UnitData
    info: AgentInfo
    halt: Halt
    unit: Unit
    began: float | None = None
    usage: Usage | None = None
    tools: dict[str, tuple[str, float]] = field(default_factory=dict[str, "tuple[str, float]"])
    """Key and start of each tool call, by the model's id for it."""

    def begin(self, call: Call) -> None:
        """An attempt starts now; the first one starts the unit."""
        self.halt.check()
        self.usage = None
        if (effects := self.session.journal.effects.get(call.key)) is not None:
            effects.begin()
            _refuse_unknown(effects, call.key)
        if self.began is None:
            self.began = self.session.monotonic()
            self.start("agent", call.prompt, self.info.model)

    def start(self, kind: Literal["agent", "hitl", "scope"], prompt: str, model: str = "") -> None:
        """Announce the unit."""
        data: pay.UnitStartData = {
            **self.facts,
            "kind": kind,
            "prompt": prompt,
            "revision": self.unit.revision,
            "model": model,
        }
        self.session.emit(ev.UnitStarted, self.facts["key"], data, f"{self.unit.role}_start")

    @property
    def seconds(self) -> float:
        """Since it started."""
        return 0.0 if self.began is None else self.session.monotonic() - self.began

    def spend(self, call: Call, usage: Usage, error: BaseException | None = None) -> None:
        """Write down what an attempt cost, however it ended."""
        data: pay.SpendData = {
            "key": call.key,
            "agent": self.info.id,
            "attempt": call.attempt,
            "model": self.info.model,
            "usage": usage_data(usage),
            "ok": error is None,
            "error": None if error is None else type(error).__name__,
            "active_s": round(self.session.ledger.worked, 3),
        }
        self.session.emit(ev.Spent, call.key, data)

    def text(self, delta: str) -> None:
        """A piece of the reply's text arrived."""
        self.session.emit(ev.Token, self.facts["key"], {"text": delta})

    def tool_start(self, tool_id: str, name: str, arguments: Any, *, once: bool = False) -> Durable:  # noqa: ANN401 - JSON
        """The agent calls a tool; that it is about to call one that must not be called twice is on record before."""
        key = f"{self.facts['key']}/tools/{len(self.tools)}"
        self.tools[tool_id] = key, self.session.monotonic()
        data: pay.ToolStartData = {"key": key, "tool_id": tool_id, "name": name, "arguments": arguments}
        if once:
            data["effect"] = "once"
        return self.session.emit(ev.ToolStarted, key, data)

    def recall(self, name: str, arguments: Any) -> str | None:  # noqa: ANN401 - JSON
        """What this very call was answered before."""
        effects = self.session.journal.effects.get(self.facts["key"])
        return None if effects is None else effects.recall(name, arguments)

    def tool_complete(self, tool_id: str, name: str, result: str, *, ok: bool) -> None:
        """The tool has answered."""
        key, began = self.tools.get(tool_id, (f"{self.facts['key']}/tools/?", self.session.monotonic()))
        data: pay.ToolCompleteData = {
            "key": key,
            "tool_id": tool_id,
            "name": name,
            "result": result,
            "ok": ok,
            "duration": round(self.session.monotonic() - began, 6),
        }
        self.session.emit(ev.ToolCompleted, key, data)

    def used(self, usage: Usage) -> None:
        """Usage so far."""
        self.usage = usage

    def asked_again(self, attempt: int, reason: str) -> None:
        """An answer could not be used, and the agent is asked again within the same call."""
        key = self.facts["key"]
        data: pay.RetryData = {"key": key, "attempt": attempt, "delay": 0.0, "error": reason}
        self.session.emit(ev.Retried, key, data)


def _refuse_unknown(effects: Effects, key: str) -> None:
    """Raise `ExecutionError` for an attempt that would make a call again of which nobody knows whether it happened."""
    for effect in effects.unknown():
        message = (
            f"{key}: the attempt before this one failed while it was calling {effect.name}, which must not be "
            "called twice; whether it happened is not known: resume the run to say so"
        )
        raise ExecutionError(message, key=key)


@dataclass(slots=True)
class ScopeWatch:
    """A unit made of other units. `response` is what they came to; left None, the scope stays unfinished."""

    session: Session
    facts: UnitData
    unit: Unit
    response: str | None = None
    tokens: int = 0
    """What all its units took."""

    def begin(self) -> None:
        """Announce it, unless that was done before and it is only gone through again, or gone on with."""
        key = self.facts["key"]
        self.session.ledger.start(key)
        if not self.session.journal.has_begun(key):
            data: pay.UnitStartData = {
                **self.facts,
                "kind": "scope",
                "prompt": "",
                "revision": self.unit.revision,
                "model": "",
            }
            self.session.emit(ev.UnitStarted, key, data, f"{self.unit.role}_start")

    def fail(self, error: ExecutionError) -> None:
        """It ended by an error of one of its units."""
        key = self.facts["key"]
        data: pay.UnitErrorData = {
            **self.facts,
            "error": str(error),
            "error_type": type(error).__name__,
            "duration": round(self.session.ledger.stop(key), 6),
            "status": "failed",
        }
        self.session.emit(ev.UnitFailed, key, data, f"{self.unit.role}_error")

    async def complete(self) -> None:
        """It ended well; said once for the same outcome."""
        key, response = self.facts["key"], self.response
        if response is None:
            return
        mark, seconds = fingerprint("scope", response), self.session.ledger.stop(key)
        if not self.session.journal.has_outcome(key, mark):
            data = completed(self.facts, mark, response, seconds=seconds, tokens=self.tokens)
            await settled(self.session.emit(ev.UnitCompleted, key, data, f"{self.unit.role}_complete"))
