"""A session that has ended well is run again, by the same object, another process and the command line: no call."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb import Workflow
from strands_nb.agents import ModelFactory, Rule, ScriptedModel
from strands_nb.app import plan
from strands_nb.cli import main
from strands_nb.stores import FileSessionRepository
from tests.patterns.seven import SEVEN
from tests.reliability.processes import Process

if TYPE_CHECKING:
    from strands_nb.agents import Request


def billing(bill: Callable[[str], Any]) -> None:
    """Have the scripted model of this process say whom it was asked as."""

    def billed(request: Request) -> bool:
        bill(request.prompt)
        return False

    plan.factory = ModelFactory({"scripted": ScriptedModel([Rule(when=billed)])})


def flow(folder: Path, name: str) -> Workflow:
    store = FileSessionRepository(folder / "sessions")
    return Workflow.from_yaml(SEVEN[name].text).with_options(store=store, session="s", on_hitl="approve")


def run(bill: Connection[Any, Any], folder: Path, name: str, times: int) -> None:
    """To the end, or again; each time by a new object of this process."""
    billing(bill.send)
    for _ in range(times):
        bill.send(flow(folder, name).run().to_dict())


def resume(bill: Connection[Any, Any], folder: Path) -> None:
    """The command line."""
    billing(bill.send)
    os.environ["STRANDS_NB_HOME"], sys.argv = str(folder), ["strands-nb", "resume", "s", "--json"]
    with redirect_stdout(io.StringIO()) as said, suppress(SystemExit):
        main()
    bill.send(json.loads(said.getvalue()))


@pytest.mark.parametrize("name", SEVEN)
def test_a_finished_session_run_again_calls_nobody(name: str, tmp_path: Path, figures: Callable[..., None]) -> None:
    with Process(run, tmp_path, name, 2) as process:
        first, result = process.result()
        by_another_object = process.result()
    journal = (tmp_path / "sessions" / "s" / "journal.jsonl").read_bytes()
    with Process(run, tmp_path, name, 1) as process:
        by_another_process = process.result()
    with Process(resume, tmp_path) as process:
        by_the_command_line = process.result()
    assert first
    assert result["status"] == "completed"
    again = [by_another_object, by_another_process, by_the_command_line]
    figures("finished and run again", sessions=1, calls=sum(len(calls) for calls, _ in again))
    for calls, same in again:
        assert calls == []
        assert same == result
    assert (tmp_path / "sessions" / "s" / "journal.jsonl").read_bytes() == journal, "nothing has happened"
