"""Markdown of somebody else as HTML that fetches nothing and runs nothing."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

__all__ = ("safe_html",)

_HEADING, _HEADING_END = re.compile("<h[1-6]>"), re.compile("</h[1-6]>")


def safe_html(text: str) -> str:
    r"""Raw HTML is escaped, images are off, and links open elsewhere and tell nobody where from.

    >>> safe_html("**Tides** <script>")
    '<p><strong>Tides</strong> &lt;script&gt;</p>\n'
    """
    html = _markdown().render(text).replace("<a href=", '<a target="_blank" rel="noopener noreferrer" href=')
    # A reply's headings are no headings of the page: they would tower over it and enter its outline.
    html = _HEADING.sub('<p style="font-weight:600;margin:6px 0 2px">', html)
    return _HEADING_END.sub("</p>", html)


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - only what is shown needs it

    rules = MarkdownIt("commonmark", {"html": False}).enable("table")
    return rules.disable(["image", "html_inline", "html_block"])
