"""Where sessions live."""

from __future__ import annotations

from strands_nb.stores.file import FileSessionRepository

__all__ = ("FileSessionRepository",)
