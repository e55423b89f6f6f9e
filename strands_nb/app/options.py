"""How a workflow is run: everything that is not part of its text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from strands_nb.engine.bus import EventBus
from strands_nb.engine.call import Agents
from strands_nb.engine.ledger import Budgets
from strands_nb.engine.question import HITLHandler
from strands_nb.engine.store import SessionRepository

__all__ = ("OnHitl", "Options")

OnHitl: TypeAlias = "Literal['ask', 'approve', 'default', 'fail', 'park'] | HITLHandler"
"""What becomes of a question: ask a human, approve it, take its default, fail the run, or park it; or a handler."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """See `Workflow.with_options`. None means: as the workflow says, or the default."""

    model: str | None = None
    provider: str | None = None
    session: str | None = None
    on_hitl: OnHitl | None = None
    store: SessionRepository | None = None
    budgets: Budgets | None = None
    lenient: bool = False
    output_dir: str | Path | None = None
    overwrite: bool = True
    event_bus: EventBus | None = None
    agents: Agents | None = None
    """Instead of models: agents made by hand, for tests."""
    on_change: Literal["refuse", "reuse_unchanged"] = "refuse"

    def to_json(self) -> dict[str, Any]:
        """What a session stores of them, so that another process can go on as this one would."""
        return {
            "model": self.model,
            "provider": self.provider,
            "lenient": self.lenient,
            "output_dir": str(Path(self.output_dir or ".").absolute()),
            "overwrite": self.overwrite,
        }
