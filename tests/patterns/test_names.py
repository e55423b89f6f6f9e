"""What the templates of each pattern see in a run is what `check` knows they see."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.app import Workflow
from strands_nb.render import Condition
from strands_nb.render.templates import Template
from strands_nb.spec import PATTERNS, parse, to_data
from strands_nb.spec.texts import texts
from strands_nb.testing import MemorySessionRepository, ScriptedAgents

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from strands_nb.spec.scopes import Text

HEAD: dict[str, Any] = {
    "version": 0,
    "name": "t",
    "runtime": {"provider": "scripted"},
    "inputs": {"values": {"topic": "tides"}},
    "agents": {"a": {"prompt": "A"}, "b": {"prompt": "B"}, "j": {"prompt": "J"}},
    "outputs": {"artifacts": [{"path": "end.md", "from": "end"}]},
}


def gate(**fields: Any) -> dict[str, Any]:
    return {"type": "hitl", "prompt": "p", "context_display": "c", "default": "d", **fields}


def asked(agent: str, **fields: Any) -> dict[str, Any]:
    return {"agent": agent, "input": "i", **fields}


FULL: dict[str, dict[str, Any]] = {
    "chain": {"steps": [asked("a", id="one"), gate(id="two"), asked("b"), gate(), asked("b")]},
    "workflow": {
        "tasks": [
            asked("a", id="one"),
            gate(id="two", deps=["one"]),
            asked("b", id="three", deps=["two"]),
            asked("b", id="four", deps=["one"]),
        ]
    },
    "routing": {
        "router": {**asked("j"), "review_router": {"type": "hitl", "prompt": "p", "context_display": "c"}},
        "routes": {"r": {"then": [asked("a", id="one"), gate(), asked("a")]}, "s": {}},
    },
    "parallel": {
        "branches": [
            {"id": "x", "steps": [asked("a", id="one"), gate(), asked("b")]},
            {"id": "y", "steps": [asked("b")]},
        ],
        "reduce": gate(),
    },
    "evaluator_optimizer": {
        "producer": asked("a"),
        "evaluator": asked("j"),
        "accept": {"min_score": 100, "max_iters": 3},
        "revise_prompt": "r",
        "review_gate": gate(),
    },
    "orchestrator_workers": {
        "orchestrator": {**asked("j"), "limits": {"max_rounds": 2}},
        "worker_template": asked("a"),
        "decomposition_review": gate(),
        "reduce_review": gate(),
        "reduce": asked("b"),
        "writeup": asked("b"),
    },
    "graph": {
        "nodes": {"x": asked("a"), "y": asked("b"), "g": gate(), "z": asked("b")},
        "edges": [
            {"from": "x", "to": ["y", "g"]},
            {"from": "y", "to": "z"},
            {"from": "g", "choose": [{"when": "c", "to": "x"}, {"when": "else", "to": "z"}]},
        ],
    },
}
SAID = {"routing": '{"route": "r"}', "evaluator_optimizer": '{"score": 50}', "orchestrator_workers": '["p", "q"]'}

# What a run has besides, because it costs nothing to leave it there: of former rounds, or empty.
BESIDES = {
    ("producer", "input"): {"iterations"},
    ("evaluator", "input"): {"current_evaluation", "evaluation"},
    ("orchestrator", "input"): {"num_workers", "worker_count", "workers"},
    ("decomposition_review", "prompt"): {"hitl_response"},
    ("decomposition_review", "context_display"): {"hitl_response"},
    ("decomposition_review", "default"): {"hitl_response"},
}


def filled(data: Any, kind: str) -> dict[str, Text]:
    """Put into every place of a workflow a text that asks for all that is there; the texts, with where they stand."""
    found: dict[str, Text] = {}
    for number, text in enumerate(texts(parse(json.dumps(data)))):
        around = data
        for name in text.path[:-1]:
            around = around[name]
        names = sorted(text.scope.names)
        if text.kind == "condition":
            asks = " and ".join(f"{name} is defined" for name in names)
            around[text.path[-1]] = f"{asks} and nodes.x.iteration < 2"
        elif text.path[-1] != "path" and text.path[0] != "agents":
            around[text.path[-1]] = f"{number}: " + " ".join(f"{{{{ {name} | string | length }}}}" for name in names)
        found[around[text.path[-1]]] = text
    assert kind in PATTERNS
    return found


class Looks:
    """Who looked, and what they saw."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, expected: Mapping[str, Text]) -> None:
        self.seen: dict[str, list[set[str]]] = {}
        render, holds = Template.render, Condition.holds

        def note(text: str, names: Mapping[str, Any]) -> None:
            if text in expected:
                self.seen.setdefault(text, []).append({*names} - {"inputs", "topic"})

        def rendered(template: Template, names: Mapping[str, Any]) -> str:
            note(template.text, names)
            return render(template, names)

        def held(condition: Condition, names: Mapping[str, Any]) -> bool:
            note(condition.text, names)
            return holds(condition, names)

        monkeypatch.setattr(Template, "render", rendered)
        monkeypatch.setattr(Condition, "holds", held)


