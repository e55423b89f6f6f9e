"""The units of a run, as its state has them, each in its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias

from strands_nb.engine.payloads import AnswerData, OutlineData, OutlineNode
from strands_nb.engine.rows import Placed, arrange

__all__ = ("DECIDING", "Span", "ToolState", "UnitState", "UnitStatus", "begun", "ended", "placed", "redrawn")

UnitStatus: TypeAlias = Literal["waiting", "running", "asking", "completed", "failed", "interrupted", "unknown"]
"""`unknown`: a call that was under way when its process died."""

DECIDING: Final = frozenset({"router", "evaluator", "orchestrator"})
"""Roles of units that decide how the run goes on: what they reply is JSON."""


@dataclass(frozen=True, slots=True)
class ToolState:
    """One tool call of a unit; `ok` is None while it runs."""

    tool_id: str
    name: str
    arguments: Any
    result: str | None = None
    ok: bool | None = None
    duration: float | None = None
    started_at: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """One attempt at one revision of a unit; of a question, how long it was open."""

    started_at: str
    revision: int = 1
    ended_at: str | None = None
    ok: bool | None = None
    """None while it goes on, and where it was given up."""


@dataclass(frozen=True, slots=True)
class UnitState:
    """One row of the widget: a unit of work in its latest revision."""

    key: str
    role: str = "step"
    index: int | None = None
    id: str | None = None
    agent: str | None = None
    kind: Literal["agent", "hitl", "scope"] = "agent"
    label: str = ""
    detail: str = ""
    status: UnitStatus = "waiting"
    revision: int = 1
    attempts: int = 0
    prompt: str | None = None
    text: str = ""
    """What has streamed so far; empty once `response` is there."""
    response: str | None = None
    value: Any = None
    """What a unit that decides has decided, as JSON; None for every other, whose `response` says it all."""
    started_at: str | None = None
    duration: float | None = None
    tokens: int = 0
    """All attempts of all revisions together."""
    cost: float | None = 0.0
    model: str = ""
    error: str | None = None
    answer: AnswerData | None = None
    tools: tuple[ToolState, ...] = ()
    spans: tuple[Span, ...] = ()
    """All attempts of all revisions, the oldest first; none of a unit that is made of others."""


def begun(spans: tuple[Span, ...], at: str, revision: int) -> tuple[Span, ...]:
    """The spans with another one; of one that died with its process nobody knows when."""
    return (*(span for span in spans if span.ended_at is not None), Span(at, revision))


def ended(spans: tuple[Span, ...], at: str, *, ok: bool | None) -> tuple[Span, ...]:
    """The spans when what still goes on ends.

    >>> ended((Span("12:00"),), "12:05", ok=True)
    (Span(started_at='12:00', revision=1, ended_at='12:05', ok=True),)
    """
    return tuple(replace(span, ended_at=at, ok=ok) if span.ended_at is None else span for span in spans)


def placed(units: Mapping[str, UnitState], fresh: Iterable[str]) -> dict[str, UnitState]:
    """All units, with new ones for the keys in `fresh`, named like others of their kind."""
    return {row.key: _placed(row, units) for row in arrange(units, fresh)}


def redrawn(units: Mapping[str, UnitState], outline: OutlineData) -> dict[str, UnitState]:
    """The units as the outline has them; those that it does not know stay as they were."""
    drawn = {node["key"]: _drawn(node) for node in outline["nodes"]}
    others = [key for key in units if key not in drawn and "*" not in key]  # a `*` stood for what never came
    return {row.key: _redrawn(row, units, drawn) for row in arrange(drawn, others)}


def _placed(row: Placed, units: Mapping[str, UnitState]) -> UnitState:
    if row.was is not None:
        unit = units[row.was]
        return unit if row.key == row.was else replace(unit, key=row.key)
    like = units[row.like] if row.like is not None else None
    if like is None or like.label == like.key:  # the label of what was never drawn is its key
        return UnitState(row.key, label=row.key)
    return UnitState(row.key, label=like.label, detail=like.detail)


def _drawn(node: OutlineNode) -> UnitState:
    return UnitState(
        node["key"],
        node["role"],
        agent=node["agent"],
        kind=node["kind"],
        label=node["label"],
        detail=node["detail"],
    )


def _redrawn(row: Placed, units: Mapping[str, UnitState], drawn: Mapping[str, UnitState]) -> UnitState:
    if row.like is None or (row.was is None and "*" not in row.like):
        return units[row.key]
    box, unit = replace(drawn[row.like], key=row.key), units.get(row.key)
    if unit is None:
        return box
    return replace(unit, role=box.role, agent=box.agent, kind=box.kind, label=box.label, detail=box.detail)
