"""A text as a tree in which every value knows where it was written.

Positions are looked up here rather than kept in a table beside the values: the short form, references and merge keys
move values about, and each takes its own place along.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from strands_nb.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = (
    "Document",
    "Entry",
    "Found",
    "Items",
    "Leaf",
    "Mark",
    "Node",
    "Table",
    "find",
    "grown",
    "join",
    "made_up",
    "plain",
    "split",
)

# What the YAML scanner counts as the end of a line; counting otherwise would shift every line after it.
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


# Characters that turn the direction of what follows, or show as nothing: a text could be made to look like another.
_INVISIBLE = dict.fromkeys([*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A)], "\ufffd")
_INVISIBLE[ord("\t")] = " "  # so that the line of carets stays in step

_SHOWN = 160
"""Longest part of a line that a problem shows: a file may be one line of a megabyte."""


class Document:
    """A text, where it came from, and its lines."""

    def __init__(self, text: str, file: str | None = None) -> None:
        self.text, self.file = text, file

    @cached_property
    def _starts(self) -> array[int]:
        starts = array("I", [0])  # a list takes ten times as much: a text of line ends alone has ten million of them
        starts.extend(match.end() for match in _BREAK.finditer(self.text))
        return starts

    def line(self, number: int) -> str:
        """The line of that number, from 0, without its end; empty past the last."""
        starts = self._starts
        if number >= len(starts):
            return ""
        end = starts[number + 1] if number + 1 < len(starts) else len(self.text)
        return self.text[starts[number] : end].rstrip("\r\n\x85\u2028\u2029")

    def problem(self, message: str, start: Mark, width: int = 1, **details: Any) -> Problem:  # noqa: ANN401
        """A problem with what stands at `start`; further fields of `Problem` by name."""
        shown = self.line(start.line)[:_SHOWN].translate(_INVISIBLE) if start.column < _SHOWN else None
        fields: dict[str, Any] = {
            "file": self.file,
            "line": start.line + 1,
            "column": start.column + 1,
            "source": shown,
            "width": max(1, min(width, _SHOWN - start.column)),
        }
        return Problem(message=message, **(fields | details))

    def mark(self, index: int) -> Mark:
        """Where the character of that index is."""
        line = bisect_right(self._starts, index) - 1
        return Mark(line, index - self._starts[line])


class Mark(NamedTuple):
    """A place in a text; both count from 0."""

    line: int
    column: int


@dataclass(slots=True, eq=False, kw_only=True)
class _At:
    document: Document
    start: Mark
    end: Mark
    made_up: bool = False
    """Put in by us to look past a mistake; nothing about it is worth reporting."""


@dataclass(slots=True, eq=False, kw_only=True)
class Leaf(_At):
    """Text, number, boolean or null."""

    value: Any
    style: Literal["plain", "quoted", "literal", "folded"] = "plain"


@dataclass(slots=True, eq=False, kw_only=True)
class Items(_At):
    """A list."""

    items: list[Node] = field(default_factory=list["Node"])


@dataclass(slots=True, eq=False, kw_only=True)
class Entry:
    """One key of a mapping with its value."""

    key: Leaf
    value: Node
    origin: tuple[str, ...] | None = None
    """The path from the mapping to the value as it was written, where that is not the key."""


@dataclass(slots=True, eq=False, kw_only=True)
class Table(_At):
    """A mapping, in the order of the text."""

    entries: dict[str, Entry] = field(default_factory=dict[str, Entry])

    def get(self, key: str) -> Node | None:
        """The value of `key`, or None."""
        entry = self.entries.get(key)
        return entry.value if entry else None


Node = Leaf | Items | Table


@dataclass(slots=True, frozen=True)
class Found:
    """What a path leads to."""

    node: Node
    key: Leaf | None
    """The key the value stands under, if it stands under one."""
    written: tuple[str, ...]
    """The path as the text has it."""
    missing: tuple[str | int, ...]
    """What was left of the path where the tree ended."""


def find(root: Node, path: Sequence[str | int]) -> Found:
    """Follow `path` as far as it goes."""
    node, key, written = root, None, ()
    for position, token in enumerate(path):
        if isinstance(node, Table) and (entry := node.entries.get(str(token))):
            node, key = entry.value, entry.key
            written += (str(token),) if entry.origin is None else entry.origin
        elif isinstance(node, Items) and str(token).isdecimal() and int(token) < len(node.items):
            node, key = node.items[int(token)], None
            written += (str(token),)
        else:
            return Found(node, key, written, tuple(path[position:]))
    return Found(node, key, written, ())


def plain(node: Node) -> Any:  # noqa: ANN401 - any JSON value
    """The value as Python has it: dict, list, str, int, float, bool, None."""
    match node:
        case Leaf():
            return node.value
        case Items():
            return [plain(item) for item in node.items]
        case Table():
            return {key: plain(entry.value) for key, entry in node.entries.items()}


def grown(value: Any, at: Node | None = None, *, unreal: bool = False) -> Node:  # noqa: ANN401 - any JSON value
    """A tree of plain data, all of it at the place of `at`, or nowhere."""
    start, end = (at.start, at.end) if at else (Mark(0, 0), Mark(0, 0))
    place: dict[str, Any] = {
        "document": at.document if at else Document(""),
        "start": start,
        "end": end,
        "made_up": unreal,
    }
    match value:
        case Mapping():
            entries = {
                str(name): Entry(key=Leaf(value=name, **place), value=grown(item, at, unreal=unreal))
                for name, item in cast("Mapping[object, Any]", value).items()
            }
            return Table(entries=entries, **place)
        case list() | tuple():
            return Items(items=[grown(item, at, unreal=unreal) for item in value], **place)  # pyright: ignore[reportUnknownVariableType]
        case _:
            return Leaf(value=value, **place)


def made_up(value: Any, at: Node) -> Node:  # noqa: ANN401 - any JSON value
    """A value that nobody wrote, put in at the place of `at` to look past a mistake."""
    return grown(value, at, unreal=True)


def join(path: Sequence[str | int]) -> str:
    """A path as a JSON pointer (RFC 6901).

    >>> join(["agents", "a/b", 0])
    '/agents/a~1b/0'
    """
    return "".join(f"/{str(token).replace('~', '~0').replace('/', '~1')}" for token in path)


def split(pointer: str) -> list[str]:
    """The path of a JSON pointer.

    >>> split("/agents/a~1b/0")
    ['agents', 'a/b', '0']
    """
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]
