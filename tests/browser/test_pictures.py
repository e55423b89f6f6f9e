"""The pictures of the docs: every state of the card, made anew by each run of the tests.

`make pictures` keeps them in `docs/pictures`; those that the docs show are committed. The tests see to it that each can
be made, and shows what it is called.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.app.static_output import bundle
from strands_nb.engine.state import EMPTY, fold
from tests.browser.stage import Stage
from tests.browser.story import told, traits

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from playwright.sync_api import BrowserContext, Locator

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(120)]

KEPT = os.environ.get("STRANDS_NB_PICTURES")
ASKED = "hitl_pause review"
FORM = {
    "type": "object",
    "required": ["verdict", "words"],
    "properties": {
        "verdict": {"enum": ["publish", "shorten", "drop"], "description": "What becomes of it"},
        "words": {"type": "integer", "minimum": 50, "maximum": 400, "default": 150},
        "sources": {"type": "boolean", "description": "Name them in the text"},
    },
}


def asking(**changes: Any) -> dict[str, Any]:
    asked = traits(ASKED)
    return {**asked, "questions": [{**asked["questions"][0], **changes}]}


def choose(tab: str) -> Callable[[Locator], None]:
    def click(card: Locator) -> None:
        card.get_by_role("tab", name=tab).click()
        card.get_by_role("tabpanel", name=tab).wait_for()

    return click


def stream(card: Locator) -> None:
    card.get_by_text("at work").or_(card.locator(".snb-live")).first.wait_for()


def as_it_is(_: Locator) -> None:
    """Nothing to be done first."""


PICTURES: dict[str, tuple[Callable[[], dict[str, Any]], Callable[[Locator], None], dict[str, Any], str]] = {
    "running": (lambda: traits("task_complete risks"), as_it_is, {}, "1 of 5 steps"),
    "streaming": (lambda: traits("spend physics"), stream, {}, "La Rance"),
    "approval": (asking, as_it_is, {}, "Good enough to write from?"),
    "form": (lambda: asking(schema=FORM, default=None), as_it_is, {}, "What becomes of it"),
    "graph": (lambda: traits(ASKED), choose("Graph"), {}, "physics"),
    "timeline": (traits, choose("Timeline"), {}, "review"),
    "spec": (lambda: traits(ASKED), choose("Spec"), {}, "tidal-brief"),
    "failed": (lambda: traits(broken=True), as_it_is, {}, "overloaded"),
    "parked": (
        lambda: {**asking(), "status": "paused", "note": "Waiting for an answer. Session wf-7k3q is saved."},
        as_it_is,
        {},
        "Waiting for an answer",
    ),
    "dark": (asking, as_it_is, {"dark": True}, "Good enough to write from?"),
    "narrow": (asking, as_it_is, {"width": 320}, "Good enough to write from?"),
}


@pytest.fixture
def stage(chrome: BrowserContext) -> Generator[Stage, None, None]:
    page = chrome.new_page()
    yield Stage(page)
    page.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    kept = Path(KEPT) if KEPT else tmp_path
    kept.mkdir(parents=True, exist_ok=True)
    return kept


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_shows_what_it_is_called(stage: Stage, folder: Path, name: str) -> None:
    given, act, look, says = PICTURES[name]
    stage.look(**look)
    card = stage.show(**given())
    act(card)
    assert says in card.inner_text()
    taken(card, folder / f"{name}.png")


@pytest.mark.parametrize("dark", [False, True])
def test_what_stays_in_the_notebook_is_a_picture_too(stage: Stage, folder: Path, *, dark: bool) -> None:
    stage.look(dark=dark)
    stage.show_html(bundle(fold(EMPTY, told()))["text/html"])
    left = stage.page.locator("#stage > *").first
    assert "Tidal power, in brief" in left.inner_text()
    taken(left, folder / f"finished{'-dark' if dark else ''}.png")


def taken(part: Locator, path: Path) -> None:
    part.page.wait_for_timeout(80)  # two frames or more, whatever the machine does
    part.screenshot(path=path, animations="disabled")
    assert path.stat().st_size > 5_000, "an empty card would be smaller"
