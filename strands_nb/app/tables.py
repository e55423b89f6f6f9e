"""Tables for people, in characters and as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TypeAlias

from strands_nb.app.terminal import one_line

__all__ = ("Rows", "html_table", "text_table")

Rows: TypeAlias = Sequence[Sequence[str]]


def text_table(columns: Sequence[str], rows: Rows) -> str:
    """The table with its columns aligned.

    >>> print(text_table(["session", "status"], [["wf-1", "paused"]]))
    session  status
    wf-1     paused
    """
    lines = [list(columns), *([one_line(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def html_table(columns: Sequence[str], rows: Rows) -> str:
    """The same as HTML in the colours of the page; every cell is text."""
    head = "".join(f'<th style="text-align:left">{escape(name)}</th>' for name in columns)
    lines = ("".join(f'<td style="text-align:left">{escape(cell)}</td>' for cell in row) for row in rows)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
