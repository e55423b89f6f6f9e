"""Work that goes on at the same time: failures beside it, pauses in it, and who waits for whom."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from strands_nb.agents import AgentDefinition, ModelConfig, ModelFactory, Rule, ScriptedModel, StrandsAgents
from strands_nb.engine import events as ev
from strands_nb.errors import ExecutionError
from tests.engine.support import SlowAgents, VirtualTime, until
from tests.patterns.example import HEAD, said
from tests.patterns.seven import GRAPH, SEVEN
from tests.patterns.support import (
    agents_of,
    anew,
    answer_all,
    events_of,
    finished,
    flow,
    launch,
    park_at,
    remembered,
    script,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strands_nb.engine.call import Call, Reply
    from tests.patterns.example import Example

SIDE_BY_SIDE = {name: seven for name, seven in SEVEN.items() if seven.siblings}
each_pattern = pytest.mark.parametrize("seven", SEVEN.values(), ids=SEVEN)
side_by_side = pytest.mark.parametrize("seven", SIDE_BY_SIDE.values(), ids=SIDE_BY_SIDE)


@pytest.fixture
def virtual() -> Iterator[VirtualTime]:
    """A process whose seconds pass in no time."""
    time = VirtualTime()
    yield time
    time.stop()


# ---- failures -------------------------------------------------------------------------------------------------------


class Breaks(SlowAgents):
    """One call fails for good after a second, the other answers after two."""

    def __init__(self, fails: str, slow: str) -> None:
        super().__init__({fails: 1.0, slow: 2.0}, script())
        self.fails = fails

    async def call(self, call: Call) -> Reply:
        reply = await super().call(call)
        if call.key == self.fails:
            message = "broken"
            raise RuntimeError(message)
        return reply


@side_by_side
@pytest.mark.parametrize("first", [0, 1])
def test_what_is_under_way_beside_a_failure_ends_and_is_kept(seven: Example, first: int, virtual: VirtualTime) -> None:
    assert seven.siblings is not None
    fails, slow = seven.siblings[first], seven.siblings[1 - first]
    workflow = flow(seven.text, Breaks(fails, slow))
    failed = finished(launch(workflow, virtual))
    assert (failed.status, failed.exit_code) == ("failed", 10)
    assert isinstance(failed.failure, ExecutionError)
    assert failed.failure.key == fails
    calls = seven.calls.split()
    before = [key for key in calls if calls.index(key) < min(map(calls.index, seven.siblings))]
    assert sorted(agents_of(workflow).keys) == sorted([*before, fails, slow]), "nothing more is started"

    healed = anew(workflow, on_hitl="approve")
    assert healed.run().execution_context == seven.context
    assert sorted(agents_of(healed).keys) == sorted({*calls} - {*before, slow})


# ---- a pause in the middle ------------------------------------------------------------------------------------------


class Endless:
    """A model that talks until it is told to stop, and next time says what it is asked."""

    def __init__(self) -> None:
        self.quiet = threading.Event()

    def agents(self, endless: str) -> StrandsAgents:
        """The agents of a workflow, of whom one does not end."""
        rules = [
            Rule(agent="j", prompt="where", reply={"route": "Sea"}),
            Rule(agent="j", prompt="judge", reply={"score": 60}),
            Rule(agent="j", prompt="plan", reply='["ebb", "flow"]'),
            Rule(
                when=lambda request: request.prompt == endless and not self.quiet.is_set(), error="endless", reply="on "
            ),
            Rule(reply="done"),
        ]
        model = ModelConfig("test")
        known = {name: AgentDefinition(name, f"You are {name}.", model) for name in "abj"}
        return StrandsAgents(known, ModelFactory({"test": ScriptedModel(rules)}))


@each_pattern
def test_a_pause_in_the_middle_of_a_reply_keeps_what_was_said_on_show(seven: Example) -> None:
    (key, prompt), endless = seven.prose, Endless()
    workflow = flow(seven.text, on_hitl="approve").with_options(agents=endless.agents(prompt))
    run = workflow.start()
    until(lambda: key in run.steps and run.steps[key].text, key)
    run.pause("that will do")
    unit = run.steps[key]
    assert (run.status, unit.status, unit.response) == ("paused", "interrupted", None)
    assert unit.text.startswith("on ")
    (paused,) = events_of(workflow, ev.RunPaused)
    assert key in paused.data["in_flight"]

    endless.quiet.set()
    run.resume()
    assert finished(run).success
    assert (run.steps[key].text, run.steps[key].response) == ("", "done")
    completed = [event.key for event in events_of(workflow, ev.UnitCompleted)]
    assert len(completed) == len(set(completed))


# ---- who waits for whom ---------------------------------------------------------------------------------------------

LANES = """
pattern:
  type: workflow
  config:
    tasks:
      - {id: slow, agent: a, input: slow}
      - {id: one, agent: a, input: one}
      - {id: ask, type: hitl, deps: [one], prompt: "Well?", default: fine, timeout_seconds: 5}
      - {id: two, agent: b, deps: [one]}
      - {id: three, agent: b, deps: [two]}
      - {id: end, agent: a, deps: [slow, three, ask]}
"""


def test_a_task_starts_as_soon_as_those_it_depends_on_are_done(virtual: VirtualTime) -> None:
    seconds = {"tasks/slow": 1.0, "tasks/one": 0.3, "tasks/two": 0.3, "tasks/three": 0.3}
    workflow = flow(HEAD + LANES, SlowAgents(seconds, script()))
    assert finished(launch(workflow, virtual, on_hitl="ask")).success
    began = [(event.key, event.timestamp) for event in events_of(workflow, ev.UnitStarted)]
    zero = began[0][1]
    assert {key.removeprefix("tasks/"): (moment - zero).total_seconds() for key, moment in began} == {
        "slow": 0.0,
        "one": 0.0,
        "ask": 0.3,
        "two": 0.3,
        "three": 0.6,
        "end": 5.3,
    }


# ---- round and round ------------------------------------------------------------------------------------------------


def test_a_second_visit_of_a_node_is_a_unit_of_its_own_that_remembers_the_first() -> None:
    workflow = flow(GRAPH.text)
    park_at(workflow, "nodes/gate/1")
    later = anew(workflow)
    result = answer_all(later, hitl_response="once more, again")
    again = ["start", "check", "left", "right", "gate", "aside"]
    assert result.execution_context["execution_path"] == [*again, *again, "end"]
    assert result.execution_context["iteration_counts"] == {**dict.fromkeys(again, 2), "end": 1}
    iterations = {name: node["iteration"] for name, node in result.execution_context["nodes"].items()}
    assert iterations == result.execution_context["iteration_counts"]
    assert result.last_response == said("nodes/end/1")
    assert remembered(later) == {
        "nodes/start/2": [said("nodes/start/1"), said("nodes/aside/1")],
        "nodes/left/2": [said("nodes/left/1"), said("nodes/right/1")],
        "nodes/right/2": [said("nodes/left/1"), said("nodes/right/1")],
        "nodes/aside/2": [said("nodes/start/1"), said("nodes/aside/1"), said("nodes/start/2")],
        "nodes/end/1": [said(f"nodes/{name}/{visit}") for visit in (1, 2) for name in ("start", "aside")],
    }
