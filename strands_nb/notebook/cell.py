"""Runs in cells: show the card, wait while it can be answered, and leave something readable behind."""

from __future__ import annotations

import asyncio
import contextlib
import math
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from strands_nb.notebook.cards.watch import HELLO_S, Watch

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from strands_nb.engine.result import RunResult
    from strands_nb.engine.run import Run
    from strands_nb.notebook.cards.card import Card
    from strands_nb.notebook.tap import CommTap

__all__ = ("Notebook",)

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
        from strands_nb.notebook.cards.card import Card  # noqa: PLC0415 - imports the widget libraries

        self._forget_old()
        if (former := self.cards.pop(run.session_id, None)) is not None:
            former.retire()
            self.forget(former.widget)
        _ = self.tap  # in place before anybody can know of the card
        card = self.cards[run.session_id] = Card(run, self._turned, kept=kept)
        card.widget.reopen = lambda: self.open(card.run)
        card.audible = self.listen(card.widget)
        card.display()

    def open(self, run: Run) -> None:
        """Show a card to look at, also of a run that has ended; where nobody sees it, its picture stays."""
        self.show(run, kept=HELLO_S)
        until = time.monotonic() + HELLO_S + _SETTLE_S
        while run.done and not self.cards[run.session_id].settled.wait(_STEP_S) and time.monotonic() < until:
            self.pump()

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
            self.forget(self.cards.pop(name).widget)

    # ---- the way of a click -------------------------------------------------------------------------------------

    @property
    def tap(self) -> CommTap | None:
        """What takes clicks past a busy kernel, attached or refused; None where there is no kernel."""
        if self._tap is None and self.kernel is not None:
            from strands_nb.notebook.tap import CommTap  # noqa: PLC0415

            self._tap = CommTap(self.kernel)
        if self._tap is not None:
            self._tap.attach()
        return self._tap

    def listen(self, widget: Any) -> bool:  # noqa: ANN401 - any widget
        """Hear what a widget says while a cell runs; to be called before it is shown. Returns whether that is sure."""
        tap, comm = self.tap, widget.comm
        if tap is not None and tap.attached and comm is not None:
            tap.add(comm.comm_id)
            return True
        from strands_nb.notebook.tap import follow_front_end  # noqa: PLC0415

        follow_front_end(comm)
        return False

    def forget(self, widget: Any) -> None:  # noqa: ANN401 - any widget
        """Leave it to the kernel again."""
        if self._tap is not None and widget.comm is not None:
            self._tap.discard(widget.comm.comm_id)

    def pump(self) -> None:
        """Read what has arrived, where nobody else does while the cell blocks."""
        if self._tap is not None:
            self._tap.pump()

    @property
    def may_type(self) -> bool:
        """Whether `input()` may be asked; where clicks cannot get through, silence says nothing."""
        tapped = self._tap is not None and self._tap.attached
        return tapped and bool(getattr(self.kernel, "_allow_stdin", False))

    @property
    def attended(self) -> bool:
        """Whether somebody may be there to choose; tools that run notebooks take no input."""
        if self.kernel is None:
            return sys.stdin.isatty()
        return bool(getattr(self.kernel, "_allow_stdin", False))

    @property
    def called_at(self) -> float:
        """When a page was last opened, as far as the tap knows."""
        return self._tap.called_at if self._tap is not None else -math.inf

    # ---- waiting ------------------------------------------------------------------------------------------------

    def wait(self, run: Run) -> RunResult:
        """Block this cell until the run ends or parks; an interrupt pauses the run and goes on as usual."""
        if run.session_id not in self.cards:
            from strands_nb.notebook import plain  # noqa: PLC0415 - only where there is no kernel

            return plain.wait(run)
        watch = Watch(run, self.cards[run.session_id], self)
        try:
            while not run.wait(_STEP_S):
                self.pump()
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
        watch = Watch(run, self.cards[run.session_id], self)
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        run.on_done(lambda: loop.call_soon_threadsafe(ended.set))
        try:
            while not ended.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(ended.wait(), _STEP_S)
                watch.look()
        except (KeyboardInterrupt, asyncio.CancelledError):
            run.pause("the kernel was interrupted")
            raise asyncio.CancelledError from None  # a KeyboardInterrupt would end the kernel's loop, and the kernel
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
