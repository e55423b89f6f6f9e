"""JSON text to a tree with positions.

YAML takes most JSON, but not all: it stumbles over escaped surrogate pairs, which is how `json.dumps` writes emoji,
over tabs, and over keys of more than 1024 characters.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NoReturn

from strands_nb.spec.compose import MAX_DEPTH, MAX_NODES, refuse, refuse_number
from strands_nb.spec.tree import Document, Entry, Items, Leaf, Table

if TYPE_CHECKING:
    from strands_nb.errors import Problem
    from strands_nb.spec.tree import Node

__all__ = ("compose_json",)

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*+"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_WORD = re.compile(r"true|false|null")
_WORDS = {"true": True, "false": False, "null": None}


def compose_json(document: Document) -> tuple[Node, list[Problem]]:
    """The tree of a JSON text, and what is wrong with it but does not stop reading.

    Raises:
        LoadError: it is no JSON, or exceeds a limit.
    """
    return _Reader(document).whole()


class _Reader:
    def __init__(self, document: Document) -> None:
        self.document, self.text = document, document.text
        self.problems: list[Problem] = []
        self.nodes = 0

    def whole(self) -> tuple[Node, list[Problem]]:
        node, index = self.value(self.skip(0), 1)
        if (rest := self.skip(index)) < len(self.text):
            self.refuse(rest, "this is not JSON: something follows the end")
        return node, self.problems

    def value(self, index: int, depth: int) -> tuple[Node, int]:
        self.nodes += 1
        if depth > MAX_DEPTH:
            self.refuse(index, f"nested more than {MAX_DEPTH} levels deep")
        if self.nodes > MAX_NODES:
            self.refuse(index, f"more than {MAX_NODES:,} values")
        match self.text[index : index + 1]:
            case "{":
                return self.table(index, depth)
            case "[":
                return self.items(index, depth)
            case _:
                return self.leaf(index)

    def leaf(self, index: int) -> tuple[Leaf, int]:
        if match := _STRING.match(self.text, index):
            return self.made(self.string(match), index, match.end(), quoted=True), match.end()
        if match := _NUMBER.match(self.text, index):
            number: Any = 0
            if reason := refuse_number(match[0]):
                self.problem(index, match.end(), reason)
            else:
                number = json.loads(match[0])
            return self.made(number, index, match.end()), match.end()
        if match := _WORD.match(self.text, index):
            return self.made(_WORDS[match[0]], index, match.end()), match.end()
        return self.refuse(index, "this is not JSON: a value should stand here")

    def string(self, match: re.Match[str]) -> str:
        try:
            value: str = json.loads(match[0])
            value.encode()  # half of a surrogate pair is no text: it could be neither stored nor sent
        except json.JSONDecodeError:
            self.refuse(match.start(), "this is not JSON: an escape that JSON does not know")
        except UnicodeEncodeError:
            self.refuse(match.start(), "half of a surrogate pair")
        return value

    def items(self, start: int, depth: int) -> tuple[Items, int]:
        items: list[Node] = []
        index = self.skip(start + 1)
        while self.text[index : index + 1] != "]":
            if items:
                index = self.expect(",", index)
            node, index = self.value(index, depth + 1)
            items.append(node)
            index = self.skip(index)
        return Items(items=items, **self.at(start, index + 1)), index + 1

    def table(self, start: int, depth: int) -> tuple[Table, int]:
        entries: dict[str, Entry] = {}
        first = True
        index = self.skip(start + 1)
        while self.text[index : index + 1] != "}":
            index = index if first else self.expect(",", index)
            first = False
            if not (match := _STRING.match(self.text, index)):
                self.refuse(index, "this is not JSON: a key in double quotes should stand here")
            name, key = self.string(match), self.made(None, index, match.end(), quoted=True)
            key.value = name
            value, index = self.value(self.expect(":", self.skip(match.end())), depth + 1)
            index = self.skip(index)
            if name in entries:
                self.problem(match.start(), match.end(), f"the key {name!r} is here twice")
            else:
                entries[name] = Entry(key=key, value=value)
        return Table(entries=entries, **self.at(start, index + 1)), index + 1

    def expect(self, mark: str, index: int) -> int:
        if self.text[index : index + 1] != mark:
            self.refuse(index, f"this is not JSON: {mark!r} should stand here")
        return self.skip(index + 1)

    def skip(self, index: int) -> int:
        match = _SPACE.match(self.text, index)
        return match.end() if match else index

    def at(self, start: int, end: int) -> dict[str, Any]:
        return {"document": self.document, "start": self.document.mark(start), "end": self.document.mark(end)}

    def made(self, value: object, start: int, end: int, *, quoted: bool = False) -> Leaf:
        return Leaf(value=value, style="quoted" if quoted else "plain", **self.at(start, end))

    def refuse(self, index: int, message: str) -> NoReturn:
        refuse(self.document, self.document.mark(index), message)

    def problem(self, start: int, end: int, message: str) -> None:
        self.problems.append(self.document.problem(message, self.document.mark(start), end - start))
