"""One click on a card, watched from within the page: what became of it, and when."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import TimeoutError as Late

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.browser.lab import Tab

__all__ = ("PROPERTY", "Click", "answer", "report")

PROPERTY = "click"
"""Under which a test's report holds its click."""

_GRACE_MS = 2000
_WATCH = """output => {
  const seen = { clicked: null, busy: null, frames: 0, taken: null, on: null };
  window.watchedClick = seen;
  const note = (what) => { seen[what] ??= performance.now(); };
  const look = () => {
    if (seen.clicked === null) return;
    if (output.textContent.includes("the kernel is busy")) note("busy");
    if (!output.querySelector("[role=alertdialog]")) note("taken");
    const signs = [...output.querySelectorAll("li [role=img]")].map((sign) => sign.ariaLabel);
    const last = signs.at(-1) ?? "waiting";
    if (!output.querySelector(".snb") || !["waiting", "not reached"].includes(last)) note("on");
  };
  output.addEventListener("click", (event) => {
    if (event.target.closest("button")?.textContent.startsWith("Approve")) note("clicked");
  }, { capture: true });
  new MutationObserver(look).observe(output, { subtree: true, childList: true, characterData: true, attributes: true });
  const count = () => {
    if (seen.clicked !== null && seen.busy === null && seen.taken === null) seen.frames += 1;
    if (seen.on === null) requestAnimationFrame(count);
  };
  requestAnimationFrame(count);
}"""


@dataclass(frozen=True)
class Click:
    """What became of it; times in milliseconds from the click."""

    outcome: str
    """`answered` at once; `told` that the kernel is busy, and answered when it was free; or answered when `parked`."""
    frames: int
    """Painted between the click and the first word about it."""
    busy_ms: float | None
    taken_ms: float | None
    on_ms: float | None


def answer(tab: Tab, index: int, release: Callable[[], None] | None = None) -> Click:
    """Approve the open question in a cell's output; `release` ends the other cell that keeps the kernel meanwhile."""
    page, output = tab.page, tab.output(index)
    output.evaluate(_WATCH)
    parked = "%workflow resume" in output.inner_text()
    tab.card(index).get_by_role("button", name=re.compile("^Approve")).click()
    page.wait_for_function("watchedClick.taken !== null || watchedClick.busy !== null", timeout=30_000)
    with suppress(Late):  # a busy machine may be late with the answer, and the card says so
        page.wait_for_function("watchedClick.taken !== null", timeout=_GRACE_MS)
    held = page.evaluate("watchedClick.taken === null")
    if release is not None:
        release()
    page.wait_for_function("watchedClick.taken !== null && watchedClick.on !== null", timeout=30_000)
    seen = page.evaluate("watchedClick")
    busy, taken, on = (seen[name] and seen[name] - seen["clicked"] for name in ("busy", "taken", "on"))
    return Click("told" if held else "parked" if parked else "answered", seen["frames"], busy, taken, on)


def report(terminal: Any, clicks: Iterable[tuple[str, str, bool, str, dict[str, Any]]]) -> None:
    """Print the matrix; into the page that STRANDS_NB_MATRIX names, too, between its two marks."""
    lines = _table(clicks)
    terminal.section("clicks: milliseconds until the answer was taken · until the run went on")
    terminal.write_line("\n".join(lines))
    if page := os.environ.get("STRANDS_NB_MATRIX"):
        text = Path(page).read_text(encoding="utf-8")
        measured = "\n".join(["<!-- measured -->", "", *lines, "", "<!-- end -->"])
        marks = re.compile("<!-- measured -->.*<!-- end -->", re.DOTALL)
        Path(page).write_text(marks.sub(lambda _: measured, text), encoding="utf-8")


def _table(clicks: Iterable[tuple[str, str, bool, str, dict[str, Any]]]) -> list[str]:
    """As Markdown. Each click: kernel, front end, whether comms are on subshells, kind of cell, what became of it."""
    rows: dict[tuple[str, str, bool], dict[str, str]] = {}
    for kernel, app, subshells, way, click in clicks:
        rows.setdefault((kernel, app, subshells), {})[way] = _said(Click(**click))
    ways = list(dict.fromkeys(way for row in rows.values() for way in row))
    heads = ["ipykernel", "in", "subshells", *(f"`{way}`" for way in ways)]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for (kernel, app, subshells), row in sorted(rows.items(), key=lambda item: item[0][:2]):
        cells = [kernel, app, "on" if subshells else "off", *(row.get(way, "") for way in ways)]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _said(click: Click) -> str:
    taken, on = (f"{ms:.0f}" for ms in (click.taken_ms or 0, click.on_ms or 0))
    if click.outcome == "told":
        return f"told after {click.busy_ms or 0:.0f}"
    return f"{taken} · {on}" if click.outcome == "answered" else f"parked: {taken} · {on}"
