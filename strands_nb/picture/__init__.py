"""The static picture of a workflow: Mermaid for documents, text for a terminal."""

from strands_nb.picture.mermaid import to_mermaid
from strands_nb.picture.text import to_text

__all__ = ("to_mermaid", "to_text")
