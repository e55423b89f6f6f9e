"""How alive the cell is, in a real JupyterLab with a real Chromium.

Three times, by the page's clock, which is the machine's: from Shift+Enter to the card on the screen, from a click on
Approve to the moment at which the run in the kernel records the answer, and from that click until the screen shows it.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

ROUNDS = 12
ROOT = Path(__file__).parents[2]

WORKFLOW = """\
agents: {writer: {prompt: You write.}}
steps:
  - writer: "Three facts about tides."
  - approve: Good enough?
  - writer: "A text about tides."
"""
CELLS = {
    "a cell that awaits": f"%%workflow --model scripted\n{WORKFLOW}",
    "a cell that blocks": (
        f'from strands_nb import Workflow\n_ = Workflow.from_yaml("""{WORKFLOW}""")'
        '.with_options(model="scripted").run_interactive()'
    ),
}
# Counts from the keystroke, and looks at every frame whether a card is there and has a size.
WATCH = """
() => {
  const now = () => performance.timeOrigin + performance.now();
  const seen = (window.__bench = { began: 0, shown: 0, clicked: 0, told: 0 });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.shiftKey) return;
    Object.assign(seen, { began: now(), shown: 0, clicked: 0, told: 0 });
    const old = new Set(document.querySelectorAll(".snb"));
    const look = () => {
      const card = [...document.querySelectorAll(".snb")].find((one) => !old.has(one));
      if (card && card.getBoundingClientRect().height > 20) seen.shown = now();
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, true);
  document.addEventListener("click", (event) => {
    if (!event.target.closest || !event.target.closest(".snb-primary")) return;
    const card = event.target.closest(".snb");
    seen.clicked = now();
    const look = () => {
      if (card.querySelector("[role=alertdialog]")) requestAnimationFrame(look);
      else seen.told = now();
    };
    requestAnimationFrame(look);
  }, true);
}
"""


def answered_at(state: Path) -> float:
    """When the latest answer was recorded, in milliseconds since 1970."""
    from strands_nb.stores.records import scan

    journal = max((state / "sessions").glob("*/journal.jsonl"), key=lambda path: path.stat().st_mtime_ns)
    answers = [record for record in scan(journal.read_bytes()).records if record["type"] == "hitl_answered"]
    return datetime.fromisoformat(answers[-1]["at"]).timestamp() * 1e3


def measure(tab: Any, index: int, state: Path) -> tuple[list[float], list[float], list[float]]:
    """The three times, in milliseconds, of so many rounds of one cell."""
    shown: list[float] = []
    heard: list[float] = []
    told: list[float] = []
    for _ in range(ROUNDS + 1):  # the first one imports the SDK
        tab.run(index)
        approve = tab.output(index).get_by_role("button", name="Approve")
        approve.wait_for(timeout=30_000)
        tab.page.wait_for_timeout(300)
        approve.click()
        tab.wait_done(index)
        seen = tab.page.evaluate("window.__bench")
        shown.append(seen["shown"] - seen["began"])
        heard.append(answered_at(state) - seen["clicked"])
        told.append(seen["told"] - seen["clicked"])
    return shown, heard, told


def main() -> None:
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        print("skipped: there is no Chromium on the PATH")
        return
    sys.path.insert(0, str(ROOT))
    from tests.browser import lab

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "notebooks").mkdir()
        with lab.server(home / "notebooks", home) as server, lab.browser(chromium) as chrome:
            page = chrome.new_page()
            tab = lab.Tab(server, page, server.write("bench.ipynb", "%load_ext strands_nb", *CELLS.values())).open()
            tab.run_first()
            page.evaluate(WATCH)
            print(f"milliseconds, {ROUNDS} rounds                              median      max    first")
            for index, name in enumerate(CELLS, start=1):
                shown, heard, told = measure(tab, index, home / "state")
                show(f"run to card, {name}", shown, 300)
                show(f"click to answer, {name}", heard, 200)
                show(f"click to screen, {name}", told, 100)


def show(name: str, figures: list[float], goal: int) -> None:
    first, rest = figures[0], figures[1:]
    print(f"  {name:44}{statistics.median(rest):10.0f}{max(rest):9.0f}{first:9.0f}   (goal: {goal})", flush=True)


if __name__ == "__main__":
    main()
