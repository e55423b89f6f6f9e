"""The card of one run, from the first paint to what stays in the notebook."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from IPython.display import display

from strands_nb.app.static_output import MOVED, PARKED, bundle
from strands_nb.notebook.cards.afterwards import deeds_of, has_afterwards
from strands_nb.notebook.cards.feed import Feed
from strands_nb.notebook.cards.saved import Saved
from strands_nb.notebook.cards.widget import RunWidget

if TYPE_CHECKING:
    from collections.abc import Callable

    from strands_nb.engine.run import Run

__all__ = ("Card",)

_ENDED: Final = ("completed", "failed", "cancelled")
_VIEW = "application/vnd.jupyter.widget-view+json"
_RESTING = ("paused", "interrupted")
_VERSION = {"version_major": 2, "version_minor": 0}


class Card:
    """Shows a run for as long as it can be steered or somebody is at it, then gives way to a static picture of it.

    `on_turn` is called with the id of the former session when the card has turned to another run. A card that is to be
    `kept` is there for looking at a run that may have ended: it waits so many seconds for a front end to show it.
    """

    def __init__(self, run: Run, on_turn: Callable[[Card, str], None], *, kept: float = 0.0) -> None:
        self.run = run
        self.widget = RunWidget(head=_head(run), status=run.status)
        self.settled = threading.Event()
        """Set while nothing runs and the output says so."""
        self.audible = True
        """Whether a front end that shows it is heard while a cell runs."""
        self._feed = Feed(run, self.widget, deeds_of(self))
        self._handle: Any = None
        self._on_turn, self._kept = on_turn, kept
        self._retired = False
        self._saved = Saved()
        # What is displayed from another thread must go to the cell that showed the card.
        self._context = contextvars.copy_context()
        run.card = self.widget

    @property
    def seen(self) -> bool:
        """Whether a front end shows it and can be heard."""
        return self._feed.seen.is_set()

    @property
    def heard_at(self) -> float:
        """When a view of it last came up, by `time.monotonic`."""
        return self._feed.heard_at

    def call(self) -> None:
        """Ask every page that shows it to say so again."""
        self._feed.call()

    def display(self) -> None:
        """Put it into the running cell's output."""
        data, metadata = self.widget.mimebundle()
        self._handle = display(data, metadata=metadata, raw=True, display_id=True)
        self.follow()

    def keep(self) -> None:
        """Have a saved notebook say how the run stands; to be called as often as one likes."""
        if self.seen and self._handle is not None:
            self._saved.keep(self.run, self._feed.state)

    def follow(self) -> None:
        """Say what becomes of the run, also where somebody else has put the widget into a page."""
        self.run.on_done(self._leg_ended)

    def turn_to(self, run: Run) -> None:
        """Show another run in the place of this one, which has ended or rests."""
        former, self.run = self.run.session_id, run
        self.settled.clear()
        self._feed.turn_to(run, _head(run))
        run.card = self.widget
        run.on_done(self._leg_ended)
        self._on_turn(self, former)

    def _leg_ended(self) -> None:
        """On the engine thread, which must not wait for the front end."""
        self.settled.clear()
        threading.Thread(target=self._context.copy().run, args=(self._settle,), daemon=True).start()

    def _settle(self) -> None:
        try:
            self._feed.seen.wait(self._kept)
            if self._retired or not self.run.done:
                return
            if self.run.status in _RESTING:
                self._park()
            elif self._stays:
                self._feed.say("")
                self._feed.settle(live=True)
                self.keep()
            else:
                self._give_way()
        finally:
            self.settled.set()

    @property
    def _stays(self) -> bool:
        """Whether somebody reads it, uses it, has asked for it, or may want to resume what has failed."""
        return self.seen and (self._feed.engaged or self._kept > 0 or self.run.status == "failed")

    def _park(self) -> None:
        """Keep the buttons where there is somebody to click them, else say how to go on."""
        self._feed.say(f"{PARKED} Session {self.run.session_id} is saved.")
        self._feed.settle(live=True)
        if self.seen:
            self.keep()
            return
        static = bundle(self._feed.state, PARKED)
        # Where a front end may have gone unheard, it shows the widget, and all others the rest.
        self._replace(static if self.audible else {_VIEW: {**_VERSION, "model_id": self.widget.model_id}, **static})

    def fold(self) -> None:
        """Give way to the static picture, unless the run goes on or waits; at once, since a cell may be waiting."""
        if self._retired or self._handle is None or self.run.status not in _ENDED:
            return
        self._retired = True
        self._context.copy().run(self._replace, bundle(self.run.state))
        self._feed.leave()

    def _give_way(self) -> None:
        self._retired = True
        self._feed.settle(live=False)
        self._replace(bundle(self._feed.state))

    def retire(self) -> None:
        """Another card shows the session from now on: no buttons here that would do nothing."""
        if self._retired:
            return  # what stays of it is a picture already
        self._retired = True
        self._feed.settle(live=False)
        note = MOVED if self._feed.state.status in _RESTING else ""
        self._context.copy().run(self._replace, bundle(self._feed.state, note))

    def _replace(self, data: Mapping[str, Any]) -> None:
        if self._handle is None:
            return
        self._handle.update(data, raw=True)
        if _VIEW not in data:
            self._saved.clear()


def _head(run: Run) -> dict[str, Any]:
    plan = run.plan
    agents = dict.fromkeys(node["agent"] for node in plan.outline["nodes"] if node["agent"])
    models = dict.fromkeys(plan.agents.describe(agent).model for agent in agents if agent)
    budgets = plan.limits.budgets
    limited = budgets.max_tokens is not None or budgets.max_cost_usd is not None
    return {
        "v": 1,
        "session": run.session_id,
        "name": plan.spec_name,
        "model": ", ".join(models),
        "budget": {"max_cost": budgets.max_cost_usd, "max_tokens": budgets.max_tokens} if limited else None,
        "bound": plan.bound,
        "menu": has_afterwards(run),
        "seq": run.state.seq,
        "at": datetime.now(UTC).isoformat(),
    }
