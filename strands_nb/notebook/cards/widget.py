"""The card: one anywidget per run. Its script is in `js/`; what the two say to each other is in `feed.py`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

__all__ = ("RunWidget",)

_STATIC = Path(__file__).parents[1] / "static"


class RunWidget(anywidget.AnyWidget):
    """Steps, streaming text, questions and buttons of one run.

    The traits are the truth, and are written by one thread only; messages carry what is new in between.
    """

    _esm = _STATIC / "run.js"
    _css = _STATIC / "run.css"

    head: Any = traitlets.Dict().tag(sync=True)
    """What does not change: session, name, model, budget."""
    snapshot: Any = traitlets.Dict().tag(sync=True)
    """The whole state, with the number of the last patch in it; refreshed at most once a second."""
    questions: Any = traitlets.List().tag(sync=True)
    """The open questions: here, and never only in a message, since messages can get lost."""
    status: Any = traitlets.Unicode("running").tag(sync=True)
    note: Any = traitlets.Unicode("").tag(sync=True)
    """A line for people, such as how to resume."""
    live: Any = traitlets.Bool(default_value=True).tag(sync=True)
    """Whether a run stands behind it that can be steered."""

    reopen: Callable[[], None] | None = None
    """Shows the run in the running cell."""

    def _ipython_display_(self) -> None:
        """Where it is shown once more, a card of its own that gives way to plain HTML in the end, as all do."""
        if self.reopen is not None:
            self.reopen()

    def mimebundle(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What shows this very card, and what a host wants to know about that (Colab does)."""
        return self._repr_mimebundle_() or ({}, {})

    def __repr__(self) -> str:
        return f"RunWidget({self.head.get('name', '')!r})"  # no address: saved outputs are compared
