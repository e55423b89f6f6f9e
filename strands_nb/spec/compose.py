"""YAML text to a tree with positions: the core schema of YAML 1.2, within limits, and nothing that could run code.

Built on the events of the parser rather than on `yaml.compose`, so that a hostile text is left at the first event past
a limit and not after it has been read whole.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, NoReturn

import yaml

from strands_nb.errors import LoadError
from strands_nb.spec.tree import Document, Entry, Items, Leaf, Mark, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strands_nb.errors import Problem
    from strands_nb.spec.tree import Node

__all__ = ("MAX_ALIASES", "MAX_DEPTH", "MAX_NODES", "compose", "refuse", "refuse_number")

MAX_ALIASES = 100
"""Most aliases (`*name`) in a text."""
MAX_NODES = 100_000
"""Most values in a text, every alias counted as what it stands for."""
MAX_DEPTH = 50
"""Deepest nesting."""
MAX_DIGITS = 400
"""Longest number: Python itself gives up at 4300 digits, no budget needs 400."""

_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULL = {"", "~", "null", "Null", "NULL"}
_INT = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_STYLES: dict[str | None, Any] = {
    None: "plain",
    "": "plain",
    "'": "quoted",
    '"': "quoted",
    "|": "literal",
    ">": "folded",
}

_QUOTE = 'a text that begins with a template needs quotes: "{{ … }}"'
_HINTS = {
    "mapping values are not allowed": "a text that contains ': ' needs quotes, or a block after '|'",
    "did not find expected key": "check the indentation, and quotes that are not closed",
    "could not find expected ':'": "every line of a mapping is `key: value`; a longer text needs '|'",
    "found unexpected end of stream": "a quote or bracket is not closed",
    "found unknown escape character": "in double quotes a backslash is written \\\\; single quotes take it as it is",
    "found undefined alias": "an alias `*name` needs an anchor `&name` before it; quote a text that begins with '*'",
    "cannot start any token": "quote a text that begins with @, ` or %",
}


def compose(document: Document) -> tuple[Node | None, list[Problem]]:
    """The tree of a YAML text, None if there is nothing in it, and what is wrong with it but does not stop reading.

    Raises:
        LoadError: it is no YAML, exceeds a limit, holds a tag or a second document.
    """
    # libyaml is twenty times faster; PyYAML's own parser gives the same events where it was not built.
    loader_type: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loader = loader_type(document.text)
    try:
        return _Composer(document, loader).document_node()
    except yaml.MarkedYAMLError as error:
        _refuse_syntax(document, error)
    except yaml.YAMLError as error:
        raise LoadError(f"the text cannot be read as YAML: {error}") from None
    finally:
        loader.dispose()


def refuse(
    document: Document, start: Mark, message: str, *, end: Mark | None = None, hint: str | None = None
) -> NoReturn:
    """Raise a `LoadError` for a place."""
    width = end.column - start.column if end and end.line == start.line else 1
    problem = document.problem(message, start, width, hint=hint)
    raise LoadError("\n".join(filter(None, (str(problem), problem.excerpt()))), problem)


def refuse_number(text: str) -> str | None:
    """Why a number cannot be taken, or None."""
    if _NOT_FINITE.fullmatch(text):
        return f"{text} is no number that JSON knows"
    if len(text) > MAX_DIGITS:
        return f"a number of {len(text):,} digits is too large"
    if _FLOAT.fullmatch(text) and not math.isfinite(float(text)):
        return f"the number {text[:40]} is too large"
    return None


class _Composer:
    def __init__(self, document: Document, loader: Any) -> None:  # noqa: ANN401 - PyYAML's loaders are untyped
        self.document, self.loader = document, loader
        self.problems: list[Problem] = []
        self.anchors: dict[str, tuple[Node, int, int] | None] = {}
        self.nodes = self.aliases = 0

    def document_node(self) -> tuple[Node | None, list[Problem]]:
        events: Iterator[Any] = iter(self.loader.get_event, None)
        root: Node | None = None
        for event in events:
            match event:
                case yaml.DocumentStartEvent() if root is not None:
                    self.refuse(event, "a second document begins here; a file holds one workflow")
                case yaml.NodeEvent():
                    root, _ = self.node(event, 1)
                case yaml.StreamEndEvent():
                    break
                case _:
                    pass
        return root, self.problems

    def node(self, event: Any, depth: int) -> tuple[Node, int]:  # noqa: ANN401
        """The value that begins with `event`, and how deeply it is nested."""
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, depth)
        before = self.nodes
        self.count(event, 1)
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self.refuse(event, f"the tag {tag!r} is not allowed", hint="write the value alone; quotes make it text")
        if depth > MAX_DEPTH:
            self.refuse(event, f"nested more than {MAX_DEPTH} levels deep")
        if event.anchor:
            self.anchors[event.anchor] = None
        match event:
            case yaml.ScalarEvent():
                node, height = self.leaf(event), 1
            case yaml.SequenceStartEvent():
                node, height = self.sequence(event, depth)
            case _:
                node, height = self.mapping(event, depth)
        if event.anchor:
            self.anchors[event.anchor] = (node, self.nodes - before, height)
        return node, height

    def alias(self, event: Any, depth: int) -> tuple[Node, int]:  # noqa: ANN401
        self.aliases += 1
        if self.aliases > MAX_ALIASES:
            self.refuse(event, f"more than {MAX_ALIASES} aliases")
        if event.anchor not in self.anchors:
            self.refuse(event, f"there is no anchor &{event.anchor} before this alias")
        if (known := self.anchors[event.anchor]) is None:
            self.refuse(event, f"*{event.anchor} stands inside what it stands for")
        node, size, height = known
        self.count(event, size)
        if depth + height - 1 > MAX_DEPTH:
            self.refuse(event, f"nested more than {MAX_DEPTH} levels deep")
        return node, height

    def sequence(self, event: Any, depth: int) -> tuple[Items, int]:  # noqa: ANN401
        items: list[Node] = []
        height = 0
        while not isinstance(child := self.loader.get_event(), yaml.SequenceEndEvent):
            node, below = self.node(child, depth + 1)
            items.append(node)
            height = max(height, below)
        return Items(items=items, **self.at(event, child)), height + 1

    def mapping(self, event: Any, depth: int) -> tuple[Node, int]:  # noqa: ANN401
        entries: dict[str, Entry] = {}
        merged: list[Table] = []
        height = 0
        while not isinstance(child := self.loader.get_event(), yaml.MappingEndEvent):
            key, _ = self.node(child, depth + 1)
            self.nodes -= isinstance(key, Leaf)  # what is counted are values, as in JSON
            value, below = self.node(self.loader.get_event(), depth + 1)
            height = max(height, below)
            if not isinstance(key, Leaf) and self.is_template(event):
                return self.unquoted(event), height
            if isinstance(key, Leaf) and key.value == "<<" and key.style == "plain":
                merged += self.merged(key, value)
            elif name := self.key(key, entries):
                entries[name[0]] = Entry(key=name[1], value=value)
        for table in merged:
            for inherited, entry in table.entries.items():
                entries.setdefault(inherited, entry)
        return Table(entries=entries, **self.at(event, child)), height + 1

    def key(self, node: Node, entries: dict[str, Entry]) -> tuple[str, Leaf] | None:
        """The key as text, unless it is none or there already."""
        if not isinstance(node, Leaf):
            self.problem(node, "a key must be text")
        elif not isinstance(node.value, str):
            shown = self.document.line(node.start.line)[node.start.column : node.end.column]
            self.problem(node, f"the key {shown or 'null'} is not text", hint="write it in quotes")
        elif node.value in entries:
            first = entries[node.value].key.start.line + 1
            self.problem(node, f"the key {node.value!r} is here twice", hint=f"it is already on line {first}")
        else:
            return node.value, node
        return None

    def is_template(self, event: Any) -> bool:  # noqa: ANN401
        """Whether what YAML takes for a mapping within a mapping was meant as `{{ … }}`."""
        start = event.start_mark
        return self.document.line(start.line)[start.column :].startswith("{{")

    def unquoted(self, event: Any) -> Leaf:  # noqa: ANN401
        """Report a template without quotes, and take it for some text."""
        while not isinstance(end := self.loader.get_event(), yaml.MappingEndEvent):
            self.node(end, MAX_DEPTH)
        leaf = Leaf(value="?", made_up=True, **self.at(event, end))
        self.problem(leaf, "this is a mapping to YAML, not a template", hint=_QUOTE)
        return leaf

    def merged(self, key: Leaf, value: Node) -> list[Table]:
        """What `<<` brings in: later than what is written out, earlier ones first."""
        tables = value.items if isinstance(value, Items) else [value]
        if all(isinstance(table, Table) for table in tables):
            return [table for table in tables if isinstance(table, Table)]
        self.problem(key, "<< takes a mapping, or a list of mappings")
        return []

    def leaf(self, event: Any) -> Leaf:  # noqa: ANN401
        text: str = event.value
        value: Any = text
        leaf = Leaf(value=text, style=_STYLES.get(event.style, "plain"), **self.at(event, event))
        if event.implicit[0]:
            value = self.scalar(text, leaf)
        leaf.value = value
        return leaf

    def scalar(self, text: str, leaf: Leaf) -> Any:  # noqa: ANN401 - str, int, float, bool or None
        if text in _NULL:
            return None
        if text in _BOOL:
            return _BOOL[text]
        if _NOT_FINITE.fullmatch(text) or _FLOAT.fullmatch(text):
            if reason := refuse_number(text):
                self.problem(leaf, reason)
                return 0
            return int(text) if _INT.fullmatch(text) else float(text)
        return int(text, 0) if _BASED.fullmatch(text) and len(text) <= MAX_DIGITS else text

    def at(self, first: Any, last: Any) -> dict[str, Any]:  # noqa: ANN401
        start, end = first.start_mark, last.end_mark
        return {
            "document": self.document,
            "start": Mark(start.line, start.column),
            "end": Mark(end.line, end.column),
        }

    def count(self, event: Any, nodes: int) -> None:  # noqa: ANN401
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            self.refuse(event, f"more than {MAX_NODES:,} values, aliases counted in full")

    def refuse(self, event: Any, message: str, *, hint: str | None = None) -> NoReturn:  # noqa: ANN401
        at = self.at(event, event)
        refuse(self.document, at["start"], message, end=at["end"], hint=hint)

    def problem(self, node: Node, message: str, *, hint: str | None = None) -> None:
        width = node.end.column - node.start.column if node.start.line == node.end.line else 1
        self.problems.append(self.document.problem(message, node.start, width, hint=hint))


def _refuse_syntax(document: Document, error: yaml.MarkedYAMLError) -> NoReturn:
    what = str(error.problem or error.context or "the text cannot be read as YAML")
    mark: Any = error.problem_mark or error.context_mark
    if "unexpected end" in what and error.context_mark:
        mark = error.context_mark  # the quote that was opened says more than the end of the text
    # Not past the last character: there is nothing to see.
    place = min(Mark(mark.line, mark.column) if mark else Mark(0, 0), document.mark(len(document.text.rstrip())))
    line = document.line(place.line)
    if "\t" in line[: len(line) - len(line.lstrip())]:
        refuse(
            document, Mark(place.line, line.index("\t")), "a tab in the indentation", hint="YAML indents with spaces"
        )
    if "{{" in line and ("flow" in str(error.context) or "flow" in what):
        hint: str | None = _QUOTE
    else:
        hint = next((text for part, text in _HINTS.items() if part in what), None)
    refuse(document, place, f"this is not YAML: {what}", hint=hint)
