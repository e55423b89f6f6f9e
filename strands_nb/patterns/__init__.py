"""The patterns: plain coroutines on a context, one file each, and what they share."""

from __future__ import annotations

from strands_nb.patterns.catalog import program_of
from strands_nb.patterns.frame import Frame
from strands_nb.patterns.outline import Node, Outline, outline

__all__ = ("Frame", "Node", "Outline", "outline", "program_of")
