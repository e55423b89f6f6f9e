"""One workflow of each pattern, and what comes of it: the conformance tests run each of their rows over these."""

from __future__ import annotations

from tests.patterns.example import Edit, Example, answered, asked, done, judged, replied, within

SAYS = {
    "router": '{"route": "Sea"}',
    **dict.fromkeys(("router~2", "router~3"), '{"route": "Land"}'),
    "iterations/0/evaluate": '{"score": 60, "issues": ["dry"], "fixes": ["wet"]}',
    **dict.fromkeys(("iterations/0/evaluate~2", "iterations/0/evaluate~3"), '{"score": 70, "issues": ["damp"]}'),
    "iterations/1/evaluate": '{"score": 90}',
    "rounds/0/plan": '["ebb", "flow"]',
    **dict.fromkeys(("rounds/0/plan~2", "rounds/0/plan~3"), '["ebb", "moon"]'),
}
"""What agents say instead of their key where JSON is wanted of them."""

CHAIN = Example(
    config="""
pattern:
  type: chain
  config:
    steps:
      - {agent: a, id: facts, input: "facts on {{ topic }}"}
      - {agent: b, id: tone, input: "tone for {{ topic }}"}
      - {type: hitl, id: review, prompt: "Is {{ topic }} done?", default: fine, context_display: "{{ last_response }}"}
      - {agent: a, input: "brief of {{ steps.facts.response }} {{ steps.tone.response }} {{ hitl_response }}"}
      - {agent: b}
""",
    calls="steps/0 steps/1 steps/3 steps/4",
    last="steps/4",
    agent="b",
    tokens={"a": 20, "b": 20},
    context={
        "steps": [
            replied("steps/0", "a", 0, id="facts"),
            replied("steps/1", "b", 1, id="tone"),
            answered("Is tides done?", 2, id="review"),
            replied("steps/3", "a", 3),
            replied("steps/4", "b", 4),
        ]
    },
    events=[*done("step", "steps/0", "steps/1"), *asked("step", "steps/2"), *done("step", "steps/3", "steps/4")],
    remembers={"steps/3": "steps/0", "steps/4": "steps/1"},
    edit=Edit("facts on", "news of", asked="steps/0 steps/3", told="steps/0 steps/3 steps/4"),
    prose=("steps/1", "tone for tides"),
)

WORKFLOW = Example(
    config="""
pattern:
  type: workflow
  config:
    tasks:
      - {id: facts, agent: a, input: "facts on {{ topic }}"}
      - {id: tone, agent: b, input: "tone for {{ topic }}"}
      - {id: review, type: hitl, deps: [facts], prompt: "Is {{ topic }} done?", default: fine,
         context_display: "{{ last_response }}"}
      - {id: aside, agent: b, deps: [facts], input: "aside on {{ tasks.facts.response }}"}
      - {id: beside, agent: a, deps: [aside]}
      - {id: brief, agent: a, deps: [review, tone],
         input: "brief of {{ tasks.facts.response }} {{ tasks.tone.response }} {{ hitl_response }}"}
""",
    calls="tasks/facts tasks/tone tasks/aside tasks/brief tasks/beside",
    last="tasks/brief",
    agent="a",
    tokens={"a": 30, "b": 20},
    context={
        "tasks": {
            "facts": replied("tasks/facts", "a", 0, id="facts"),
            "tone": replied("tasks/tone", "b", 1, id="tone"),
            "review": answered("Is tides done?", 2, id="review"),
            "aside": replied("tasks/aside", "b", 3, id="aside"),
            "beside": replied("tasks/beside", "a", 4, id="beside"),
            "brief": replied("tasks/brief", "a", 5, id="brief"),
        }
    },
    events=[
        *done("task", "tasks/facts", "tasks/tone"),
        *asked("task", "tasks/review"),
        *done("task", "tasks/aside", "tasks/brief", "tasks/beside"),
    ],
    remembers={},
    edit=Edit("facts on", "news of", asked="tasks/facts", told="tasks/facts tasks/aside tasks/beside tasks/brief"),
    prose=("tasks/tone", "tone for tides"),
    siblings=("tasks/facts", "tasks/tone"),
)

