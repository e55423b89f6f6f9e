"""Processes of their own, to be killed: each is a fork of a server that has imported everything, so it starts at once.

What a process has to say before it dies goes into a pipe, where it stays.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from strands_nb.engine import events as ev
from strands_nb.errors import SessionNotFoundError
from strands_nb.stores import FileSessionRepository
from strands_nb.testing import ScriptedAgents

if TYPE_CHECKING:
    from strands_nb.engine.call import Call, Reply
    from strands_nb.testing import Said

__all__ = ("PATIENCE", "SERVER", "BilledAgents", "Process", "log_in")

PATIENCE = 30.0
"""Seconds after which a wait has failed."""

SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(
    ["strands_nb.agents._turn", "strands_nb.app", "strands_nb.cli.runs", "strands_nb.testing"]
)


class Process:
    """`work(pipe, *args)` in a process that is killed at the end of the `with`, if it still lives."""

    def __init__(self, work: Callable[..., None], *args: Any) -> None:
        self.pipe, theirs = SERVER.Pipe()
        self._process = SERVER.Process(target=work, args=(theirs, *args), daemon=True)
        self._process.start()
        theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self.pipe.close()
        self._process.close()

    def hear(self) -> Any:
        """The next thing it says."""
        assert self.pipe.poll(PATIENCE), f"heard nothing for {PATIENCE} s"
        return self.pipe.recv()

    def tell(self, what: Any) -> None:
        """Say something to it."""
        self.pipe.send(what)

    def result(self) -> tuple[list[str], dict[str, Any]]:
        """What it bills until it has a result, and that."""
        words = [self.hear()]
        while isinstance(words[-1], str):
            words.append(self.hear())
        return words[:-1], words[-1]

    def kill(self) -> None:
        """`kill -9`, and wait until it is dead."""
        self._process.kill()
        self._process.join()

    def last_words(self) -> list[Any]:
        """Kill it, and hear what it had said before."""
        self.kill()
        return list(_rest(self.pipe))


def _rest(pipe: Connection[Any, Any]) -> Any:
    try:
        while True:
            yield pipe.recv()
    except (EOFError, ConnectionResetError):
        return


class BilledAgents(ScriptedAgents):
    """Tell the process outside of each answer as the last thing before it is given: from then on it is billed."""

    def __init__(self, bill: Connection[Any, Any], script: Mapping[str, Said] | None = None, **more: Any) -> None:
        super().__init__(script, **more)
        self._bill = bill

    async def call(self, call: Call) -> Reply:
        reply = await super().call(call)
        self._bill.send(call.key)
        return reply


def log_in(folder: Path, session_id: str = "s") -> list[ev.Event]:
    """What a folder of sessions holds of one; nothing where it had not begun."""
    try:
        return list(asyncio.run(FileSessionRepository(folder).read(session_id)))
    except SessionNotFoundError:
        return []
