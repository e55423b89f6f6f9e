"""The patterns: plain coroutines on a context, one file each, and what they share."""

from __future__ import annotations

from strands_nb.patterns.catalog import program_of
from strands_nb.patterns.counts import calls_at_most
from strands_nb.patterns.frame import Record
from strands_nb.patterns.outline import Edge, Node, Outline, outline

__all__ = ("Edge", "Node", "Outline", "Record", "calls_at_most", "outline", "program_of")
