"""No state of the card breaks a rule of axe-core, in light, in dark, and on a narrow screen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.app.static_output import bundle
from tests.browser import lab as lab_module
from tests.browser.lab import Tab
from tests.browser.stage import Stage, golden, golden_state, violations

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Locator

    from tests.browser.lab import Lab

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(60)]

ASKED = golden("brief", until="hitl_pause")
COLOURS = {"runOnly": ["color-contrast"]}
SCROLLING = {"runOnly": ["scrollable-region-focusable"]}
"""What depends on the width."""
FORM = {
    "type": "object",
    "required": ["name", "count", "tone"],
    "properties": {
        "name": {"type": "string", "description": "Who signs it", "maxLength": 60},
        "count": {"type": "integer", "minimum": 1, "maximum": 10},
        "tone": {"enum": ["plain", "warm", "formal"]},
        "region": {"enum": ["eu", "us", "jp", "in", "br", "za"]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "to": {"type": "array", "items": {"enum": ["print", "web", "mail"]}},
        "sure": {"type": "boolean"},
        "address": {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}},
        "extra": {},
    },
}


def asking(**changes: Any) -> dict[str, Any]:
    deadline = (datetime.now(UTC) + timedelta(seconds=292)).isoformat()
    return {**ASKED, "questions": [{**ASKED["questions"][0], "deadline": deadline, **changes}]}


def twenty() -> dict[str, Any]:
    (question,) = asking()["questions"]
    return {**ASKED, "questions": [{**question, "question_id": f"q-{n}", "prompt": f"No. {n}?"} for n in range(20)]}


def nothing(_: Locator) -> None:
    """It is there from the start."""


def press(key: str) -> Callable[[Locator], None]:
    return lambda card: card.page.keyboard.press(key)


def open_first_step(card: Locator) -> None:
    card.locator("button.snb-row").first.click()


def refused(card: Locator) -> None:
    card.page.keyboard.press("r")
    message = "{v: 1, type: 'ack', id: stage.sent.at(-1).id, ok: false, error: 'it has ended'}"
    card.page.evaluate(f"stage.message({message})")


STATES: dict[str, tuple[dict[str, Any], Callable[[Locator], None]]] = {
    "running": (golden("brief", until="step_start"), nothing),
    "an approval": (asking(), nothing),
    "an approval whose answer was refused": (asking(), refused),
    "an approval of an edited text": (asking(), press("e")),
    "choices": (asking(choices=["yes", "no"]), nothing),
    "a form": (asking(schema=FORM, default=None), nothing),
    "a form with mistakes": (asking(schema=FORM, default=None), press("a")),
    "a stack of questions": (twenty(), nothing),
    "a long context": (asking(context_display="word " * 2000), nothing),
    "a step that is open": (golden("tools"), open_first_step),
    "rows within rows": (golden("parallel", until="workflow_paused"), nothing),
    "failed": (golden("fails"), nothing),
    "rejected": (golden("rejected"), nothing),
    "parked": ({**asking(), "status": "paused", "note": "Waiting for an answer. Session wf-7k3q is saved."}, nothing),
    "nobody there any more": ({**asking(), "live": False}, nothing),
    "finished": ({**golden("brief"), "live": False}, nothing),
}


@pytest.fixture
def stage(chrome: BrowserContext) -> Generator[Stage, None, None]:
    page = chrome.new_page()
    yield Stage(page)
    page.close()


@pytest.mark.parametrize("state", STATES)
def test_a_card_has_nothing_that_axe_complains_of(stage: Stage, state: str) -> None:
    traits, act = STATES[state]
    stage.look()
    act(stage.show(**traits))
    stage.page.wait_for_timeout(60)
    assert violations(stage.page) == []
    stage.look(dark=True)
    assert violations(stage.page, COLOURS) == [], "in the dark"
    stage.look(width=320)
    assert violations(stage.page, SCROLLING) == [], "on a narrow screen"
    assert stage.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is cut off"


def test_text_that_streams_has_nothing_that_axe_complains_of(stage: Stage) -> None:
    stage.look()
    stage.show(**golden("brief", until="step_start"))
    stage.message(type="patch", n=2, events=[], text=[["steps/0", "**Tides** repeat.\n\n" + "More of it. " * 200]])
    stage.card.locator(".snb-live strong").wait_for()
    assert violations(stage.page) == []


@pytest.mark.parametrize("name", ["brief", "parallel", "fails", "tools"])
def test_what_stays_in_the_notebook_has_nothing_that_axe_complains_of(stage: Stage, name: str) -> None:
    stage.look()
    stage.show_html(bundle(golden_state(name))["text/html"])
    assert violations(stage.page) == []
    stage.look(dark=True)
    assert violations(stage.page, COLOURS) == [], "in the dark"
    stage.look(width=320)
    assert violations(stage.page, SCROLLING) == [], "on a narrow screen"


@pytest.fixture
def dark_lab(tmp_path: Path) -> Generator[Lab, None, None]:
    (tmp_path / "notebooks").mkdir()
    with lab_module.server(tmp_path / "notebooks", tmp_path, theme="JupyterLab Dark") as running:
        yield running


CELL = """%%workflow brief
agents: {writer: {prompt: You write.}}
runtime: {provider: scripted}
steps:
  - writer: Write about tides.
  - {type: hitl, id: review, prompt: Good enough?, context_display: "{{ steps[0].response }}", timeout_seconds: 300}
"""


def test_in_a_dark_jupyterlab_neither_the_question_nor_what_stays_is_hard_to_read(
    dark_lab: Lab, chrome: BrowserContext
) -> None:
    page = chrome.new_page()
    dark_lab.write("dark.ipynb", "%load_ext strands_nb", CELL)
    tab = Tab(dark_lab, page, "dark.ipynb").open()
    tab.run_first()
    tab.run(1)
    tab.card(1).get_by_role("alertdialog").wait_for(timeout=20_000)
    assert violations(page, within=".snb") == []
    tab.card(1).get_by_role("button", name="Approve").click()
    tab.wait_done(1)
    tab.output(1).get_by_text("done", exact=True).first.wait_for(timeout=10_000)
    assert violations(page, within=".jp-OutputArea-output") == []
    page.close()
