"""Programs written directly on the context, one for each way in which work can be arranged."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from strands_nb.engine.payloads import Action
from strands_nb.engine.question import Answer, HITLState, Question
from strands_nb.engine.result import Outcome
from strands_nb.engine.session import Program
from strands_nb.engine.unit import Unit
from strands_nb.patterns import Record, program_of
from strands_nb.spec import parse

if TYPE_CHECKING:
    from strands_nb.engine.context import Context


@dataclass(frozen=True)
class Case:
    """A program, and how its questions are answered: (action, text) by key."""

    program: Program
    answers: dict[str, tuple[Action, str]] = field(default_factory=dict[str, tuple[Action, str]])
    in_vain: frozenset[str] = frozenset()
    """Calls that are made or not, as it happens: what they rest on is sent back at the same time."""

    def decide(self, question: HITLState) -> Answer:
        """The answer to a question, at once."""
        action, text = self.answers[question.key]
        return Answer(action, text, "script", datetime(2026, 1, 1, tzinfo=UTC))


async def sequence(ctx: Context) -> Outcome:
    """Five steps by two agents who remember."""
    said = "begin"
    for i in range(5):
        said = (await ctx.agent("ab"[i % 2], f"{i}: {said[-20:]}", key=Unit(f"steps/{i}", index=i))).text
    return Outcome(said, "a")


async def fan_out(ctx: Context) -> Outcome:
    """Six branches at once, and a step that joins them."""

    async def branch(child: Context, name: str) -> str:
        first = await child.agent("worker", f"begin {name}", key="steps/0")
        return (await child.agent("worker", f"go on with {first.text}", key="steps/1")).text

    texts = await ctx.at("branches").map(branch, list("uvwxyz"), keys=list("uvwxyz"))
    return Outcome((await ctx.agent("joiner", " ".join(texts), key=Unit("reduce", "reduce"))).text, "joiner")


async def loop(ctx: Context) -> Outcome:
    """As many rounds as the answers ask for; the number of rounds is found out on the way."""
    scope, draft = ctx.at("iterations"), "draft"
    for i in range(1, 9):
        here = scope.at(str(i))
        draft = (await here.agent("producer", f"improve {draft[-12:]}", key="produce")).text
        verdict = (await here.agent("judge", f"judge {draft}", key="evaluate")).text
        if len(verdict) > 40 or i == 4:
            break
    return Outcome(draft, "producer")


async def nested(ctx: Context) -> Outcome:
    """Groups within groups, with a look at the clock and a roll of the dice."""
    seed = await ctx.note("seed", lambda: 4)

    async def inner(child: Context, n: int) -> str:
        return (await child.agent("leaf", f"{n} of {seed}", key="work")).text

    async def outer(child: Context, n: int) -> str:
        texts = await child.map(inner, range(n + 1))
        return (await child.agent("twig", " ".join(texts), key="gather")).text

    return Outcome(" | ".join(await ctx.map(outer, range(3))), "twig")


async def gates(ctx: Context) -> Outcome:
    """A revision, then two questions at once in different branches, then one more step."""
    revision, feedback = 1, "write"
    while True:
        draft = await ctx.agent("writer", feedback, key=Unit("draft", revision=revision))
        said = await ctx.ask(
            Question("Good?", context_display=draft.text, reviews="draft"), key=Unit("review", revision=revision)
        )
        if said.action == "approve":
            break
        revision, feedback = revision + 1, said.text

    async def branch(child: Context, name: str) -> str:
        before = await child.agent("worker", f"{name} {draft.text}", key="before")
        answer = await child.ask(Question(f"{name}?", default="fine"), key="gate")
        return (await child.agent("worker", f"{before.text} {answer.text}", key="after")).text

    texts = await ctx.map(branch, ["left", "right"], keys=["left", "right"])
    return Outcome(" ".join(texts) + said.text, "worker")


def program_of_text(text: str, **variables: Any) -> Program:
    """The program of a workflow, as a real run makes it: with a record of its own for each leg."""
    spec = parse(text)

    async def program(ctx: Context) -> Outcome:
        return await program_of(spec, Record(variables))(ctx)

    return program


REMEMBERS = """
agents: {a: {prompt: A}, b: {prompt: B}}
steps:
  - a: "begin with {{ topic }}"
  - b: "{{ steps[0].response }}"
  - a: "{{ last_response }} {{ steps | length }}"
  - agent: b
  - {agent: a, input: "{{ tone }} {{ steps[-1].tokens }}", vars: {tone: dry}}
