"""The workflows of the golden runs: one of each pattern but the chain, with questions of every kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias

from strands_nb.engine.payloads import Action
from strands_nb.engine.question import Answer, HITLState
from strands_nb.engine.signals import Paused
from strands_nb.errors import ProviderError

__all__ = ("WORKFLOWS", "Story")

Said: TypeAlias = tuple[Action, str]


@dataclass(frozen=True)
class Story:
    """A workflow, what its agents say, and how its questions are answered."""

    text: str
    script: dict[str, Any]
    at_once: dict[str, Said] = field(default_factory=dict[str, Said])
    """By key: answered while the run goes on."""
    parked: tuple[tuple[str, Action, str], ...] = ()
    """Answered one after the other (key, action, text), each while the run is paused because nobody is there."""

    def on_question(self, question: HITLState) -> Answer:
        """The answer at once, if there is one."""
        if question.key not in self.at_once:
            raise Paused
        action, text = self.at_once[question.key]
        return Answer(action, text, "policy", datetime(2026, 1, 1, tzinfo=UTC))


BUSY = ProviderError("overloaded", retryable=True)
HEAD = "version: 0\nruntime: {provider: scripted}\nagents: {a: {prompt: A}, b: {prompt: B}, j: {prompt: J}}\n"

TASKS = Story(
    HEAD
    + """
name: workflow
pattern:
  type: workflow
  config:
    tasks:
      - {id: facts, agent: a, input: "Facts on {{ topic }}."}
      - {id: tone, agent: b, input: "Which tone?"}
      - {id: check, type: hitl, prompt: "Right?", context_display: "{{ tasks.facts.response }}", deps: [facts]}
      - {id: taste, type: hitl, prompt: "Fine?", deps: [tone, facts], default: fine}
      - {id: brief, agent: a, input: "{{ tasks.facts.response }} {{ hitl_response }}", deps: [check, taste]}
      - {id: aside, agent: b, deps: [facts]}
""",
    {"a": ["Tides repeat.", "Tides repeat twice a day.", "A brief."], "b": [BUSY, "Dry.", "An aside."]},
    {"tasks/check~2": ("approve", "right"), "tasks/taste~2": ("approve", "")},
    (("tasks/check", "modify", "how often?"),),
)
"""A retry; two questions at once, one of which sends a task back and takes the other with it."""

ROUTING = Story(
    HEAD
    + """
name: routing
pattern:
  type: routing
  config:
    router:
      agent: j
      input: "Where to with {{ topic }}?"
      review_router: {type: hitl, prompt: "To {{ router.chosen_route }}?"}
    routes:
      billing: {then: [{agent: a, input: "Bill it."}, {type: hitl, prompt: "Send it?"}]}
      other:
        then:
          - {agent: b, id: reply, input: "Answer."}
          - {type: hitl, prompt: "Good?", context_display: "{{ steps[0].response }}"}
          - {agent: a, input: "{{ steps.reply.response }} {{ hitl_response }}"}
""",
    {
        "j": ["billing, I think", '{"route": "billing"}', '{"route": "other"}'],
        "b": ["Dear customer.", "Dear friend."],
        "a": "Sent.",
    },
    {"review": ("modify", "not that one"), "review~2": ("approve", "other"), "routes/other/steps/1~2": ("approve", "")},
    (("routes/other/steps/1", "modify", "warmer"),),
)
"""A router that is asked again, once for its words and once for its choice; a route that is not taken."""

PARALLEL = Story(
    HEAD
    + """
name: parallel
pattern:
  type: parallel
  config:
    on_error: collect
    branches:
      - id: web
        steps:
          - {agent: a, input: "Search."}
          - {type: hitl, prompt: "Web?"}
          - {agent: a, input: "{{ hitl_response }}"}
      - {id: docs, steps: [{agent: b, input: "Read."}, {type: hitl, prompt: "Docs?", default: none}]}
      - {id: lost, steps: [{agent: j, input: "Look."}, {agent: a, input: "Tell."}]}
    reduce: {type: hitl, prompt: "All?", context_display: "{{ branches.web.response }} {{ branches.docs.response }}"}
