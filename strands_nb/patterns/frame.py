"""What templates can see: inputs, and the results so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from strands_nb.patterns.results import Result, Steps, as_data

__all__ = ("Frame", "Record", "inputs_text")


class Frame:
    """The names of one sequence: `add` a result as it comes; `cut` back to a step that is done again.

    `given` are the names that its surroundings have for it; `answer` is what a human said before it began.
    """

    def __init__(
        self, variables: Mapping[str, Any], given: Mapping[str, Any] | None = None, answer: str | None = None
    ) -> None:
        self._answer = answer
        self._results: list[Result] = []
        self._by_id: dict[str, Result] = {}
        self.steps = Steps(self._results, self._by_id)
        self._names: dict[str, Any] = {**variables, "inputs": variables, **(given or {}), "steps": self.steps}
        self._say(None, answer)

    def _say(self, response: str | None, answer: str | None) -> None:
        for name, text in (("last_response", response), ("hitl_response", answer)):
            if text is not None:
                self._names[name] = text

    @property
    def last(self) -> Result | None:
        """The latest result."""
        return self._results[-1] if self._results else None

    @property
    def last_agent(self) -> str | None:
        """The agent of the latest result that has one."""
        return next((result.agent for result in reversed(self._results) if result.agent), None)

    @property
    def answer(self) -> str | None:
        """What a human said last."""
        return self._names.get("hitl_response")

    @property
    def tokens(self) -> int:
        """What all its results took."""
        return sum(result.tokens for result in self._results)

    def add(self, result: Result) -> None:
        """One more result, in order."""
        self._results.append(result)
        if result.id is not None:
            self._by_id[result.id] = result
        self._say(result.response, result.response if result.type == "hitl" else None)

    def cut(self, index: int) -> None:
        """Forget the results from `index` on."""
        kept = self._results[:index]
        self._results.clear()
        self._by_id.clear()
        for name in ("last_response", "hitl_response"):
            self._names.pop(name, None)
        self._say(None, self._answer)
        for result in kept:
            self.add(result)

    def names(self) -> Mapping[str, Any]:
        """What a template of the next step is rendered with."""
        return self._names


class Record:
    """What a run has come to so far, by the names of its pattern: for `execution_context` and for artifacts."""

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self.variables = variables
        self.names: dict[str, Any] = {}
        """What artifacts see besides the inputs."""
        self._public: list[str] = []

    def show(self, **sections: Any) -> None:  # noqa: ANN401 - results
        """Put results under these names, for both."""
        self.names |= sections
        self._public += [name for name in sections if name not in self._public]

    def execution_context(self) -> dict[str, Any]:
        """The results as plain data."""
        return {name: as_data(self.names[name]) for name in self._public}


def inputs_text(variables: Mapping[str, Any]) -> str:
    r"""What an agent is asked that nobody gave a prompt: the inputs.

    >>> inputs_text({"topic": "tides", "words": 80})
    'topic: tides\nwords: 80'
    """
    return "\n".join(f"{name}: {value}" for name, value in variables.items()) or "Begin."
