"""The static picture of a workflow: boxes whose keys are those the run's events will carry."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from strands_nb.spec import AgentStep, ChainPattern

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strands_nb.engine.payloads import OutlineData
    from strands_nb.spec import Spec, Step

__all__ = ("Node", "Outline", "outline")


@dataclass(frozen=True, slots=True)
class Node:
    """One box. `detail` says in a line what happens there."""

    key: str
    role: str
    label: str
    agent: str | None = None
    kind: Literal["agent", "hitl", "scope"] = "agent"
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Outline:
    """Boxes in file order, and arrows between their keys."""

    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...]

    def to_json(self) -> OutlineData:
        """The form in which a run's first event carries it."""
        return {
            "nodes": [
                {
                    "key": node.key,
                    "role": node.role,
                    "label": node.label,
                    "agent": node.agent,
                    "kind": node.kind,
                    "detail": node.detail,
                }
                for node in self.nodes
            ],
            "edges": [list(edge) for edge in self.edges],  # pyright: ignore[reportReturnType] - JSON has no tuples
        }


def outline(spec: Spec) -> Outline:
    r"""The picture of a workflow, without running it.

    >>> from strands_nb.spec import parse
    >>> picture = outline(parse("agents: {writer: {prompt: Hi}}\nsteps: [{writer: Draft}, {approve: Good?}]"))
    >>> [(node.key, node.label) for node in picture.nodes], picture.edges
    ([('steps/0', 'writer'), ('steps/1', 'approval')], (('steps/0', 'steps/1'),))
    """
    match spec.pattern:
        case ChainPattern(config=config):
            nodes = tuple(_sequence(config.steps, "steps/"))
    return Outline(nodes, tuple((a.key, b.key) for a, b in pairwise(nodes)))


def _sequence(steps: Sequence[Step], prefix: str) -> list[Node]:
    return [_step_node(step, f"{prefix}{i}") for i, step in enumerate(steps)]


def _step_node(step: Step, key: str) -> Node:
    if isinstance(step, AgentStep):
        return Node(key, "step", step.id or step.agent, step.agent, "agent", _first_line(step.input or ""))
    return Node(key, "step", step.id or "approval", None, "hitl", _first_line(step.prompt))


def _first_line(text: str, limit: int = 80) -> str:
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= limit else line[: limit - 1] + "…"
