"""The notebook: magics, the card, and the ways in which a click reaches a run.

Importing this costs next to nothing; widgets and models are imported when they are first needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from strands_nb.engine.run import Run

__all__ = ("load", "unload", "widget_of")


def load(shell: InteractiveShell) -> None:
    """What `%load_ext strands_nb` does; doing it twice is the same as once."""
    from strands_nb.notebook.extension import Extension  # noqa: PLC0415

    Extension.load(shell)


def unload(shell: InteractiveShell) -> None:
    """What `%unload_ext strands_nb` does: nothing of ours is left behind."""
    from strands_nb.notebook.extension import Extension  # noqa: PLC0415

    Extension.unload(shell)


def widget_of(run: Run) -> Any:  # noqa: ANN401 - anywidget publishes no types
    """The card of a run for a host that shows it where it likes."""
    from strands_nb.notebook.cards.card import Card  # noqa: PLC0415

    card = Card(run, _alone)
    card.follow()
    return card.widget


def _alone(card: Any, former: str) -> None:  # noqa: ANN401 - a Card; there is no list of cards to keep
    del card, former
