"""A condition as a tree, and what it asks for of the names it is given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, takewhile
from typing import Any, NamedTuple, TypeAlias

from strands_nb.render.operations import ATTRIBUTE, GUARDS, ITEM, NEGATED_TESTS, TESTS, Function
from strands_nb.render.paths import Path, Reference

__all__ = ("Chain", "List", "Literal", "Logic", "Name", "Node", "Step", "chained", "references")


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that stands in the text."""

    value: Any


@dataclass(frozen=True, slots=True)
class Name:
    """A name from outside; a `bare` one, after `contains`, stands for its own text where there is no such name."""

    name: str
    at: int
    bare: bool = False


@dataclass(frozen=True, slots=True)
class List:
    """Values in brackets."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing done to a value: an operator, a part taken, a filter, a test, a method. It stands `at` … `end`."""

    function: Function
    arguments: tuple[Node, ...]
    at: int
    end: int


@dataclass(frozen=True, slots=True)
class Chain:
    """A value and what is done to it, one thing after the other."""

    base: Literal | Name | List | Logic
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Logic:
    """`and`, or else `or`."""

    operands: tuple[Node, ...]
    every: bool


Node: TypeAlias = Literal | Name | List | Chain | Logic


def chained(base: Node, *steps: Step) -> Node:
    """The steps after those that the base has already."""
    if isinstance(base, Chain):
        return Chain(base.base, base.steps + steps)
    return Chain(base, steps) if steps else base


class _Use(NamedTuple):
    path: Path
    at: int
    guarded: bool = False
    asks: bool = False
    """Whether it asks for this very path, for the sake of the others."""


def references(text: str, root: Node) -> tuple[Reference, ...]:
    """Every use of a name from outside, in the order of the text."""
    uses = list(_uses(root))
    asked = {use.path for use in uses if use.asks}

    def guarded(use: _Use) -> bool:
        return use.guarded or any(use.path[:size] in asked for size in range(1, len(use.path) + 1))

    return tuple(Reference(use.path, text.count("\n", 0, use.at) + 1, guarded(use)) for use in uses)


def _uses(node: Node) -> Iterator[_Use]:
    inner: Iterable[Node] = ()
    match node:
        case Literal():
            pass
        case Name():
            yield _Use((node.name,), node.at, node.bare)
        case List():
            inner = node.items
        case Logic():
            inner = node.operands
        case Chain():
            if isinstance(node.base, Name):
                yield _use(node.base, node.steps)
            else:
                yield from _uses(node.base)
            inner = chain.from_iterable(step.arguments for step in node.steps)
    for each in inner:
        yield from _uses(each)


def _use(name: Name, steps: tuple[Step, ...]) -> _Use:
    """As much of a path as is known, and whether it is asked for first."""
    parts = list(takewhile(lambda step: step.function in (ATTRIBUTE, ITEM), steps))
    keys = [step.arguments[0] for step in parts]
    known = [key.value for key in takewhile(_plain, keys) if isinstance(key, Literal)]
    after = steps[len(parts)].function if len(parts) < len(steps) else None
    tested = after in (TESTS["defined"], NEGATED_TESTS["defined"]) and len(known) == len(keys)
    return _Use((name.name, *known), name.at, after in GUARDS, tested)


def _plain(key: Node) -> bool:
    return isinstance(key, Literal) and type(key.value) in (str, int)
