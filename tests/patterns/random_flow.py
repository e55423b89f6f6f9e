"""A workflow and everybody in it: what models reply, what people answer, what its author changes afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, fields
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from strands_nb.engine.state import base_key
from strands_nb.spec import HumanTask, Spec, WorkflowConfig, WorkflowPattern, check, parse, to_data, to_yaml, validate

if TYPE_CHECKING:
    from strands_nb.engine.payloads import Action, QuestionData

__all__ = ("EDITED", "Data", "Flow", "Verdict")

Data: TypeAlias = dict[str, Any]

EDITED = "(edited)"
"""What an edit adds to a prompt."""


@dataclass(frozen=True)
class Verdict:
    """What a human says to a question: `modifies` times that it should be changed, then the last word.

    An empty last word leaves it to the default of the question.
    """

    modifies: int = 0
    ends: str = ""
    rejects: bool = False


@dataclass(frozen=True)
class Flow:
    """A workflow, and how models and people answer in it; `edit` says which prompt of it an author changes."""

    data: Data
    verdicts: dict[str, Verdict] = field(default_factory=dict[str, Verdict])
    """By the key of the question, without its revision."""
    scores: tuple[int, ...] = (50,)
    """What an evaluator gives, by iteration; the last one repeats."""
    plans: tuple[int, ...] = (1,)
    """How many tasks an orchestrator plans, by round; the last one repeats."""
    refuses: frozenset[str] = frozenset()
    """Keys of calls that never succeed, unless their prompt is edited."""
    edit: int = 0

    @classmethod
    def of(cls, text: str, **more: Any) -> Flow:
        """The same from YAML; for what was drawn once and is worth to be kept."""
        return cls(to_data(parse(text)), **more)

    def __repr__(self) -> str:
        told = [f"{f.name}={value!r}" for f in fields(self)[1:] if (value := getattr(self, f.name))]
        return f'Flow.of("""\n{to_yaml(self.spec)}""", {", ".join(told)})'

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: FBT001 - as hypothesis calls it
        printer.text(repr(self))

    @cached_property
    def spec(self) -> Spec:
        """The workflow; that it has no mistake is asserted."""
        return _sound(self.data)

    @cached_property
    def edited(self) -> Spec:
        """The same with one prompt changed."""
        data = deepcopy(self.data)
        places = list(_prompts(data))
        part, name = places[self.edit % len(places)]
        part[name] = f"{part.get(name) or '{{ topic }}'} {EDITED}"
        return _sound(data)

    def answer(self, question: QuestionData) -> tuple[Action, str]:
        """What a human says to a question."""
        key, revision, choices = base_key(question["key"]), question["revision"], question["choices"]
        verdict = self.verdicts.get(key, Verdict(ends=choices[0] if choices else ""))
        if revision <= verdict.modifies and question["reviews"]:
            return "modify", f"change {revision} of {key}"
        return ("reject", f"no to {key}") if verdict.rejects else ("approve", verdict.ends)

    def value(self, key: str, schema: Mapping[str, Any], digest: str) -> Any:
        """The JSON that a router, an evaluator or a planner answers."""
        if schema["type"] == "array":
            count = _at(self.plans, key)
            return [f"{digest}.{at}" if at % 2 else {"task": f"{digest}.{at}", "size": at} for at in range(count)]
        if "route" in schema["properties"]:
            routes = schema["properties"]["route"]["enum"]
            return {"route": routes[int(digest, 8) % len(routes)], "why": digest}
        return {"score": _at(self.scores, key), "issues": [digest], "fixes": []}

    def collects(self, key: str) -> bool:
        """Whether the run goes on without what fails there."""
        return key.startswith("branches/") and self.data["pattern"]["config"].get("on_error") == "collect"

    @property
    def refusals(self) -> set[str]:
        """The reasons for which a run may end as cancelled: of several, whose comes first."""
        return {f"no to {key}" for key, verdict in self.verdicts.items() if verdict.rejects}

    @property
    def sends_back_tasks(self) -> bool:
        """Whether tasks are sent back: what others have begun by then is finished, and not used."""
        tasks = isinstance(self.spec.pattern, WorkflowPattern)
        return tasks and any(verdict.modifies for verdict in self.verdicts.values())

    @cached_property
    def racing(self) -> bool:
        """Whether it counts who answers first: two questions send back the same, and one of them rests on it."""
        pattern = self.spec.pattern
        modifying = [key.partition("/")[2] for key, verdict in self.verdicts.items() if verdict.modifies]
        return isinstance(pattern, WorkflowPattern) and any(_races(pattern.config, modifying))


def _at(values: tuple[int, ...], key: str) -> int:
    """The value for the iteration or round that a key names."""
    return values[min(int(key.split("/")[1]), len(values) - 1)]


def _sound(data: Data) -> Spec:
    spec = validate(data)
    wrong = [problem for problem in check(spec) if problem.severity != "warning"]
    assert not wrong, wrong
    return spec


def _prompts(data: Data) -> Iterator[tuple[Data, str]]:
    """Every prompt, in the order of the workflow; those of agents last."""
    yield from _prompts_in(data["pattern"]["config"])
    for agent in data["agents"].values():
        yield agent, "prompt"


def _prompts_in(part: object) -> Iterator[tuple[Data, str]]:
    if isinstance(part, list):
        for item in cast("list[object]", part):
            yield from _prompts_in(item)
    if isinstance(part, dict):
        step = cast("Data", part)
        if "agent" in step:
            yield step, "input"
        elif "prompt" in step:
            yield step, "prompt"
        for item in step.values():
            yield from _prompts_in(item)


def _races(config: WorkflowConfig, modifying: Sequence[str]) -> Iterator[bool]:
    """Of each two questions: whether it counts who sends back first, and neither waits for the other."""
    ancestors = config.dependencies.ancestors
    resting = {one: _resting_on(config, one) for one in modifying}
    for one, other in combinations(modifying, 2):
        both = resting[one] & resting[other]
        ordered = one in ancestors[other] or other in ancestors[one]
        yield not ordered and any(gate in both for gate in modifying)


def _resting_on(config: WorkflowConfig, gate: str) -> set[str]:
    """What is done again when a question sends back what it asks about."""
    ancestors, targets = config.dependencies.ancestors, _reviewed(config, gate)
    return targets | {task.id for task in config.tasks if any(name in ancestors[task.id] for name in targets)}


def _reviewed(config: WorkflowConfig, gate: str) -> set[str]:
    """What a question may send back."""
    gates = {task.id for task in config.tasks if isinstance(task, HumanTask)}
    found: set[str] = set()
    for dep in config.dependencies.direct[gate]:
        found |= {dep} | (_reviewed(config, dep) if dep in gates else set())
    return found