""",
    {
        "a": ["Three pages.", "Its first page.", "Found.", "Found, in short."],
        "b": ["A manual.", "In short."],
        "j": BUSY,
    },
    {
        "branches/web/steps/1~2": ("approve", "this one"),
        "branches/docs/steps/1~2": ("approve", "yes"),
        "reduce~2": ("approve", "done"),
    },
    (
        ("branches/docs/steps/1", "approve", ""),
        ("branches/web/steps/1", "modify", "only the first"),
        ("reduce", "modify", "shorter"),
    ),
)
"""Two branches that wait at the same time, a third that fails; the question about all sends both back."""

EVALUATOR = Story(
    HEAD
    + """
name: evaluator_optimizer
pattern:
  type: evaluator_optimizer
  config:
    producer: {agent: a, input: "Write about {{ topic }}."}
    evaluator: {agent: j}
    accept: {min_score: 80, max_iters: 4}
    review_gate: {type: hitl, prompt: "Go on from {{ evaluation.score }}?"}
""",
    {
        "a": ["Tides.", "Tides come.", "Tides come and go.", "Tides come and go, twice a day."],
        "j": [f'{{"score": {score}, "issues": ["short"]}}' for score in (40, 50, 60, 90)],
    },
    {"iterations/0/review": ("modify", "with a verb"), "iterations/0/review~2": ("approve", "mention the moon")},
    (("iterations/1/review", "approve", "approved"),),
)
"""A draft that a human sends back, one that the judge does, and one that is accepted: its question is not asked."""

ORCHESTRATOR = Story(
    HEAD
    + """
name: orchestrator_workers
pattern:
  type: orchestrator_workers
  config:
    orchestrator: {agent: j, input: "Split {{ topic }}.", limits: {max_workers: 3, max_rounds: 3}}
    worker_template: {agent: a}
    decomposition_review: {type: hitl, prompt: "Do {{ task_count }}?"}
    reduce_review: {type: hitl, prompt: "Enough?", context_display: "{{ worker_count }}"}
    reduce: {agent: b, input: "{% for w in workers %}{{ w.task }}: {{ w.response }} {% endfor %}"}
    writeup: {agent: b, input: "{{ reduce_response }}"}
""",
    {
        "j": ["two tasks", '["moon"]', '["moon", "sun"]', '["wind"]', "[]"],
        "a": ["The moon pulls.", BUSY, "The sun pulls.", "The wind pushes.", "It pulls.", "It does too.", "It pushes."],
        "b": ["All pull or push.", "A report."],
    },
    {"rounds/0/review": ("modify", "both"), "rounds/1/review": ("approve", ""), "reduce_review~2": ("approve", "")},
    (("rounds/0/review~2", "approve", "approved"), ("reduce_review", "modify", "shorter")),
)
"""Two rounds and one with nothing to do; a plan that is sent back, a worker that is asked again, work done anew."""

GRAPH = Story(
    HEAD
    + """
name: graph
pattern:
  type: graph
  config:
    max_iterations: 3
    nodes:
      start: {agent: a, input: "Begin {{ topic }}."}
      left: {agent: b, input: "Left."}
      right: {agent: j, input: "Right."}
      gate: {type: hitl, prompt: "Again?", context_display: "{{ nodes.left.response }} {{ nodes.right.response }}"}
      never: {agent: j, input: "Never."}
      end: {agent: a, input: "{{ nodes.gate.response }}"}
    edges:
      - {from: start, to: [left, right]}
      - {from: left, to: [gate]}
      - {from: right, to: [gate]}
      - from: gate
        choose:
          - {when: "nodes.gate.response contains 'again'", to: start}
          - {when: "nodes.gate.response contains 'never'", to: never}
          - {when: else, to: end}
""",
    {
        "a": ["Begun.", "Begun again.", "The end."],
        "b": ["Left.", BUSY, "Left, once more.", "Left again."],
        "j": ["Right.", "Right, once more.", "Right again."],
    },
    {"nodes/gate/1~2": ("approve", "again")},
    (("nodes/gate/1", "modify", "both once more"), ("nodes/gate/2", "approve", "enough")),
)
"""A loop that is walked twice, the first time with a revision; a node that is never reached."""

WORKFLOWS = {
    "workflow": TASKS,
    "routing": ROUTING,
    "parallel": PARALLEL,
    "evaluator_optimizer": EVALUATOR,
    "orchestrator_workers": ORCHESTRATOR,
    "graph": GRAPH,
}
