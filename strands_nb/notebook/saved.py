"""What a notebook that is saved while its card is alive shows to whoever opens it again.

Of a widget, a notebook keeps a number that means nothing to another kernel: "model not found". So beside the card
stands a picture of it, which is out of sight as long as the card is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from IPython.display import display

from strands_nb.app.static_output import bundle

if TYPE_CHECKING:
    from strands_nb.engine.state import RunState

__all__ = ("Saved",)

# Front ends keep styles in notebooks that they trust, and only in those do they look for widgets.
_STYLE: Final = (
    "<style>.jp-OutputArea-child:has(+ .jp-OutputArea-child .snb-saved) .jupyter-widgets:not(:has(*))"
    "{display:none}</style>"
)


class Saved:
    """One output below the card; empty, and so not to be seen at all, once the card has given way to a picture."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, state: RunState) -> None:
        """Keep how it stands."""
        note = f"Saved while it was {state.status}. To go on: %workflow resume {state.session_id}"
        data = bundle(state, note)
        data["text/html"] = f'<div class="snb-saved">{_STYLE}{data["text/html"]}</div>'
        if self._handle is None:
            self._handle = display(data, raw=True, display_id=True)
        else:
            self._handle.update(data, raw=True)

    def clear(self) -> None:
        """Leave nothing."""
        if self._handle is not None:
            self._handle.update({}, raw=True)
