"""Logs of any shape, as no pattern writes them: whatever was drawn, and whatever happens in whatever order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from strands_nb.engine import events as ev
from strands_nb.engine.state import base_key

if TYPE_CHECKING:
    from random import Random

    from strands_nb.engine.payloads import OutlineData

__all__ = ("wild_log",)

PARTS = ("a", "b", "1", "2", "*")


def wild_log(random: Random, length: int = 30) -> list[ev.Event]:
    """A run that begins, is paused, goes on with another picture, and ends at any time, or does not."""
    drawn = _keys(random)
    log = [_event(ev.RunStarted, 0, "", {"outline": _outline(drawn, random)})]
    for seq in range(1, random.randint(1, length)):
        match random.randrange(12):
            case 0:
                drawn = _keys(random)
                log.append(_event(ev.RunResumed, seq, "", {"outline": _outline(drawn, random)}))
            case 1:
                log.append(_of_run(random, seq, drawn))
            case _:
                log.append(_of_unit(random, seq, _instance(random, drawn)))
    return log


def _of_run(random: Random, seq: int, drawn: list[str]) -> ev.Event:
    end: dict[str, Any] = dict.fromkeys(("result", "agent", "error", "error_type", "duration", "waiting"))
    if random.random() < 0.5:
        end["unknown"] = [{"key": _instance(random, drawn), "agent": "x", "tokens": 5, "cost": None}]
    kinds: list[Any] = [ev.RunPaused, ev.RunResumed, ev.RunCompleted, ev.RunFailed, ev.RunCancelled]
    return _event(random.choice(kinds), seq, "", end)


def _keys(random: Random) -> list[str]:
    """Keys of boxes, those that begin alike not always together."""
    count = random.randint(0, 6)
    keys = ["/".join(random.choice(PARTS) for _ in range(random.randint(1, 4))) for _ in range(count)]
    return list(dict.fromkeys(keys))


def _outline(keys: list[str], random: Random) -> OutlineData:
    return {
        "nodes": [
            {
                "key": key,
                "role": random.choice(["step", "node"]),
                "label": f"label of {key}",
                "agent": random.choice([None, "writer"]),
                "kind": random.choice(["agent", "hitl", "scope"]),
                "detail": key[::-1],
            }
            for key in keys
        ],
        "edges": [[a, b, "if"] for a, b in pairwise(keys)],
    }


def _instance(random: Random, drawn: list[str]) -> str:
    """The key of a unit, mostly one that was drawn, with numbers for its stars; sometimes of a later revision."""
    form = random.choice(drawn) if drawn and random.random() < 0.8 else "/".join(random.choices("ab123", k=2))
    key = "/".join(str(random.randint(0, 2)) if part == "*" else part for part in form.split("/"))
    return key + random.choice(["", "", "", "~2", "~3"])


def _of_unit(random: Random, seq: int, key: str) -> ev.Event:
    facts: dict[str, Any] = {
        "key": key,
        "role": random.choice(["step", "node", "router"]),
        "index": 1,
        "step_index": 1,
        "id": None,
        "agent": "x",
    }
    answer = random.choice([None, {"action": random.choice(["approve", "modify"]), "text": "", "by": "", "at": ""}])
    outcome = {"answer": answer, "value": random.choice([None, {"route": key}])}
    usage = {"input": 1, "output": 2, "cached": 0, "cost": random.choice([None, 0.5]), "estimated": False}
    question = {"question_id": random.choice("pq"), "deadline": None, "prompt": key}
    tool: dict[str, Any] = {
        "key": f"{key}/tools/0",
        "tool_id": "t",
        "name": "web",
        "arguments": {},
        "result": "",
        "ok": True,
    }
    revision = int(key.partition("~")[2] or 1)
    kinds: list[tuple[Any, dict[str, Any]]] = [
        (ev.Token, {"text": f"{seq} "}),
        (ev.UnitStarted, {**facts, "kind": "agent", "prompt": "go", "revision": revision, "model": "m"}),
        (ev.UnitCompleted, {**facts, **outcome, "response": key, "duration": 1.5, "model": "m"}),
        (ev.UnitFailed, {**facts, "error": "no", "duration": 0.5}),
        (ev.Retried, {"error": "again"}),
        (ev.Spent, {"usage": usage, "attempt": seq}),
        (ev.ToolStarted, tool),
        (ev.ToolCompleted, {**tool, "duration": 0.25}),
        (ev.HitlRequested, {**facts, **question}),
        (ev.HitlPaused, {**facts, **question}),
        (ev.HitlAnswered, question),
        (ev.HitlExtended, {**question, "deadline": "later"}),
        (ev.Rerun, {"key": base_key(key), "by": "x"}),
    ]
    cls, data = random.choice(kinds)
    return _event(cls, seq, key, data)


def _event(cls: Any, seq: int, key: str, data: dict[str, Any]) -> ev.Event:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seq)
    return cls(seq, cls.tag, at, "s", "wild", "graph", key, data)
