"""What is expected of a workflow, in the words of the conformance tests.

Agents say the key under which they are asked (`said`), so that a prompt shows whose replies it was made from. Several
keys in one text stand apart by blanks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FINE = "fine"


@dataclass(frozen=True)
class Edit:
    """A change of the text, and the calls that a session must make again for it."""

    old: str
    new: str
    asked: str
    """Those that are asked otherwise, or remember one that is: they are made again though all replies stay the same."""
    told: str
    """Those that are made again where replies change."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """A workflow, and what comes of it where every question gets its default."""

    config: str
    calls: str
    """In the order in which they begin."""
    last: str
    """The call whose reply is the result."""
    agent: str
    tokens: Mapping[str, int]
    context: Mapping[str, Any]
    events: list[str]
    remembers: Mapping[str, str]
    """By call, the replies that its agent remembers; the others remember none."""
    edit: Edit
    prose: tuple[str, str]
    """A call that is answered in prose, and what it is asked."""
    siblings: tuple[str, str] | None = None
    """Two calls that are under way at the same time."""

    @property
    def text(self) -> str:
        """The workflow."""
        return HEAD + self.config


HEAD = """
version: 0
name: seven
runtime: {provider: scripted, failure_policy: {retries: 2, wait_min: 0, wait_max: 0}}
agents: {a: {prompt: You are A.}, b: {prompt: You are B.}, j: {prompt: You are J.}}
inputs: {required: {topic: string}, values: {topic: tides}}
"""


def said(key: str) -> str:
    """What an agent says under this key."""
    return f"<{key}>"


def replied(key: str, agent: str, index: int = 0, **more: Any) -> dict[str, Any]:
    """The entry of `execution_context` for an agent's reply."""
    return {"index": index, "response": said(key), "agent": agent, "status": "completed", "tokens": 10, **more}


def answered(prompt: str, index: int = 0, **more: Any) -> dict[str, Any]:
    """The entry of `execution_context` for a human's answer."""
    answer = {"response": FINE, "agent": None, "status": "completed", "tokens": 0, "type": "hitl", "prompt": prompt}
    return {"index": index, **answer, **more}


def judged(number: int, score: int, issues: list[str], fixes: list[str], response: str) -> dict[str, Any]:
    """The entry of `execution_context` for an iteration."""
    verdict = {"score": score, "issues": issues, "fixes": fixes, "feedback": ""}
    texts = dict.fromkeys(("draft", "draft_preview", "producer_response"), said(f"iterations/{number}/produce"))
    entry = replied(f"iterations/{number}/produce", "a", number, tokens=20, iteration=number + 1)
    return {**entry, **texts, **verdict, "evaluation": {**verdict, "response": response}}


def done(role: str, *keys: str) -> list[str]:
    """The events of agents that are asked one after the other."""
    return [f"{role}_{event} {key}" for key in keys for event in ("start", "complete")]


def asked(role: str, key: str) -> list[str]:
    """The events of a question that is answered at once."""
    hitl = [f"hitl_{event} {key}" for event in ("requested", "pause", "answered")]
    return [f"{role}_start {key}", *hitl, f"{role}_complete {key}"]


def within(role: str, key: str, *events: str) -> list[str]:
    """The events of a unit that is made of others."""
    return [f"{role}_start {key}", *events, f"{role}_complete {key}"]
