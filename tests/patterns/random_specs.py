"""Workflows of all seven patterns, drawn at random: valid by the way they are made, and small once they are shrunk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

from tests.patterns.random_flow import Data, Flow, Verdict

__all__ = ("PATTERNS", "Draw", "flows")

Draw = Callable[[st.SearchStrategy[Any]], Any]

_AGENTS = ("a", "b", "c")
_ANSWERED = "{{ hitl_response | default('-') }}"
_TEXTS = ("", "fine", "again")


class _Pen:
    """Draws the parts that all patterns share, and notes who is asked what on the way."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.questions: dict[str, tuple[str, ...]] = {}
        """The texts that may answer, by key."""
        self.calls: list[str] = []
        """Keys of agents' steps in sequences."""

    def maybe(self, *, often: bool = False) -> bool:
        return self.draw(st.sampled_from([False, True, True] if often else [False, True]))

    def gate_here(self) -> bool:
        """Whether a human is asked where an agent could be."""
        return self.draw(st.sampled_from([False, False, True]))

    def number(self, least: int, most: int) -> int:
        return self.draw(st.integers(least, most))

    def size(self, least: int, most: int) -> int:
        """A number that is rather large than small, and yet shrinks."""
        return max(self.number(least, most), self.number(least, most))

    def one(self, *values: Any) -> Any:
        return self.draw(st.sampled_from(values))

    def text(self, names: Sequence[str]) -> str:
        """A template over some of these names."""
        used = self.draw(st.lists(st.sampled_from(["{{ topic }}", *names]), max_size=2, unique=True))
        return " ".join(["go", *used])

    def agent(self, names: Sequence[str], **more: Any) -> Data:
        step: Data = {"agent": self.one(*_AGENTS), **more}
        if self.maybe(often=True):
            step["input"] = self.text(names)
        return step

    def gate(self, keys: Iterable[str], names: Sequence[str], *texts: str, **more: Any) -> Data:
        step: Data = {"type": "hitl", "prompt": self.text(names), **more}
        if not texts and self.maybe():
            step["choices"] = ["yes", "no", "again"]
        if not texts and self.maybe():
            step["default"] = self.one(*step.get("choices", ["fine", "{{ topic }}"]))
        if self.maybe():
            step["context_display"] = self.text(names)
        self.questions |= dict.fromkeys(keys, tuple(step.get("choices", texts or _TEXTS)))
        return step

    def step(self, keys: Iterable[str], names: Sequence[str]) -> Data:
        return self.gate(keys, names) if self.gate_here() else self.agent(names)

    def steps(self, path: str, most: int, given: Sequence[str] = (), *, least: int = 1) -> list[Data]:
        """A sequence; each step sees what was before it."""
        steps: list[Data] = []
        names = [*given, _ANSWERED]
        for at in range(self.size(least, most)):
            more = {"id": f"s{at}"} if self.maybe() else {}
            key = f"{path}/{at}"
            gate = self.gate_here()
            steps.append(self.gate([key], names, **more) if gate else self.agent(names, **more))
            self.calls += [] if gate else [key]
            names += ["{{ last_response }}", "{{ steps | length }}"] if at == 0 else []
            names += [f"{{{{ steps[{at}].response }}}}", *(f"{{{{ steps.{name}.tokens }}}}" for name in more.values())]
        return steps


def _chain(pen: _Pen) -> Data:
    return {"steps": pen.steps("steps", 6)}


def _workflow(pen: _Pen) -> Data:
    """Tasks in the order of the file, which wait for those before them in another, hidden one."""
    ids = [f"t{at}" for at in range(pen.size(1, 6))]
    hidden: list[str] = pen.draw(st.permutations(ids))
    tasks: dict[str, Data] = {}
    for at, name in enumerate(hidden):
        gate = pen.maybe() and at > 0
        some = st.lists(st.sampled_from(hidden[:at]), unique=True, min_size=int(gate), max_size=3)
        deps: list[str] = pen.draw(some) if at else []
        names = [f"{{{{ tasks.{other}.response }}}}" for other in hidden[:at]]
        names += [f"{{{{ tasks.{other}.response | default('?') }}}}" for other in ids if other != name]
        names += [_ANSWERED, "{{ last_response | default('first') }}"]
        step = pen.gate([f"tasks/{name}"], names) if gate else pen.agent(names)
        tasks[name] = {"id": name, **step, **({"deps": deps} if deps else {})}
    return {"tasks": [tasks[name] for name in ids]}


