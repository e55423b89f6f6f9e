"""The root of the language: one workflow."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, PrivateAttr
from pydantic_core import PydanticCustomError

from strands_nb.errors import Problem
from strands_nb.spec.agent import Agent
from strands_nb.spec.base import Frozen, Integer, NonEmpty
from strands_nb.spec.inputs import Inputs
from strands_nb.spec.model import Runtime
from strands_nb.spec.pattern import Pattern
from strands_nb.spec.places import Source
from strands_nb.spec.policy import ContextPolicy, Env, Metadata, Outputs, Security, Telemetry
from strands_nb.spec.tool import Skill, Tools

__all__ = ("Spec", "Tag")

Tag = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
"""A small letter or digit, then those and `. _ -`."""


def _distinct(tags: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(tags)) < len(tags):
        twice = next(tag for tag in tags if tags.count(tag) > 1)
        raise PydanticCustomError("tag_twice", "tags: '{tag}' is here twice", {"tag": twice})
    return tags


class Spec(Frozen):
    """A workflow, complete and resolved: what a run is made from and what a session stores.

    Made by `parse` and `load`, which also tell it where each part was written, or from Python:

    >>> spec = Spec(
    ...     agents={"writer": {"prompt": "You write."}},
    ...     pattern={"type": "chain", "config": {"steps": [{"agent": "writer", "input": "Hi"}]}},
    ... )
    >>> spec.name, spec.runtime.provider, spec.source
    ('workflow', None, None)
    """

    version: Integer | str = 0
    """Version of the workflow, for its author."""
    name: NonEmpty = "workflow"
    """Name under which sessions, traces and files of it appear."""
    description: str | None = None
    """What it is for."""
    tags: Annotated[tuple[Tag, ...], AfterValidator(_distinct), Field(json_schema_extra={"uniqueItems": True})] = ()
    """Words to find it by."""
    metadata: Metadata | None = None
    """How a catalogue finds it."""
    runtime: Runtime = Field(default_factory=Runtime)
    """Model, limits, retries."""
    inputs: Inputs = Field(default_factory=Inputs)
    """Its variables."""
    env: Env = Field(default_factory=Env)
    """Secrets."""
    telemetry: Telemetry = Field(default_factory=Telemetry)
    """Traces."""
    context_policy: ContextPolicy = Field(default_factory=ContextPolicy)
    """Compaction, notes, retrieval."""
    skills: tuple[Skill, ...] = ()
    """Folders of instructions."""
    tools: Tools = Field(default_factory=Tools)
    """Tools that its agents may use."""
    agents: Annotated[Mapping[NonEmpty, Agent], Field(min_length=1)]
    """Its agents by id."""
    pattern: Pattern
    """How they work together."""
    outputs: Outputs = Field(default_factory=Outputs)
    """Files it leaves behind."""
    security: Security = Field(default_factory=Security)
    """What its tools may not do."""

    _source: Source | None = PrivateAttr(default=None)

    @property
    def source(self) -> Source | None:
        """The text it was written in, or None if it was made in Python."""
        return self._source

    def written_in(self, source: Source) -> Self:
        """The same workflow, knowing its text."""
        self._source = source
        return self

    def problem(self, pointer: str, message: str, **details: Any) -> Problem:  # noqa: ANN401 - fields of Problem
        """A problem with the part at `pointer`, with its place in the text if there is one."""
        if self._source is not None:
            return self._source.problem(pointer, message, **details)
        details.pop("at_key", None)
        return Problem(message=message, pointer=pointer, **details)
