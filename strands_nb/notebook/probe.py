"""A widget of no size that says hello and answers a ping: what a click would do, without anybody clicking."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anywidget
from IPython.display import display

if TYPE_CHECKING:
    from strands_nb.notebook.cell import Notebook

__all__ = ("Echo", "probe")

PATIENCE_S = 2.0
"""For the front end to load and show it, in seconds; once it has, for one round trip."""
_LOOK_S = 0.002

_SCRIPT = """
export default {
  render({ model }) {
    let left = 4, heard = false;
    model.on("msg:custom", ({ ping }) => {
      heard = true;
      model.send({ pong: ping });
    });
    const hello = () => {
      if (heard || left-- === 0) return clearInterval(timer);
      model.send({ hello: true });
    };
    const timer = setInterval(hello, 300); // the first may be missed, as with a card
    hello();
    return () => clearInterval(timer);
  },
};
"""


@dataclass(frozen=True)
class Echo:
    """What came back while the cell was running."""

    shown: bool
    """Whether a front end has shown the widget and was heard."""
    ms: float | None = None
    """There and back again, in milliseconds."""

    def __bool__(self) -> bool:
        return self.ms is not None


class _Widget(anywidget.AnyWidget):
    _esm = _SCRIPT

    def __repr__(self) -> str:
        return "testing the way of a click …"


def probe(notebook: Notebook) -> tuple[Echo, Any]:
    """Show the widget and talk to it from the running cell, for two seconds at most; returns its display, too."""
    widget, hello, pong = _Widget(), threading.Event(), threading.Event()

    def hear(_: Any, message: dict[str, Any], __: Any) -> None:  # noqa: ANN401 - a custom message of a widget
        (pong if "pong" in message else hello).set()

    widget.on_msg(hear)
    notebook.listen(widget)
    shown = display(widget, display_id=True)
    try:
        return _talk(notebook, widget, hello, pong), shown
    finally:
        notebook.forget(widget)


def _talk(notebook: Notebook, widget: _Widget, hello: threading.Event, pong: threading.Event) -> Echo:
    until = time.monotonic() + PATIENCE_S
    if not _await(notebook, hello, until):
        return Echo(shown=False)
    sent = time.perf_counter()
    widget.send({"ping": 1})
    answered = _await(notebook, pong, until + PATIENCE_S / 4)
    return Echo(shown=True, ms=(time.perf_counter() - sent) * 1000 if answered else None)


def _await(notebook: Notebook, event: threading.Event, until: float) -> bool:
    while not event.wait(_LOOK_S) and time.monotonic() < until:
        notebook.pump()
    return event.is_set()
