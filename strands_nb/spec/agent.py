"""An agent: a prompt, the tools it may use, and the model that plays it."""

from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from strands_nb.spec.base import Frozen, JsonSchema, NonEmpty
from strands_nb.spec.model import Inference

__all__ = ("Agent", "AgentReference")


class _Choices(Frozen):
    """What an agent may set for itself, and what a reference to one may override."""

    tools: tuple[str, ...] | None = None
    """Ids of its tools. Left out: all that the workflow declares. `[]`: none."""
    provider: NonEmpty | None = None
    """Overrides `runtime.provider`."""
    model_id: str | None = None
    """Overrides `runtime.model_id`."""
    inference: Inference = Field(default_factory=Inference)
    """Overrides the inference settings of `runtime`."""
    memory: Literal["scope", "none"] = "scope"
    """`scope`: it remembers its earlier turns within one sequence of steps. `none`: every call starts fresh."""


class Agent(_Choices):
    """An agent as it runs, every reference resolved.

    >>> Agent(prompt="You write short briefs.").memory
    'scope'
    """

    prompt: str
    """The system prompt; a template over the inputs."""
    input_schema: JsonSchema | None = None
    """JSON Schema that what it is asked must fulfil."""
    output_schema: JsonSchema | None = None
    """JSON Schema that its answer must fulfil; the parsed answer is `.json`."""
    output_model: str | None = None
    """The same as a pydantic model, `module:Class`."""

    @model_validator(mode="after")
    def _one_output(self) -> Self:
        if self.output_schema is not None and self.output_model is not None:
            raise PydanticCustomError("one_output", "output_schema and output_model exclude each other")
        return self


class AgentReference(_Choices):
    """An agent kept in a file of its own, as it is written; loading puts the agent in its place."""

    ref: str = Field(validation_alias="$ref", serialization_alias="$ref")
    """Path of a workflow file with exactly one agent, relative to this file."""
