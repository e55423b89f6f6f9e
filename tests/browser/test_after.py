"""What one does with a run when it has ended, in a real JupyterLab."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Tab

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

    from tests.browser.lab import Lab

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(180)]

LOAD = "%load_ext strands_nb"
BODY = """
agents: {researcher: {prompt: You find facts.}, writer: {prompt: You write.}}
steps: [{researcher: "Facts about {{ topic }}."}, {writer: "A brief about {{ topic }}."}]
"""


def magic(topic: str = "tides", options: str = "") -> str:
    return f"%%workflow brief -o result --model scripted:paced --anew --var topic={topic} {options}{BODY}"


@pytest.fixture
def notebook(lab: Lab, page: Page, request: pytest.FixtureRequest) -> Callable[..., Tab]:
    """Opens a notebook of its own with these cells, the extension loaded by the first."""

    def open_(*cells: str) -> Tab:
        lab.write(name := re.sub(r"\W+", "-", request.node.name).strip("-") + ".ipynb", LOAD, *cells)
        tab = Tab(lab, page, name).open()
        tab.run_first()
        return tab

    return open_


def click(tab: Tab, name: str, index: int = 1) -> None:
    tab.card(index).get_by_role("button", name=name, exact=True).click()


def live(tab: Tab, index: int = 1) -> Locator:
    """The card, as long as it is one and no picture of it."""
    return tab.output(index).locator(".snb")


def ran(tab: Tab, index: int) -> Tab:
    tab.run(index)
    tab.wait_done(index)
    return tab


def ran_engaged(tab: Tab, index: int = 1) -> Tab:
    """A cell whose card is in use when its run ends."""
    tab.run(index)
    live(tab, index).get_by_role("button", name="More").click(timeout=20_000)
    tab.wait_done(index)
    expect(live(tab, index).locator("header")).to_contain_text("done")
    return tab


def saved(tab: Tab, lab: Lab) -> list[list[str]]:
    """The kinds of outputs of the second cell, as they are on the disk; what was beside the card is empty."""
    tab.save()
    return [sorted(output["data"]) for output in lab.read(tab.name)["cells"][1]["outputs"] if output["data"]]


STATIC = [["text/html", "text/markdown", "text/plain"]]


def test_a_card_in_use_stays_when_its_run_ends_and_done_folds_it(notebook: Callable[..., Tab], lab: Lab) -> None:
    tab = ran_engaged(notebook(magic()))
    tab.page.wait_for_timeout(500)
    assert live(tab).count() == 1
    click(tab, "Done")
    live(tab).wait_for(state="detached", timeout=5_000)
    assert "brief" in tab.output(1).inner_text()
    assert saved(tab, lab) == STATIC


def test_the_next_cell_folds_it_too_and_the_card_can_be_opened_again(notebook: Callable[..., Tab], lab: Lab) -> None:
    tab = ran_engaged(notebook(magic(), "%workflow card", "1"))
    ran(tab, 2)
    live(tab).wait_for(state="detached", timeout=5_000)
    expect(live(tab, 2).locator("header")).to_contain_text("done")
    assert live(tab, 2).get_by_role("button", name="Export").is_visible()
    ran(tab, 3)
    live(tab, 2).wait_for(state="detached", timeout=5_000)
    assert "Went on" not in tab.output(1).inner_text()
    assert saved(tab, lab) == STATIC


def test_nobody_at_the_card_it_gives_way_at_once(notebook: Callable[..., Tab]) -> None:
    tab = ran(notebook(magic()), 1)
    live(tab).wait_for(state="detached", timeout=5_000)


def test_two_runs_are_compared_on_the_card(notebook: Callable[..., Tab]) -> None:
    tab = notebook(magic("tides"), magic("waves"))
    ran(tab, 1)
    ran_engaged(tab, 2)
    click(tab, "Compare with…", 2)
    tab.card(2).locator(".snb-sessions button").first.click()
    panel = tab.card(2).locator(".snb-comparison")
    panel.wait_for(timeout=10_000)
    assert "variable topic: 'tides' -> 'waves'" in panel.inner_text()
    assert "tides" in panel.locator("del").first.inner_text()
    assert "waves" in panel.locator("ins").first.inner_text()


def test_a_script_is_downloaded_that_runs_the_same_again(notebook: Callable[..., Tab]) -> None:
    tab = ran_engaged(notebook(magic()))
    with tab.page.expect_download(timeout=20_000) as download:
        click(tab, "Export .py")
    script = download.value
    text = script.path().read_text(encoding="utf-8")
    assert re.fullmatch(r"wf-[0-9a-z]{8}\.py", script.suggested_filename)
    assert "INPUTS = {'topic': 'tides'}" in text
    compile(text, script.suggested_filename, "exec")
    assert f"{script.suggested_filename} is among your downloads" in tab.card(1).inner_text()


def test_run_again_and_rerun_go_on_in_the_same_card(notebook: Callable[..., Tab]) -> None:
    tab = ran_engaged(notebook(magic()))
    footer = live(tab).locator("footer")
    first = re.findall(r"wf-\w{8}", footer.inner_text())[0]
    click(tab, "Run again")
    expect(footer).not_to_contain_text(first, timeout=10_000)
    click(tab, "More")
    expect(live(tab).locator("header")).to_contain_text("done", timeout=20_000)
    live(tab).locator(".snb-row").nth(1).click()
    click(tab, "Rerun from here")
    expect(live(tab).locator("header")).to_contain_text("running", timeout=10_000)
    expect(live(tab).locator("header")).to_contain_text("done", timeout=20_000)
    assert first not in footer.inner_text()


FAILS = """%%workflow fails -o result --model scripted
agents: {writer: {prompt: You write.}}
steps: [{writer: "A brief."}, {type: hitl, prompt: Good?}]
"""


def test_what_has_failed_keeps_resume_within_reach(notebook: Callable[..., Tab]) -> None:
    tab = notebook(FAILS.replace("-o result", "-o result --on-hitl fail"), "print(result.status)")
    ran(tab, 1)
    expect(live(tab).get_by_role("button", name="Resume")).to_be_visible(timeout=5_000)
    ran(tab, 2)
    live(tab).wait_for(state="detached", timeout=5_000)
    assert tab.output(2).inner_text().strip() == "failed"
