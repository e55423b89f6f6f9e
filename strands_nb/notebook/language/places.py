"""Where in a workflow's text a cursor stands. The text is being typed, so it is read by indentation, broken or not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

__all__ = ("Place", "locate")

Role = Literal["key", "value", "item", "text"]

_KEY: Final = re.compile(r"""("[^"]*"|'[^']*'|[^\s#\-{}\[\],:"'][^#:]*?|\$ref)\s*:(?:\s+|$)""")
_FLOW: Final = re.compile(
    r"""\s+ | "(?:\\.|[^"\\])*"? | '[^']*'? | [{}\[\],] | :(?=[\s{\["']|$)
    | (?:[^{}\[\],:\s] | :(?=\S) | \s+(?=[^{}\[\],:\s]))+""",
    re.VERBOSE,
)
_INSIDE: Final = 1 << 20
"""The column of everything inside of braces: deeper than any indentation."""


@dataclass(slots=True)
class _Level:
    """One mapping or list around the cursor, and where in it the text is."""

    column: int
    node: Any
    key: str | int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where the cursor stands.

    `path` leads to the mapping in which a key is typed, to the value that is typed, or to the item of a list; `around`
    holds, for each part of the path, the mapping or list that the part is of. `word` is what is typed of it so far.
    With the role `text` there is nothing to choose from: it is prose.
    """

    role: Role
    path: tuple[str | int, ...]
    around: tuple[Any, ...]
    word: str
    root: Mapping[str, Any]
    reference: str | None = None
    """Inside `{{ … }}`: what is typed of it so far."""
    here: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """For keys: what the mapping has already, also further down."""


def locate(text: str, line: int, column: int) -> Place:
    r"""The place before the given column (both count from 0).

    >>> place = locate("agents:\n  writer: {prompt: Hi.}\nsteps:\n  - writer: Go.\n    i", 4, 5)
    >>> place.role, place.path, place.word, place.here
    ('key', ('steps', 0), 'i', {'writer': 'Go.'})
    >>> locate("runtime:\n  failure_policy: {backoff: exp", 1, 32).path
    ('runtime', 'failure_policy', 'backoff')
    """
    reader = _Reader()
    for number, each in enumerate(text.split("\n")):
        if number == line:
            reader.cursor(each[:column])
        else:
            reader.read(each)
    return reader.place()


class _Reader:
    """Reads lines one after the other; keeps the tree so far, and where in it the latest line is."""

    def __init__(self) -> None:
        self._top: dict[str, Any] = {"": None}
        self._levels = [_Level(-1, self._top, "")]
        self._prose: int | None = None
        """Within `key: |`: the column of the key."""
        self._found: tuple[Role, list[_Level], str, str | None] | None = None

    def read(self, line: str) -> None:
        """Take in a whole line."""
        stripped = line.strip()
        if not stripped or self._is_prose(line) or stripped.startswith("#"):
            return
        column, rest = self._items(line)
        if match := _KEY.match(rest):
            self._open(column, is_list=False).key = key = _bare(match[1])
            self._take(key, rest[match.end() :], column)
        elif self._levels[-1].column == _INSIDE:
            self._inside(rest)
        elif isinstance(self._levels[-1].node, list):
            self._value(rest)

    def cursor(self, line: str) -> None:
        """Take in the line that ends at the cursor, and remember the place."""
        reference = _reference(line)
        if self._is_prose(line, begun=True):
            self._remember("text", "", reference)
            return
        column, rest = self._items(line)
        if match := _KEY.match(rest):
            self._open(column, is_list=False).key = key = _bare(match[1])
            value = rest[match.end() :]
            self._take(key, value, column)
            if value[:1] in ("{", "["):
                self._remember_inside(value, reference)
            else:
                self._remember("value", value.strip().lstrip("\"'"), reference)
        elif self._levels[-1].column == _INSIDE or rest[:1] in ("{", "["):
            self._inside(rest)
            self._remember_inside(rest, reference)
        else:
            self._remember_word(column, rest, reference)

    def place(self) -> Place:
        """The remembered place, with all that is known by the end of the text."""
        role, levels, word, reference = self._found or ("text", self._levels[:1], "", None)
        whole = levels[1:] if role in ("value", "item", "text") else levels[1:-1]
        path = [level.key for level in whole]
        here = levels[-1].node if role == "key" and isinstance(levels[-1].node, dict) else {}
        root = self._top[""] if isinstance(self._top[""], dict) else {}
        return Place(
            role,
            tuple(key for key in path if key is not None),
            tuple(level.node for level in whole),
            word,
            root,
            reference,
            here,
        )

    # ---- lines --------------------------------------------------------------------------------------------------

    def _is_prose(self, line: str, *, begun: bool = False) -> bool:
        """Whether a line belongs to the text of a `key: |` above it; one that is `begun` also where it is blank."""
        if self._prose is not None and (begun or line.strip()) and _indent(line) <= self._prose:
            self._prose = None
        return self._prose is not None

    def _items(self, line: str) -> tuple[int, str]:
        """Enter the lists whose dashes begin a line; the column of the rest, and the rest."""
        column = _indent(line)
        rest = line[column:]
        if self._levels[-1].column == _INSIDE and not (_KEY.match(rest) and column <= self._outside()):
            return column, rest
        while match := re.match(r"-(\s+|$)", rest):
            level = self._open(column, is_list=True)
            level.node.append(None)
            level.key = len(level.node) - 1
            column += match.end()
            rest = rest[match.end() :]
        return column, rest

    def _outside(self) -> int:
        return max((level.column for level in self._levels if level.column != _INSIDE), default=-1)

    def _take(self, key: str, value: str, column: int) -> None:
        """The value behind a key: prose below, braces, or what it says."""
        level = self._levels[-1]
        level.node[key] = None
        if value[:1] in ("|", ">"):
            self._prose = column
        elif value[:1] in ("{", "["):
            self._inside(value)
        elif value.strip() and not value.startswith("#"):
            level.node[key] = _bare(value.strip())

    def _value(self, text: str) -> None:
        level = self._levels[-1]
        if text[:1] in ("{", "["):
            self._inside(text)
        elif level.key is not None and text:
            level.node[level.key] = _bare(text.strip())

    def _open(self, column: int, *, is_list: bool) -> _Level:
        """The mapping or list of a column: the one that is there, or a new one below what is above it."""
        while self._levels[-1].column > column:
            self._levels.pop()
        level = self._levels[-1]
        if level.column == column:
            if isinstance(level.node, list) == is_list:
                return level
            if not is_list:  # the items of a key may stand as far left as the key
                self._levels.pop()
                return self._open(column, is_list=False)
        return self._below(column, [] if is_list else {})

    def _below(self, column: int, node: Any) -> _Level:  # noqa: ANN401 - a mapping or a list
        above = self._levels[-1]
        if above.key is not None:
            above.node[above.key] = node
        self._levels.append(_Level(column, node))
        return self._levels[-1]

    # ---- braces -------------------------------------------------------------------------------------------------

    def _inside(self, text: str) -> None:
        """Read what stands in braces and brackets, as far as it goes."""
        word: str | None = None
        for found in _FLOW.finditer(text):
            piece, level = found[0], self._levels[-1]
            if piece.isspace():
                continue
            match piece[0]:
                case "{" | "[" | "}" | "]" | ",":
                    self._step(piece, level)
                    word = None
                case ":" if word is not None and isinstance(level.node, dict) and level.key is None:
                    level.key, word = word, None
                    level.node[level.key] = None
                case _:
                    word = _bare(piece)
                    if level.column == _INSIDE and level.key is not None:
                        level.node[level.key] = word

    def _step(self, sign: str, level: _Level) -> None:
        """Into braces, out of them, or on to what is next in them."""
        match sign:
            case "{":
                self._below(_INSIDE, {})
            case "[":
                self._below(_INSIDE, [None]).key = 0
            case _ if level.column != _INSIDE:
                pass
            case ",":
                level.key = None
                if isinstance(level.node, list):
                    level.node.append(None)
                    level.key = len(level.node) - 1
            case _:
                self._levels.pop()

    # ---- the cursor ---------------------------------------------------------------------------------------------

    def _remember(self, role: Role, word: str, reference: str | None) -> None:
        levels = [_Level(level.column, level.node, level.key) for level in self._levels]
        self._found = self._found or (role, levels, word, reference)

    def _remember_inside(self, text: str, reference: str | None) -> None:
        level = self._levels[-1]
        if level.column != _INSIDE:
            self._remember("text", "", reference)
            return
        tokens = [match[0] for match in _FLOW.finditer(text)]
        last = tokens[-1] if tokens else ""
        word = "" if last.isspace() or last in ("{", "[", ",", ":") else last.lstrip("\"'")
        if isinstance(level.node, list):
            self._remember("item", word, reference)
        else:
            self._remember("key" if level.key is None else "value", word, reference)

    def _remember_word(self, column: int, rest: str, reference: str | None) -> None:
        """A word that is no key yet: it may become one, or the item of a list."""
        while len(self._levels) > 1 and self._levels[-1].column > column:
            self._levels.pop()
        level = self._levels[-1]
        started = level.key is not None and isinstance(level.node[level.key], str)
        if started and column > level.column:
            self._remember("text", "", reference)  # a value that goes on in the next line
            return
        if isinstance(level.node, list) and column > level.column:
            self._remember("item", rest, reference)
            return
        self._open(column, is_list=False).key = None
        self._remember("key", rest, reference)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _bare(word: str) -> str:
    return word.strip().strip("\"'")


def _reference(line: str) -> str | None:
    """What is typed of a template's expression that is still open."""
    start = max(line.rfind("{{"), line.rfind("{%"))
    if start < 0 or max(line.rfind("}}"), line.rfind("%}")) > start:
        return None
    return line[start + 2 :]
