"""Texts that other programs stumble over, as replies, answers, inputs, ids, plans and templates of every pattern.

What is said arrives as it was said, down to the last byte, or is refused by an error of ours; nothing in it is run.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.app import Workflow
from strands_nb.engine.events import Retried, UnitCompleted, UnitStarted, dump_event, load_event
from strands_nb.engine.question import HITLState
from strands_nb.errors import InvalidAnswerError, SchemaValidationError, StrandsNbError
from strands_nb.spec import PATTERNS
from strands_nb.stores import FileSessionRepository
from strands_nb.testing import MemorySessionRepository, ScriptedAgents
from tests.engine.support import PATIENCE, log_of
from tests.patterns.support import agents_of
from tests.spec.shared import CORPORA, within_bounds

if TYPE_CHECKING:
    from pathlib import Path

HEAD: dict[str, Any] = {
    "version": 0,
    "name": "t",
    "runtime": {"provider": "scripted", "failure_policy": {"retries": 0}},
    "agents": {"a": {"prompt": "A"}, "b": {"prompt": "B"}, "j": {"prompt": "J"}},
}
GATE = {"type": "hitl", "prompt": "Good?"}
SAID, ANSWERED = "<{{ %s }}>", "({{ hitl_response }})"


def agent(name: str, text: str) -> dict[str, Any]:
    return {"agent": name, "input": text}


PLACES: dict[str, Any] = {
    "chain": {"steps": [agent("a", "[{{ topic }}]"), GATE, agent("b", SAID % "steps[0].response" + ANSWERED)]},
    "workflow": {
        "tasks": [
            {"id": "x", **agent("a", "[{{ topic }}]")},
            {"id": "g", **GATE, "deps": ["x"]},
            {"id": "y", **agent("b", SAID % "tasks.x.response" + ANSWERED), "deps": ["g"]},
        ]
    },
    "routing": {
        "router": {**agent("j", "[{{ topic }}]"), "review_router": GATE},
        "routes": {
            "r": {"then": [agent("a", "[{{ topic }}]"), GATE, agent("b", SAID % "steps[0].response" + ANSWERED)]},
            "s": {},
        },
    },
    "parallel": {
        "branches": [
            {"id": "x", "steps": [agent("a", "[{{ topic }}]"), GATE]},
            {"id": "y", "steps": [agent("b", "[{{ topic }}]")]},
        ],
        "reduce": agent("b", SAID % "branches.x.steps[0].response" + ANSWERED),
    },
    "evaluator_optimizer": {
        "producer": agent("a", "[{{ topic }}]"),
        "evaluator": agent("j", SAID % "draft" + ANSWERED),
        "accept": {"min_score": 100, "max_iters": 2},
        "revise_prompt": SAID % "draft" + ANSWERED,
        "review_gate": GATE,
    },
    "orchestrator_workers": {
        "orchestrator": agent("j", "[{{ topic }}]"),
        "worker_template": agent("a", "[{{ topic }}]"),
        "reduce_review": GATE,
        "reduce": agent("b", SAID % "workers[0].response" + ANSWERED),
    },
    "graph": {
        "nodes": {
            "x": agent("a", "[{{ topic }}]"),
            "g": GATE,
            "y": agent("b", SAID % "nodes.x.response" + ANSWERED),
            "no": {"agent": "b"},
        },
        "edges": [
            {"from": "x", "to": "g"},
            {
                "from": "g",
                "choose": [
                    {
                        "when": "nodes.x.response == topic and (nodes.x.response == '' or hitl_response == topic)",
                        "to": "y",
                    },
                    {"when": "else", "to": "no"},
                ],
            },
        ],
    },
}
SCRIPT = {"routing": '{"route": "r"}', "evaluator_optimizer": '{"score": 50}', "orchestrator_workers": '["task"]'}


def strings() -> list[str]:
    """Texts that are hard to keep; half a surrogate pair, which is none, aside."""
    own = ["", "\0", "\r", "\r\n", "\u2028", "\x85", "\ufffe", "\U0001f400", "{%x%}", "{{ topic }}", "%s", "x" * 65_536]
    return sorted({*own, *(case["s"] for case in rows("strings_nasty"))} - {"\ud83d"})


def payloads() -> list[str]:
    """Attacks on the sandbox of templates."""
    own = ["{{ ''.__class__ }}", "{{ self.__init__.__globals__ }}", "{% for a in x %}", "{{ d.update({'a': 2}) }}"]
    file = CORPORA / "jinja2_ssti.txt"
    return [line for line in file.read_text().splitlines() if not line.startswith("# ")] if file.exists() else own


def rows(name: str) -> list[Any]:
    """The cases of a file of hostile texts, none if it is not beside the repository."""
    file = CORPORA / f"{name}.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


STRINGS, PAYLOADS = strings(), payloads()
LEAK = re.compile(r"canary-8431|uid=|root:|<class|<built-in|0x[0-9a-f]{6}")


def flow(kind: str, config: Any, agents: ScriptedAgents, **more: Any) -> Workflow:
    data = {**HEAD, **more, "pattern": {"type": kind, "config": config}}
    return Workflow.from_yaml(json.dumps(data)).with_options(agents=agents, store=MemorySessionRepository())


@pytest.mark.parametrize("kind", PATTERNS)
def test_every_text_arrives_as_it_was_said(kind: str) -> None:
    for text in STRINGS:
        agents = ScriptedAgents({"a": text, "b": text, "j": SCRIPT.get(kind, text)})
        asked: list[HITLState] = []
        workflow = flow(kind, PLACES[kind], agents)

        def answer(question: HITLState, text: str = text, asked: list[HITLState] = asked) -> str:
            asked.append(question)
            return "r" if question.key == "review" else text

        result = workflow.run_interactive(hitl_handler=answer, topic=text)
        assert result.error_message is None, text
        said, answered = f"<{text}>", text or "approved"
        prompts = [call.prompt for call in agents.calls]
        assert f"[{text}]" in prompts
        assert f"{said}({answered})" in prompts
        assert {*prompts} <= {f"[{text}]", f"{said}({answered})", f"{said}()"}, "nothing was asked but that"
        assert result.last_response == text
        assert json.loads(json.dumps(result.execution_context)) == result.execution_context
        assert asked


def test_every_text_is_the_same_on_disk_in_another_process_and_as_json(tmp_path: Path) -> None:
    steps = [agent("a", "[{{ topic }}]"), GATE, GATE, agent("b", SAID % "steps[0].response" + ANSWERED)]
    for number, text in enumerate(STRINGS):
        said, session = f">{text}<", f"s{number}"
        script = {"a": said, "b": said}
        first = flow("chain", {"steps": steps}, ScriptedAgents(script)).with_options(session=session)
        first.with_options(store=FileSessionRepository(tmp_path)).run(topic=text)
        later = first.with_options(store=(store := FileSessionRepository(tmp_path)), agents=ScriptedAgents(script))
        assert later.resume(session, "none").status == "paused"
        last = first.with_options(store=FileSessionRepository(tmp_path), agents=(agents := ScriptedAgents(script)))
        result = last.resume(session, said)
        assert result.status == "completed", text
        assert [call.prompt for call in agents.calls] == [f"<{said}>({said})"]
        events = list(log_of(store, session))
        data = [json.loads(json.dumps(dump_event(event))) for event in events]
        assert [load_event(one) for one in data] == events
        recorded = {
            e.key: d["data"]["response"] for e, d in zip(events, data, strict=True) if isinstance(e, UnitCompleted)
        }
        assert recorded == {"steps/0": said, "steps/1": "none", "steps/2": said, "steps/3": said}
        assert data[0]["data"]["variables"] == {"topic": text}
        (started, *_) = [event for event in events if isinstance(event, UnitStarted)]
        assert started.data["prompt"] == f"[{text}]"
        assert json.loads(json.dumps(result.execution_context))["steps"][2]["response"] == said


@pytest.mark.parametrize("kind", PATTERNS)
def test_half_a_surrogate_pair_is_passed_on_or_refused_but_never_altered(kind: str) -> None:
    text = "\ud83d"
    for name in "abj":
        agents = ScriptedAgents({"j": SCRIPT.get(kind, "x"), name: text})
        result = flow(kind, PLACES[kind], agents).with_options(on_hitl="approve").run(topic="x")
        if result.success:
            last = agents.calls[-1].agent
            assert result.last_response == text or last != name or kind == "evaluator_optimizer"
        else:
            assert re.search("half of a surrogate pair|no usable JSON", result.error_message or "")
    with pytest.raises(StrandsNbError):
        flow(kind, PLACES[kind], ScriptedAgents()).run(topic=text)


@pytest.mark.parametrize("kind", PATTERNS)
def test_a_template_in_a_reply_an_answer_or_an_input_is_never_rendered(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_CANARY", "canary-8431")
    text = "\n".join(PAYLOADS)
    agents = ScriptedAgents({"a": text, "b": text, "j": SCRIPT.get(kind, text)})
    workflow = flow(kind, PLACES[kind], agents)
    result = workflow.run_interactive(
        hitl_handler=lambda question: "r" if question.key == "review" else text, topic=text
    )
    assert result.error_message is None
    assert f"<{text}>({text})" in [call.prompt for call in agents.calls]
    assert result.last_response == text


def test_a_plan_of_hostile_tasks_is_carried_out_to_the_letter() -> None:
    tasks = [text for text in [*STRINGS, *PAYLOADS] if text][:100]
    config = {
        "orchestrator": {"agent": "j", "limits": {"max_workers": 100}},
        "worker_template": agent("a", "<{{ worker.task }}>"),
        "decomposition_review": GATE,
        "reduce": agent("b", "{{ workers | map(attribute='task') | tojson }}"),
    }
    plan = [*tasks[:50], *({"task": task} for task in tasks[50:])]
    agents = ScriptedAgents({"j": '["another plan"]'})
    workflow = flow("orchestrator_workers", config, agents)
    result = workflow.run_interactive(hitl_handler=lambda _: json.dumps(plan))
    assert result.error_message is None
    prompts = {call.key: call.prompt for call in agents.calls}
    assert [prompts[f"rounds/0/workers/{number}"] for number in range(len(tasks))] == [f"<{task}>" for task in tasks]
    assert json.loads(prompts["reduce"]) == tasks


@pytest.mark.parametrize(
    "plan",
    [
        '{"tasks": [{"__class__": "x"}]}',
        "[1, 2]",
        "[" * 5_000,
        '[{"task": {"a": 1}}]',
        '[{"task": "x",}]',
        "[null]",
        json.dumps(["x"] * 1_001),
    ],
    ids=lambda plan: plan[:20],
)
def test_an_edited_plan_that_is_none_is_refused_and_the_question_stays_open(plan: str) -> None:
    config = {
        "orchestrator": {"agent": "j"},
        "worker_template": {"agent": "a"},
        "decomposition_review": GATE,
    }
    agents = ScriptedAgents({"j": '["the plan"]'})
    run = flow("orchestrator_workers", config, agents).with_options(on_hitl="ask").start()
    while not run.pending:
        run.wait(0.01)
    with pytest.raises(InvalidAnswerError, match="begins like JSON"):
        run.answer(plan)
    run.answer('["mine"]')
    assert run.result(PATIENCE).last_response == "a: mine"


@pytest.mark.parametrize("odd", ["NaN", "1e999", "[" * 900 + "]" * 900, "[" * 5_000], ids=lambda odd: odd[:5])
def test_a_verdict_that_no_session_could_hold_is_asked_for_again(odd: str, tmp_path: Path) -> None:
    agents = ScriptedAgents({"a": "draft", "j": [f'{{"score": 100, "x": {odd}}}', '{"score": 100}']})
    workflow = flow("evaluator_optimizer", PLACES["evaluator_optimizer"], agents)
    result = workflow.with_options(store=FileSessionRepository(tmp_path), session="s").run(topic="x")
    assert result.error_message is None
    retries = [event for event in log_of(FileSessionRepository(tmp_path), "s") if isinstance(event, Retried)]
    assert len(retries) == 1


IDS = [
    "a/b",
    "a~2",
    "a~1b",
    "*",
    "..",
    "a b",
    "{{ x }}",
    "{% x %}",
    "'",
    '"',
    "]",
    "\\",
    "\n",
    "else",
    "items",
    "0",
    "true",
]


@pytest.mark.parametrize("name", IDS)
def test_a_node_or_a_route_may_bear_any_name_that_can_be_said(name: str) -> None:
    quoted = json.dumps(name)
    graph = {
        "nodes": {name: agent("a", "go"), "last": agent("b", f"<{{{{ nodes[{quoted}].response }}}}>")},
        "edges": [{"from": name, "choose": [{"when": f"nodes[{quoted}].response == 'said'", "to": "last"}]}],
    }
    agents = ScriptedAgents({"a": "said"})
    result = flow("graph", graph, agents).run()
    assert result.error_message is None
    assert [call.prompt for call in agents.calls] == ["go", "<said>"]
    assert list(result.execution_context["nodes"]) == [name, "last"]

    routing = {"router": {"agent": "j"}, "routes": {name: {"then": [agent("a", "{{ router.chosen_route }}")]}, "z": {}}}
    agents = ScriptedAgents({"j": json.dumps({"route": name})})
    result = flow("routing", routing, agents).run()
    assert result.error_message is None
    assert agents.calls[1].prompt == name
    assert result.execution_context["chosen_route"] == name


LIKE_KEYS = ["n", "n/1", "n~2", "n/1~2", "*", "n%2F1"]


def test_nodes_whose_names_look_like_keys_of_others_are_told_apart() -> None:
    nodes = {"g": {**GATE, "id": "g"}, **{name: agent("a", name) for name in LIKE_KEYS}}
    ways = [{"from": one, "to": other} for one, other in pairwise([LIKE_KEYS[0], "g", *LIKE_KEYS[1:]])]
    workflow = flow("graph", {"start": "n", "nodes": nodes, "edges": ways}, ScriptedAgents())
    workflow = workflow.with_options(session="s", on_hitl="park")
    assert workflow.start().result(PATIENCE).status == "paused"
    assert workflow.reopened("s", feedback="more").result(PATIENCE).status == "paused"
    run = workflow.reopened("s", approve=True)
    result, calls = run.result(PATIENCE), agents_of(workflow).calls
    assert result.execution_context["execution_path"] == ["n", "g", *LIKE_KEYS[1:]]
    assert [call.prompt for call in calls] == ["n", "more", *LIKE_KEYS[1:]]
    assert len({call.key for call in calls}) == len(calls)
    assert [unit.label for unit in run.state.units.values()] == ["g", *LIKE_KEYS]


# ---------------------------------------------------------------- attacks as templates

EVERYWHERE: dict[str, Any] = {
    "chain": {"steps": [agent("a", "@"), {**GATE, "prompt": "@", "context_display": "@", "default": "@"}]},
    "workflow": {
        "tasks": [
            {"id": "x", **agent("a", "@")},
            {"id": "g", **GATE, "prompt": "@", "context_display": "@", "default": "@"},
        ]
    },
    "routing": {
        "router": {**agent("j", "@"), "review_router": {**GATE, "prompt": "@", "context_display": "@"}},
        "routes": {"r": {"then": [agent("a", "@")]}},
    },
    "parallel": {
        "branches": [{"id": name, "steps": [agent("a", "@")]} for name in "xy"],
        "reduce": agent("b", "@"),
    },
    "evaluator_optimizer": {
        "producer": agent("a", "@"),
        "evaluator": agent("j", "@"),
        "accept": {"min_score": 100, "max_iters": 2},
        "revise_prompt": "@",
        "review_gate": {**GATE, "prompt": "@", "context_display": "@"},
    },
    "orchestrator_workers": {
        "orchestrator": agent("j", "@"),
        "worker_template": agent("a", "@"),
        "decomposition_review": {**GATE, "prompt": "@", "context_display": "@"},
        "reduce": agent("b", "@"),
    },
    "graph": {
        "nodes": {"x": agent("a", "@"), "y": agent("b", "@")},
        "edges": [{"from": "x", "choose": [{"when": "x == 'v' or '@' == x", "to": "y"}]}],
    },
}
GIVEN: dict[str, Any] = {"x": "v", "d": {"a": 1}, "s": "str"}


@pytest.mark.parametrize("kind", PATTERNS)
def test_an_attack_written_into_a_workflow_ends_in_an_error_of_ours_or_in_harmless_text(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_CANARY", "canary-8431")
    for payload in PAYLOADS:
        config = json.loads(json.dumps(EVERYWHERE[kind]).replace('"@"', json.dumps(payload)))
        agents = ScriptedAgents({"j": SCRIPT.get(kind, "said")})
        given = json.loads(json.dumps(GIVEN))
        try:
            result = flow(kind, config, agents).with_options(on_hitl="approve").run(variables=given)
            done = [call.prompt for call in agents.calls] + [
                str(result.error_message),
                json.dumps(result.execution_context),
            ]
        except StrandsNbError as error:
            done = [str(error).replace(payload, "")]
        assert given == GIVEN
        for text in done:
            assert not LEAK.search(text.replace(payload, "")), payload


@pytest.mark.parametrize("kind", ["chain", "graph"])
def test_a_pattern_for_answers_that_would_take_for_ever_is_tried_within_bounds(kind: str) -> None:
    own = [{"pattern": "^(a+)+$", "subject": "a" * 40 + "!"}, {"pattern": "(", "subject": "x"}]
    for case in rows("redos") or own:
        gate = {**GATE, "validation": {"pattern": case["pattern"]}}
        config = {"chain": {"steps": [gate]}, "graph": {"nodes": {"x": gate}}}[kind]
        subject = case["subject"]

        def ask(config: dict[str, Any] = config, subject: str = subject) -> None:
            with suppress(SchemaValidationError, InvalidAnswerError):
                flow(kind, config, ScriptedAgents()).run_interactive(hitl_handler=lambda _: subject)

        within_bounds(ask, case["pattern"], seconds=2)  # a whole run, and the answer is looked at twice


CONDITIONS = [payload.strip("{}% ") for payload in PAYLOADS]


def test_an_attack_in_a_condition_is_refused_before_anything_runs_or_is_harmless() -> None:
    for payload in [*PAYLOADS, *CONDITIONS]:
        graph = {
            "nodes": {"x": {"agent": "a"}, "y": {"agent": "b"}},
            "edges": [{"from": "x", "choose": [{"when": payload or "x", "to": "y"}]}],
        }
        agents = ScriptedAgents()
        try:
            result = flow("graph", graph, agents).run(variables=dict(GIVEN))
            done = f"{result.error_message} {result.last_response}"
        except StrandsNbError as error:
            done = str(error).replace(payload, "")
            assert agents.calls == []
        assert not LEAK.search(done.replace(payload, "")), payload