"""
REVIEWED = """
agents: {a: {prompt: A}, b: {prompt: B}}
steps:
  - approve: Begin?
  - {agent: a, id: draft, input: "{{ hitl_response }}"}
  - {type: hitl, id: first, prompt: "Good? {{ steps.draft.response }}", default: fine}
  - {type: hitl, id: second, prompt: Really?, choices: [yes, no]}
  - b: "{{ steps.draft.response }} {{ steps.first.response }} {{ hitl_response }}"
  - approve: Ship it?
  - a: "{{ steps | map(attribute='response') | join(' ') }}"
"""
CHAINS = {
    "chain": Case(program_of_text(REMEMBERS, topic="tides")),
    "reviewed chain": Case(
        program_of_text(REVIEWED),
        {
            "steps/0": ("approve", "go"),
            "steps/2": ("modify", "shorter"),
            "steps/2~2": ("approve", ""),
            "steps/3": ("modify", "shorter still"),
            "steps/2~3": ("approve", "one"),
            "steps/3~2": ("approve", "yes"),
            "steps/5": ("modify", "warmer"),
            "steps/5~2": ("approve", "ship"),
        },
    ),
}
"""Chains as workflows have them: memory, approvals, two agents revised, one of them twice and over two gates."""

AGENTS = (
    "version: 0\nname: t\nruntime: {provider: scripted}\nagents: {a: {prompt: A}, b: {prompt: B}, j: {prompt: J}}\n"
)
WORKFLOW = """
pattern:
  type: workflow
  config:
    tasks:
      - {id: facts, agent: a, input: "facts on {{ topic }}"}
      - {id: tone, agent: b, input: tone}
      - {id: check, type: hitl, prompt: "Right? {{ tasks.facts.response }}", deps: [facts]}
      - {id: taste, type: hitl, prompt: "Fine?", deps: [tone], default: fine}
      - {id: apart, agent: b, input: "apart from {{ tasks.facts.response }}", deps: [facts]}
      - id: brief
        agent: a
        input: "{{ tasks.facts.response }} {{ tasks.tone.response }} {{ hitl_response }}"
        deps: [check, taste]
      - {id: last, agent: b, deps: [brief, apart]}
"""
REVIEWERS = """
pattern:
  type: workflow
  config:
    tasks:
      - {id: facts, agent: a, input: "facts on {{ topic }}"}
      - {id: tone, agent: b, input: tone}
      - {id: one, type: hitl, prompt: "One?", deps: [facts]}
      - {id: two, type: hitl, prompt: "Two?", deps: [facts, tone]}
      - {id: aside, agent: b, deps: [facts]}
      - {id: beside, agent: a, deps: [aside]}
      - {id: last, agent: b, deps: [one, two, beside]}
"""
ROUTING = """
pattern:
  type: routing
  config:
    router:
      agent: j
      input: "Where to with {{ topic }}?"
      review_router: {type: hitl, prompt: "To {{ router.chosen_route }}?"}
    routes:
      Billing: {then: [{agent: a, input: "{{ router.chosen_route }} {{ hitl_response }}"}]}
      other:
        then:
          - {agent: b, input: "{{ router.chosen_route }} {{ hitl_response }}"}
          - {type: hitl, prompt: "Good? {{ steps[0].response }}"}
          - {agent: j, input: "{{ steps[0].response }} {{ hitl_response }}"}
"""
PARALLEL = """
pattern:
  type: parallel
  config:
    branches:
      - id: web
        steps:
          - {agent: a, input: "search {{ topic }}"}
          - {type: hitl, prompt: "Web?"}
          - {agent: a, input: "web {{ hitl_response }}"}
      - {id: docs, steps: [{agent: a, input: "read {{ topic }}"}, {type: hitl, prompt: "Docs?", default: none}]}
      - {id: plain, steps: [{agent: b}]}
    reduce: {type: hitl, prompt: "All? {% for b in branches.values() %}{{ b.response }} {% endfor %}"}
"""
EVALUATOR = """
pattern:
  type: evaluator_optimizer
  config:
    producer: {agent: a, input: "write about {{ topic }}"}
    evaluator: {agent: j}
    accept: {min_score: 100, max_iters: 3}
    review_gate: {type: hitl, prompt: "Go on? {{ iterations[-1].score }}"}
