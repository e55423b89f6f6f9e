"""Finding lines in a file: by a bounded regular expression, or by words."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated

from pydantic import Field

from strands_nb.engine.tool import ToolCall
from strands_nb.errors import ToolError
from strands_nb.render.regex import search as search_regex
from strands_nb.tools.files import FilePath, cut, lines_of
from strands_nb.tools.folder import Folder

__all__ = ("Lookup",)

MAX_SEARCHED = 10_000_000
MAX_SECONDS = 10.0
MAX_LINE = 500
"""Of what is shown; a line is searched whole."""
_SPECIAL = frozenset(r".^$*+?{}[]\|()")

Matches = Annotated[int, Field(ge=1, le=1_000, description="stop after so many")]
IgnoreCase = Annotated[bool, Field(description="take a and A for the same")]
Fits = Callable[[str], bool]


class Lookup:
    """The searching tools of one folder."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def grep(
        self,
        pattern: Annotated[str, Field(min_length=1, description="a regular expression; it cannot look around or back")],
        path: FilePath,
        call: ToolCall,
        *,
        context_lines: Annotated[int, Field(ge=0, le=20, description="lines to show before and after")] = 3,
        ignore_case: IgnoreCase = False,
        max_matches: Matches = 100,
    ) -> str:
        """Find the lines of a text file that a regular expression matches, with the lines around them.

        A match is shown as `12:text`, a line around it as `11-text`.
        """
        lines = self._lines(path)
        matches = _found(lines, _pattern(pattern, ignore_case=ignore_case), max_matches, call)
        return _report(list(_shown(lines, matches, context_lines)), len(matches), max_matches)

    def search(
        self,
        query: Annotated[str, Field(min_length=1, description="words as they stand there, or a regular expression")],
        path: FilePath,
        call: ToolCall,
        *,
        is_regex: Annotated[bool, Field(description="the query is a regular expression")] = False,
        ignore_case: IgnoreCase = True,
        max_matches: Matches = 50,
    ) -> str:
        """Find the lines of a text file that hold these words; each is shown as `12:text`."""
        lines = self._lines(path)
        fits = _pattern(query, ignore_case=ignore_case) if is_regex else _words(query, ignore_case=ignore_case)
        matches = _found(lines, fits, max_matches, call)
        return _report(list(_shown(lines, matches, 0)), len(matches), max_matches)

    def _lines(self, path: str) -> list[str]:
        with self._folder.reading(path) as file:
            data = file.read(MAX_SEARCHED + 1)
        if len(data) > MAX_SEARCHED:
            raise ToolError(f"{path!r} has more than {MAX_SEARCHED:,} bytes; look at it with head and tail")
        if b"\0" in data[:8_000]:
            raise ToolError(f"{path!r} is no text")
        return lines_of(data)


def _words(query: str, *, ignore_case: bool) -> Fits:
    if not ignore_case:
        return lambda line: query in line
    folded = query.casefold()
    return lambda line: folded in line.casefold()


def _pattern(pattern: str, *, ignore_case: bool) -> Fits:
    if not ignore_case and not _SPECIAL.intersection(pattern):
        return _words(pattern, ignore_case=False)  # most patterns are words, and those are found much faster
    whole = f"(?i){pattern}" if ignore_case else pattern
    return lambda line: search_regex(whole, line) is not None


def _found(lines: Sequence[str], fits: Fits, most: int, call: ToolCall) -> list[int]:
    """The numbers of the lines that fit, from 0.

    Raises:
        TemplateError: the pattern does not parse, or would take too many steps.
        ToolError: it takes too long.
    """
    found: list[int] = []
    end = time.monotonic() + MAX_SECONDS
    for number, line in enumerate(lines):
        if fits(line):
            found.append(number)
        if len(found) == most:
            break
        if call.cancelled.is_set() or time.monotonic() > end:
            raise ToolError(f"stopped after {MAX_SECONDS:g} s, at line {number + 1}; use a simpler pattern")
    return found


def _shown(lines: Sequence[str], matches: Sequence[int], around: int) -> Iterator[str]:
    """Matches and their surroundings, each line once, with a mark where lines are left out."""
    hits, last = set(matches), -1
    for match in matches:
        begin = max(match - around, last + 1)
        if around and last >= 0 and begin > last + 1:
            yield "--"
        for number in range(begin, min(match + around + 1, len(lines))):
            yield f"{number + 1}{':' if number in hits else '-'}{_short(lines[number])}"
            last = number


def _short(line: str) -> str:
    return line if len(line) <= MAX_LINE else f"{line[:MAX_LINE]}…"


def _report(shown: list[str], count: int, most: int) -> str:
    if not count:
        return "no line matches"
    text = cut("\n".join(shown))
    return f"{text}\n(the first {most}; there may be more)" if count == most else text
