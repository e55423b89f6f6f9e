"""How the agents work together: one frozen configuration per pattern."""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, cast

from pydantic import BeforeValidator, Discriminator, Field, model_validator
from pydantic_core import PydanticCustomError

from strands_nb.spec.base import Frozen, Integer, NonEmpty, Speakable, UnitId
from strands_nb.spec.graph import GraphPattern
from strands_nb.spec.order import Dependencies, dependencies
from strands_nb.spec.step import HumanStep, Step, Task

__all__ = (
    "MAX_WORKERS",
    "PATTERNS",
    "Accept",
    "Branch",
    "ChainConfig",
    "ChainPattern",
    "Evaluator",
    "EvaluatorOptimizerConfig",
    "EvaluatorOptimizerPattern",
    "Limits",
    "Orchestrator",
    "OrchestratorWorkersConfig",
    "OrchestratorWorkersPattern",
    "ParallelConfig",
    "ParallelPattern",
    "Pattern",
    "Producer",
    "Route",
    "Router",
    "RoutingConfig",
    "RoutingPattern",
    "WorkerTemplate",
    "WorkflowConfig",
    "WorkflowPattern",
)

PATTERNS = (
    "chain",
    "workflow",
    "routing",
    "parallel",
    "evaluator_optimizer",
    "orchestrator_workers",
    "graph",
)
"""Every pattern of the language."""


# ---- chain ----------------------------------------------------------------------------------------------------------


class ChainConfig(Frozen):
    """Steps, one after the other."""

    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    """The steps in order; each sees what came before as `steps[n]`, `steps.<id>`, `last_response`."""


class ChainPattern(Frozen):
    """A sequence of steps."""

    type: Literal["chain"]
    """Names the pattern."""
    config: ChainConfig
    """Its steps."""


# ---- workflow -------------------------------------------------------------------------------------------------------


class WorkflowConfig(Frozen):
    """Tasks, each of which starts as soon as those it depends on are done."""

    tasks: Annotated[tuple[Task, ...], Field(min_length=1)]
    """The tasks; each sees those it depends on, directly or not, as `tasks.<id>`."""

    @cached_property
    def dependencies(self) -> Dependencies:
        """What each task waits for, by what it declares and by what its templates name."""
        return dependencies(self.tasks)


class WorkflowPattern(Frozen):
    """Tasks in the order of their dependencies."""

    type: Literal["workflow"]
    """Names the pattern."""
    config: WorkflowConfig
    """Its tasks."""


# ---- routing --------------------------------------------------------------------------------------------------------


class Router(Frozen):
    """The agent that chooses a route."""

    agent: NonEmpty
    """Id of the agent; it answers `{"route": "<id>"}`."""
    input: str | None = None
    """What it is asked; a template."""
    max_retries: Annotated[Integer, Field(ge=0)] = 2
    """How often it is asked again for an answer that names no route."""
    review_router: HumanStep | None = None
    """A question about the choice, before the route is taken: an answer may name another route."""


class Route(Frozen):
    """What happens when a route is chosen."""

    then: tuple[Step, ...] = ()
    """Steps in order; they also see the choice as `router`."""


class RoutingConfig(Frozen):
    """A router, and the routes it can choose from."""

    router: Router
    """Who chooses."""
    routes: Annotated[Mapping[Speakable, Route], Field(min_length=1)]
    """The routes by id."""


class RoutingPattern(Frozen):
    """One of several routes."""

    type: Literal["routing"]
    """Names the pattern."""
    config: RoutingConfig
    """Its router and routes."""


# ---- parallel -------------------------------------------------------------------------------------------------------


class Branch(Frozen):
    """One of several sequences that run at the same time."""

    id: UnitId
    """Its name in templates: `branches.<id>`."""
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    """Its steps in order; they do not see other branches."""


class ParallelConfig(Frozen):
    """Branches, and what becomes of their results."""

    branches: Annotated[tuple[Branch, ...], Field(min_length=2)]
    """At least two."""
    reduce: Step | None = None
    """Makes one result of all; sees `branches.<id>`. Left out, the results are joined in the order of the branches."""
    on_error: Literal["cancel", "collect"] = "cancel"
    """When a branch fails. `cancel`: nothing more is started, and the run fails. `collect`: the others go on, and
    `branches.<id>.status` says which have failed."""


class ParallelPattern(Frozen):
    """Several sequences at the same time."""

    type: Literal["parallel"]
    """Names the pattern."""
    config: ParallelConfig
    """Its branches."""


# ---- evaluator_optimizer --------------------------------------------------------------------------------------------


class Producer(Frozen):
    """The agent that writes and revises; its id alone will do."""

    agent: NonEmpty
    """Id of the agent."""
    input: str | None = None
    """What it is asked first; a template."""

    @model_validator(mode="before")
    @classmethod
    def _by_name(cls, data: object) -> object:
        return {"agent": data} if isinstance(data, str) else data


