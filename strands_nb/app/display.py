"""How a workflow shows itself: drawn in a notebook, in characters in a terminal."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from strands_nb.picture import to_svg, to_text

if TYPE_CHECKING:
    from strands_nb.app.estimate import Estimate
    from strands_nb.patterns import Outline

__all__ = ("display_of", "text_of")

_NOTE = "margin: 0; font-size: 0.85em; opacity: 0.75"


def display_of(name: str, outline: Outline, estimate: Estimate) -> dict[str, str]:
    """The picture with what a run may come to below it; needs no network and runs no script.

    As HTML, because an image cannot follow the theme of the notebook.
    """
    note = f'<p style="{_NOTE}">{escape(str(estimate))}</p>'
    return {"text/html": to_svg(outline, title=name) + note, "text/plain": text_of(name, outline, estimate)}


def text_of(name: str, outline: Outline, estimate: Estimate, *, width: int = 80, unicode: bool = True) -> str:
    """The same in characters, no line longer than `width`."""
    return f"{name} ({estimate})\n\n{to_text(outline, width=width, unicode=unicode)}"