def _routing(pen: _Pen) -> Data:
    routes = [f"r{at}" for at in range(pen.number(1, 4))]
    router = pen.agent([])
    decided = ["{{ router.chosen_route }}", "{{ router_response }}"]
    if pen.maybe(often=True):
        router["review_router"] = pen.gate(["review"], decided, "", *routes, f"route:{routes[-1]}")
    then = {name: {"then": pen.steps(f"routes/{name}/steps", 3, decided, least=0)} for name in routes}
    return {"router": router, "routes": then}


def _parallel(pen: _Pen) -> Data:
    ids = [f"p{at}" for at in range(pen.number(2, 6))]
    branches = [{"id": name, "steps": pen.steps(f"branches/{name}/steps", 3)} for name in ids]
    config: Data = {"branches": branches, "on_error": pen.one("cancel", "collect")}
    if pen.maybe(often=True):
        names = [f"{{{{ branches.{name}.{what} }}}}" for name in ids for what in ("response", "status")]
        config["reduce"] = pen.step(["reduce"], [*names, _ANSWERED, "{{ last_response }}"])
    return config


def _evaluator(pen: _Pen) -> Data:
    rounds = pen.one(2, 3, 4, 1)
    draft = ["{{ draft }}", "{{ iteration }}", "{{ iterations | length }}", _ANSWERED]
    judged = [*draft, "{{ evaluation.score }}", "{{ evaluation.issues | join }}", "{{ iterations[-1].score }}"]
    config: Data = {
        "producer": pen.agent([]),
        "evaluator": pen.agent(draft),
        "accept": {"min_score": 80, "max_iters": rounds},
        "on_exhausted": pen.one("best", "best", "fail"),
    }
    if pen.maybe():
        config["revise_prompt"] = pen.text(judged)
    if pen.maybe(often=True):
        config["review_gate"] = pen.gate([f"iterations/{number}/review" for number in range(rounds)], judged)
    return config


def _orchestrator(pen: _Pen) -> Data:
    least, rounds = pen.number(1, 2), pen.number(1, 2)
    limits = {"min_workers": least, "max_workers": pen.number(least, 4), "max_rounds": rounds}
    planned = ["{{ task_count }}", "{{ round_count }}", "{{ orchestrator_response }}", _ANSWERED]
    done = [*planned, "{{ workers[0].response }}", "{{ workers | map(attribute='response') | join }}"]
    config: Data = {
        "orchestrator": {**pen.agent([]), "limits": limits},
        "worker_template": pen.agent([*planned, "{{ worker.task }}", "{{ worker.index }}"]),
    }
    if pen.maybe(often=True):
        keys = [f"rounds/{number}/review" for number in range(rounds)]
        plans = '["one", "two"]', '{"tasks": [{"task": "one", "size": 2}]}'
        config["decomposition_review"] = pen.gate(keys, planned, *_TEXTS, *plans)
    if pen.maybe():
        config["reduce_review"] = pen.gate(["reduce_review"], done)
    if pen.maybe():
        config["reduce"] = pen.step(["reduce"], done)
        done = [*done, "{{ reduce_response }}"]
    if pen.maybe():
        config["writeup"] = pen.step(["writeup"], done)
    return config


