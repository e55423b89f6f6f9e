"""Notebook-first agent workflows on the Strands Agents SDK."""

from __future__ import annotations

__version__ = "0.1.0"
