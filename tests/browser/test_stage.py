"""The built card on a bare page: every tab, every pattern, light and dark, wide and narrow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.engine.state import EMPTY, fold, state_to_json
from tests.browser.stage import Stage, violations
from tests.golden.make import GOLDEN, recorded

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(180)]

TABS = ("Steps", "Graph", "Timeline", "Spec")
OPENS = ("button.snb-row", ".snb-node", "button.snb-lane-row", "summary")
YAML = {"spec": {"yaml": "name: brief\nsteps:\n- agent: writer\n  input: " + "A long line about {{ topic }}. " * 20}}
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def stage(chrome: BrowserContext) -> Any:
    page = chrome.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield Stage(page)
    page.close()
    assert errors == []


def run(name: str, part: float = 1) -> dict[str, Any]:
    """A golden run when so much of it has happened, and time stands still."""
    events = recorded(name)
    state = state_to_json(fold(EMPTY, events[: round(part * len(events))]))
    return {"snapshot": {"v": 1, "n": 1, "state": state}, "at": state["updated_at"]}


def choose(card: Locator, tab: str) -> None:
    card.get_by_role("tab", name=tab).click()
    card.get_by_role("tabpanel", name=tab).wait_for()


def open_first(card: Locator) -> None:
    """What can be opened on this tab."""
    for kind in OPENS:
        if card.locator(kind).count():
            card.locator(kind).first.click()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["parallel", "tools"])
def test_axe_finds_nothing_to_mend(stage: Stage, name: str, theme: Any) -> None:
    for part in (0.5, 1):
        stage.look(dark=theme == "dark")
        card = stage.show(**run(name, part), replies=YAML)
        for tab in TABS:
            choose(card, tab)
            open_first(card)
            assert violations(stage.page) == [], (tab, part)


@pytest.mark.parametrize("name", GOLDEN)
def test_a_card_of_320_pixels_holds_every_tab(stage: Stage, name: str) -> None:
    stage.look(width=320)
    card = stage.show(**run(name), replies=YAML)
    for tab in TABS:
        choose(card, tab)
        open_first(card)
        assert stage.page.evaluate(SIDEWAYS) == 0, tab


def test_another_tab_moves_nothing_above_it(stage: Stage) -> None:
    card = stage.show(**run("parallel", 0.3), replies=YAML, status="running")
    places: set[str] = set()
    for tab in TABS:
        choose(card, tab)
        places.add(str([card.locator(part).bounding_box() for part in (".snb-header", ".snb-actions", ".snb-tabs")]))
    assert len(places) == 1


def test_a_box_is_reached_and_opened_with_the_keyboard(stage: Stage) -> None:
    card = stage.show(**run("parallel"))
    card.get_by_role("tab", name="Steps").focus()
    for key in ("ArrowRight", "Tab", "Tab", "Enter"):
        stage.page.keyboard.press(key)
    assert card.locator(".snb-picked .snb-label").inner_text() == "web / approval"


def test_what_is_written_stays_in_sight_until_the_reader_scrolls_up(stage: Stage) -> None:
    stage.show(**run("brief", 0.1), status="running")
    lane, page = stage.page.locator(".snb-stream"), stage.page
    stage.message(type="patch", n=2, events=[], text=[("steps/0", "A paragraph.\n\n" * 20)])
    page.wait_for_timeout(100)
    assert lane.evaluate("lane => lane.scrollTop") == 0  # counted from the end
    lane.evaluate("lane => { lane.scrollTop = -lane.scrollHeight }")
    above = "lane => Math.round(lane.scrollHeight + lane.scrollTop - lane.clientHeight)"
    assert lane.evaluate(above) == 0
    stage.message(type="patch", n=3, events=[], text=[("steps/0", "A paragraph.\n\n" * 20)])
    page.wait_for_timeout(100)
    assert lane.evaluate(above) == 0
    lane.evaluate("lane => { lane.scrollTop = 0 }")
    stage.message(type="patch", n=4, events=[], text=[("steps/0", "A paragraph.\n\n" * 20)])
    page.wait_for_timeout(100)
    assert lane.evaluate("lane => lane.scrollTop") == 0
    assert lane.evaluate(above) > 100
