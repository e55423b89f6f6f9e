"""What templates can see: inputs, and the results so far."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from strands_nb.errors import TemplateError

__all__ = ("Frame", "StepResult", "Steps")


@dataclass(frozen=True, slots=True)
class StepResult:
    """One finished step, as templates and `execution_context` show it."""

    index: int
    response: str
    status: str = "completed"
    agent: str | None = None
    tokens: int = 0
    id: str | None = None
    type: Literal["agent", "hitl"] = "agent"
    prompt: str | None = None
    value: Any = None

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
            return json.loads(self.response)
        except ValueError as error:
            message = f"steps[{self.index}].json: the response is not JSON ({error}); it begins {self.response[:60]!r}"
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
        return entry


class Steps:
    """The finished steps of one sequence: `steps[0]`, `steps.review`. No other names, so that any id works."""

    __slots__ = ("_by_id", "_results")

    def __init__(self, results: list[StepResult], by_id: dict[str, StepResult]) -> None:
        self._results, self._by_id = results, by_id

    def __getitem__(self, place: int | str) -> StepResult:
        return self._by_id[place] if isinstance(place, str) else self._results[place]

    def __len__(self) -> int:
        return len(self._results)

    def __iter__(self) -> Iterator[StepResult]:
        return iter(self._results)


class Frame:
    """The names of one run. `add` a result as it comes; `cut` back to a step that is run again."""

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self.variables = dict(variables)
        self._results: list[StepResult] = []
        self._by_id: dict[str, StepResult] = {}
        self.steps = Steps(self._results, self._by_id)
        self._fixed = {**self.variables, "inputs": self.variables, "steps": self.steps}

    @property
    def last(self) -> StepResult | None:
        """The latest result."""
        return self._results[-1] if self._results else None

    @property
    def last_agent(self) -> str | None:
        """The agent of the latest result that has one."""
        return next((result.agent for result in reversed(self._results) if result.agent), None)

    def add(self, result: StepResult) -> None:
        """One more result, in order."""
        self._results.append(result)
        if result.id is not None:
            self._by_id[result.id] = result
        self._fixed["last_response"] = result.response
        if result.type == "hitl":
            self._fixed["hitl_response"] = result.response

    def cut(self, index: int) -> None:
        """Forget the results from `index` on."""
        kept = self._results[:index]
        self._results.clear()
        self._by_id.clear()
        for name in ("last_response", "hitl_response"):
            self._fixed.pop(name, None)
        for result in kept:
            self.add(result)

    def names(self, extra: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """What a template is rendered with; `extra` (a step's own `vars`) goes before inputs."""
        if not extra:
            return self._fixed
        own = {name: value for name, value in extra.items() if name not in ("steps", "inputs")}
        return {**self._fixed, **own}

    def execution_context(self) -> dict[str, Any]:
        """The results as plain data."""
        return {"steps": [result.to_dict() for result in self._results]}
