"""The composition root: from a workflow and its options to a run."""

from __future__ import annotations

from strands_nb.app.options import OnHitl, Options
from strands_nb.app.sessions import SessionSummary, reopen, summaries
from strands_nb.app.workflow import Workflow

__all__ = ("OnHitl", "Options", "SessionSummary", "Workflow", "reopen", "summaries")
