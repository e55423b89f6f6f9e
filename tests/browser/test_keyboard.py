"""A run from start to end without a mouse, in real JupyterLab; and what the card does with keys on any page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.lab import Tab
from tests.browser.stage import Stage, golden, violations

if TYPE_CHECKING:
    from collections.abc import Generator

    from playwright.sync_api import BrowserContext, Page

    from tests.browser.lab import Lab

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(180)]

CELL = """%%workflow report -o result --model scripted:paced
agents: {writer: {prompt: You write.}}
steps:
  - writer: Write about tides.
  - {type: hitl, id: review, prompt: Good enough?}
  - type: hitl
    id: sign
    prompt: Who signs it?
    schema:
      type: object
      required: [name, copies]
      properties: {name: {type: string, pattern: "^[A-Z]"}, copies: {type: integer, minimum: 1}}
  - writer: "Sign it: {{ hitl_response }}"
"""


def focused(page: Page) -> str:
    """The name, or the text, of what has the focus."""
    found: str = page.evaluate("document.activeElement.ariaLabel ?? document.activeElement.innerText ?? ''")
    return found.strip()


def tab_to(page: Page, name: str) -> None:
    """Press Tab until something of that name has the focus."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if re.match(name, focused(page)):
            return
    raise AssertionError(f"no way to {name!r} by Tab; it ends at {focused(page)!r}")


def test_a_run_is_started_answered_filled_in_looked_at_and_cancelled_by_keys(lab: Lab, page: Page) -> None:
    lab.write("keyboard.ipynb", "%load_ext strands_nb", CELL)
    tab = Tab(lab, page, "keyboard.ipynb").open()
    tab.run_first()
    keys, card, cells = page.keyboard, tab.card(1), page.locator(".jp-Notebook .jp-Cell")
    tab.run(1)
    count = cells.count()
    review, sign = (card.get_by_role("alertdialog", name=name) for name in ("Good enough?", "Who signs it?"))
    review.wait_for(timeout=30_000)
    assert "Good enough" not in focused(page), "the editor keeps the focus"
    card.focus()
    tab_to(page, "Approve")
    keys.press("m")
    assert focused(page).startswith("Comment"), "a change needs to be described"
    keys.type("warmer")
    tab_to(page, "Modify")
    keys.press("Enter")
    review.wait_for(state="detached", timeout=10_000)
    review.wait_for(timeout=30_000)
    assert "Good enough?" in focused(page), "asked again, where the focus was"
    keys.press("a")
    sign.wait_for(timeout=10_000)
    assert focused(page) == "Who signs it?"
    keys.press("a")
    keys.type("ada")
    keys.press("Tab")
    keys.type("2")
    keys.press("Control+Enter")
    sign.get_by_text("does not match").wait_for(timeout=5_000)
    assert page.evaluate("document.activeElement.ariaInvalid") == "true", "the kernel's refusal leads to its field"
    assert violations(page, within=".snb") == []
    keys.press("Control+a")
    keys.type("Ada")
    keys.press("Control+Enter")
    sign.wait_for(state="detached", timeout=5_000)
    page.wait_for_timeout(200)
    tab_to(page, "Cancel")
    tab_to(page, "✓")
    keys.press("Enter")
    card.locator("button.snb-row[aria-expanded=true]").first.wait_for()
    card.focus()
    tab_to(page, "Cancel")
    keys.press("Enter")
    tab.wait_done(1)
    assert "cancelled" in tab.output(1).inner_text()
    assert cells.count() == count, "A inserts a cell in JupyterLab, and M makes one Markdown"
    assert cells.nth(1).locator(".jp-InputPrompt").inner_text().startswith("[")


@pytest.fixture
def stage(chrome: BrowserContext) -> Generator[Stage, None, None]:
    page = chrome.new_page()
    yield Stage(page)
    page.close()


def questions(count: int) -> list[dict[str, Any]]:
    (question,) = golden("brief", until="hitl_pause")["questions"]
    return [{**question, "question_id": f"q-{n}", "prompt": f"No. {n}?"} for n in range(1, count + 1)]


def test_of_twenty_questions_each_is_reached_and_answered_by_keys(stage: Stage) -> None:
    asked: dict[str, Any] = {**golden("brief", until="hitl_pause"), "questions": questions(20)}
    card, keys = stage.show(**asked), stage.page.keyboard
    card.get_by_role("alertdialog", name="review: No. 1?").wait_for()
    tab_to(stage.page, r"(?s).*No\. 2\?")
    for key in ("End", "ArrowUp", "Enter"):
        keys.press(key)
    assert focused(stage.page) == "review: No. 19?"
    keys.press("a")
    stage.acknowledge(ok=True)
    stage.sync(questions=[question for question in questions(20) if question["question_id"] != "q-19"])
    assert focused(stage.page) == "review: No. 20?", "the one after it"
    keys.press("n")
    assert focused(stage.page) == "review: No. 1?", "and around"
    assert [message["question"] for message in stage.sent] == ["q-19"]


def test_no_key_gets_out_of_the_card_while_a_button_is_waiting(stage: Stage) -> None:
    stage.show(**golden("brief", until="hitl_pause"))
    stage.page.evaluate(
        "() => { stage.heard = []; document.addEventListener('keydown', (e) => stage.heard.push(e.key)) }"
    )
    tab_to(stage.page, "Approve")
    stage.page.keyboard.press("Enter")
    stage.card.get_by_text("the kernel is busy").wait_for(timeout=2_000)
    for key in "amr":
        stage.page.keyboard.press(key)
    assert [message["action"] for message in stage.sent] == ["approve"]
    stage.acknowledge(ok=True)
    stage.sync(questions=[])
    stage.page.keyboard.press("a")
    assert set(stage.page.evaluate("stage.heard")) <= {"Tab"}, "only those on the way in"


def test_a_button_that_is_disabled_leaves_the_focus_in_the_card(stage: Stage) -> None:
    stage.show(**golden("brief", until="step_start"))
    tab_to(stage.page, "Pause")
    stage.page.keyboard.press("Enter")
    stage.page.wait_for_timeout(100)
    assert focused(stage.page) == "brief"