def _graph(pen: _Pen) -> Data:
    """A tree from the first node, so that all can be reached, and conditional ways across and back."""
    ids = [f"n{at}" for at in range(pen.size(1, 6))]
    parents = {name: ids[pen.number(0, at)] for at, name in enumerate(ids[1:])}
    nodes: dict[str, Data] = {}
    edges: list[Data] = []
    for name in ids:
        before = _line(name, parents)
        seen = [f"{{{{ nodes.{other}.response }}}}" for other in before[1:]]
        seen += [f"{{{{ nodes.{other}.response | default('?') }}}}" for other in ids]
        seen += [_ANSWERED, "{{ last_response | default('first') }}", "{{ iteration }}"]
        nodes[name] = pen.step([f"nodes/{name}/{visit}" for visit in (1, 2, 3)], seen)
        edges += _ways_on(pen, name, before, [child for child, parent in parents.items() if parent == name], ids)
    order: list[str] = pen.draw(st.permutations(ids))
    most = pen.one(3, 4, 2, 1)
    return {"nodes": {name: nodes[name] for name in order}, "edges": edges, "start": ids[0], "max_iterations": most}


def _line(name: str, parents: dict[str, str]) -> list[str]:
    """A node and those by which the tree leads to it."""
    return [name, *_line(parents[name], parents)] if name in parents else [name]


def _ways_on(pen: _Pen, name: str, before: list[str], children: list[str], ids: list[str]) -> Iterator[Data]:
    if children and pen.maybe():
        chosen = [{"when": _condition(pen, name, before), "to": child} for child in children]
        chosen[-1]["when"] = pen.one("else", chosen[-1]["when"])
        yield {"from": name, "choose": chosen}
    elif children:
        yield {"from": name, "to": children}
    if pen.maybe():
        yield {"from": name, "choose": [{"when": _condition(pen, name, before), "to": pen.one(*ids)}]}


def _condition(pen: _Pen, name: str, before: list[str]) -> str:
    other = pen.one(*before)
    text = pen.one(
        f"nodes.{other}.iteration < 2",
        f"nodes.{other}.response contains '{pen.number(0, 7)}'",
        f"'again' in nodes.{name}.response and iteration < 3",
        f"hitl_response | default('-') == 'again' or nodes.{other}.response | length > 7",
        "topic != 'tides'",
    )
    return pen.one(text, f"{{{{ {text} }}}}")


_CONFIGS: dict[str, Callable[[_Pen], Data]] = {
    "chain": _chain,
    "workflow": _workflow,
    "routing": _routing,
    "parallel": _parallel,
    "evaluator_optimizer": _evaluator,
    "orchestrator_workers": _orchestrator,
    "graph": _graph,
}
PATTERNS = tuple(_CONFIGS)


@st.composite
def flows(draw: Draw, pattern: str) -> Flow:
    """A workflow of a pattern, with everybody's answers."""
    pen = _Pen(draw)
    config = _CONFIGS[pattern](pen)
    policy = {"retries": 2, "wait_min": 0, "wait_max": 0}
    data: Data = {
        "version": 0,
        "name": "random",
        "runtime": {"provider": "scripted", "max_parallel": pen.one(5, 1, 2), "failure_policy": policy},
        "inputs": {"values": {"topic": "tides"}},
        "agents": {name: {"prompt": name, "memory": pen.one("scope", "none")} for name in _AGENTS},
        "pattern": {"type": pattern, "config": config},
    }
    said = {key: _verdicts(texts) for key, texts in pen.questions.items()}
    collects = config.get("on_error") == "collect"
    return Flow(
        data,
        verdicts=draw(st.fixed_dictionaries(said)),
        scores=tuple(draw(st.lists(st.sampled_from([50, 20, 60, 90]), min_size=1, max_size=3))),
        plans=_plans(pen, config),
        refuses=draw(st.frozensets(st.sampled_from(pen.calls), max_size=2)) if collects and pen.calls else frozenset(),
        edit=pen.number(0, 7),
    )


def _verdicts(texts: tuple[str, ...]) -> st.SearchStrategy[Verdict]:
    seldom = st.sampled_from([False] * 19 + [True])
    return st.builds(Verdict, st.sampled_from([0, 1, 0, 2, 3]), st.sampled_from(texts), seldom)


def _plans(pen: _Pen, config: Data) -> tuple[int, ...]:
    if "orchestrator" not in config:
        return (1,)
    limits = config["orchestrator"]["limits"]
    return pen.number(limits["min_workers"], limits["max_workers"]), pen.number(0, limits["max_workers"])
