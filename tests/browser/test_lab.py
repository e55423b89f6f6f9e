"""Real JupyterLab, real Chromium, real clicks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.lab import Tab

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

    from tests.browser.lab import Lab

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(180)]

BODY = """\
agents:
  researcher: {prompt: You find facts.}
  writer: {prompt: You write.}
steps:
  - researcher: "Find three facts about tides."
  - type: hitl
    id: review
    prompt: Good enough to write from?
    context_display: "{{ steps[0].response }}"
    default: fine
    timeout_seconds: 300
  - writer: "Write a brief about tides. The reviewer says: {{ hitl_response }}"
"""
LOAD = "%load_ext strands_nb"
MAGIC = f"%%workflow brief -o result --model scripted:paced\n{BODY}"
FACTS = "print(result.status, result.success, [step['agent'] for step in result.steps])"
PYTHON = f'''from strands_nb import Workflow
workflow = Workflow.from_yaml("""name: brief
{BODY}""").with_options(model="scripted:paced")
result = workflow.run_interactive()'''

WAYS = {
    "a cell that awaits": MAGIC,
    "a cell that blocks under %%time": f"%%time\n{MAGIC}",
    "a cell that blocks in run_interactive()": PYTHON,
}


@pytest.fixture
def notebook(lab: Lab, page: Page, request: pytest.FixtureRequest) -> Callable[..., Tab]:
    """Opens a notebook of its own with these cells, the extension loaded by the first."""

    def open_(*cells: str) -> Tab:
        name = re.sub(r"\W+", "-", request.node.name).strip("-") + ".ipynb"
        lab.write(name, LOAD, *cells)
        tab = Tab(lab, page, name).open()
        tab.run_first()
        return tab

    return open_


def question(tab: Tab, index: int = 1) -> Locator:
    found = tab.card(index).get_by_role("alertdialog")
    found.wait_for(timeout=20_000)
    return found


def click(tab: Tab, name: str, index: int = 1) -> None:
    tab.card(index).get_by_role("button", name=re.compile(f"^{name}")).click()


def said(tab: Tab, index: int) -> str:
    tab.run(index)
    tab.wait_done(index)
    return tab.output(index).inner_text().strip()


@pytest.mark.parametrize("way", WAYS)
def test_a_click_on_approve_reaches_the_run_while_its_cell_runs(notebook: Any, way: str) -> None:
    tab = notebook(WAYS[way], FACTS)
    tab.run(1)
    asked = question(tab)
    assert "three things deserve attention" in asked.inner_text(), "the question shows its context, rendered"
    assert tab.busy(1)
    click(tab, "Approve")
    asked.wait_for(state="detached", timeout=5_000)
    assert tab.busy(1), "the answer arrived while the cell was still running"
    tab.wait_done(1)
    assert said(tab, 2) == "completed True ['researcher', None, 'writer']"


def test_text_streams_into_the_row_of_its_step(notebook: Any) -> None:
    tab = notebook(MAGIC)
    tab.run(1)
    card = tab.card(1)
    card.get_by_text("Tides", exact=False).first.wait_for(timeout=10_000)
    row = card.locator("li").first
    lengths: list[int] = []
    while not card.get_by_role("alertdialog").count():
        lengths.append(len(row.inner_text()))
        tab.page.wait_for_timeout(100)
    grown = [n for n in dict.fromkeys(lengths) if n > 30]
    assert len(grown) >= 5, f"the text grew in steps: {lengths}"
    click(tab, "Cancel")
    tab.wait_done(1)


def test_the_output_that_stays_is_static_and_complete(notebook: Any, lab: Lab, page: Page) -> None:
    tab = notebook(MAGIC)
    tab.run(1)
    question(tab)
    click(tab, "Approve")
    tab.wait_done(1)
    page.wait_for_timeout(300)
    tab.save()
    outputs = [one for one in lab.read(tab.name)["cells"][1]["outputs"] if one["data"]]
    assert [sorted(output["data"]) for output in outputs] == [["text/html", "text/markdown", "text/plain"]]
    html = "".join(outputs[0]["data"]["text/html"])
    assert "<script" not in html
    assert all(word in html for word in ("researcher", "writer", "review", "fine", "three things deserve attention"))
    again = Tab(lab, page, tab.name).open()
    text = again.output(1).inner_text()
    assert "writer" in text
    assert "model not found" not in text


def test_the_keys_work_inside_the_question_and_jupyterlab_never_sees_them(notebook: Any) -> None:
    tab = notebook(MAGIC, FACTS)
    tab.run(1)
    asked = question(tab)
    cells = tab.page.locator(".jp-Notebook .jp-Cell").count()
    asked.get_by_role("button", name=re.compile("^Reject")).focus()
    tab.page.keyboard.press("a")
    asked.wait_for(state="detached", timeout=5_000)
    tab.wait_done(1)
    assert tab.page.locator(".jp-Notebook .jp-Cell").count() == cells, "in JupyterLab, A inserts a cell"
    assert said(tab, 2).startswith("completed")


def test_modify_runs_the_reviewed_step_again_with_the_feedback(notebook: Any) -> None:
    tab = notebook(
        MAGIC, "print(result.status, [key for key in result.usage], result.usage['steps/0']['tokens'] > 150)"
    )
    tab.run(1)
    asked = question(tab)
    asked.get_by_role("textbox").fill("only two facts, please")
    click(tab, "Modify")
    asked.wait_for(state="detached", timeout=5_000)
    question(tab)
    click(tab, "Approve")
    tab.wait_done(1)
    assert said(tab, 2) == "completed ['steps/0', 'steps/2'] True"


BRANCHES = """%%workflow branches -o result
version: 0
name: branches
runtime: {provider: scripted}
agents: {a: {prompt: You search.}}
pattern:
  type: parallel
  config:
    branches:
      - {id: web, steps: [{agent: a, input: Search the web.}, {type: hitl, prompt: "Good pages?"}]}
      - {id: docs, steps: [{agent: a, input: Search the manuals.}, {type: hitl, prompt: "Good manuals?"}]}
