"""The composition root: from a workflow and its options to a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strands_nb.lazy import lazily

if TYPE_CHECKING:
    from strands_nb.app.options import OnHitl, Options
    from strands_nb.app.sessions import SessionSummary, fork, reopen, summaries
    from strands_nb.app.workflow import Workflow

__all__ = ("OnHitl", "Options", "SessionSummary", "Workflow", "fork", "reopen", "summaries")

__getattr__ = lazily(
    __name__,
    {
        "strands_nb.app.options": ("OnHitl", "Options"),
        "strands_nb.app.sessions": ("SessionSummary", "fork", "reopen", "summaries"),
        "strands_nb.app.workflow": ("Workflow",),
    },
)
