r"""What a model says, made safe to keep: HTML that runs and fetches nothing, Markdown that stays text for every reader.

>>> from strands_nb.clean import as_html, as_markdown
>>> as_html("**Tides** <script>alert(1)</script>")
'<p><strong>Tides</strong> </p>\n'
>>> as_markdown("![the moon](https://evil.test/?d=1)")
'the moon'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from strands_nb.lazy import lazily

if TYPE_CHECKING:
    from strands_nb.clean.html import as_html
    from strands_nb.clean.markdown import as_markdown, escaped

__all__ = ("as_html", "as_markdown", "escaped")

__getattr__ = lazily(
    __name__, {"strands_nb.clean.html": ("as_html",), "strands_nb.clean.markdown": ("as_markdown", "escaped")}
)
