"""The questions of the seven workflows, and some more: what each shows, and which calls it matters to."""

from __future__ import annotations

from dataclasses import dataclass

from tests.patterns.example import HEAD
from tests.patterns.seven import CHAIN, EVALUATOR, GRAPH, ORCHESTRATOR, PARALLEL, ROUTING, WORKFLOW

FEEDBACK = "with the moon"


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A question. Several keys in one text stand apart by blanks."""

    config: str
    key: str
    prompt: str
    context: str
    reviewed: str
    """The calls whose replies it is about: its feedback goes there."""
    after: str
    """Those that wait for its answer."""
    modified: str
    """Those that are made once it has sent work back: that again, what rests on it, and what waits for the answer."""
    shows: tuple[str, str] | None = None
    """One of these and what it is asked, in which the revised replies are to be seen."""
    recalls: tuple[str, str] | None = None
    """Another one, and whose replies its agent remembers."""
    passes: str = ""
    """The questions between what is reviewed and this one, which are then asked again as well."""

    @property
    def text(self) -> str:
        """The workflow."""
        return HEAD + self.config


_VOTED = PARALLEL.config.partition("    reduce:")[0] + (
    '    reduce: {type: hitl, prompt: "All of {{ branches | length }}?", default: fine, '
    'context_display: "{{ branches.web.response }} {{ branches.docs.response }}"}\n'
)
_SIGNED = ORCHESTRATOR.config.partition("    writeup:")[0] + (
    '    writeup: {type: hitl, prompt: "Sign?", default: fine, context_display: "{{ reduce_response }}"}\n'
)
_TWICE = CHAIN.config.replace(
    "      - {agent: b}\n",
    '      - {agent: b}\n      - {type: hitl, prompt: "First?", default: fine}\n'
    '      - {type: hitl, prompt: "Second?", default: fine, context_display: "{{ steps[4].response }}"}\n',
)

GATES = {
    "chain": Gate(
        config=CHAIN.config,
        key="steps/2",
        prompt="Is tides done?",
        context="<steps/1>",
        reviewed="steps/1",
        after="steps/3 steps/4",
        modified="steps/1~2 steps/3 steps/4",
        shows=("steps/3", "brief of <steps/0> <steps/1~2> fine"),
        recalls=("steps/4", "steps/1 steps/1~2"),
    ),
    "chain, over another gate": Gate(
        config=_TWICE,
        key="steps/6",
        prompt="Second?",
        context="<steps/4>",
        reviewed="steps/4",
        after="",
        modified="steps/4~2",
        passes="steps/5",
    ),
    "workflow": Gate(
        config=WORKFLOW.config,
        key="tasks/review",
        prompt="Is tides done?",
        context="<tasks/facts>",
        reviewed="tasks/facts",
        after="tasks/brief",
        modified="tasks/facts~2 tasks/aside~2 tasks/beside~2 tasks/brief~2",
        shows=("tasks/brief~2", "brief of <tasks/facts~2> <tasks/tone> fine"),
    ),
    "routing, router": Gate(
        config=ROUTING.config,
        key="review",
        prompt="To Sea?",
        context='{"route": "Sea"}',
        reviewed="router",
        after="routes/Sea/steps/0 routes/Sea/steps/1 routes/Sea/steps/3",
        modified="router~2 routes/Land/steps/0",
        shows=("routes/Land/steps/0", "Land Land"),
    ),
    "routing, route": Gate(
        config=ROUTING.config,
        key="routes/Sea/steps/2",
        prompt="Is tides done?",
        context="<routes/Sea/steps/1>",
        reviewed="routes/Sea/steps/1",
        after="routes/Sea/steps/3",
        modified="routes/Sea/steps/1~2 routes/Sea/steps/3",
        shows=("routes/Sea/steps/3", "brief of <routes/Sea/steps/0> <routes/Sea/steps/1~2> fine"),
    ),
    "parallel, branch": Gate(
        config=PARALLEL.config,
        key="branches/web/steps/1",
        prompt="Is tides done?",
        context="<branches/web/steps/0>",
        reviewed="branches/web/steps/0",
        after="branches/web/steps/2 reduce",
        modified="branches/web/steps/0~2 branches/web/steps/2 reduce",
        shows=("branches/web/steps/2", "brief of <branches/web/steps/0~2> fine"),
        recalls=("branches/web/steps/2", "branches/web/steps/0 branches/web/steps/0~2"),
    ),
    "parallel, reduce": Gate(
        config=_VOTED,
        key="reduce",
        prompt="All of 2?",
        context="<branches/web/steps/2> <branches/docs/steps/1>",
        reviewed="branches/web/steps/2 branches/docs/steps/1",
        after="",
        modified="branches/web/steps/2~2 branches/docs/steps/1~2",
    ),
    "evaluator_optimizer": Gate(
        config=EVALUATOR.config,
        key="iterations/0/review",
        prompt="Go on from 60?",
        context="<iterations/0/produce>",
        reviewed="iterations/0/produce",
        after="iterations/1/produce iterations/1/evaluate",
        modified="iterations/0/produce~2 iterations/0/evaluate~2 iterations/1/produce iterations/1/evaluate",
        shows=("iterations/1/produce", "revise <iterations/0/produce~2> damp fine"),
        recalls=("iterations/0/evaluate~2", ""),
    ),
    "orchestrator_workers, plan": Gate(
        config=ORCHESTRATOR.config,
        key="rounds/0/review",
        prompt="Do 2?",
        context='["ebb", "flow"]',
        reviewed="rounds/0/plan",
        after="rounds/0/workers/0 rounds/0/workers/1 reduce writeup",
        modified="rounds/0/plan~2 rounds/0/workers/0 rounds/0/workers/1 reduce writeup",
        shows=("rounds/0/workers/1", "facts on moon"),
    ),
    "orchestrator_workers, workers": Gate(
        config=ORCHESTRATOR.config,
        key="reduce_review",
        prompt="Enough of tides?",
        context="<rounds/0/workers/0>",
        reviewed="rounds/0/workers/0 rounds/0/workers/1",
        after="reduce writeup",
        modified="rounds/0/workers/0~2 rounds/0/workers/1~2 reduce writeup",
        shows=("reduce", "<rounds/0/workers/0~2>\n\n<rounds/0/workers/1~2>"),
    ),
    "orchestrator_workers, reduce": Gate(
        config=_SIGNED,
        key="writeup",
        prompt="Sign?",
        context="<reduce>",
        reviewed="reduce",
        after="",
        modified="reduce~2",
    ),
    "graph, one node": Gate(
        config=GRAPH.config,
        key="nodes/check/1",
        prompt="Is tides right?",
        context="<nodes/start/1>",
        reviewed="nodes/start/1",
        after="nodes/left/1 nodes/right/1 nodes/aside/1 nodes/end/1",
        modified="nodes/start/1~2 nodes/left/1 nodes/right/1 nodes/aside/1 nodes/end/1",
        shows=("nodes/left/1", "left of <nodes/start/1~2>"),
        recalls=("nodes/aside/1", "nodes/start/1 nodes/start/1~2"),
    ),
    "graph, one of two": Gate(
        config=GRAPH.config,
        key="nodes/gate/1",
        prompt="Is tides done?",
        context="<nodes/left/1>",
        reviewed="nodes/left/1",
        after="nodes/end/1",
        modified="nodes/left/1~2 nodes/end/1",
        shows=("nodes/end/1", "brief of <nodes/left/1~2> fine <nodes/aside/1>"),
        recalls=("nodes/end/1", "nodes/start/1 nodes/aside/1"),
    ),
    "graph, read beside the gate": Gate(
        config=GRAPH.config.replace("aside from {{ nodes.right", "aside from {{ nodes.left"),
        key="nodes/gate/1",
        prompt="Is tides done?",
        context="<nodes/left/1>",
        reviewed="nodes/left/1",
        after="nodes/end/1",
        modified="nodes/left/1~2 nodes/aside/1~2 nodes/end/1",
        shows=("nodes/aside/1~2", "aside from <nodes/left/1~2>"),
    ),
    "graph, remembered beside the gate": Gate(
        config=GRAPH.config.replace("aside: {agent: a", "aside: {agent: b"),
        key="nodes/gate/1",
        prompt="Is tides done?",
        context="<nodes/left/1>",
        reviewed="nodes/left/1",
        after="nodes/end/1",
        modified="nodes/left/1~2 nodes/aside/1~2 nodes/end/1",
        shows=("nodes/end/1", "brief of <nodes/left/1~2> fine <nodes/aside/1~2>"),
        recalls=("nodes/aside/1~2", "nodes/left/1 nodes/left/1~2 nodes/right/1"),
    ),
}
