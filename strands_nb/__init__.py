"""Notebook-first agent workflows on the Strands Agents SDK.

In a notebook: `%load_ext strands_nb`, then `%workflow demo`. In a shell: `strands-nb demo`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from strands_nb.lazy import lazily

if TYPE_CHECKING:
    from strands_nb.app import (
        Comparison,
        ResumeClient,
        Run,
        SessionManager,
        SessionMetadata,
        SessionState,
        Workflow,
        compare,
    )
    from strands_nb.engine.bus import EventBus
    from strands_nb.engine.events import WorkflowEvent
    from strands_nb.engine.question import HITLHandler, HITLState, InterruptResponse
    from strands_nb.engine.result import RunResult
    from strands_nb.engine.store import MemorySessionRepository, SessionRepository
    from strands_nb.errors import (
        AlreadyAnsweredError,
        ArtifactError,
        BudgetExceededError,
        BuildError,
        CapabilityError,
        ExecutionError,
        HumanInputRequired,
        InvalidAnswerError,
        LoadError,
        NonDeterminismError,
        Problem,
        ProviderError,
        SchemaValidationError,
        SessionBusyError,
        SessionCorruptedError,
        SessionError,
        SessionNotFoundError,
        SpecChangedError,
        StorageError,
        StrandsNbError,
        TemplateError,
        ToolError,
        WorkflowExecutionError,
    )
    from strands_nb.spec import Spec
    from strands_nb.stores import FileSessionRepository, S3SessionRepository

__version__ = "0.1.0"

_HOMES = {
    "strands_nb.app": (
        "Comparison",
        "ResumeClient",
        "Run",
        "SessionManager",
        "SessionMetadata",
        "SessionState",
        "Workflow",
        "compare",
    ),
    "strands_nb.engine.bus": ("EventBus",),
    "strands_nb.engine.events": ("WorkflowEvent",),
    "strands_nb.engine.question": ("HITLHandler", "HITLState", "InterruptResponse"),
    "strands_nb.engine.result": ("RunResult",),
    "strands_nb.engine.store": ("MemorySessionRepository", "SessionRepository"),
    "strands_nb.errors": (
        "AlreadyAnsweredError",
        "ArtifactError",
        "BudgetExceededError",
        "BuildError",
        "CapabilityError",
        "ExecutionError",
        "HumanInputRequired",
        "InvalidAnswerError",
        "LoadError",
        "NonDeterminismError",
        "Problem",
        "ProviderError",
        "SchemaValidationError",
        "SessionBusyError",
        "SessionCorruptedError",
        "SessionError",
        "SessionNotFoundError",
        "SpecChangedError",
        "StorageError",
        "StrandsNbError",
        "TemplateError",
        "ToolError",
        "WorkflowExecutionError",
    ),
    "strands_nb.spec": ("Spec",),
    "strands_nb.stores": ("FileSessionRepository", "S3SessionRepository"),
}
__all__ = (
    "AlreadyAnsweredError",
    "ArtifactError",
    "BudgetExceededError",
    "BuildError",
    "CapabilityError",
    "Comparison",
    "EventBus",
    "ExecutionError",
    "FileSessionRepository",
    "HITLHandler",
    "HITLState",
    "HumanInputRequired",
    "InterruptResponse",
    "InvalidAnswerError",
    "LoadError",
    "MemorySessionRepository",
    "NonDeterminismError",
    "Problem",
    "ProviderError",
    "ResumeClient",
    "Run",
    "RunResult",
    "S3SessionRepository",
    "SchemaValidationError",
    "SessionBusyError",
    "SessionCorruptedError",
    "SessionError",
    "SessionManager",
    "SessionMetadata",
    "SessionNotFoundError",
    "SessionRepository",
    "SessionState",
    "Spec",
    "SpecChangedError",
    "StorageError",
    "StrandsNbError",
    "TemplateError",
    "ToolError",
    "Workflow",
    "WorkflowEvent",
    "WorkflowExecutionError",
    "compare",
)


__getattr__ = lazily(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def load_ipython_extension(ipython: Any) -> None:  # noqa: ANN401 - a shell, whose types only the notebook floor knows
    """Install the magics: what `%load_ext strands_nb` calls."""
    from strands_nb.notebook import load  # noqa: PLC0415 - only a shell needs it

    load(ipython)


def unload_ipython_extension(ipython: Any) -> None:  # noqa: ANN401 - a shell, whose types only the notebook floor knows
    """Remove them again."""
    from strands_nb.notebook import unload  # noqa: PLC0415

    unload(ipython)
