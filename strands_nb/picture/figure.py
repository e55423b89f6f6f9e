"""What is drawn: an outline read with care, so that no box is lost and every arrow has two ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from strands_nb.picture.words import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("Arrow", "Box", "Drawable", "Figure", "Link", "read")

_DEEPEST: Final = 50


class _Outline(Protocol):
    """What gives its picture as data."""

    def to_json(self) -> Mapping[str, Any]: ...


Drawable: TypeAlias = "_Outline | Mapping[str, Any]"
"""An outline, or the form in which a run's first event carries it.

`nodes` have `key`, `role`, `label`, and may have `agent`, `kind` ("agent", "hitl" or "scope"), `detail` and `parent`,
the key of the scope around them. `edges` are `[source, target]`, `[source, target, label]`, or mappings of these names.
"""


@dataclass(frozen=True, slots=True)
class Box:
    """A step, or the frame around some. Its texts are one line each."""

    key: str
    role: str
    label: str
    agent: str
    detail: str
    human: bool
    """Whether a person decides here."""
    around: tuple[str, ...]
    """The keys of the frames around it, the outermost first."""

    @property
    def agent_word(self) -> str:
        """Who acts here, unless the label says so."""
        return "" if self.agent.casefold() == self.label.casefold() else self.agent

    @property
    def role_word(self) -> str:
        """What it is, unless the label says so."""
        return "" if self.role.casefold() in self.label.casefold() else self.role

    @property
    def many(self) -> bool:
        """Whether the run will make any number of it."""
        return self.role == "worker"


@dataclass(frozen=True, slots=True)
class Arrow:
    """From one box to another, or to itself."""

    source: str
    target: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """An arrow as it is seen inside one frame: from this member to that one, wherever in them it begins and ends."""

    arrow: Arrow
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Figure:
    """Boxes in file order by their keys, and arrows between them."""

    boxes: Mapping[str, Box]
    arrows: tuple[Arrow, ...]
    members: Mapping[str | None, tuple[str, ...]]
    """What stands directly in each frame, in file order; under None what stands in none."""
    links: Mapping[str | None, tuple[Link, ...]]
    """The arrows of each frame that stay in it and cross from one of its members to another."""

    def walk(self) -> Iterator[Box]:
        """Every box, frames before what is in them."""
        ahead = list(reversed(self.members[None]))
        while ahead:
            key = ahead.pop()
            yield self.boxes[key]
            ahead.extend(reversed(self.members[key]))

    def summary(self) -> str:
        """How much there is, in words.

        >>> read({"nodes": [{"key": "a", "kind": "hitl"}, {"key": "b"}], "edges": []}).summary()
        '2 steps, 1 human gate'
        """
        steps = [box for box in self.boxes.values() if not self.members[box.key]]
        gates = sum(box.human for box in steps)
        parts = [f"{len(steps):,} step{'s'[: len(steps) != 1]}"]
        return ", ".join(parts + [f"{gates:,} human gate{'s'[: gates != 1]}"] * bool(gates))


def read(outline: Drawable) -> Figure:
    """The figure of an outline.

    What the outline says of keys that it does not have is left out: an arrow with an end in nowhere, a frame that is
    not there. An arrow from a step to a frame around it goes to the first member of that frame.

    >>> figure = read({"nodes": [{"key": "a"}, {"key": "b", "parent": "a"}], "edges": [["b", "a", "again"]]})
    >>> figure.members["a"], figure.arrows
    (('b',), (Arrow(source='b', target='b', label='again'),))
    """
    data = outline if isinstance(outline, Mapping) else outline.to_json()
    boxes = _boxes(data["nodes"])
    members = _members(boxes)
    arrows = tuple(_arrows(data["edges"], boxes, members))
    return Figure(boxes, arrows, members, _links(boxes, members, arrows))


def _boxes(nodes: Sequence[Mapping[str, Any]]) -> dict[str, Box]:
    parents: dict[str, str | None] = {node["key"]: node.get("parent") for node in nodes}
    return {node["key"]: _box(node, _around(node["key"], parents)) for node in nodes}


def _box(node: Mapping[str, Any], around: tuple[str, ...]) -> Box:
    label, role, agent, detail = (one_line(node.get(name) or "") for name in ("label", "role", "agent", "detail"))
    return Box(
        key=node["key"],
        role=role,
        label=label or one_line(node["key"]),
        agent=agent,
        detail=detail,
        human=node.get("kind") == "hitl",
        around=around,
    )


def _around(key: str, parents: Mapping[str, str | None]) -> tuple[str, ...]:
    """The frames around a box; none where they form a circle or are too many to be meant."""
    found: list[str] = []
    above = parents[key]
    while above is not None and above in parents:
        found.append(above)
        if len(found) > _DEEPEST:
            return ()
        above = parents[above]
    return tuple(reversed(found))


def _members(boxes: Mapping[str, Box]) -> dict[str | None, tuple[str, ...]]:
    found: dict[str | None, list[str]] = {None: [], **{key: [] for key in boxes}}
    for box in boxes.values():
        found[box.around[-1] if box.around else None].append(box.key)
    return {key: tuple(inside) for key, inside in found.items()}


def _arrows(
    edges: Sequence[Any], boxes: Mapping[str, Box], members: Mapping[str | None, tuple[str, ...]]
) -> Iterator[Arrow]:
    for edge in edges:
        source, target, label = _ends(edge)
        if source not in boxes or target not in boxes or source in boxes[target].around:
            continue
        while target in boxes[source].around:
            target = members[target][0]
        # An arrow to a route may be labelled with its name, which stands at the route anyhow.
        named = any(label == boxes[key].label for key in (*boxes[target].around, target))
        yield Arrow(source, target, "" if named else label)


def _ends(edge: Any) -> tuple[str, str, str]:  # noqa: ANN401 - JSON
    match edge:
        case {"source": source, "target": target}:
            label = edge.get("label")
        case [source, target, *rest]:
            label = rest[0] if rest else ""
        case _:
            raise ValueError(f"an edge is [source, target] or [source, target, label], not {edge!r}")
    return source, target, one_line(label or "")


def _links(
    boxes: Mapping[str, Box], members: Mapping[str | None, tuple[str, ...]], arrows: Sequence[Arrow]
) -> dict[str | None, tuple[Link, ...]]:
    found: dict[str | None, list[Link]] = {key: [] for key in members}
    for arrow in arrows:
        here, there = ((*boxes[end].around, end) for end in (arrow.source, arrow.target))
        shared = 0
        while shared < min(len(here), len(there)) - 1 and here[shared] == there[shared]:
            shared += 1
        found[here[shared - 1] if shared else None].append(Link(arrow, here[shared], there[shared]))
    return {key: tuple(inside) for key, inside in found.items()}
