"""Runs in cells: show the card, wait while it can be answered, and leave something readable behind."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from strands_nb.engine.result import RunResult
    from strands_nb.engine.run import Run
    from strands_nb.notebook.card import Card
    from strands_nb.notebook.tap import CommTap

__all__ = ("Notebook",)

HELLO_S = 3.0
"""How long a question waits for a front end to show itself before another way is tried, in seconds."""
_STEP_S = 0.05
_ENDED = ("completed", "cancelled")
_CARDS_KEPT = 50
_SETTLE_S = 5.0


class Notebook:
    """The surface of one shell: see `strands_nb.app.surface.Surface`."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._cell_thread: int | None = None
        self._tap: CommTap | None = None
        self.cards: dict[str, Card] = {}
        """By session id, in the order in which they were shown."""
        self.latest: dict[str, Run] = {}
        """By name of the workflow, what its cell has started last."""

    @property
    def kernel(self) -> Any:  # noqa: ANN401 - ipykernel publishes no types
        """The kernel; None in a terminal."""
        return getattr(self._shell, "kernel", None)

    def cell_began(self) -> None:
        """A cell runs in the calling thread; cards that were kept of runs that have ended have had their time."""
        self._cell_thread = threading.get_ident()
        self._fold()

    def cell_ended(self) -> None:
        """It no longer does."""
        self._cell_thread = None

    def here(self) -> bool:
        """Whether the caller is a cell of a kernel."""
        return self.kernel is not None and threading.get_ident() == self._cell_thread

    def show(self, run: Run, *, kept: float = 0.0) -> None:
        """Show the card of a run; it keeps itself up to date from then on. Without a kernel there is none to show."""
        if self.kernel is None:
            return
        from strands_nb.notebook.card import Card  # noqa: PLC0415 - imports the widget libraries

        self._forget_old()
        if (former := self.cards.pop(run.session_id, None)) is not None:
            former.retire()
        card = self.cards[run.session_id] = Card(run, self._turned, kept=kept)
        card.widget.reopen = lambda: self.open(card.run)
        tap = self._tapped()
        if tap is not None and card.comm_id is not None:
            tap.add(card.comm_id)
        card.display()

    def open(self, run: Run) -> None:
        """Show a card to look at, also of a run that has ended; where nobody sees it, its picture stays."""
        self.show(run, kept=HELLO_S)
        until = time.monotonic() + HELLO_S + _SETTLE_S
        while run.done and not self.cards[run.session_id].settled.wait(_STEP_S) and time.monotonic() < until:
            if self._tap is not None:
                self._tap.pump()

    def _turned(self, card: Card, former: str) -> None:
        """A card shows another run than before."""
        if self.cards.get(former) is card:
            del self.cards[former]
        self.cards[card.run.session_id] = card
        self.latest[card.run.plan.spec_name] = card.run

    def _fold(self) -> None:
        for card in tuple(self.cards.values()):
            card.fold()

    def _forget_old(self) -> None:
        """A kernel may run for weeks: keep what can still be steered, and the latest of the rest."""
        over = [name for name, card in self.cards.items() if card.run.status in _ENDED][:-_CARDS_KEPT]
        for name in over:
            del self.cards[name]

    @property
    def tapped(self) -> bool:
        """Whether clicks reach a cell that blocks."""
        return self._tapped() is not None

    def _tapped(self) -> CommTap | None:
        if self._tap is None and self.kernel is not None:
            from strands_nb.notebook.tap import CommTap  # noqa: PLC0415

            self._tap = CommTap(self.kernel)
        return self._tap if self._tap is not None and self._tap.attach() else None

    # ---- waiting ------------------------------------------------------------------------------------------------

    def wait(self, run: Run) -> RunResult:
        """Block this cell until the run ends or parks; an interrupt pauses the run and goes on as usual."""
        if run.session_id not in self.cards:
            from strands_nb.notebook import plain  # noqa: PLC0415 - only where there is no kernel

            return plain.wait(run)
        watch = _Watch(run, self.cards[run.session_id], self.kernel)
        try:
            while not run.wait(_STEP_S):
                if self._tap is not None:
                    self._tap.pump()
                watch.look()
        except KeyboardInterrupt:
            run.pause("the kernel was interrupted")
            raise
        finally:
            self.settle(run)
        return run.result()

    async def wait_async(self, run: Run) -> RunResult:
        """The same while the cell awaits, so that the kernel goes on with everything else."""
        if run.session_id not in self.cards:
            from strands_nb.notebook import plain  # noqa: PLC0415 - only where there is no kernel

            return await plain.wait_async(run)
        watch = _Watch(run, self.cards[run.session_id], self.kernel)
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        run.on_done(lambda: loop.call_soon_threadsafe(ended.set))
        try:
            while not ended.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(ended.wait(), _STEP_S)
                watch.look()
        except asyncio.CancelledError:
            run.pause("the kernel was interrupted")
            raise
        finally:
            self.settle(run)
        return run.result()

    def settle(self, run: Run) -> None:
        """Wait until the card says what has become of the run."""
        if (card := self.cards.get(run.session_id)) is not None:
            card.settled.wait(_SETTLE_S)

    def close(self) -> None:
        """Give the kernel back as it was; what ended stays as a picture."""
        self._fold()
        if self._tap is not None:
            self._tap.detach()


class _Watch:
    """Sees to it that nobody waits for an answer that cannot come."""

    def __init__(self, run: Run, card: Card, kernel: Any) -> None:  # noqa: ANN401 - ipykernel publishes no types
        self._run, self._card, self._kernel = run, card, kernel
        self._asked_at: float | None = None

    def look(self) -> None:
        """Where a question is open and no front end has shown itself: ask on standard input, or park."""
        if self._card.seen or not self._run.pending:
            self._asked_at = None
            return
        now = time.monotonic()
        self._asked_at = self._asked_at or now
        if now - self._asked_at < HELLO_S:
            return
        if getattr(self._kernel, "_allow_stdin", False) and threading.current_thread() is threading.main_thread():
            self._ask_on_stdin()
        else:
            self._run.park()
        self._asked_at = None

    def _ask_on_stdin(self) -> None:
        from strands_nb.app.attend import answer_with  # noqa: PLC0415
        from strands_nb.app.terminal import read_answer  # noqa: PLC0415

        for state in self._run.pending:
            default = state.default_response or "approved"
            text = input(f"{state.prompt}\n[Enter: {default} · /modify feedback · /reject reason] ")
            answer_with(self._run, state, read_answer(text), by="input()")