"""


def test_of_two_open_questions_each_is_answered_by_its_own_buttons(notebook: Any) -> None:
    tab = notebook(BRANCHES, "print(*(result.execution_context['branches'][b]['response'] for b in ('web', 'docs')))")
    tab.run(1)
    card = tab.card(1)
    web, docs = (card.get_by_role("alertdialog", name=re.compile(name)) for name in ("pages", "manuals"))
    card.get_by_text("1 more question").wait_for(timeout=20_000)
    web.get_by_role("textbox").fill("these pages")
    card.get_by_role("button", name=re.compile("^docs")).click()
    docs.get_by_role("textbox").fill("these manuals")
    docs.get_by_role("button", name=re.compile("^Approve")).click()
    docs.wait_for(state="detached", timeout=5_000)
    assert web.get_by_role("textbox").input_value() == "these pages", "what was typed there stays"
    web.get_by_role("button", name=re.compile("^Approve")).click()
    tab.wait_done(1)
    assert said(tab, 2) == "these pages these manuals"


def test_reject_ends_the_run_as_cancelled_with_the_reason(notebook: Any) -> None:
    tab = notebook(MAGIC, "print(result.status, result.error_message)")
    tab.run(1)
    question(tab).get_by_role("textbox").fill("not now")
    click(tab, "Reject")
    tab.wait_done(1)
    assert said(tab, 2) == "cancelled not now"


def test_pause_stops_and_resume_goes_on_from_the_card(notebook: Any) -> None:
    tab = notebook(MAGIC, "print(result.status)")
    tab.run(1)
    card = tab.card(1)
    card.get_by_text("Tides", exact=False).first.wait_for(timeout=10_000)
    click(tab, "Pause")
    tab.wait_done(1, timeout=5)
    assert said(tab, 2) == "paused"
    click(tab, "Resume")
    question(tab)
    click(tab, "Approve")
    tab.output(1).get_by_text("done", exact=True).first.wait_for(timeout=20_000)


def test_a_kernel_interrupt_pauses_the_run_and_resume_goes_on(notebook: Any) -> None:
    tab = notebook(MAGIC)
    tab.run(1)
    tab.card(1).get_by_text("Tides", exact=False).first.wait_for(timeout=10_000)
    tab.page.get_by_role("button", name=re.compile("Interrupt the kernel")).first.click()
    tab.card(1).get_by_role("button", name=re.compile("^Resume")).wait_for(timeout=4_000)
    click(tab, "Resume")
    question(tab)
    click(tab, "Approve")
    tab.output(1).get_by_text("done", exact=True).first.wait_for(timeout=20_000)


def test_a_run_in_the_background_is_answered_while_other_cells_run(notebook: Any) -> None:
    background = MAGIC.replace("-o result", "-b -o run")
    tab = notebook(background, "import time\ntime.sleep(4)", "print(run.result().status)")
    tab.run(1)
    tab.wait_done(1)
    question(tab)
    tab.run(2)
    assert tab.busy(2)
    click(tab, "Approve")
    tab.card(1).get_by_role("alertdialog").wait_for(state="detached", timeout=3_000)
    assert tab.busy(2), "the answer arrived although another cell blocks the kernel"
    tab.wait_done(2)
    assert said(tab, 3) == "completed"


def test_a_cell_with_three_mistakes_shows_all_three_and_calls_nobody(notebook: Any, page: Page) -> None:
    wrong = (
        MAGIC.replace("prompt: You find", "promt: You find")
        .replace("- writer:", "- wirter:")
        .replace("tides", "{{ tidse }}")
    )
    tab = notebook(wrong)
    tab.run(1)
    tab.wait_done(1)
    text = tab.output(1).inner_text()
    assert all(word in text for word in ("3 problems", "'promt'", "'prompt'", "'tidse'", "'wirter'", "'writer'", "^^^"))
    assert tab.card(1).count() == 0
    assert "Traceback" not in text


def test_a_parked_card_keeps_its_buttons_until_the_session_goes_on_elsewhere(notebook: Any) -> None:
    tab = notebook(MAGIC.replace("-o result", "-o result --on-hitl park"), "%workflow resume --answer yes")
    tab.run(1)
    question(tab)
    tab.wait_done(1)
    assert "%workflow resume" in tab.card(1).inner_text()
    tab.run(2)
    tab.wait_done(2)
    tab.output(1).get_by_text("Went on in a later cell.").wait_for(timeout=5_000)
    assert tab.output(1).get_by_role("button").count() == 0
    assert "done" in tab.output(2).inner_text()


@pytest.mark.parametrize(
    ("choice", "same"), [("run only what changed", "True"), pytest.param("start anew", "False", marks=pytest.mark.soak)]
)
def test_an_edited_cell_asks_whether_to_keep_what_is_done(notebook: Callable[..., Tab], choice: str, same: str) -> None:
    first = MAGIC.replace("--model", "--on-hitl default --model")
    edited = first.replace("Write a brief", "Write a poem")
    tab = notebook(first, "before = result.session_id", edited, "print(result.session_id == before)")
    for index in (1, 2):
        tab.run(index)
        tab.wait_done(index)
    tab.run(3)
    asked = question(tab, 3)
    assert "steps/2, input: 'Write a brief" in asked.inner_text()
    asked.get_by_role("radio", name=choice).check()
    click(tab, "Approve", 3)
    tab.wait_done(3)
    assert said(tab, 4) == same
