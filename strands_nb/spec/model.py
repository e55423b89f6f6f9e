"""Which model answers, and how it is asked: the runtime of a workflow, the inference of one agent."""

from typing import Annotated

from pydantic import Field

from strands_nb.spec.base import Frozen, Integer, NonEmpty, Number
from strands_nb.spec.policy import Budgets, FailurePolicy

__all__ = ("Inference", "Runtime")

Temperature = Annotated[Number, Field(ge=0, le=2)]
TopP = Annotated[Number, Field(ge=0, le=1)]
Tokens = Annotated[Integer, Field(ge=1)]


class Inference(Frozen):
    """Settings of one model call; what is left out is the provider's own choice."""

    temperature: Temperature | None = None
    """How freely the model picks its words, 0 to 2."""
    top_p: TopP | None = None
    """Share of the likeliest words it picks from, 0 to 1."""
    max_tokens: Tokens | None = None
    """Longest answer, in tokens."""


class Runtime(Inference):
    """The model and the limits of a whole workflow; an agent may override model and inference.

    >>> Runtime(provider="openai").max_parallel
    5
    """

    provider: NonEmpty | None = None
    """Whose model: openai, anthropic, bedrock, ollama, gemini, …; None means the configured default."""
    model_id: str | None = None
    """Which of the provider's models."""
    region: str | None = None
    """AWS region, for bedrock."""
    host: str | None = None
    """Address of the model server, for ollama and servers that speak its or OpenAI's protocol."""
    space_id: str | None = None
    """Accepted for old files; draws a warning."""
    max_parallel: Annotated[Integer, Field(ge=1)] = 5
    """Most agent calls at the same time."""
    budgets: Budgets = Field(default_factory=Budgets)
    """Limits of the run."""
    failure_policy: FailurePolicy = Field(default_factory=FailurePolicy)
    """What happens when a call fails."""
