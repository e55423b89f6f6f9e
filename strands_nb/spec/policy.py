"""What a run may spend, keep, show and touch: budgets, retries, context, telemetry, outputs, secrets, guardrails."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from strands_nb.spec.base import Flag, Frozen, Identifier, Integer, NonEmpty, Number

__all__ = (
    "Artifact",
    "Budgets",
    "Compaction",
    "ContextPolicy",
    "Env",
    "FailurePolicy",
    "Guardrails",
    "Metadata",
    "Notes",
    "Otel",
    "Outputs",
    "Redact",
    "Retrieval",
    "Secret",
    "Security",
    "Telemetry",
)

Fraction = Annotated[Number, Field(ge=0, le=1)]
AtLeastOne = Annotated[Integer, Field(ge=1)]
NotNegative = Annotated[Integer, Field(ge=0)]


class Budgets(Frozen):
    """Limits of a whole run, counted over resumes. A limit that is left out does not exist."""

    max_steps: AtLeastOne | None = None
    """Most agent calls."""
    max_tokens: AtLeastOne | None = None
    """Most tokens, input and output together, as the provider counts them."""
    max_duration_s: AtLeastOne | None = None
    """Most seconds of work; waiting for a human does not count."""
    max_cost_usd: Annotated[Number, Field(gt=0)] | None = None
    """Most US dollars, by the list prices known here."""
    warn_threshold: Fraction = 0.8
    """Share of a limit at which a `budget_warning` is emitted."""


class FailurePolicy(Frozen):
    """How calls that fail for a passing reason are tried again."""

    retries: NotNegative = 2
    """Attempts after the first."""
    backoff: Literal["constant", "exponential", "jittered"] = "exponential"
    """How the wait between attempts grows."""
    wait_min: NotNegative = 1
    """Shortest wait, in seconds."""
    wait_max: NotNegative = 60
    """Longest wait, in seconds."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.wait_min > self.wait_max:
            raise PydanticCustomError(
                "wait_order",
                "wait_min ({low}) is more than wait_max ({high})",
                {"low": self.wait_min, "high": self.wait_max},
            )
        return self


class Compaction(Frozen):
    """Summarise the older part of a conversation before it outgrows the model."""

    enabled: Flag = True
    """Whether to summarise at all."""
    when_tokens_over: Annotated[Integer, Field(ge=1000)] = 60_000
    """Tokens of conversation at which it happens."""
    summary_ratio: Fraction = 0.35
    """Share of the messages that is summarised."""
    preserve_recent_messages: AtLeastOne = 12
    """Latest messages that are kept as they are."""
    summarization_model: str | None = None
    """Model that writes the summary; the agent's own if left out."""


class Notes(Frozen):
    """A file in which each step leaves a note, shown to the steps after it."""

    file: str
    """Where the notes are kept."""
    include_last: AtLeastOne = 12
    """How many of the latest notes an agent is shown."""
    format: Literal["markdown", "json"] = "markdown"
    """How the file is written."""


class Retrieval(Frozen):
    """Tools that let every agent read files when it needs them."""

    jit_tools: tuple[str, ...] = ()
    """Ids of built-in tools: grep, head, tail, search."""
    mcp_servers: tuple[str, ...] = ()
    """Accepted for old files; draws a warning."""


class ContextPolicy(Frozen):
    """What an agent is shown of what went before."""

    compaction: Compaction | None = None
    """Summaries of long conversations."""
    notes: Notes | None = None
    """Notes handed from step to step."""
    retrieval: Retrieval | None = None
    """File reading on demand."""


class Otel(Frozen):
    """Where spans go."""

    endpoint: str | None = None
    """OTLP address, e.g. `http://localhost:4318`."""
    service_name: str | None = None
    """Name under which the spans appear."""
    sample_ratio: Fraction = 1.0
    """Share of the runs that is traced."""


class Redact(Frozen):
    """What spans must not show."""

    tool_inputs: Flag = True
    """Hide what tools are given."""
    tool_outputs: Flag = False
    """Hide what tools return."""


class Telemetry(Frozen):
    """OpenTelemetry spans of a run."""

    otel: Otel | None = None
    """The exporter."""
    redact: Redact = Field(default_factory=Redact)
    """What is left out."""


class Artifact(Frozen):
    """A file written at the end of a run."""

    path: NonEmpty
    """Where, below the output folder; a template."""
    source: str = Field(validation_alias="from", serialization_alias="from")
    """What, as a template; `$TRACE` alone is the run's trace as JSON."""


class Outputs(Frozen):
    """What a run leaves behind."""

    artifacts: tuple[Artifact, ...] = ()
    """Files to write."""


class Secret(Frozen):
    """One secret, and where it is kept; its value is never logged."""

    key: Identifier
    """Name of the secret at its source."""
    source: Literal["env", "secrets_manager", "ssm", "file"]
    """Where to look it up."""
    name: str | None = None
    """Name under which `${NAME}` uses it; the key if left out."""
    path: str | None = None
    """The file, or the key or ARN in AWS."""


class Env(Frozen):
    """What the run gets from its surroundings."""

    secrets: tuple[Secret, ...] = ()
    """Secrets that headers and tool environments may use as `${NAME}`."""
    mounts: Mapping[str, str] = Field(default_factory=dict[str, str])
    """Accepted for old files; draws a warning."""


class Guardrails(Frozen):
    """What the tools of this workflow may not do."""

    deny_network: Flag = False
    """Refuse every tool that reaches the network."""
    pii_redaction: Flag = False
    """Remove personal data from logs, traces and artifacts."""
    allow_tools: tuple[str, ...] | None = None
    """Ids of the only tools that may run; an empty list allows none."""


class Security(Frozen):
    """The guardrails."""

    guardrails: Guardrails = Field(default_factory=Guardrails)
    """What is forbidden."""


class Metadata(Frozen):
    """How a catalogue finds this workflow."""

    name: NonEmpty | None = None
    """Name to show."""
    description: str | None = None
    """What it is for."""
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])
    """Free labels."""