ROUTING = Example(
    config="""
pattern:
  type: routing
  config:
    router:
      agent: j
      input: "Where to with {{ topic }}?"
      review_router: {type: hitl, prompt: "To {{ router.chosen_route }}?", context_display: "{{ router.response }}"}
    routes:
      Sea:
        then:
          - {agent: a, id: facts, input: "facts on {{ router.chosen_route }}"}
          - {agent: j, id: tone, input: "tone for {{ topic }}"}
          - {type: hitl, prompt: "Is {{ topic }} done?", default: fine, context_display: "{{ last_response }}"}
          - {agent: a, input: "brief of {{ steps.facts.response }} {{ steps.tone.response }} {{ hitl_response }}"}
      Land: {then: [{agent: b, input: "{{ router.chosen_route }} {{ hitl_response }}"}]}
""",
    calls="router routes/Sea/steps/0 routes/Sea/steps/1 routes/Sea/steps/3",
    last="routes/Sea/steps/3",
    agent="a",
    tokens={"j": 20, "a": 20},
    context={
        "router": replied("router", "j", response='{"route": "Sea"}', chosen_route="Sea"),
        "chosen_route": "Sea",
        "steps": [
            replied("routes/Sea/steps/0", "a", 0, id="facts"),
            replied("routes/Sea/steps/1", "j", 1, id="tone"),
            answered("Is tides done?", 2),
            replied("routes/Sea/steps/3", "a", 3),
        ],
    },
    events=[
        *done("router", "router"),
        *asked("review", "review"),
        "routing_decision router",
        *within(
            "route",
            "routes/Sea",
            *done("step", "routes/Sea/steps/0", "routes/Sea/steps/1"),
            *asked("step", "routes/Sea/steps/2"),
            *done("step", "routes/Sea/steps/3"),
        ),
    ],
    remembers={"routes/Sea/steps/3": "routes/Sea/steps/0"},
    edit=Edit(
        "facts on",
        "news of",
        asked="routes/Sea/steps/0 routes/Sea/steps/3",
        told="routes/Sea/steps/0 routes/Sea/steps/3",
    ),
    prose=("routes/Sea/steps/1", "tone for tides"),
)

PARALLEL = Example(
    config="""
pattern:
  type: parallel
  config:
    branches:
      - id: web
        steps:
          - {agent: a, id: facts, input: "facts on {{ topic }}"}
          - {type: hitl, prompt: "Is {{ topic }} done?", default: fine, context_display: "{{ last_response }}"}
          - {agent: a, input: "brief of {{ steps.facts.response }} {{ hitl_response }}"}
      - id: docs
        steps:
          - {agent: a, input: "tone for {{ topic }}"}
          - {agent: b}
    reduce: {agent: b, input: "sum of {{ branches.web.response }} {{ branches.docs.response }} {{ hitl_response }}"}
""",
    calls="branches/web/steps/0 branches/web/steps/2 branches/docs/steps/0 branches/docs/steps/1 reduce",
    last="reduce",
    agent="b",
    tokens={"a": 30, "b": 20},
    context={
        "branches": {
            "web": replied(
                "branches/web/steps/2",
                "a",
                0,
                tokens=20,
                id="web",
                steps=[
                    replied("branches/web/steps/0", "a", 0, id="facts"),
                    answered("Is tides done?", 1),
                    replied("branches/web/steps/2", "a", 2),
                ],
            ),
            "docs": replied(
                "branches/docs/steps/1",
                "b",
                1,
                tokens=20,
                id="docs",
                steps=[replied("branches/docs/steps/0", "a", 0), replied("branches/docs/steps/1", "b", 1)],
            ),
        },
        "reduce": replied("reduce", "b"),
    },
    events=[
        *within(
            "branch",
            "branches/web",
            *done("step", "branches/web/steps/0"),
            *asked("step", "branches/web/steps/1"),
            *done("step", "branches/web/steps/2"),
        ),
        *within("branch", "branches/docs", *done("step", "branches/docs/steps/0", "branches/docs/steps/1")),
        *done("reduce", "reduce"),
    ],
    remembers={"branches/web/steps/2": "branches/web/steps/0"},
    edit=Edit(
        "facts on",
        "news of",
        asked="branches/web/steps/0 branches/web/steps/2",
        told="branches/web/steps/0 branches/web/steps/2 reduce",
    ),
    prose=("branches/docs/steps/0", "tone for tides"),
    siblings=("branches/web/steps/0", "branches/docs/steps/0"),
)

