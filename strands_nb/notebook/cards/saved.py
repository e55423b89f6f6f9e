"""What a notebook that is saved while its card is alive shows to whoever opens it again.

Of a widget, a notebook keeps a number that means nothing to another kernel: "model not found". So beside the card
stands a picture of it, which is out of sight as long as the card is there.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from IPython.display import display

from strands_nb.app.static_output import bundle

if TYPE_CHECKING:
    from strands_nb.engine.run import Run
    from strands_nb.engine.state import RunState

__all__ = ("Saved",)

_RESUMABLE: Final = ("running", "paused", "interrupted", "failed")
# Front ends keep styles in notebooks that they trust, and only in those do they look for widgets.
_STYLE: Final = (
    "<style>.jp-OutputArea-child:has(+ .jp-OutputArea-child .snb-saved) .jupyter-widgets:not(:has(*))"
    "{display:none}</style>"
)


class Saved:
    """One output below the card; empty, and so not to be seen at all, once the card has given way to a picture."""

    def __init__(self) -> None:
        self._handle: Any = None
        self._lock = threading.Lock()
        self._shown: object = None
        self._over = False

    def keep(self, run: Run, state: RunState) -> None:
        """Say how the run stands, where that has changed: by a state of late, so that asking often costs nothing."""
        with self._lock:
            now = (run.session_id, state.status, run.done, tuple(state.questions))
            if now == self._shown or self._over:
                return
            self._shown = now
            self._show(_picture(run))

    def clear(self) -> None:
        """Leave nothing, for good."""
        with self._lock:
            self._over = True
            if self._handle is not None:
                self._handle.update({}, raw=True)  # no form at all: not even nbval compares it

    def _show(self, data: dict[str, str]) -> None:
        if self._handle is None:
            self._handle = display(data, raw=True, display_id=True)
        else:
            self._handle.update(data, raw=True)


def _picture(run: Run) -> dict[str, str]:
    state, status = run.state, run.status
    note = f"Saved while it was {status}. To go on: %workflow resume {run.session_id}" if status in _RESUMABLE else ""
    data = bundle(state, note)
    return {**data, "text/html": f'<div class="snb-saved">{_STYLE}{data["text/html"]}</div>'}
