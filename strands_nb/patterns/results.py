"""What a finished piece of work leaves behind, as templates and `execution_context` show it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from strands_nb.errors import TemplateError
from strands_nb.render.plain_json import plain_json

__all__ = ("BranchResult", "Named", "NodeResult", "Result", "RouterResult", "Steps", "WorkerResult", "as_data")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One finished step, task or question."""

    response: str
    index: int = 0
    status: str = "completed"
    agent: str | None = None
    tokens: int = 0
    id: str | None = None
    type: Literal["agent", "hitl"] = "agent"
    prompt: str | None = None
    value: Any = None
    error: str | None = None

    @property
    def tokens_estimated(self) -> int:
        """The format's first name for `tokens`."""
        return self.tokens

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever JSON the agent wrote
        """The response, parsed.

        Raises:
            TemplateError: it is no JSON.
        """
        if self.value is not None:
            return self.value
        try:
            return plain_json(self.response)
        except ValueError as error:
            name = self.id or f"steps[{self.index}]"
            message = f"{name}.json: the response is not JSON ({error}); it begins {self.response[:60]!r}"
            raise TemplateError(message) from error

    def to_dict(self) -> dict[str, Any]:
        """The entry of `execution_context`."""
        entry: dict[str, Any] = {
            "index": self.index,
            "response": self.response,
            "agent": self.agent,
            "status": self.status,
            "tokens": self.tokens,
        }
        if self.id is not None:
            entry["id"] = self.id
        if self.type == "hitl":
            entry |= {"type": "hitl", "prompt": self.prompt}
        if self.error is not None:
            entry["error"] = self.error
        return entry


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterResult(Result):
    """A router's decision, after its review if there is one."""

    chosen_route: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The entry of `execution_context`."""
        return {**Result.to_dict(self), "chosen_route": self.chosen_route}


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchResult(Result):
    """A branch: its last response, and its steps."""

    steps: Sequence[Result] = ()

    @property
    def step_history(self) -> Sequence[Result]:
        """The format's first name for `steps`."""
        return self.steps

    def to_dict(self) -> dict[str, Any]:
        """The entry of `execution_context`."""
        return {**Result.to_dict(self), "steps": [step.to_dict() for step in self.steps]}


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerResult(Result):
    """A worker and the task it was given."""

    task: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The entry of `execution_context`."""
        return {**Result.to_dict(self), "task": self.task}


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeResult(Result):
    """A node after its latest visit; `iteration` counts them. False in conditions while it was never visited."""

    iteration: int = 0

    def __bool__(self) -> bool:
        return self.iteration > 0

    def to_dict(self) -> dict[str, Any]:
        """The entry of `execution_context`."""
        return {**Result.to_dict(self), "iteration": self.iteration}


class Steps:
    """The finished steps of one sequence: `steps[0]`, `steps.review`. No other names, so that any id works."""

    __slots__ = ("_by_id", "_results")

    def __init__(self, results: list[Result], by_id: dict[str, Result]) -> None:
        self._results, self._by_id = results, by_id

    def __getitem__(self, place: int | str) -> Result:
        return self._by_id[place] if isinstance(place, str) else self._results[place]

    def __len__(self) -> int:
        return len(self._results)

    def __iter__(self) -> Iterator[Result]:
        return iter(self._results)


class Named(Mapping[str, Any]):
    """Results by id, of those in `visible` alone, in the order of the workflow.

    `missing` makes what stands for one that is visible but not there (yet).
    """

    __slots__ = ("_missing", "_results", "_visible")

    def __init__(
        self,
        results: Mapping[str, Result],
        visible: Any,  # noqa: ANN401 - a collection of ids
        missing: Callable[[str], Result] | None = None,
    ) -> None:
        self._results, self._visible, self._missing = results, visible, missing

    def __getitem__(self, name: str) -> Result:
        if name in self._visible:
            if (result := self._results.get(name)) is not None:
                return result
            if self._missing is not None:
                return self._missing(name)
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return name in self._results and name in self._visible

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._visible if name in self._results)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def as_data(value: Any) -> Any:  # noqa: ANN401 - results become JSON
    """Results as plain JSON data."""
    match value:
        case Result():
            return value.to_dict()
        case Steps():
            return [result.to_dict() for result in value]
        case Mapping():
            return {name: as_data(item) for name, item in cast("Mapping[str, Any]", value).items()}
        case list() | tuple():
            return [as_data(item) for item in cast("Sequence[Any]", value)]
        case _:
            return value
