"""From a run to its card, and back.

IOPub, the channel to the front end, drops messages when it is flooded. So one thread sends at most thirty patches a
second per card, numbered; a front end that misses some asks for them again. Questions and status are synced traits.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from strands_nb.engine import events as ev
from strands_nb.engine.state import EMPTY, RunState, fold, state_to_json
from strands_nb.engine.tokens import joined
from strands_nb.notebook.cards.steering import Steering

if TYPE_CHECKING:
    from collections.abc import Mapping

    from strands_nb.engine.run import Run
    from strands_nb.notebook.cards.steering import Deed
    from strands_nb.notebook.cards.widget import RunWidget

__all__ = ("Feed",)

_PERIOD_S = 1 / 30
_SNAPSHOT_S = 1.0
_PATCHES_KEPT = 90
"""Three seconds of them: who has missed more gets a snapshot."""


class Feed:
    """Keeps one card up to date, and takes what is clicked on it."""

    def __init__(self, run: Run, widget: RunWidget, deeds: Mapping[str, Deed] | None = None) -> None:
        self._run, self._widget = run, widget
        self._steering = Steering(run, self._send, deeds)
        self._lock = threading.Lock()
        self._incoming: list[ev.Event] = []
        self._outgoing: list[dict[str, Any]] = []
        self._state = EMPTY
        self._patches = 0
        self._recent: deque[dict[str, Any]] = deque(maxlen=_PATCHES_KEPT)
        self._snapshot_due = True
        self._snapshot_at = 0.0
        self._missed: int | None = None
        """What a front end has that asks for the rest: the number of its last patch, -1 for none."""
        self._note: str | None = None
        self._live, self._leaving = True, False
        self.heard_at = -math.inf
        self.seen = threading.Event()
        """Set once a front end has shown the card and its words reach us."""
        self.engaged = False
        """Whether somebody reads or uses the card just now, as its front end has told last."""
        self._new_head: dict[str, Any] | None = None
        widget.on_msg(self._said)
        self._forget = run.listen(self._take, replay=True)
        run.on_done(_flusher.wake)
        _flusher.add(self)

    def turn_to(self, run: Run, head: dict[str, Any]) -> None:
        """Show another run from now on, in the same card."""
        self._forget()
        with self._lock:
            self._run, self._new_head, self._incoming = run, head, []
        self._steering.run = run
        self._forget = run.listen(self._take, replay=True)
        run.on_done(_flusher.wake)
        _flusher.wake()

    # ---- from the run (engine thread) ---------------------------------------------------------------------------

    def _take(self, event: ev.Event) -> None:
        with self._lock:
            self._incoming.append(event)
        _flusher.wake()

    # ---- from the front end (whatever thread the kernel calls from): only hand over ---------------------------------

    def _said(self, _: Any, message: Any, __: Any) -> None:  # noqa: ANN401 - a custom message of a widget
        match message:
            case {"v": 1, "type": "hello"}:
                self.heard_at = time.monotonic()
                self.seen.set()
                self._send({"v": 1, "type": "welcome", "at": datetime.now(UTC).isoformat()})
            case {"v": 1, "type": "resync", "have": int(have)}:
                self._missed = have if self._missed is None else min(have, self._missed)
                _flusher.wake()
            case {"v": 1, "type": "engaged", "yes": bool(yes)}:
                self.engaged = yes
            case {"v": 1, "type": str(), "id": str()}:
                self._steering.take(message)
            case _:
                pass

    def _send(self, message: dict[str, Any]) -> None:
        with self._lock:
            self._outgoing.append(message)
        _flusher.wake()

    # ---- to the front end (the flusher's thread only) -----------------------------------------------------------

    def say(self, note: str) -> None:
        """Show a line for people under the header."""
        self._note = note
        _flusher.wake()

    def call(self) -> None:
        """Ask who is there; each view answers with a hello."""
        self._send({"v": 1, "type": "call"})

    def settle(self, *, live: bool) -> None:
        """Bring the card fully up to date; without `live`, for the last time."""
        self._live = live
        if not live:
            self._forget()
        self._snapshot_due = True
        _flusher.settle(self)
        if not live:
            _flusher.remove(self)

    def leave(self) -> None:
        """Bring it up to date for the last time, and wait for nothing."""
        self._forget()
        self._live, self._snapshot_due, self._leaving = False, True, True
        _flusher.wake()

    @property
    def state(self) -> RunState:
        """As of the last flush."""
        return self._state

    def flush(self) -> None:
        """Send what is new."""
        with self._lock:
            done = self._run.done  # asked first: what it ended with has come by then
            head, self._new_head = self._new_head, None
            events, self._incoming = self._incoming, []
            messages, self._outgoing = self._outgoing, []
        if head is not None:
            self._start_over(head)
        if events:
            events = list(joined(events))
            self._state = fold(self._state, events)
            self._patches += 1
            self._recent.append(_patch(self._patches, events))
            self._widget.send(self._recent[-1])
        for message in messages:
            self._widget.send(message)
        self._write_traits(events, done=done)
        if (have := self._missed) is not None:
            self._missed = None
            self._widget.send(self._since(have))
        if self._leaving:
            _flusher.remove(self)

    def _start_over(self, head: dict[str, Any]) -> None:
        """The snapshot of another session counts as news to a front end, whatever it has had."""
        self._state, self._patches, self._note = EMPTY, 0, ""
        self._recent.clear()
        self._snapshot_due, self._snapshot_at = True, 0.0
        self._widget.head = head

    def _since(self, have: int) -> dict[str, Any]:
        """What somebody lacks who has the patches up to `have`: those after it, or everything."""
        if max(self._patches - len(self._recent), 1) <= have <= self._patches:
            return {"v": 1, "type": "again", "patches": [patch for patch in self._recent if patch["n"] > have]}
        return {"v": 1, "type": "snap", "n": self._patches, "state": state_to_json(self._state)}

    def _write_traits(self, events: list[ev.Event], *, done: bool) -> None:
        widget, status = self._widget, self._state.status
        if status == "running" and done:
            status = "interrupted"  # as `Run.status`, without having it fold the same events once more
        for event in events:
            if isinstance(event, ev.RunResumed):
                self._note = ""
                widget.head = {**widget.head, "at": event.timestamp.isoformat()}  # the card's clock counts one leg
        questions = list(self._state.questions.values())
        if questions != widget.questions:
            widget.questions = questions
        changed = status != widget.status
        if changed:
            widget.status = status
        if self._note is not None and self._note != widget.note:
            widget.note = self._note
        if self._live != widget.live:
            widget.live = self._live
        # Streamed text alone is worth none: who comes to a run that streams asks for it with the next patch.
        self._snapshot_due = self._snapshot_due or any(event.durable for event in events)
        due = self._snapshot_due and time.monotonic() - self._snapshot_at >= _SNAPSHOT_S
        if changed or due or (self._snapshot_due and not self._live):
            self._snapshot_due, self._snapshot_at = False, time.monotonic()
            widget.snapshot = {"v": 1, "n": self._patches, "state": state_to_json(self._state)}

    @property
    def waits(self) -> bool:
        """Whether a snapshot is still due although nothing new may come."""
        return self._snapshot_due


def _patch(number: int, events: list[ev.Event]) -> dict[str, Any]:
    """Events, then what has streamed since: applied in that order, they give the state that `fold` gives."""
    durable: list[dict[str, Any]] = []
    text: dict[str, str] = {}
    for event in events:
        if isinstance(event, ev.Token):
            text[event.key] = text.get(event.key, "") + event.data["text"]
            continue
        durable.append(ev.dump_event(event))
        if isinstance(event, (ev.UnitStarted, ev.UnitCompleted, ev.Retried)):
            text.pop(event.key, None)  # these start the text anew, or hold it all
    return {"v": 1, "type": "patch", "n": number, "events": durable, "text": [list(pair) for pair in text.items()]}


@dataclass
class _Flusher:
    """The one thread that writes to all cards: traits are not safe to write from several."""

    feeds: tuple[Feed, ...] = ()
    lock: threading.Lock = field(default_factory=threading.Lock)
    bell: threading.Event = field(default_factory=threading.Event)
    rounds: int = 0
    round_done: threading.Condition = field(default_factory=threading.Condition)
    thread: threading.Thread | None = None

    def add(self, feed: Feed) -> None:
        with self.lock:
            self.feeds = (*self.feeds, feed)
            if self.thread is None:
                self.thread = threading.Thread(target=self._work, name="strands-nb-cards", daemon=True)
                self.thread.start()
        self.wake()

    def remove(self, feed: Feed) -> None:
        with self.lock:
            self.feeds = tuple(one for one in self.feeds if one is not feed)

    def wake(self) -> None:
        self.bell.set()

    def settle(self, feed: Feed, timeout: float = 5.0) -> None:
        """Wait until everything known by now has been sent."""
        if threading.current_thread() is self.thread:
            feed.flush()
            return
        with self.round_done:
            target = self.rounds + 2  # the round under way may have begun too early
            until = time.monotonic() + timeout
            while self.rounds < target and (left := until - time.monotonic()) > 0:
                self.wake()
                self.round_done.wait(min(left, _PERIOD_S))

    def _work(self) -> None:
        while True:
            self.bell.wait(_SNAPSHOT_S if any(feed.waits for feed in self.feeds) else None)
            self.bell.clear()
            for feed in self.feeds:
                self._flush(feed)
            with self.round_done:
                self.rounds += 1
                self.round_done.notify_all()
            time.sleep(_PERIOD_S)

    def _flush(self, feed: Feed) -> None:
        try:
            feed.flush()
        except Exception:
            import logging  # noqa: PLC0415

            logging.getLogger("strands_nb.notebook").exception("a card could not be updated; it is left as it is")
            self.remove(feed)


_flusher = _Flusher()
