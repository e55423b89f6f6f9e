"""The composition root: from a workflow and its options to a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strands_nb.lazy import lazily

if TYPE_CHECKING:
    from strands_nb.app.comparing import compare
    from strands_nb.app.comparison import Comparison
    from strands_nb.app.listing import SessionSummary, Wanted, summaries
    from strands_nb.app.manager import ResumeClient, SessionManager
    from strands_nb.app.options import OnHitl, Options
    from strands_nb.app.run import Run
    from strands_nb.app.sessions import fork, reopen
    from strands_nb.app.states import SessionMetadata, SessionState
    from strands_nb.app.workflow import Workflow

__all__ = (
    "Comparison",
    "OnHitl",
    "Options",
    "ResumeClient",
    "Run",
    "SessionManager",
    "SessionMetadata",
    "SessionState",
    "SessionSummary",
    "Wanted",
    "Workflow",
    "compare",
    "fork",
    "reopen",
    "summaries",
)

__getattr__ = lazily(
    __name__,
    {
        "strands_nb.app.comparing": ("compare",),
        "strands_nb.app.comparison": ("Comparison",),
        "strands_nb.app.listing": ("SessionSummary", "Wanted", "summaries"),
        "strands_nb.app.manager": ("ResumeClient", "SessionManager"),
        "strands_nb.app.options": ("OnHitl", "Options"),
        "strands_nb.app.run": ("Run",),
        "strands_nb.app.sessions": ("fork", "reopen"),
        "strands_nb.app.states": ("SessionMetadata", "SessionState"),
        "strands_nb.app.workflow": ("Workflow",),
    },
)
