"""A process whose agent pays somebody by a tool, and that dies where it is told to: `python -m tests.app.paying`."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from strands_nb.agents import ModelFactory, Rule, ScriptedModel
from strands_nb.app import Workflow, plan
from strands_nb.engine.tool import ToolCall
from strands_nb.stores import FileSessionRepository
from strands_nb.tools import function_tool

if TYPE_CHECKING:
    from strands_nb.agents import Request

TEXT = """
agents: {a: {prompt: A, tools: ["bank:pay"]}}
steps: [{a: Go}]
tools: {python: [{callable: "bank:pay"}]}
"""


class Bank:
    """Where payments arrive: a line each. Dies `in call`, after the call (`after call`), or never."""

    def __init__(self, folder: Path, dies: str) -> None:
        self.folder, self.dies = folder, dies

    def pay(self, to: str, call: ToolCall) -> str:
        """Pay somebody."""
        with (self.folder / "paid").open("a") as book:
            book.write(f"{to} {call.id}\n")
        if self.dies == "in call":
            os.kill(os.getpid(), signal.SIGKILL)
        return f"paid {to}"

    def reply(self, request: Request) -> str:
        """What the model says once the tool has answered."""
        if self.dies == "after call":
            os.kill(os.getpid(), signal.SIGKILL)
        return f"It is {request.results[-1]}."

    @property
    def payments(self) -> list[str]:
        """Who was paid, each as often as they were."""
        return [line.split()[0] for line in (self.folder / "paid").read_text().splitlines()]


def paying(folder: Path, effect: str, dies: str = "", **options: Any) -> Workflow:
    """The workflow; its session is `s`, in a folder below this one."""
    bank = Bank(folder, dies)
    rules = [Rule(tool="pay", input={"to": "ada"}, reply=bank.reply)]
    plan.factory = ModelFactory({"scripted": ScriptedModel(rules)})
    tool = function_tool(bank.pay, effect=cast("Any", effect or None), version="1")
    store = FileSessionRepository(folder / "sessions")
    return Workflow.from_yaml(TEXT).with_options(
        model="scripted", tools={"pay": tool}, store=store, session="s", **options
    )


if __name__ == "__main__":
    paying(Path(sys.argv[1]), sys.argv[2], sys.argv[3]).run()
