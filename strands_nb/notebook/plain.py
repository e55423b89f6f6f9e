"""Runs in a shell that has no cells to show a card in: IPython in a terminal."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from strands_nb.app.attend import asks, attend, attend_async
from strands_nb.app.static_output import PARKED, bundle
from strands_nb.app.terminal import TerminalHandler

if TYPE_CHECKING:
    from strands_nb.engine.result import RunResult
    from strands_nb.engine.run import Run

__all__ = ("wait", "wait_async")


def wait(run: Run) -> RunResult:
    """Wait for a run, ask its questions on the terminal, and print what has become of it."""
    if asks(run):
        return _printed(run, attend(run, TerminalHandler(), "terminal"))
    try:
        return _printed(run, run.result())
    except KeyboardInterrupt:
        run.pause("interrupted from the keyboard")
        raise


async def wait_async(run: Run) -> RunResult:
    """The same for a coroutine."""
    if asks(run):
        return _printed(run, await attend_async(run, TerminalHandler(), "terminal"))
    try:
        return _printed(run, await run)
    except asyncio.CancelledError:
        await asyncio.to_thread(run.pause, "the caller was cancelled")
        raise


def _printed(run: Run, result: RunResult) -> RunResult:
    print(bundle(run.state, PARKED if result.status == "paused" else "")["text/plain"])  # noqa: T201 - its only output
    return result
