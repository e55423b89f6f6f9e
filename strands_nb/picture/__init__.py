"""The static picture of a workflow: SVG for a notebook, Mermaid for documents, text for a terminal.

>>> from strands_nb.picture import to_text
>>> print(to_text({"nodes": [{"key": "a", "label": "draft"}, {"key": "b", "label": "review"}], "edges": [["a", "b"]]}))
○ draft
│
○ review
"""

from strands_nb.picture.mermaid import to_mermaid
from strands_nb.picture.svg import to_svg
from strands_nb.picture.text import to_text

__all__ = ("to_mermaid", "to_svg", "to_text")