class Evaluator(Frozen):
    """The agent that judges."""

    agent: NonEmpty
    """Id of the agent; it answers `{"score": 0-100, "issues": [], "fixes": []}`."""
    input: str | None = None
    """What it is asked about the `draft`; a template."""


class Accept(Frozen):
    """When a draft is good enough, and when to stop trying."""

    min_score: Annotated[Integer, Field(ge=0, le=100)]
    """Score from which a draft is accepted."""
    max_iters: Annotated[Integer, Field(ge=1)] = 3
    """How many drafts are judged at most."""


class EvaluatorOptimizerConfig(Frozen):
    """A draft, a verdict, a revision, until the verdict is good."""

    producer: Producer
    """Who writes."""
    evaluator: Evaluator
    """Who judges."""
    accept: Accept
    """When it ends."""
    revise_prompt: str | None = None
    """What the producer is asked after a verdict; a template over `draft`, `evaluation`, `iteration`."""
    review_gate: HumanStep | None = None
    """A question after each verdict that sends the draft back; the answer reaches the producer."""
    on_exhausted: Literal["best", "fail"] = "best"
    """When no draft was accepted. `best`: the best one is the result. `fail`: the run fails."""


class EvaluatorOptimizerPattern(Frozen):
    """Drafts that are revised until they are good."""

    type: Literal["evaluator_optimizer"]
    """Names the pattern."""
    config: EvaluatorOptimizerConfig
    """Its producer and evaluator."""


# ---- orchestrator_workers -------------------------------------------------------------------------------------------


MAX_WORKERS = 10
"""Most tasks of a plan where the workflow sets no limit."""


class Limits(Frozen):
    """Bounds of a decomposition."""

    min_workers: Annotated[Integer, Field(ge=1)] = 1
    """Fewest tasks that a plan may have."""
    max_workers: Annotated[Integer, Field(ge=1)] | None = None
    """Most tasks that a plan may have; left out, `MAX_WORKERS`."""
    max_rounds: Annotated[Integer, Field(ge=1)] = 1
    """How often the orchestrator may plan further tasks from the results so far."""

    @model_validator(mode="after")
    def _in_order(self) -> "Limits":
        if self.max_workers is not None and self.min_workers > self.max_workers:
            context = {"field": "min_workers", "least": self.min_workers, "most": self.max_workers}
            raise PydanticCustomError(
                "worker_order", "min_workers ({least}) is more than max_workers ({most})", context
            )
        return self


class Orchestrator(Frozen):
    """The agent that splits the work."""

    agent: NonEmpty
    """Id of the agent; it answers a list of tasks."""
    input: str | None = None
    """What it is asked; a template. Left out, the inputs."""
    limits: Limits = Field(default_factory=Limits)
    """Bounds of its plans."""


class WorkerTemplate(Frozen):
    """What every worker is made from."""

    agent: NonEmpty
    """Id of the agent."""
    input: str | None = None
    """What a worker is asked; a template over `worker.task`. Left out, the task."""
    tools: tuple[str, ...] | None = None
    """Ids of the only tools of workers; replaces the agent's own list."""


class OrchestratorWorkersConfig(Frozen):
    """A plan, workers for its tasks, and what becomes of their results."""

    orchestrator: Orchestrator
    """Who plans."""
    worker_template: WorkerTemplate
    """Who works."""
    decomposition_review: HumanStep | None = None
    """A question about the plan before it is carried out; an answer may be another plan, as JSON."""
    reduce_review: HumanStep | None = None
    """A question about the results before they are reduced."""
    reduce: Step | None = None
    """Makes one result of all; sees `workers`. Left out, the results are joined."""
    writeup: Step | None = None
    """The last word; sees `workers` and `reduce_response`."""


class OrchestratorWorkersPattern(Frozen):
    """Work that an agent splits for others."""

    type: Literal["orchestrator_workers"]
    """Names the pattern."""
    config: OrchestratorWorkersConfig
    """Its orchestrator and workers."""


def _known(value: object) -> object:
    """Refuse an unknown pattern in one sentence."""
    kind = cast("Mapping[str, Any]", value).get("type") if isinstance(value, Mapping) else PATTERNS[0]
    if isinstance(kind, str) and kind in PATTERNS:
        return value  # pyright: ignore[reportUnknownVariableType]
    raise PydanticCustomError("pattern_unknown", "unknown pattern '{kind}'", {"kind": str(kind)})


Pattern = Annotated[
    ChainPattern
    | WorkflowPattern
    | RoutingPattern
    | ParallelPattern
    | EvaluatorOptimizerPattern
    | OrchestratorWorkersPattern
    | GraphPattern,
    Discriminator("type"),
    BeforeValidator(_known),
]
"""The union of all patterns, told apart by `type`."""
