"""Runs in a shell that has no cells to show a card in: IPython in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strands_nb.app.attend import attend, attend_async
from strands_nb.app.static_output import PARKED, bundle
from strands_nb.app.terminal import TerminalHandler

if TYPE_CHECKING:
    from strands_nb.engine.result import RunResult
    from strands_nb.engine.run import Run

__all__ = ("wait", "wait_async")


def wait(run: Run) -> RunResult:
    """Wait for a run, ask its questions on the terminal, and print what has become of it."""
    return _printed(run, attend(run, TerminalHandler(), "terminal"))


async def wait_async(run: Run) -> RunResult:
    """The same for a coroutine."""
    return _printed(run, await attend_async(run, TerminalHandler(), "terminal"))


def _printed(run: Run, result: RunResult) -> RunResult:
    print(bundle(run.state, PARKED if result.status == "paused" else "")["text/plain"])  # noqa: T201 - its only output
    return result