EVALUATOR = Example(
    config="""
pattern:
  type: evaluator_optimizer
  config:
    producer: {agent: a, input: "facts on {{ topic }}"}
    evaluator: {agent: j, input: "judge {{ draft }}"}
    accept: {min_score: 80, max_iters: 3}
    revise_prompt: "revise {{ draft }} {{ evaluation.issues | join }} {{ hitl_response }}"
    review_gate:
      {type: hitl, prompt: "Go on from {{ evaluation.score }}?", default: fine, context_display: "{{ draft }}"}
""",
    calls="iterations/0/produce iterations/0/evaluate iterations/1/produce iterations/1/evaluate",
    last="iterations/1/produce",
    agent="a",
    tokens={"a": 20, "j": 20},
    context={
        "iterations": [
            judged(0, 60, ["dry"], ["wet"], '{"score": 60, "issues": ["dry"], "fixes": ["wet"]}'),
            judged(1, 90, [], [], '{"score": 90}'),
        ],
        "final_score": 90,
        "accepted": True,
        "min_score": 80,
        "max_iters": 3,
    },
    events=[
        *within(
            "iteration",
            "iterations/0",
            *done("producer", "iterations/0/produce"),
            *done("evaluator", "iterations/0/evaluate"),
            *asked("review", "iterations/0/review"),
        ),
        *within(
            "iteration",
            "iterations/1",
            *done("producer", "iterations/1/produce"),
            *done("evaluator", "iterations/1/evaluate"),
        ),
    ],
    remembers={"iterations/1/produce": "iterations/0/produce", "iterations/1/evaluate": "iterations/0/evaluate"},
    edit=Edit(
        "facts on",
        "news of",
        asked="iterations/0/produce iterations/1/produce",
        told="iterations/0/produce iterations/0/evaluate iterations/1/produce iterations/1/evaluate",
    ),
    prose=("iterations/0/produce", "facts on tides"),
)

ORCHESTRATOR = Example(
    config="""
pattern:
  type: orchestrator_workers
  config:
    orchestrator: {agent: j, input: "plan {{ topic }}", limits: {max_workers: 3}}
    worker_template: {agent: a, input: "facts on {{ worker.task }}"}
    decomposition_review:
      {type: hitl, prompt: "Do {{ task_count }}?", default: fine, context_display: "{{ orchestrator_response }}"}
    reduce_review:
      {type: hitl, prompt: "Enough of {{ topic }}?", default: fine, context_display: "{{ workers[0].response }}"}
    reduce: {agent: b}
    writeup: {agent: b, input: "write up {{ reduce_response }} {{ hitl_response }}"}
""",
    calls="rounds/0/plan rounds/0/workers/0 rounds/0/workers/1 reduce writeup",
    last="writeup",
    agent="b",
    tokens={"j": 10, "a": 20, "b": 20},
    context={
        "workers": [
            replied("rounds/0/workers/0", "a", 0, task="ebb"),
            replied("rounds/0/workers/1", "a", 1, task="flow"),
        ],
        "decomposition": ["ebb", "flow"],
        "num_workers": 2,
        "round_count": 1,
        "reduce": replied("reduce", "b"),
        "writeup": replied("writeup", "b"),
    },
    events=[
        *done("orchestrator", "rounds/0/plan"),
        *asked("review", "rounds/0/review"),
        "plan_created rounds/0/plan",
        *done("worker", "rounds/0/workers/0", "rounds/0/workers/1"),
        *asked("review", "reduce_review"),
        *done("reduce", "reduce"),
        *done("writeup", "writeup"),
    ],
    remembers={"writeup": "reduce"},
    edit=Edit(
        "facts on",
        "news of",
        asked="rounds/0/workers/0 rounds/0/workers/1",
        told="rounds/0/workers/0 rounds/0/workers/1 reduce writeup",
    ),
    prose=("rounds/0/workers/1", "facts on flow"),
    siblings=("rounds/0/workers/0", "rounds/0/workers/1"),
)

