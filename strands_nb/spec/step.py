"""One step: an agent that is asked, or a human."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, Discriminator, Field, JsonValue, Tag, model_validator
from pydantic_core import PydanticCustomError

from strands_nb.spec.base import Frozen, Identifier, NonEmpty, Number, UnitId

__all__ = ("AgentStep", "AgentTask", "HumanStep", "HumanTask", "Step", "StepId", "Task", "Validation")

StepId = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]
"""A letter, then letters, digits, `_` and `-`: so that templates can say `steps.<id>`."""

SECONDS_PER_MINUTE = 60
_HUMAN = ("hitl", "manual_gate")
_OTHER_WORDS = {"gate_id": "id", "timeout_minutes": "timeout_seconds"}
_QUESTION = "write {type: hitl, prompt: …}"


def _distinct(ids: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(ids)) < len(ids):
        twice = next(name for name in ids if ids.count(name) > 1)
        raise PydanticCustomError("dep_twice", "deps: '{name}' is here twice", {"name": twice})
    return ids


class AgentStep(Frozen):
    """Ask an agent.

    >>> AgentStep(agent="writer", input="About {{ topic }}").agent
    'writer'
    """

    agent: NonEmpty
    """Id of the agent."""
    input: str | None = None
    """What it is asked; a template."""
    vars: Mapping[str, JsonValue] = Field(default_factory=dict[str, JsonValue])
    """Variables of this step alone; they go before the workflow's inputs."""
    tool_overrides: tuple[str, ...] | None = None
    """Ids of the only tools for this step; replaces the agent's own list."""
    id: StepId | None = None
    """Name of the step in templates, beside its number: `steps.<id>`."""


class Validation(Frozen):
    """What an answer must look like."""

    pattern: NonEmpty | None = None
    """Regular expression that the answer must match."""


class HumanStep(Frozen):
    """Ask a human, and wait for the answer.

    `manual_gate` with `gate_id` and `timeout_minutes` is another way to write it:

    >>> step = HumanStep.model_validate({"type": "manual_gate", "prompt": "Ship it?", "timeout_minutes": 2})
    >>> step.type, step.timeout_seconds
    ('hitl', 120.0)
    """

    type: Literal["hitl"]
    """Says that this is no agent step."""
    prompt: str
    """The question; a template."""
    context_display: str | None = None
    """What the human should look at before answering; a template."""
    default: str | None = None
    """The answer when none comes in time, or an empty one; a template."""
    timeout_seconds: Annotated[Number, Field(ge=0, le=1_000_000_000)] = 0
    """How long to wait, three decades at most; 0 waits for ever."""
    choices: tuple[NonEmpty, ...] = ()
    """The answers to choose from; left out, any text will do."""
    form: Mapping[str, JsonValue] | None = Field(default=None, validation_alias="schema", serialization_alias="schema")
    """JSON Schema of a form to fill in."""
    validation: Validation | None = None
    """What a text must look like to count as an answer."""
    id: StepId | None = None
    """Name of the step in templates, beside its number: `steps.<id>`."""

    @model_validator(mode="before")
    @classmethod
    def _gate(cls, data: object) -> object:
        if not isinstance(data, Mapping):
            return data
        fields = dict(cast("Mapping[str, Any]", data))
        if "agent" in fields and "prompt" not in fields and fields.get("type") not in _HUMAN:
            raise PydanticCustomError("no_question", "a human is asked here, not an agent", {"hint": _QUESTION})
        if fields.get("type") != "manual_gate":
            return fields
        fields["type"] = "hitl"
        for old, new in _OTHER_WORDS.items():
            if old in fields and new in fields:
                raise PydanticCustomError(
                    "same_twice", "`{one}` and `{two}` exclude each other", {"one": old, "two": new}
                )
        if "gate_id" in fields:
            fields["id"] = fields.pop("gate_id")
        if "timeout_minutes" in fields:
            minutes = fields.pop("timeout_minutes")
            number = isinstance(minutes, (int, float)) and not isinstance(minutes, bool)
            # What is no number goes on as it is, to be refused where numbers are.
            fields["timeout_seconds"] = minutes * SECONDS_PER_MINUTE if number else minutes
        return fields


def _kind(value: object) -> str:
    """A step with a question, or a `type` and no agent, is meant for a human."""
    if isinstance(value, HumanStep):
        return "HumanStep"
    fields = cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else dict[str, Any]()
    if "agent" in fields:
        asks = "prompt" in fields or fields.get("type") in _HUMAN
        return "HumanStep" if asks and "type" in fields else "AgentStep"
    return "HumanStep" if fields.keys() & {"type", "prompt"} else "AgentStep"


Step = Annotated[
    Annotated[AgentStep, Tag("AgentStep")] | Annotated[HumanStep, Tag("HumanStep")],
    Discriminator(_kind),
]
"""The one union of steps that all patterns share."""


class _Task(Frozen):
    """What makes a step a task: an id that others can wait for."""

    deps: Annotated[
        tuple[Identifier, ...], AfterValidator(_distinct), Field(json_schema_extra={"uniqueItems": True})
    ] = ()
    """Ids of the tasks that must be done before."""
    description: str | None = None
    """What it is for; shown to people."""


class AgentTask(_Task, AgentStep):
    """A task for an agent.

    >>> AgentTask(id="facts", agent="researcher").deps
    ()
    """

    id: UnitId = Field()  # pyright: ignore[reportIncompatibleVariableOverride, reportGeneralTypeIssues] - frozen
    """Its name, for `deps` and templates: `tasks.<id>`."""


class HumanTask(_Task, HumanStep):
    """A task for a human."""

    id: UnitId = Field()  # pyright: ignore[reportIncompatibleVariableOverride, reportGeneralTypeIssues] - frozen
    """Its name, for `deps` and templates: `tasks.<id>`."""


def _task_kind(value: object) -> str:
    return _kind(value).replace("Step", "Task") if not isinstance(value, HumanTask) else "HumanTask"


Task = Annotated[
    Annotated[AgentTask, Tag("AgentTask")] | Annotated[HumanTask, Tag("HumanTask")],
    Discriminator(_task_kind),
]
"""A step of a workflow whose order is given by what depends on what."""
