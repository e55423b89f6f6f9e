"""What is wrong with a workflow, to be read in a cell."""

from __future__ import annotations

from html import escape

from strands_nb.errors import Problem

__all__ = ("Problems",)


class Problems(list[Problem]):
    """A list of problems that shows each with its place in the text.

    >>> Problems([Problem(message="unknown field 'inptu'", line=6, column=5, source="    inptu: Polish", width=5)])
    error: line 6, col 5: unknown field 'inptu'
         6 │     inptu: Polish
           │     ^^^^^
    """

    def __repr__(self) -> str:
        return "\n".join("\n".join(filter(None, _said(problem))) for problem in self) or "[]"

    def _repr_html_(self) -> str:
        return "".join(map(_html, self)) or "<p>no problems</p>"


def _said(problem: Problem) -> tuple[str, str]:
    return f"{problem.severity}: {problem}", problem.excerpt()


def _html(problem: Problem) -> str:
    line, excerpt = map(escape, _said(problem))
    shown = f'<pre style="margin:0 0 6px">{excerpt}</pre>' if excerpt else ""
    return f'<p style="margin:0">{line}</p>{shown}'
