"""Ten runs of a hundred steps on one page, all at work at once, while somebody scrolls: does the page stay smooth?

And once more when all have come to their last question, with nothing left to do but be there.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

RUNS, STEPS, WATCHED_S = 10, 100, 8
LOAD = f"""\
%load_ext strands_nb
import sys; sys.path.insert(0, {str(ROOT)!r})
from tests.bench.flooding import long_chain"""
WATCH = """
() => {
  const gaps = (window.__gaps = []);
  let last = performance.now();
  const look = () => {
    const now = performance.now();
    gaps.push(now - last);
    last = now;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}
"""


def scrolled(page: Any) -> list[float]:
    """The time between frames, in milliseconds, while the page is scrolled up and down."""
    page.evaluate(WATCH)
    page.mouse.move(600, 500)
    for turn in range(WATCHED_S * 10):
        page.mouse.wheel(0, 700 if turn // 20 % 2 == 0 else -700)
        page.wait_for_timeout(100)
    return page.evaluate("window.__gaps")


def show(name: str, gaps: list[float]) -> None:
    """One line."""
    gaps = sorted(gaps)
    p99, slow = gaps[int(len(gaps) * 0.99)], sum(gap > 50 for gap in gaps)
    print(
        f"  {name:34}{len(gaps) / WATCHED_S:8.0f}{p99:10.0f}{gaps[-1]:10.0f}{slow:12}   (goal: none over 300 ms)",
        flush=True,
    )


def main() -> None:
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        print("skipped: there is no Chromium on the PATH")
        return
    from tests.browser import lab

    start = f"_ = long_chain({STEPS}).start()"
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "notebooks").mkdir()
        with lab.server(home / "notebooks", home) as server, lab.browser(chromium) as chrome:
            page = chrome.new_page()
            tab = lab.Tab(server, page, server.write("page.ipynb", LOAD, *[start] * RUNS)).open()
            tab.run_first()
            for index in range(1, RUNS + 1):
                tab.run(index)
            print(f"{RUNS} runs of {STEPS} steps          frames a second   p99 ms    max ms  over 50 ms")
            show("at work", scrolled(page))
            for index in range(1, RUNS + 1):
                tab.cell(index).scroll_into_view_if_needed()
                tab.output(index).get_by_role("button", name="Approve").wait_for(timeout=240_000)
            show("waiting for answers", scrolled(page))


if __name__ == "__main__":
    main()
