"""From a pointer into a workflow to a line of the text it was written in."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from strands_nb.errors import Problem
from strands_nb.spec.tree import Document, Items, Leaf, Mark, Table, find, join, split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strands_nb.spec.tree import Found, Node

__all__ = ("Source", "problem_at")


class Source:
    r"""The text of a workflow: `.text`, `.file`, and the place of every part of it.

    >>> from strands_nb.spec import parse
    >>> spec = parse("agents: {w: {prompt: Hello.}}\nsteps: [{w: Hi}]")
    >>> print(spec.source.problem("/pattern/config/steps/0/agent", "is idle"))
    line 2, col 10: is idle
    """

    def __init__(self, document: Document, root: Node) -> None:
        self._document, self.root = document, root
        self._unreal: dict[int, Problem] = {}

    @property
    def text(self) -> str:
        """The text as it was given."""
        return self._document.text

    @property
    def file(self) -> str | None:
        """Where it was read from, or None."""
        return self._document.file

    def problem(self, pointer: str, message: str, **details: Any) -> Problem:  # noqa: ANN401 - fields of Problem
        """A problem with the part at `pointer`, with its line; further fields of `Problem` by name."""
        found = find(self.root, split(pointer))
        problem = problem_at(found, message, **details)
        if found.node.made_up:
            self._unreal[id(problem)] = problem
        return problem

    def problem_within(
        self,
        pointer: str,
        message: str,
        *,
        line: int,
        words: Sequence[str] = (),
        **details: Any,  # noqa: ANN401 - fields of Problem
    ) -> Problem:
        """A problem with a word of a text value.

        `line` counts from 1 in the value; `words` are regular expressions for the word, the best first, whose last
        group is what to mark.
        """
        problem = self.problem(pointer, message, **details)
        found = find(self.root, split(pointer))
        if not isinstance(found.node, Leaf) or found.missing or found.node.made_up:
            return problem
        return _narrowed(problem, found.node, line, words)

    def is_real(self, problem: Problem) -> bool:
        """Whether a problem made here is with something that somebody wrote, not put in to look past a mistake."""
        return id(problem) not in self._unreal

    # A workflow's identity is what it says, not where it says it: specs are equal wherever they were written, be it in
    # Python, where they have no source at all.
    def __eq__(self, other: object) -> bool:
        return other is None or isinstance(other, Source)

    def __hash__(self) -> int:
        return 0


def problem_at(found: Found, message: str, *, at_key: bool = False, **details: Any) -> Problem:  # noqa: ANN401
    """A problem with what was found; under its key where the value is no short piece of text, or if asked."""
    node = found.node
    beside = isinstance(node, (Items, Table)) or node.style in {"literal", "folded"} or node.value is None
    target = found.key if found.key is not None and not found.key.made_up and (at_key or beside) else node
    width = target.end.column - target.start.column
    if target.end.line != target.start.line or not isinstance(target, Leaf):
        width = _text_end(target) - target.start.column
    return target.document.problem(message, target.start, width, **({"pointer": join(found.written)} | details))


def _text_end(target: Node) -> int:
    """Lists and mappings are marked by their first character, a text of several lines to the end of its first."""
    line = target.document.line(target.start.line)
    return len(line.rstrip()) if isinstance(target, Leaf) else target.start.column + 1


def _narrowed(problem: Problem, node: Leaf, line: int, words: Sequence[str]) -> Problem:
    """The same problem under the word it is about, as well as the text lets us find it."""
    document = node.document
    # The text of a literal block starts on the line after its `|`; others do not keep their lines.
    first, last = (node.start.line + line,) * 2 if node.style == "literal" else (node.start.line, node.end.line)
    lines = range(first, last + 1)
    for word in words:
        for number in lines:
            begin, text = _part(node, number)
            if match := re.search(word, text):
                start, end = match.span(match.lastindex or 0)
                return _moved(problem, document, Mark(number, begin + start), end - start)
    if node.style == "literal":
        text = document.line(lines[0])
        indent = len(text) - len(text.lstrip())
        return _moved(problem, document, Mark(lines[0], indent), len(text.strip()))
    return problem


def _part(node: Leaf, number: int) -> tuple[int, str]:
    """Where the text of a value begins in a line, and what of it is there."""
    line = node.document.line(number)
    begin = node.start.column + (node.style == "quoted") if number == node.start.line else 0
    end = node.end.column if number == node.end.line and node.style in {"plain", "quoted"} else len(line)
    return begin, line[begin:end]


def _moved(problem: Problem, document: Document, mark: Mark, width: int) -> Problem:
    place = document.problem("", mark, width)
    return replace(problem, line=place.line, column=place.column, source=place.source, width=place.width)