@pytest.mark.parametrize("kind", PATTERNS)
def test_templates_see_in_a_run_what_check_says_they_see(
    kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    data = to_data(parse(json.dumps({**HEAD, "pattern": {"type": kind, "config": FULL[kind]}})))
    expected = filled(data, kind)
    agents = ScriptedAgents({"j": SAID.get(kind, "said")})
    workflow = Workflow.from_yaml(json.dumps(data)).with_options(
        agents=agents, store=MemorySessionRepository(), on_hitl="approve", output_dir=tmp_path
    )
    assert [problem.message for problem in workflow.check() if problem.severity != "warning"] == []
    looks = Looks(monkeypatch, expected)
    assert workflow.run().error_message is None
    for text, place in expected.items():
        if place.path[0] == "pattern" and "else" not in text:
            assert looks.seen.get(text), f"nothing was asked at {place.path}"
        looked = looks.seen.get(text, [])
        for names in looked[-1:] if place.path[0] == "outputs" else looked:  # paths are tried before the run as well
            assert names - BESIDES.get((str(place.path[-2]), str(place.path[-1])), set()) == set(place.scope.names), (
                place.path
            )


@pytest.mark.parametrize(
    ("kind", "config", "artifact"),
    [
        ("routing", {"router": asked("j"), "routes": {"r": {}, "s": {"then": [gate()]}}}, "{{ router_response }}"),
        ("routing", {"router": asked("j"), "routes": {"r": {"then": [asked("a")]}}}, "{{ steps[0].response }}"),
        (
            "parallel",
            {"branches": [{"id": name, "steps": [asked("a"), gate()]} for name in "xy"]},
            "{{ branches.x.response }} {{ hitl_response }}",
        ),
        (
            "parallel",
            {"branches": [{"id": name, "steps": [asked("a")]} for name in "xy"], "reduce": asked("b")},
            "{{ reduce.response }} {{ reduce_response }}",
        ),
        (
            "evaluator_optimizer",
            {
                "producer": "a",
                "evaluator": {"agent": "j"},
                "accept": {"min_score": 1},
                "review_gate": gate(),
            },
            "{{ draft }} {{ evaluation.score }} {{ iterations[0].draft }} {{ final_score }} {{ accepted }}",
        ),
        (
            "orchestrator_workers",
            {"orchestrator": asked("j"), "worker_template": {"agent": "a"}, "writeup": asked("b")},
            "{{ workers[0].response }} {{ worker_count }} {{ decomposition }} {{ writeup_response }}",
        ),
        (
            "graph",
            {
                "nodes": {"x": asked("a"), "g": gate(), "z": asked("a")},
                "edges": [{"from": "x", "choose": [{"when": "topic == 'no'", "to": "g"}, {"when": "else", "to": "z"}]}],
            },
            "{{ nodes.g.response }} {{ terminal_node }} {{ execution_path }} {{ total_steps }} {{ iteration_counts }}",
        ),
    ],
)
def test_artifacts_see_what_there_is_whichever_way_a_run_has_taken(
    kind: str, config: dict[str, Any], artifact: str, tmp_path: Path
) -> None:
    source = f"{artifact} {{{{ last_response }}}} {{{{ hitl_response | default('') }}}}"
    data = {
        **HEAD,
        "pattern": {"type": kind, "config": config},
        "outputs": {"artifacts": [{"path": "x", "from": source}]},
    }
    workflow = Workflow.from_yaml(json.dumps(data)).with_options(
        agents=ScriptedAgents({"j": SAID.get(kind, "said")}),
        store=MemorySessionRepository(),
        on_hitl="approve",
        output_dir=tmp_path,
    )
    assert [problem for problem in workflow.check() if problem.severity == "error"] == []
    result = workflow.run()
    assert result.error_message is None
    assert (tmp_path / "x").read_text() != source


def test_an_answer_that_comes_later_in_a_loop_is_empty_until_then() -> None:
    graph = {
        "nodes": {
            "x": asked("a", input="{{ topic }} {{ hitl_response }}|{{ last_response }}"),
            "g": gate(),
            "z": asked("b"),
        },
        "edges": [
            {"from": "x", "to": "g"},
            {"from": "g", "choose": [{"when": "nodes.x.iteration < 2", "to": "x"}, {"when": "else", "to": "z"}]},
        ],
    }
    agents = ScriptedAgents()
    data = {**HEAD, "outputs": {}, "pattern": {"type": "graph", "config": graph}}
    workflow = Workflow.from_yaml(json.dumps(data)).with_options(
        agents=agents, store=MemorySessionRepository(), on_hitl="approve"
    )
    assert workflow.run().success
    assert [call.prompt for call in agents.calls][:2] == ["tides |", "tides d|d"]


def test_a_node_to_which_two_edges_lead_is_told_once_what_the_other_said() -> None:
    graph = {
        "nodes": {"x": asked("a"), "y": {"agent": "b"}},
        "edges": [{"from": "x", "to": ["y", "y"]}, {"from": "x", "to": "y"}],
    }
    agents = ScriptedAgents({"a": "hello"})
    data = {**HEAD, "outputs": {}, "pattern": {"type": "graph", "config": graph}}
    workflow = Workflow.from_yaml(json.dumps(data)).with_options(agents=agents, store=MemorySessionRepository())
    assert workflow.run().success
    assert [call.prompt for call in agents.calls] == ["i", "hello"]
