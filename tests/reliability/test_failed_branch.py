"""One of twenty fails for good; once that is mended, the nineteen others are not paid again."""

from __future__ import annotations

import json
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb import Workflow
from strands_nb.errors import ProviderError
from strands_nb.stores import FileSessionRepository
from tests.reliability.processes import BilledAgents, Process

if TYPE_CHECKING:
    from strands_nb.engine.call import Call

WIDE = 20
BAD = "find 7."
HEAD = f"""
version: 0
name: one-of-twenty
runtime: {{max_parallel: {WIDE}}}
agents: {{a: {{prompt: A}}, j: {{prompt: J}}}}
pattern:
"""


def each(pattern: str) -> str:
    return ", ".join(pattern.replace("#", str(n)) for n in range(WIDE))


PARALLEL = f"""
  type: parallel
  config:
    branches: [{each("{id: b#, steps: [{a: find #.}]}")}]
    reduce: {{agent: j}}
"""
TEXTS = {
    "parallel": HEAD + PARALLEL,
    "parallel, failures collected": HEAD + PARALLEL.replace("config:", "config:\n    on_error: collect"),
    "workflow": f"""{HEAD}
  type: workflow
  config:
    tasks: [{each("{id: t#, agent: a, input: find #.}")}, {{id: end, agent: j, deps: [{each("t#")}]}}]
""",
    "orchestrator_workers": f"""{HEAD}
  type: orchestrator_workers
  config:
    orchestrator: {{agent: j, limits: {{max_workers: {WIDE}}}}}
    worker_template: {{agent: a}}
    writeup: {{agent: a, input: sum up}}
""",
    "graph": f"""{HEAD}
  type: graph
  config:
    nodes: {{start: {{agent: j}}, {each("n#: {agent: a, input: find #.}")}, end: {{agent: j}}}}
    edges: [{{from: start, to: [{each("n#")}]}}, {each("{from: n#, to: [end]}")}]
""",
}
LAST = {"workflow": "tasks/end", "orchestrator_workers": "writeup", "graph": "nodes/end/1"}


def run(bill: Connection[Any, Any], folder: Path, name: str, how: str) -> None:
    """Run the session, or go on with it: `broken`, `mended`, or `edited`.

    A mended branch that is on record as failed must be asked for.
    """

    def say(call: Call) -> str:
        if BAD in call.prompt and how == "broken":
            raise ProviderError("refused", key=call.key)
        return f"<{call.prompt[-20:]}>"

    def plan(call: Call) -> str:
        return json.dumps([f"find {n}." for n in range(WIDE)]) if call.schema else "joined"

    text = TEXTS[name].replace(BAD, f"better {BAD}") if how == "edited" else TEXTS[name]
    options: dict[str, Any] = {"on_change": "reuse_unchanged"} if how == "edited" else {}
    store = FileSessionRepository(folder)
    workflow = Workflow.from_yaml(text).with_options(
        agents=BilledAgents(bill, {"a": say, "j": plan}, latency=0.05), store=store, session="s", **options
    )
    handle = workflow.start()
    result = handle.result()
    if how == "mended" and "collected" in name:
        result = handle.rerun("branches/b7").result()
    bill.send(result.to_dict())


CASES = [
    (name, how) for name in TEXTS for how in ("mended", "edited") if (name, how) != ("orchestrator_workers", "edited")
]
"""Workers have no prompts of their own that could be edited."""


@pytest.mark.parametrize(("name", "how"), CASES)
def test_nineteen_of_twenty_are_not_paid_again(
    name: str, how: str, tmp_path: Path, figures: Callable[..., None]
) -> None:
    with Process(run, tmp_path, name, "broken") as process:
        first, failed = process.result()
    assert failed["status"] == ("completed" if "collected" in name else "failed")
    assert sum("reduce" not in key for key in first) >= WIDE - 1
    with Process(run, tmp_path, name, how) as process:
        second, result = process.result()
    assert result["status"] == "completed"
    last = LAST.get(name, "reduce")
    assert second[-1] == last, "what rests on all twenty is done with all twenty"
    again = set(first) & set(second) - {last}
    figures("one of twenty fails", sessions=1, paid_before=len(first), calls_after=len(second), repeated=len(again))
    assert not again
    assert len(second) == 2
