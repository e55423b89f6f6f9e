"""The card of one run, from the first paint to what stays in the notebook."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from IPython.display import display

from strands_nb.app.static_output import MOVED, PARKED, bundle
from strands_nb.notebook.feed import Feed
from strands_nb.notebook.saved import Saved
from strands_nb.notebook.widget import RunWidget

if TYPE_CHECKING:
    from strands_nb.engine.run import Run

__all__ = ("Card",)

_VIEW = "application/vnd.jupyter.widget-view+json"
_RESTING = ("paused", "interrupted")
_OVER = "over"
_VERSION = {"version_major": 2, "version_minor": 0}


class Card:
    """Shows a run for as long as it can be steered, then gives way to a static picture of it."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.widget = RunWidget(head=_head(run), status=run.status)
        self.settled = threading.Event()
        """Set while nothing runs and the output says so."""
        self.audible = True
        """Whether a front end that shows it is heard while a cell runs."""
        self._feed = Feed(run, self.widget)
        self._handle: Any = None
        self._retired = False
        self._saved, self._kept = Saved(), threading.Lock()
        self._kept_as: Any = None
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

    def display(self) -> None:
        """Put it into the running cell's output."""
        self._handle = display(self.widget, display_id=True)
        self.follow()

    def keep(self) -> None:
        """Have a saved notebook say how the run stands; to be called as often as one likes."""
        with self._kept:
            now = (self.run.status, tuple(state.question_id for state in self.run.pending))
            if not self.seen or self._handle is None or self._kept_as in (now, _OVER):
                return
            self._kept_as = now
            self._saved.show(self.run.state)

    def follow(self) -> None:
        """Say what becomes of the run, also where somebody else has put the widget into a page."""
        self.run.on_done(self._leg_ended)

    def _leg_ended(self) -> None:
        """On the engine thread, which must not wait for the front end."""
        self.settled.clear()
        threading.Thread(target=self._context.copy().run, args=(self._settle,), daemon=True).start()

    def _settle(self) -> None:
        try:
            if self._retired:
                return
            if self.run.status in _RESTING:
                self._park()
            else:
                self._feed.settle(live=False)
                self._replace(bundle(self._feed.state))
        finally:
            self.settled.set()

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

    def retire(self) -> None:
        """Another card shows the session from now on: no buttons here that would do nothing."""
        self._retired = True
        self._feed.settle(live=False)
        note = MOVED if self._feed.state.status in _RESTING else ""
        self._context.copy().run(self._replace, bundle(self._feed.state, note))

    def _replace(self, data: Mapping[str, Any]) -> None:
        if self._handle is None:
            return
        self._handle.update(data, raw=True)
        with self._kept:
            self._kept_as = None if _VIEW in data else _OVER
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
        "seq": run.state.seq,
        "at": datetime.now(UTC).isoformat(),
    }
