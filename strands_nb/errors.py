"""Everything strands_nb raises, in one tree.

::

    StrandsNbError
    ├── LoadError                    a file or cell cannot be read as YAML or JSON
    ├── SchemaValidationError        it can, but it is not a workflow (.errors: every problem)
    ├── CapabilityError              the workflow needs what is not here: a key, a package, a variable
    ├── TemplateError                a template does not parse, or refers to what does not exist
    ├── BuildError                   a builder was asked for something impossible
    ├── ToolError                    a tool could not do what a model asked of it; the model is told why
    ├── ExecutionError               a run ended without success   (= WorkflowExecutionError)
    │   ├── ProviderError            the model's service refused, failed or answered nonsense
    │   ├── BudgetExceededError      a limit of `runtime.budgets` was reached
    │   ├── HumanInputRequired       a question, and nobody there who may answer it
    │   └── NonDeterminismError      the same workflow asked for something else than it did before
    ├── SessionError
    │   ├── SessionNotFoundError     no session of that id in this store
    │   ├── SessionBusyError         somebody else is running it (.owner)
    │   ├── SessionCorruptedError    its journal is damaged; what is intact can still be read
    │   ├── StorageError             its journal cannot be written or read now: disk full, no permission, a broken disk
    │   ├── SpecChangedError         the workflow is no longer the one the session was started with
    │   ├── AlreadyAnsweredError     the question has its answer (.first)
    │   └── InvalidAnswerError       the question does not take this answer
    └── ArtifactError                an output file cannot be written where it was asked for

What is wrong before the first model call raises. A run that has started returns a result instead; its
`raise_for_status()` raises the `ExecutionError`. Every message says what, where and what to do next.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = (
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
    "Severity",
    "SpecChangedError",
    "StorageError",
    "StrandsNbError",
    "TemplateError",
    "ToolError",
    "WorkflowExecutionError",
)

Severity = Literal["error", "needs", "warning"]
"""`error`: nothing runs. `needs`: the file is right, but a run of it would lack something. `warning`: the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with a workflow, and where.

    Lines and columns count from 1, as editors do; they are None where a problem has no place in the text.

    >>> print(Problem(message="unknown field 'inptu'", line=6, column=5, hint="did you mean 'input'?"))
    line 6, col 5: unknown field 'inptu'; did you mean 'input'?
    """

    message: str
    severity: Severity = "error"
    pointer: str = ""
    """JSON pointer of the offending value (RFC 6901), e.g. ``/pattern/config/steps/0/input``."""
    file: str | None = None
    line: int | None = None
    column: int | None = None
    source: str | None = None
    """The line of the text the problem is on, as written."""
    width: int = 1
    """How many characters the caret line underlines."""
    hint: str | None = None

    def __str__(self) -> str:
        where = [self.file] if self.file else []
        if self.line is not None:
            where.append(f"line {self.line}, col {self.column}" if self.column is not None else f"line {self.line}")
        return (f"{', '.join(where)}: " if where else "") + self.message + (f"; {self.hint}" if self.hint else "")

    def excerpt(self) -> str:
        """The source line with a line of carets under the place, or an empty string where there is none."""
        if self.source is None or self.line is None:
            return ""
        margin = f"{self.line:>6} │ "
        if self.column is None:
            return margin + self.source
        return f"{margin}{self.source}\n{' ' * 6} │ {' ' * (self.column - 1)}{'^' * max(1, self.width)}"


class StrandsNbError(Exception):
    """The root: whatever strands_nb raises on purpose is one of these."""


class LoadError(StrandsNbError):
    """A file or cell cannot be read as YAML or JSON, or is not there at all."""

    def __init__(self, message: str, problem: Problem | None = None) -> None:
        super().__init__(message)
        self.problem = problem


class _ProblemsError(StrandsNbError):
    """Several problems at once, each with its place."""

    def __init__(self, errors: Sequence[Problem], *, title: str = "nothing was run") -> None:
        self.errors: list[Problem] = list(errors)
        count = f"{len(self.errors)} problem{'' if len(self.errors) == 1 else 's'}"
        shown = "\n".join("\n".join(filter(None, (f"  {p}", p.excerpt()))) for p in self.errors)
        super().__init__(f"{count}, {title}\n{shown}")

    @property
    def json_pointer(self) -> str:
        """Where the first problem is (RFC 6901)."""
        return self.errors[0].pointer if self.errors else ""

    @property
    def line(self) -> int | None:
        """The line of the first problem, from 1."""
        return self.errors[0].line if self.errors else None

    @property
    def column(self) -> int | None:
        """The column of the first problem, from 1."""
        return self.errors[0].column if self.errors else None


class SchemaValidationError(_ProblemsError):
    """The text is no workflow; `.errors` holds every problem found, in the order of the text."""


class CapabilityError(_ProblemsError):
    """The workflow is right but cannot run here and now: a key, package, region or variable is missing."""


class TemplateError(StrandsNbError):
    """A template does not parse, exceeds its bounds, or refers to a name that does not exist."""


class BuildError(StrandsNbError):
    """A builder was asked for something impossible; the message names the nearest thing that is possible."""


class ToolError(StrandsNbError):
    """A tool could not do what it was asked to. The model reads the message, and may try something else."""


class ExecutionError(StrandsNbError):
    """A run ended without success; `.key` names the unit it ended in."""

    def __init__(self, message: str, *, key: str | None = None) -> None:
        super().__init__(message)
        self.key = key


WorkflowExecutionError = ExecutionError
"""The name seed documents use for `ExecutionError`."""


class ProviderError(ExecutionError):
    """The model's service refused, failed, or answered something that cannot be used.

    `retry_after` is what the service asked to wait, in seconds, where it said so.
    """

    def __init__(
        self, message: str, *, key: str | None = None, retryable: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(message, key=key)
        self.retryable = retryable
        self.retry_after = retry_after


class BudgetExceededError(ExecutionError):
    """A limit of `runtime.budgets` is reached. Nothing is lost: resume with a larger budget."""

    def __init__(self, budget: str, *, spent: float, limit: float, key: str | None = None) -> None:
        super().__init__(
            f"budget {budget} is used up: {spent:g} of {limit:g} before {key or 'the next step'}; "
            "what was done is kept, resume with a larger budget",
            key=key,
        )
        self.budget, self.spent, self.limit = budget, spent, limit


class HumanInputRequired(ExecutionError):  # noqa: N818 - the name is part of the public contract
    """A question was reached under `on_hitl="fail"`, or its deadline passed without a default."""


class NonDeterminismError(ExecutionError):
    """An unchanged workflow asked for something else than the journal holds under the same key.

    Running on would pay for a step a second time without saying so; therefore nothing is run.
    """


class SessionError(StrandsNbError):
    """Something about a stored session; `.session_id` names it."""

    def __init__(self, message: str, *, session_id: str | None = None) -> None:
        super().__init__(message)
        self.session_id = session_id


class SessionNotFoundError(SessionError):
    """No session of that id in this store."""


class SessionBusyError(SessionError):
    """Another writer owns the session; `.owner` says who, since when."""

    def __init__(self, message: str, *, session_id: str | None = None, owner: str | None = None) -> None:
        super().__init__(message, session_id=session_id)
        self.owner = owner


class SessionCorruptedError(SessionError):
    """The journal is damaged in its middle; `.readable` valid records precede the damage."""

    def __init__(self, message: str, *, session_id: str | None = None, readable: int = 0) -> None:
        super().__init__(message, session_id=session_id)
        self.readable = readable


class StorageError(SessionError):
    """Where the session is kept fails: disk full, no permission, a broken disk; `__cause__` is the system's own error.

    A run that meets it pauses. What was shown of it is safe, and it goes on by `resume` once the cause is gone.
    """


class SpecChangedError(SessionError):
    """The workflow is no longer the one the session was started with; `.changes` says in lines what is another."""

    def __init__(self, message: str, *, session_id: str | None = None, changes: list[str] | None = None) -> None:
        super().__init__(message, session_id=session_id)
        self.changes = changes or []


class AlreadyAnsweredError(SessionError):
    """The question has its answer; `.first` says who gave it."""

    def __init__(self, message: str, *, session_id: str | None = None, first: str | None = None) -> None:
        super().__init__(message, session_id=session_id)
        self.first = first


class InvalidAnswerError(SessionError):
    """The question is not open, or does not take this answer; the message lists what it takes."""


class ArtifactError(StrandsNbError):
    """An output file cannot be written where it was asked for."""