GRAPH = Example(
    config="""
pattern:
  type: graph
  config:
    nodes:
      start: {agent: a, input: "facts on {{ topic }}"}
      check: {type: hitl, prompt: "Is {{ topic }} right?", default: fine, context_display: "{{ nodes.start.response }}"}
      left: {agent: b, input: "left of {{ nodes.start.response }}"}
      right: {agent: b, input: "tone for {{ topic }}"}
      gate: {type: hitl, prompt: "Is {{ topic }} done?", default: fine, context_display: "{{ nodes.left.response }}"}
      aside: {agent: a, input: "aside from {{ nodes.right.response }}"}
      end: {agent: a, input: "brief of {{ nodes.left.response }} {{ hitl_response }} {{ last_response }}"}
    edges:
      - {from: start, to: [check]}
      - {from: check, to: [left, right]}
      - {from: left, to: [gate]}
      - {from: right, to: [aside]}
      - {from: gate, choose: [{when: "nodes.gate.response contains 'again'", to: start}, {when: else, to: end}]}
""",
    calls="nodes/start/1 nodes/left/1 nodes/right/1 nodes/aside/1 nodes/end/1",
    last="nodes/end/1",
    agent="a",
    tokens={"a": 30, "b": 20},
    context={
        "nodes": {
            "start": replied("nodes/start/1", "a", 1, id="start", iteration=1),
            "check": answered("Is tides right?", 1, id="check", iteration=1),
            "left": replied("nodes/left/1", "b", 1, id="left", iteration=1),
            "right": replied("nodes/right/1", "b", 1, id="right", iteration=1),
            "gate": answered("Is tides done?", 1, id="gate", iteration=1),
            "aside": replied("nodes/aside/1", "a", 1, id="aside", iteration=1),
            "end": replied("nodes/end/1", "a", 1, id="end", iteration=1),
        },
        "execution_path": ["start", "check", "left", "right", "gate", "aside", "end"],
        "terminal_node": "end",
        "total_steps": 7,
        "iteration_counts": dict.fromkeys(("start", "check", "left", "right", "gate", "aside", "end"), 1),
    },
    events=[
        *done("node", "nodes/start/1"),
        *asked("node", "nodes/check/1"),
        *done("node", "nodes/left/1", "nodes/right/1"),
        *asked("node", "nodes/gate/1"),
        *done("node", "nodes/aside/1", "nodes/end/1"),
    ],
    remembers={"nodes/aside/1": "nodes/start/1", "nodes/end/1": "nodes/start/1 nodes/aside/1"},
    edit=Edit(
        "facts on",
        "news of",
        asked="nodes/start/1 nodes/aside/1 nodes/end/1",
        told="nodes/start/1 nodes/left/1 nodes/aside/1 nodes/end/1",
    ),
    prose=("nodes/right/1", "tone for tides"),
    siblings=("nodes/left/1", "nodes/right/1"),
)

SEVEN = {
    "chain": CHAIN,
    "workflow": WORKFLOW,
    "routing": ROUTING,
    "parallel": PARALLEL,
    "evaluator_optimizer": EVALUATOR,
    "orchestrator_workers": ORCHESTRATOR,
    "graph": GRAPH,
}
