"""A graph of nodes: where a run goes from where, and when."""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from strands_nb.spec.base import Frozen, Integer, NonEmpty, Speakable
from strands_nb.spec.step import Step
from strands_nb.spec.ways import Ways

__all__ = ("Choice", "Edge", "GraphConfig", "GraphPattern")


class Choice(Frozen):
    """One way to go on."""

    when: NonEmpty
    """A condition over `nodes`, inputs and `hitl_response`; `else` always holds."""
    to: NonEmpty
    """Where to go if it holds."""

    @property
    def is_else(self) -> bool:
        """Whether it always holds."""
        return self.when.strip().removeprefix("{{").removesuffix("}}").strip().lower() == "else"


_Several = NonEmpty | tuple[NonEmpty, ...] | None


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


class Edge(Frozen):
    """Where to go after a node: to all of `to`, or to the first of `choose` that holds."""

    source: NonEmpty = Field(validation_alias="from", serialization_alias="from")
    """Id of the node it leaves."""
    to: Annotated[tuple[NonEmpty, ...] | None, BeforeValidator(_several, json_schema_input_type=_Several)] = None
    """Ids of the nodes that all come next; one alone needs no list."""
    choose: tuple[Choice, ...] | None = None
    """Ways to go on, the first that holds is taken."""

    @model_validator(mode="after")
    def _one_way(self) -> "Edge":
        if self.to is None and self.choose is None:
            raise PydanticCustomError("one_way", "an edge needs `to` or `choose`")
        if self.to is not None and self.choose is not None:
            raise PydanticCustomError("one_way", "`to` and `choose` exclude each other", {"field": "choose"})
        return self

    @property
    def targets(self) -> tuple[str, ...]:
        """Every node it may lead to, in the order of the text."""
        return self.to if self.to is not None else tuple(choice.to for choice in self.choose or ())

    @property
    def exits(self) -> tuple[tuple[str, ...], ...]:
        """Where it leads to: to each of these, or to one of those in the same group."""
        if self.to is not None:
            return tuple((name,) for name in self.to)
        return (self.targets,)

    @property
    def may_end(self) -> bool:
        """Whether it may lead nowhere, and the path ends."""
        return not self.to and not any(choice.is_else for choice in self.choose or ())


class GraphConfig(Frozen):
    """Nodes, and the edges by which a run goes from one to the next."""

    nodes: Annotated[Mapping[Speakable, Step], Field(min_length=1)]
    """The nodes by id; each sees those that were visited as `nodes.<id>`."""
    edges: tuple[Edge, ...] = ()
    """Where to go from where. A node without a way on ends its path."""
    start: NonEmpty | None = None
    """Id of the first node; left out, the first of the text."""
    max_iterations: Annotated[Integer, Field(ge=1)] = 10
    """How often one node may be visited."""

    @property
    def entry(self) -> str:
        """Where a run begins."""
        return self.start if self.start is not None else next(iter(self.nodes))

    @cached_property
    def ways(self) -> Ways:
        """The ways through it."""
        return Ways(self.nodes, [(edge.source, targets) for edge in self.edges for targets in edge.exits], self.entry)

    @property
    def ends(self) -> list[str]:
        """The nodes at which a path can end."""
        onward = {edge.source for edge in self.edges if not edge.may_end}
        return [name for name in self.nodes if name not in onward]


class GraphPattern(Frozen):
    """Nodes and conditional edges."""

    type: Literal["graph"]
    """Names the pattern."""
    config: GraphConfig
    """Its nodes and edges."""
