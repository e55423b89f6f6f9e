"""What the names in a template stand for, as far as it is known before a run."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

__all__ = (
    "BRANCH",
    "EVALUATION",
    "ITERATION",
    "NODE",
    "RESULT",
    "ROUTER",
    "WORKER",
    "Fields",
    "Row",
    "Scope",
    "Shape",
    "Table",
    "Value",
)

RESULT = ("agent", "id", "index", "json", "prompt", "response", "status", "tokens", "tokens_estimated", "type")
"""What a template may ask of a step or task that is done."""
BRANCH = (*RESULT, "step_history", "steps")
"""The same of a branch."""
NODE = (*RESULT, "iteration")
"""The same of a node; `iteration` counts its visits from 1."""
WORKER = (*RESULT, "task")
"""The same of a worker."""
ROUTER = (*RESULT, "chosen_route")
"""The same of a router."""
ITERATION = (
    "agent",
    "draft",
    "draft_preview",
    "evaluation",
    "feedback",
    "fixes",
    "index",
    "issues",
    "iteration",
    "producer_response",
    "response",
    "score",
    "status",
    "tokens",
)
"""The same of one round of drafting and judging."""
EVALUATION = ("feedback", "fixes", "issues", "response", "score")
"""The same of a verdict."""


@dataclass(frozen=True, slots=True)
class Value:
    """Anything: nothing is known of what is inside."""


@dataclass(frozen=True, slots=True)
class Fields:
    """One thing with these fields; `noun` is what it is called. With `more`, it may have others as well."""

    noun: str
    fields: tuple[str, ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """Results by number: the first `done` of `total` are there by then; with `more`, others may be as well."""

    name: str
    noun: str
    fields: tuple[str, ...]
    done: int
    total: int
    ids: Mapping[str, int] = field(default_factory=dict[str, int])
    more: bool = False
    owner: str = "the chain"
    why: str = ""
    """Why one that exists is not there, where there is more to say than how many are done."""


@dataclass(frozen=True, slots=True)
class Table:
    """Results by id: of all that exist, those in `ready` may be there by then."""

    noun: str
    fields: tuple[str, ...]
    known: Collection[str]
    ready: Collection[str]
    why: str = "it is not done by then"
    """Why one that exists is not there."""


Shape: TypeAlias = Value | Fields | Row | Table


@dataclass(frozen=True, slots=True)
class Scope:
    """What a template sees of a run, its inputs aside."""

    names: Mapping[str, Shape] = field(default_factory=dict[str, Shape])
    """What it can use."""
    not_yet: Mapping[str, str] = field(default_factory=dict[str, str])
    """Names that stand for nothing at this place, with the reason."""
    where: str = ""
    """The place in words."""
