"""Outlines of all seven patterns, and outlines of any shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hypothesis.strategies import DrawFn

Data = dict[str, Any]


def node(key: str, label: str = "", role: str = "step", agent: str | None = None, **more: Any) -> Data:
    return {"key": key, "role": role, "label": label or key, "agent": agent, "kind": "agent", "detail": "", **more}


def gate(key: str, label: str, detail: str = "", **more: Any) -> Data:
    return node(key, label, kind="hitl", detail=detail, **more)


def scope(key: str, label: str, role: str, **more: Any) -> Data:
    return node(key, label, role, kind="scope", **more)


def outline(nodes: Iterable[Data], edges: Iterable[Sequence[str]] = ()) -> Data:
    return {"nodes": list(nodes), "edges": [list(edge) for edge in edges]}


def chain(length: int) -> Data:
    steps = [node(f"steps/{n}", f"step {n}", agent="writer") for n in range(length)]
    return outline(steps, [(f"steps/{n}", f"steps/{n + 1}") for n in range(length - 1)])


CHAIN = outline(
    [
        node("steps/0", "researcher", agent="researcher", detail="Find three facts about {{ topic }}"),
        gate("steps/1", "review", "Are these facts good enough to write from?"),
        node("steps/2", "brief", agent="writer", detail="Brief from the facts"),
    ],
    [("steps/0", "steps/1"), ("steps/1", "steps/2")],
)
WORKFLOW = outline(
    [
        node("tasks/tech", "tech", "task", "researcher"),
        node("tasks/market", "market", "task", "researcher"),
        node("tasks/risks", "risks", "task", "analyst"),
        node("tasks/compare", "compare", "task", "analyst"),
        gate("tasks/approve", "approve", role="task"),
        node("tasks/report", "report", "task", "writer"),
        node("tasks/aside", "aside", "task", "writer"),
    ],
    [
        ("tasks/tech", "tasks/risks"),
        ("tasks/tech", "tasks/compare"),
        ("tasks/market", "tasks/compare"),
        ("tasks/risks", "tasks/approve"),
        ("tasks/compare", "tasks/approve"),
        ("tasks/approve", "tasks/report"),
        ("tasks/tech", "tasks/report"),
        ("tasks/market", "tasks/aside"),
    ],
)
ROUTING = outline(
    [
        node("router", "router", "router", "triage", detail="Which team answers?"),
        scope("routes/billing", "billing", "route"),
        node("routes/billing/steps/0", "lookup", agent="clerk", parent="routes/billing"),
        gate("routes/billing/steps/1", "refund?", parent="routes/billing"),
        scope("routes/other", "anything else", "route"),
        node("routes/other/steps/0", "greet", agent="greeter", parent="routes/other"),
    ],
    [
        ("router", "routes/billing", "billing"),
        ("router", "routes/other", "other"),
        ("routes/billing/steps/0", "routes/billing/steps/1"),
    ],
)
PARALLEL = outline(
    [
        scope("branches/web", "web", "branch"),
        node("branches/web/steps/0", "search", agent="searcher", parent="branches/web"),
        node("branches/web/steps/1", "condense", agent="writer", parent="branches/web"),
        scope("branches/papers", "papers", "branch"),
        gate("branches/papers/steps/0", "pick", "Which papers?", parent="branches/papers"),
        node("reduce", "reduce", "reduce", "editor"),
    ],
    [
        ("branches/web/steps/0", "branches/web/steps/1"),
        ("branches/web/steps/1", "reduce"),
        ("branches/papers", "reduce"),
    ],
)
EVALUATOR = outline(
    [
        scope("iterations/*", "each round", "iteration", detail="at most 3"),
        node("iterations/*/produce", "produce", "producer", "writer", parent="iterations/*"),
        node("iterations/*/evaluate", "evaluate", "evaluator", "critic", parent="iterations/*"),
        gate("iterations/*/review", "review", "Good enough?", role="review", parent="iterations/*"),
    ],
    [
        ("iterations/*/produce", "iterations/*/evaluate"),
        ("iterations/*/evaluate", "iterations/*/review", "score >= 80"),
        ("iterations/*/evaluate", "iterations/*/produce", "score < 80"),
        ("iterations/*/review", "iterations/*", "modify"),
    ],
)
ORCHESTRATOR = outline(
    [
        node("orchestrator", "plan", "orchestrator", "planner"),
        gate("orchestrator/review", "review plan", role="review"),
        node("workers/*", "worker", "worker", "researcher", detail="2 to 6"),
        node("reduce", "reduce", "reduce", "editor"),
        node("writeup", "write up", "writeup", "writer"),
    ],
    [
        ("orchestrator", "orchestrator/review"),
        ("orchestrator/review", "workers/*"),
        ("workers/*", "orchestrator", "next round"),
        ("workers/*", "reduce"),
        ("reduce", "writeup"),
    ],
)
GRAPH = outline(
    [
        node("nodes/draft/*", "draft", "node", "writer"),
        gate("nodes/review/*", "review", "Publish?", role="node"),
        node("nodes/legal/*", "legal", "node", "lawyer"),
        node("nodes/drop/*", "drop", "node", "clerk"),
        node("nodes/publish/*", "publish", "node", "publisher"),
    ],
    [
        ("nodes/draft/*", "nodes/review/*"),
        ("nodes/review/*", "nodes/legal/*", "'approve' in nodes.review.response"),
        ("nodes/review/*", "nodes/drop/*", "'drop' in nodes.review.response"),
        ("nodes/review/*", "nodes/drop/*", "'never' in nodes.review.response"),
        ("nodes/review/*", "nodes/draft/*", "else"),
        ("nodes/legal/*", "nodes/legal/*", "'unsure' in nodes.legal.response"),
        ("nodes/legal/*", "nodes/publish/*", "'fine' in nodes.legal.response"),
        ("nodes/legal/*", "nodes/draft/*", "else"),
    ],
)
NESTED = outline(
    [
        node("start"),
        scope("a", "outer", "branch"),
        node("a/0", "first", parent="a"),
        scope("a/b", "inner", "branch", parent="a"),
        node("a/b/0", "deep", parent="a/b"),
        node("a/b/1", "deeper", parent="a/b"),
        scope("a/c", "empty", "branch", parent="a"),
        node("stop"),
    ],
    [
        ("start", "a/0"),
        ("a/0", "a/b/0"),
        ("a/0", "a/c"),
        ("a/b/0", "a/b/1"),
        ("a/b/1", "stop"),
        ("a/b/1", "a/0", "again"),
        ("stop", "a/b/1", "back into it"),
        ("a", "a", "once more"),
        ("a", "a/0", "says nothing new"),
        ("stop", "nowhere"),
    ],
)
PATTERNS = {
    "chain": CHAIN,
    "workflow": WORKFLOW,
    "routing": ROUTING,
    "parallel": PARALLEL,
    "evaluator_optimizer": EVALUATOR,
    "orchestrator_workers": ORCHESTRATOR,
    "graph": GRAPH,
}
OUTLINES = {**PATTERNS, "nested": NESTED, "empty": outline([]), "long": chain(40)}

WORDS = st.sampled_from(["a", "draft", "a rather long label for such a small box", "编辑 的 标签", "👩‍🔬 lab", "שלום"])


@st.composite
def outlines(draw: DrawFn, boxes: int = 12, *, scopes: bool = True) -> Data:
    """Up to so many boxes in scopes of any depth, with arrows between any two of them."""
    keys = [f"n/{n}" for n in range(draw(st.integers(1, boxes)))]
    parents = [draw(st.sampled_from([None, *keys[:n]])) if scopes else None for n in range(len(keys))]
    kinds = st.sampled_from(["agent", "hitl"])
    nodes = [
        node(key, draw(WORDS), agent=draw(st.sampled_from([None, "writer"])), kind=draw(kinds), parent=parent)
        for key, parent in zip(keys, parents, strict=True)
    ]
    ends = st.sampled_from(keys)
    labels = st.sampled_from(["", "", "else", "'approve' in nodes.review.response and more"])
    return outline(nodes, draw(st.lists(st.tuples(ends, ends, labels), max_size=2 * boxes)))