"""
ORCHESTRATOR = """
pattern:
  type: orchestrator_workers
  config:
    orchestrator: {agent: j, limits: {max_workers: 3, max_rounds: 2}}
    worker_template: {agent: a}
    decomposition_review: {type: hitl, prompt: "Do {{ task_count }}?"}
    reduce_review: {type: hitl, prompt: "Enough? {{ worker_count }}"}
    reduce: {agent: b, input: "{% for w in workers %}{{ w.task }}: {{ w.response }} {% endfor %}{{ hitl_response }}"}
    writeup: {agent: j, input: "{{ reduce_response }}"}
"""
GRAPH = """
pattern:
  type: graph
  config:
    max_iterations: 3
    nodes:
      start: {agent: a, input: "begin {{ topic }}"}
      left: {agent: b}
      right: {agent: b, input: "right of {{ nodes.start.response }}"}
      gate: {type: hitl, prompt: "Again? {{ nodes.left.response }} {{ nodes.right.response }}"}
      end: {agent: a, input: "{{ nodes.gate.response }} {{ nodes.right.response }} {{ last_response }}"}
    edges:
      - {from: start, to: [left, right]}
      - {from: left, to: [gate]}
      - {from: right, to: [gate]}
      - {from: gate, choose: [{when: "nodes.gate.response contains 'again'", to: start}, {when: else, to: end}]}
"""
PATTERNS = {
    "workflow": Case(
        program_of_text(AGENTS + WORKFLOW, topic="tides"),
        {
            "tasks/check": ("modify", "shorter"),
            "tasks/check~2": ("approve", "right"),
            "tasks/taste": ("approve", ""),
        },
        frozenset({"tasks/apart"}),
    ),
    "reviewers": Case(
        program_of_text(AGENTS + REVIEWERS, topic="tides"),
        {
            "tasks/one": ("modify", "shorter"),
            "tasks/two": ("modify", "warmer"),
            "tasks/one~2": ("approve", ""),
            "tasks/two~2": ("modify", "warmer still"),
            "tasks/one~3": ("approve", ""),
            "tasks/two~3": ("approve", ""),
        },
        frozenset({"tasks/aside", "tasks/aside~2", "tasks/tone~3"}),
    ),
    "routing": Case(
        program_of_text(AGENTS + ROUTING, topic="Billing"),
        {
            "review": ("modify", "not that one"),
            "review~2": ("approve", "other"),
            "routes/other/steps/1": ("modify", "warmer"),
            "routes/other/steps/1~2": ("approve", "good"),
        },
    ),
    "parallel": Case(
        program_of_text(AGENTS + PARALLEL, topic="tides"),
        {
            "branches/web/steps/1": ("modify", "more"),
            "branches/web/steps/1~2": ("approve", "one"),
            "branches/docs/steps/1": ("approve", ""),
            "branches/docs/steps/1~2": ("approve", "two"),
            "reduce": ("modify", "all of you: shorter"),
            "reduce~2": ("approve", "done"),
        },
    ),
    "evaluator_optimizer": Case(
        program_of_text(AGENTS + EVALUATOR, topic="tides"),
        {
            "iterations/0/review": ("modify", "with the moon"),
            "iterations/0/review~2": ("approve", "mention the sun"),
            "iterations/1/review": ("approve", ""),
        },
    ),
    "orchestrator_workers": Case(
        program_of_text(AGENTS + ORCHESTRATOR, topic="tides"),
        {
            "rounds/0/review": ("modify", "other tasks"),
            "rounds/0/review~2": ("approve", '["one", {"task": "two", "context": "more"}]'),
            "rounds/1/review": ("approve", ""),
            "reduce_review": ("modify", "longer"),
            "reduce_review~2": ("approve", "enough"),
        },
    ),
    "graph": Case(
        program_of_text(AGENTS + GRAPH, topic="tides"),
        {
            "nodes/gate/1": ("modify", "both again"),
            "nodes/gate/1~2": ("approve", "once more, again"),
            "nodes/gate/2": ("approve", "enough"),
        },
    ),
}
"""Each of the other patterns with questions of every kind, some of which send work back."""

CASES = {
    **CHAINS,
    **PATTERNS,
    "sequence": Case(sequence),
    "fan_out": Case(fan_out),
    "loop": Case(loop),
    "nested": Case(nested),
    "gates": Case(
        gates,
        {
            "review": ("modify", "shorter"),
            "review~2": ("approve", "yes"),
            "left/gate": ("approve", "one"),
            "right/gate": ("approve", ""),
        },
    ),
}
