"""Regular expressions that cannot run away: all threads of the match advance together, one character at a time.

Python's `re` goes back and tries again, which for a hostile pattern or text takes for ever, and nothing can interrupt
it. This is Pike's machine instead: at most `instructions x characters` steps, whatever the pattern. It takes what `re`
takes, but for what needs going back: back references, looking around, possessive and atomic groups.
"""

from __future__ import annotations

import importlib
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from strands_nb.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("regex_search", "search")

MAX_PATTERN = 1_000
MAX_TEXT = 1_000_000
MAX_INSTRUCTIONS = 2_000
MAX_STEPS = 4_000_000
MAX_GROUPS = 20

# There is no public way to a parsed pattern; these have been where they are since 3.11, under other names for ever.
op: Any = importlib.import_module("re._constants")
parser: Any = importlib.import_module("re._parser")
compiler: Any = importlib.import_module("re._compiler")

# Instructions: (kind, operand). `split` tries its first way before its second, which is how greediness is kept.
_CHAR, _SPLIT, _JUMP, _SAVE, _AT, _MATCH = 0, 1, 2, 3, 4, 5

_Slots = tuple[int | None, ...]
_Thread = tuple[int, _Slots]
"""The next instruction, and where groups began and ended on the way there."""


def regex_search(value: object, pattern: str) -> str:
    r"""What the pattern's first group matched, or all of it if it has none; nothing if it does not match.

    Raises:
        TemplateError: the pattern does not parse, looks around or back, or would take too many steps.

    >>> regex_search("Score: 87 of 100", r"[Ss]core:\s*(\d+)"), regex_search("none", "[0-9]")
    ('87', '')
    """
    found = search(pattern, str(value))
    if found is None:
        return ""
    return found[min(1, len(found) - 1)] or ""


def search(pattern: str, text: str) -> tuple[str | None, ...] | None:
    """The leftmost match and its groups, or None; as `re.search`, in time proportional to the text.

    Raises:
        TemplateError: as `regex_search`.
    """
    if len(text) > MAX_TEXT:
        raise TemplateError(f"regular expressions are limited to texts of {MAX_TEXT:,} characters")
    slots = _program(pattern).run(text)
    if slots is None:
        return None
    pairs = zip(slots[::2], slots[1::2], strict=True)
    return tuple(None if start is None or end is None else text[start:end] for start, end in pairs)


@lru_cache(maxsize=256)
def _program(pattern: str) -> _Program:
    if len(pattern) > MAX_PATTERN:
        raise TemplateError(f"regular expressions are limited to {MAX_PATTERN:,} characters")
    try:
        return _Program(parser.parse(pattern))
    except (re.error, OverflowError, RecursionError) as error:
        raise TemplateError(f"the regular expression {pattern!r} does not parse: {error}") from None


