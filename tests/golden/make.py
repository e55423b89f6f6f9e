"""Writes the golden files: run it only when the format of events or journals changes on purpose.

    python -m tests.golden.make

For each program: the events as JSON lines, the state they fold to, and the journal as it lies on a disk. The
TypeScript tests read the first two.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from strands_nb.engine.call import Call, Reply, Usage, text_message
from strands_nb.engine.events import dump_event, load_event
from strands_nb.engine.middleware import FailurePolicy
from strands_nb.engine.question import Question
from strands_nb.engine.result import Outcome
from strands_nb.engine.run import Run
from strands_nb.engine.session import Limits, Plan
from strands_nb.engine.state import EMPTY, fold, state_to_json
from strands_nb.engine.unit import Unit
from strands_nb.errors import ProviderError
from strands_nb.patterns import Record, program_of
from strands_nb.patterns import outline as pictured
from strands_nb.spec import parse
from strands_nb.stores.records import encode
from strands_nb.testing import MemorySessionRepository, ScriptedAgents, TickingClock
from tests.golden.workflows import WORKFLOWS

if TYPE_CHECKING:
    from collections.abc import Callable

    from strands_nb.engine.context import Context
    from strands_nb.engine.events import Event
    from strands_nb.engine.payloads import OutlineData
    from strands_nb.engine.session import Program
    from tests.golden.workflows import Story

    GoOn = Callable[[Run], None]

FOLDER = Path(__file__).parent


def outline(*nodes: tuple[str, str, str | None, str]) -> OutlineData:
    """A picture of boxes in a row: (key, label, agent, detail)."""
    return {
        "nodes": [
            {
                "key": key,
                "role": "step",
                "label": label,
                "agent": agent,
                "kind": "agent" if agent else "hitl",
                "detail": detail,
            }
            for key, label, agent, detail in nodes
        ],
        "edges": [[a[0], b[0]] for a, b in pairwise(nodes)],
    }


BRIEF = outline(
    ("steps/0", "researcher", "researcher", "Find facts"),
    ("steps/1", "review", None, "Good enough?"),
    ("steps/2", "writer", "writer", "Write a brief"),
)


SHORT = outline(
    ("steps/0", "researcher", "researcher", "Find facts"),
    ("steps/1", "writer", "writer", "Write a brief"),
)


async def brief(ctx: Context) -> Outcome:
    """Agent, question, agent: with a revision on the way."""
    revision, prompt = 1, "Find facts about tides."
    while True:
        facts = await ctx.agent("researcher", prompt, key=Unit("steps/0", index=0, revision=revision))
        question = Question("Good enough?", facts.text, "fine", 300, reviews="steps/0")
        said = await ctx.ask(question, key=Unit("steps/1", index=1, id="review", revision=revision))
        if said.action == "approve":
            break
        revision, prompt = revision + 1, said.text
    text = (await ctx.agent("writer", f"{facts.text} {said.text}", key=Unit("steps/2", index=2))).text
    return Outcome(text, "writer")


async def straight(ctx: Context) -> Outcome:
    """The same without the question, as its author edits it while it waits."""
    facts = await ctx.agent("researcher", "Find facts about tides.", key=Unit("steps/0", index=0))
    return Outcome((await ctx.agent("writer", facts.text, key=Unit("steps/1", index=1))).text, "writer")


async def parts(ctx: Context) -> Outcome:
    """Work that consists of other work, and stops in the middle for a question."""
    inside = ctx.at("rounds/0")
    async with ctx.unit(Unit("rounds/0", "round", 0)) as unit:
        facts = await inside.agent("researcher", "Find facts about tides.", key=Unit("facts", index=0))
        said = await inside.ask(Question("Good enough?", facts.text), key=Unit("review", "review", 0))
        text = (await inside.agent("writer", f"{facts.text} {said.text}", key=Unit("text", index=0))).text
        unit.response, unit.tokens = text, 20
    return Outcome(text, "writer")


async def fails(ctx: Context) -> Outcome:
    """One branch fails for good, after a retry; the other one ends."""

    async def branch(child: Context, name: str) -> str:
        return (await child.agent(name, f"go {name}", key=Unit("steps/0", index=0))).text

    return Outcome(" ".join(await ctx.at("branches").map(branch, ["good", "bad"], keys=["good", "bad"])))


def with_tools(call: Call) -> Reply:
    """An answer that took two tool calls, one of which failed; no price is known."""
    call.watch.text("Let me see. ")
    call.watch.tool_start("t1", "calculator", {"expression": "6*7"})
    call.watch.tool_complete("t1", "calculator", "42", ok=True)
    call.watch.tool_start("t2", "web", {"url": "x"})
    call.watch.tool_complete("t2", "web", "Error: refused", ok=False)
    call.watch.text("It is 42 – “süß” \U0001f600.")  # noqa: RUF001 - on purpose
    turn = (text_message("assistant", "…"), text_message("user", "…"), text_message("assistant", "It is 42."))
    return Reply("It is 42.", Usage(100, 20, 60, None, estimated=True), turn, {"answer": 42}, "openai:gpt-4o-mini")


async def tools(ctx: Context) -> Outcome:
    """One agent with tools."""
    return Outcome((await ctx.agent("helper", "What is 6*7?", key=Unit("steps/0", index=0))).text, "helper")


def _answers(run: Run, answers: list[tuple[str, str]]) -> None:
    """Answer each question of the run as it comes."""
    for action, text in answers:
        while not run.pending:
            pass
        getattr(run, action)(text)


def _edit(run: Run) -> None:
    """Pause the run at its question, and go on with an edited workflow."""
    while not run.pending:
        pass
    run.pause("edited")
    run.result(10)
    run._holder.plan = replace(run.plan, program=straight, spec_hash="edited", outline=SHORT)
    run.launch(resume=True)


def _leave(run: Run) -> None:
    """Pause the run at its question, and answer when it has stopped."""
    while not run.pending:
        pass
    run.pause("later")
    run.result(10)
    run.answer("good")


def record(name: str) -> tuple[list[Event], list[Event]]:
    """All events of a golden run, ephemeral ones too, and the durable ones alone."""
    seen: list[Event] = []
    store = MemorySessionRepository()
    plan, go_on = _of_workflow(WORKFLOWS[name]) if name in WORKFLOWS else _of_program(*PROGRAMS[name])
    limits = Limits(failure=FailurePolicy(retries=1, wait_min=0, wait_max=0))
    named: dict[str, Any] = {"spec_name": name, "spec_hash": "test", "variables": {"topic": "tides"}}
    run = Run(replace(plan, limits=limits, clock=TickingClock(), **named), store, f"golden-{name}")
    run.listen(seen.append)  # before the start, so that no token is missed
    run.launch()
    go_on(run)
    if name == "edited":
        _edit(run)
    if name in ("parts", "again"):
        _leave(run)
    if name == "again":
        run.result(10)
        run.rerun("facts")
        _answers(run, [("approve", "better")])
    run.result(10)
    return seen, list(asyncio.run(store.read(f"golden-{name}")))


def _of_program(program: Program, picture: OutlineData, answers: list[tuple[str, str]]) -> tuple[Plan, GoOn]:
    script: dict[str, Any] = {
        "researcher": ["1. Tides repeat.\n2. They are cheap.", "Tides repeat."],
        "bad": ProviderError("rate limit", retryable=True),
        "helper": with_tools,
    }
    return Plan(program, ScriptedAgents(script), outline=picture), lambda run: _answers(run, answers)


def _of_workflow(story: Story) -> tuple[Plan, GoOn]:
    spec = parse(story.text)

    async def program(ctx: Context) -> Outcome:
        return await program_of(spec, Record({"topic": "tides"}))(ctx)

    def answer_parked(run: Run) -> None:
        for key, action, text in story.parked:
            run.result(10)
            getattr(run, action)(text, key)

    picture, kind = pictured(spec).to_json(), spec.pattern.type
    agents = ScriptedAgents(story.script)
    return Plan(program, agents, pattern_type=kind, outline=picture, on_question=story.on_question), answer_parked


PROGRAMS: dict[str, Any] = {
    "brief": (brief, BRIEF, [("modify", "One fact only."), ("approve", "good")]),
    "rejected": (brief, BRIEF, [("reject", "not now")]),
    "fails": (fails, outline(), []),
    "edited": (brief, BRIEF, []),
    "parts": (parts, outline(), []),
    "again": (parts, outline(), []),
    "tools": (tools, outline(("steps/0", "helper", "helper", "")), []),
}


GOLDEN = sorted(PROGRAMS | WORKFLOWS)


def write(name: str) -> None:
    """Write the files of one golden run."""
    seen, durable = record(name)
    missed = [event for event in durable if event not in seen]
    events = sorted([*missed, *seen], key=lambda event: event.seq)
    lines = "".join(json.dumps(dump_event(event)) + "\n" for event in events)
    state = json.dumps(state_to_json(fold(EMPTY, events)), indent=1)
    (FOLDER / f"{name}.events.jsonl").write_text(lines)
    (FOLDER / f"{name}.state.json").write_text(state + "\n")
    (FOLDER / f"{name}.journal.jsonl").write_bytes(b"".join(encode(event, 1) for event in durable))


def recorded(name: str) -> list[Event]:
    """All events of a golden run, as its file has them."""
    lines = (FOLDER / f"{name}.events.jsonl").read_text().splitlines()
    return [load_event(json.loads(line)) for line in lines]


if __name__ == "__main__":
    for each in GOLDEN:
        write(each)
