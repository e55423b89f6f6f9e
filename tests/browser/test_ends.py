"""Notebooks that are opened again, and hosts that are no Jupyter, in a real browser."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from typing import TYPE_CHECKING

import pytest

from tests.browser.lab import Tab

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page

    from tests.browser.lab import Lab


pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(180)]

CELL = """%%workflow brief -o result --model scripted:paced
agents: {writer: {prompt: You write.}}
steps:
  - writer: "Write about tides."
  - {type: hitl, prompt: "Good?"}
  - writer: "Once more."
"""


@pytest.mark.parametrize("when", [pytest.param("while it runs", marks=pytest.mark.soak), "at its question"])
def test_a_notebook_saved_with_a_live_card_says_how_it_stood_and_how_to_go_on(lab: Lab, page: Page, when: str) -> None:
    tab = Tab(lab, page, lab.write(f"saved-{len(when)}.ipynb", "%load_ext strands_nb", CELL)).open()
    tab.run_first()
    tab.run(1)
    card = tab.card(1)
    card.get_by_text("Tides", exact=False).first.wait_for(timeout=20_000)
    if when == "at its question":
        card.get_by_role("alertdialog").wait_for(timeout=20_000)
        page.wait_for_timeout(500)
    saved = tab.output(1).locator(".snb-saved")
    saved.wait_for(state="attached")
    assert not saved.is_visible(), "the card is in sight"
    tab.save()
    lab.shut_down_kernels()

    again = chromium_page(page, lab, tab.name)
    text = again.output(1).inner_text()
    assert "model not found" not in text
    assert "To go on: %workflow resume wf-" in text
    assert ("running" if when == "while it runs" else "three things deserve attention") in text
    again.cell(1).locator(".cm-content").first.click()
    again.run_first(0)
    again.run(1)
    asked = again.card(1).get_by_role("alertdialog")
    asked.wait_for(timeout=20_000)
    assert re.search(r"Found (a paused|an? interrupted) run of this workflow", asked.inner_text())
    asked.get_by_role("radio", name="resume it").check()
    asked.get_by_role("button", name=re.compile("^Approve")).click()
    card = again.output(1).locator(".snb")
    card.get_by_role("alertdialog", name=re.compile("Good")).wait_for(timeout=20_000)
    card.get_by_role("button", name=re.compile("^Approve")).click()
    again.wait_done(1)
    page.wait_for_timeout(500)
    text = again.output(1).inner_text()
    assert "done" in text
    assert "To go on" not in text
    again.save()
    left = [output["data"] for output in lab.read(tab.name)["cells"][1]["outputs"]]
    assert not [data for data in left if any("widget-view" in kind for kind in data)]
    assert {} in left, "where the picture was, there is nothing"


def chromium_page(page: Page, lab: Lab, name: str) -> Tab:
    """The notebook in a page that knows nothing of it."""
    page.goto("about:blank")
    tab = Tab(lab, page, name).open()
    tab.output(1).locator(".snb-saved").wait_for()
    page.wait_for_timeout(3_000)  # JupyterLab looks for a widget for two seconds
    return tab


MARIMO = """\
import marimo

app = marimo.App()

@app.cell
def _():
    import marimo as mo
    from strands_nb import Workflow
    text = "name: brief\\nagents: {w: {prompt: Write.}}\\nsteps: [{w: Go.}, {approve: Good?}, {w: Again.}]"
    run = Workflow.from_yaml(text).with_options(model="scripted").start()
    return mo, run

@app.cell
def _(mo, run):
    card = mo.ui.anywidget(run.widget)
    card
    return (card,)

if __name__ == "__main__":
    app.run()
"""


@pytest.fixture
def marimo(tmp_path: Path) -> Generator[str, None, None]:
    pytest.importorskip("marimo")
    (tmp_path / "app.py").write_text(MARIMO, encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "marimo", "run", "app.py", "--headless", "--no-token", "--port", str(port)]
    home = {"STRANDS_NB_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)}
    with (tmp_path / "marimo.log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter
            command, cwd=tmp_path, env={**os.environ, **home}, stdout=log, stderr=log
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _await(url, process)
            yield url
        finally:
            process.terminate()
            process.wait(20)


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=2):  # noqa: S310 - a loopback address
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("marimo did not start; see marimo.log")


def test_in_marimo_the_card_is_shown_and_a_click_answers(marimo: str, chrome: BrowserContext) -> None:
    page = chrome.new_page()
    try:
        page.goto(marimo)
        card = page.get_by_role("region", name="brief")
        card.get_by_role("alertdialog").wait_for(timeout=60_000)
        card.get_by_role("button", name=re.compile("^Approve")).click()
        card.locator(".snb-pill", has_text="done").wait_for(timeout=20_000)
        assert card.get_by_role("alertdialog").count() == 0
    finally:
        page.close()
