"""What becomes of a question while its cell waits and no front end has shown itself."""

from __future__ import annotations

import _thread
import math
import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from strands_nb.engine.question import HITLState
    from strands_nb.engine.run import Run
    from strands_nb.notebook.cards.card import Card

__all__ = ("HELLO_S", "Ears", "Watch")

HELLO_S = 3.0
"""How long a question waits for a front end to show itself before another way is tried, in seconds."""
_LOOK_S = 0.1


class Ears(Protocol):
    """How people can be heard where a cell runs."""

    @property
    def may_type(self) -> bool:
        """Whether `input()` may be asked."""
        ...

    @property
    def called_at(self) -> float:
        """When a page was last opened, by `time.monotonic`."""
        ...


class Watch:
    """Sees to it that nobody waits for an answer that cannot come."""

    def __init__(self, run: Run, card: Card, notebook: Ears) -> None:
        self._run, self._card, self._notebook = run, card, notebook
        self._asked_at: float | None = None
        self._called_at = -math.inf

    def look(self) -> None:
        """Where a question is open that nobody sees: ask on standard input, or park.

        Raises:
            KeyboardInterrupt: the kernel was interrupted while it asked.
        """
        self._card.keep()
        since = self._unseen_since()
        if since is None or time.monotonic() - since < HELLO_S:
            return
        main = threading.current_thread() is threading.main_thread()
        if main and not self._card.seen and self._notebook.may_type:
            self._type()
        else:
            self._run.park()
        self._asked_at = None

    def _unseen_since(self) -> float | None:
        """None where nothing is asked, or it is in sight.

        A page that is loaded again while the cell runs has nothing to show before the kernel takes its messages.
        """
        if not self._run.pending:
            self._asked_at = None
            return None
        self._asked_at = self._asked_at or time.monotonic()
        if not self._card.seen:
            return self._asked_at
        called = self._notebook.called_at
        if called <= self._card.heard_at:
            return None
        if called > self._called_at:  # a page that was there before answers this, and a new one cannot yet
            self._called_at = called
            self._card.call()
        return max(called, self._asked_at)

    def _type(self) -> None:
        from strands_nb.app.attend import answer_with  # noqa: PLC0415
        from strands_nb.app.terminal import read_answer  # noqa: PLC0415

        for state in self._run.pending:
            default = state.default_response or "approved"
            prompt = f"{state.prompt}\n[Enter: {default} · /modify feedback · /reject reason] "
            if (text := _read(prompt, partial(self._moot, state))) is not None:
                answer_with(self._run, state, read_answer(text), by="input()")

    def _moot(self, state: HITLState) -> bool:
        """Whether somebody else has answered, or may do so on a card that has come up late."""
        return self._card.seen or all(state.question_id != other.question_id for other in self._run.pending)


def _read(prompt: str, moot: Callable[[], bool]) -> str | None:
    """What is typed; None where that has become moot.

    An interrupt ends it in a cell that awaits, too: there the kernel would only cancel what cannot go on before Enter.
    """
    lock, over, withdrawn = threading.Lock(), threading.Event(), threading.Event()

    def withdraw() -> None:
        while not over.wait(_LOOK_S):
            with lock:
                if not over.is_set() and moot():
                    withdrawn.set()
                    _thread.interrupt_main()
                    return

    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=withdraw, name="strands-nb-input", daemon=True).start()
    try:
        try:
            return input(prompt)
        finally:
            with lock:
                over.set()
    except KeyboardInterrupt:
        if withdrawn.is_set():
            return None
        raise
    finally:
        signal.signal(signal.SIGINT, former)
