"""What works here, and what to do about the rest."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strands_nb.notebook.cell import Notebook

__all__ = ("examine",)


def examine(notebook: Notebook) -> Iterator[str]:
    """One line per finding."""
    from strands_nb import __version__  # noqa: PLC0415

    yield f"✓ strands_nb {__version__} · Python {platform.python_version()} · {_version('strands-agents')}"
    yield from _kernel(notebook)
    yield from _models()


def _kernel(notebook: Notebook) -> Iterator[str]:
    if notebook.kernel is None:
        yield "○ no kernel: runs go to the terminal, questions are asked there"
        return
    yield f"✓ {_version('ipykernel')} · {_version('ipywidgets')} · {_version('anywidget')}"
    _click(notebook)
    shown = [card for card in notebook.cards.values() if card.seen]
    if shown:
        yield f"✓ a front end has shown {len(shown)} of {len(notebook.cards)} cards and answers"
    elif notebook.cards:
        yield "✕ no front end has shown a card: is ipywidgets installed where the browser's server runs?"
    else:
        yield "○ no card shown yet: run `%workflow demo`, then ask again"


def _click(notebook: Notebook) -> None:
    """The finding takes the place of the widget that was shown for it."""
    from strands_nb.notebook.probe import probe  # noqa: PLC0415 - imports the widget libraries

    echo, shown = probe(notebook)
    tap = notebook.tap
    refused = tap.refused if tap is not None else ""
    if echo:
        reach = "reach a running cell" if tap is None or tap.anytime else "reach a cell that waits for its run"
        told = "" if tap is None or tap.anytime else "; while another one runs they wait, and the card says so"
        said = f"✓ clicks {reach} ({echo.ms:.0f} ms){told}"
    elif refused:
        said = f"○ clicks wait for the cell, so questions park: {refused}"
    elif echo.shown:
        said = "✕ a front end shows widgets, but its answer was lost: questions park after a while"
    else:
        said = "○ no front end shows widgets here: questions are typed where a kernel may ask for input, else they park"
    shown.update({"text/plain": said}, raw=True)


def _models() -> Iterator[str]:
    from strands_nb.agents.providers import PROVIDERS, missing, parse_model  # noqa: PLC0415

    for name in PROVIDERS:
        lacking = missing(parse_model(name))
        sign, said = ("○", str(lacking[0]).partition(";")[0]) if lacking else ("✓", f"provider {name} is ready")
        yield f"{sign} {said}"
    default = os.environ.get("STRANDS_NB_MODEL")
    yield f"{'✓' if default else '○'} default model: {default or 'none ($STRANDS_NB_MODEL sets one)'}"


def _version(package: str) -> str:
    try:
        return f"{package} {importlib.metadata.version(package)}"
    except importlib.metadata.PackageNotFoundError:
        return f"{package} (missing)"