class _Program:
    """A pattern as instructions."""

    def __init__(self, parsed: Any) -> None:  # noqa: ANN401 - the parser's own types
        self.flags: int = parsed.state.flags
        self.code: list[tuple[int, Any]] = []
        self.slots = 2 * parsed.state.groups
        if parsed.state.groups > MAX_GROUPS:
            raise TemplateError(f"regular expressions here have at most {MAX_GROUPS - 1} groups")
        self.emit(_SAVE, 0)
        self.sequence(parsed, self.flags)
        self.emit(_SAVE, 1)
        self.emit(_MATCH, None)
        self.starts = self.first()

    def emit(self, kind: int, operand: object) -> int:
        if len(self.code) >= MAX_INSTRUCTIONS:
            raise TemplateError("the regular expression is too large")
        self.code.append((kind, operand))
        return len(self.code) - 1

    def sequence(self, items: Any, flags: int) -> None:  # noqa: ANN401
        for kind, argument in items:
            self.item(kind, argument, flags)

    def item(self, kind: Any, argument: Any, flags: int) -> None:  # noqa: ANN401
        if kind in {op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN}:
            self.emit(_CHAR, _character(kind, argument, flags))
        elif kind is op.BRANCH:
            self.branch(argument[1], flags)
        elif kind is op.SUBPATTERN:
            self.group(argument, flags)
        elif kind in {op.MAX_REPEAT, op.MIN_REPEAT}:
            self.repeat(argument, flags, greedy=kind is op.MAX_REPEAT)
        elif kind is op.AT:
            self.emit(_AT, _position(argument, flags))
        else:
            raise TemplateError("regular expressions here cannot look around or back (lookahead, \\1, atomic groups)")

    def branch(self, ways: Any, flags: int) -> None:  # noqa: ANN401
        ends: list[int] = []
        for way in ways[:-1]:
            split = self.emit(_SPLIT, None)
            self.sequence(way, flags)
            ends.append(self.emit(_JUMP, None))
            self.code[split] = (_SPLIT, (split + 1, len(self.code)))
        self.sequence(ways[-1], flags)
        for end in ends:
            self.code[end] = (_JUMP, len(self.code))

    def group(self, argument: Any, flags: int) -> None:  # noqa: ANN401
        number, added, removed, items = argument
        if number is not None:
            self.emit(_SAVE, 2 * number)
        self.sequence(items, (flags | added) & ~removed)
        if number is not None:
            self.emit(_SAVE, 2 * number + 1)

    def repeat(self, argument: Any, flags: int, *, greedy: bool) -> None:  # noqa: ANN401
        low, high, items = argument
        for _ in range(low):
            self.sequence(items, flags)
        if high is op.MAXREPEAT:
            split = self.emit(_SPLIT, None)
            self.sequence(items, flags)
            self.emit(_JUMP, split)
            self.code[split] = (_SPLIT, _order(split + 1, len(self.code), greedy=greedy))
            return
        splits: list[int] = []
        for _ in range(high - low):
            splits.append(self.emit(_SPLIT, None))
            self.sequence(items, flags)
        for split in splits:
            self.code[split] = (_SPLIT, _order(split + 1, len(self.code), greedy=greedy))

    def first(self) -> list[Callable[[str], bool]] | None:
        """The tests of which the first character of a match passes one; None if a match may be empty."""
        tests: list[Callable[[str], bool]] = []
        stack, seen = [0], set[int]()
        while stack:
            counter = stack.pop()
            if counter in seen:
                continue
            seen.add(counter)
            kind, operand = self.code[counter]
            if kind == _MATCH:
                return None
            if kind == _CHAR:
                tests.append(operand)
            elif kind == _SPLIT:
                stack += operand
            else:
                stack.append(operand if kind == _JUMP else counter + 1)
        return tests

    def run(self, text: str) -> list[int | None] | None:
        """The saved positions of the leftmost match, the way `re` would have chosen it."""
        best: list[int | None] | None = None
        threads: list[_Thread] = []
        steps, index = 0, 0
        empty: _Slots = (None,) * self.slots
        while index <= len(text):
            if best is None:
                index = index if threads else self.skip(text, index)
                threads.append((0, empty))
            elif not threads:
                break
            ready, visited = self.follow(threads, text, index)
            steps += visited
            if steps > MAX_STEPS:
                raise TemplateError("the regular expression takes too long on this text")
            threads, found = self.advance(ready, text, index)
            best = found or best
            index += 1
        return best

    def skip(self, text: str, index: int) -> int:
        """The next place where a match could begin; most of a text is passed over here."""
        if self.starts is None:
            return index
        while index < len(text) and not any(fits(text[index]) for fits in self.starts):
            index += 1
        return index

    def advance(self, ready: list[_Thread], text: str, index: int) -> tuple[list[_Thread], list[int | None] | None]:
        """The threads that live on after the character, and the match that ended before it."""
        threads: list[_Thread] = []
        for counter, slots in ready:
            kind, operand = self.code[counter]
            if kind == _MATCH:
                return threads, list(slots)  # the threads after it have lower priority
            if index < len(text) and operand(text[index]):
                threads.append((counter + 1, slots))
        return threads, None

    def follow(self, threads: list[_Thread], text: str, index: int) -> tuple[list[_Thread], int]:
        """Where the threads are once they did all that needs no character, by priority; and how many steps it took."""
        code, seen = self.code, set[int]()
        ready: list[_Thread] = []
        stack = threads[::-1]
        while stack:
            counter, slots = stack.pop()
            if counter in seen:
                continue
            seen.add(counter)
            kind, operand = code[counter]
            if kind in {_CHAR, _MATCH}:
                ready.append((counter, slots))
            elif kind == _SPLIT:
                stack.append((operand[1], slots))
                stack.append((operand[0], slots))
            elif kind == _JUMP:
                stack.append((operand, slots))
            elif kind == _SAVE:
                stack.append((counter + 1, (*slots[:operand], index, *slots[operand + 1 :])))
            elif operand(text, index):
                stack.append((counter + 1, slots))
        return ready, len(seen)


def _order(inside: int, after: int, *, greedy: bool) -> tuple[int, int]:
    return (inside, after) if greedy else (after, inside)


def _character(kind: Any, argument: Any, flags: int) -> Callable[[str], bool]:  # noqa: ANN401
    """Whether a character fits; asked of `re` itself once per character, so that every class means the same."""
    pattern = parser.SubPattern(parser.State(), [(kind, argument)])
    pattern.state.flags = flags & ~re.MULTILINE
    pattern.state.str = ""
    match = compiler.compile(pattern, flags).fullmatch
    known: dict[str, bool] = {}

    def fits(character: str) -> bool:
        if character not in known:
            known[character] = match(character) is not None
        return known[character]

    return fits


def _position(argument: Any, flags: int) -> Callable[[str, int], bool]:  # noqa: ANN401
    """Whether a position is the beginning, the end, or a boundary of a word."""
    word = re.compile(r"\w", flags & re.ASCII).match

    def boundary(text: str, index: int) -> bool:
        before = index > 0 and word(text[index - 1]) is not None
        after = index < len(text) and word(text[index]) is not None
        return before != after

    lines = bool(flags & re.MULTILINE)
    tests: dict[Any, Callable[[str, int], bool]] = {
        op.AT_BEGINNING: lambda text, index: index == 0 or (lines and text[index - 1] == "\n"),
        op.AT_BEGINNING_STRING: lambda _, index: index == 0,
        op.AT_END: lambda text, index: (
            index == len(text) or text[index:] == "\n" if not lines else index == len(text) or text[index] == "\n"
        ),
        op.AT_END_STRING: lambda text, index: index == len(text),
        op.AT_BOUNDARY: boundary,
        op.AT_NON_BOUNDARY: lambda text, index: not boundary(text, index),
    }
    return tests[argument]
