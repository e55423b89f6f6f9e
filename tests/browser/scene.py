"""The card on a bare page, without a kernel: a state is put in, and what it looks like and sends comes out.

    with browser(chromium) as chrome:
        stage = Stage(chrome.new_page())
        card = stage.show(state_to_json(state), theme="dark", width=320)
        card.get_by_role("tab", name="Graph").click()
        card.screenshot(path="graph.png")

Time stands still at the moment that `show` is given, so that a picture of the same state is the same picture.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from playwright.sync_api import Locator, Page

_STATIC: Final = Path(__file__).parents[2] / "strands_nb" / "notebook" / "static"
_PAGE: Final = """<!doctype html><meta charset="utf-8">
<style>body { margin: 12px; background: Canvas; color-scheme: light dark; }</style><div id="stage"></div>"""
_MODEL: Final = """
class Model {
  constructor(traits, replies) {
    Object.assign(this, { traits, replies, sent: [], listeners: new Map() });
  }
  get(name) { return this.traits[name]; }
  on(name, heard) { this.listeners.set(name, [...(this.listeners.get(name) ?? []), heard]); }
  off(name, heard) { this.listeners.set(name, (this.listeners.get(name) ?? []).filter((one) => one !== heard)); }
  trigger(name, content) { for (const heard of this.listeners.get(name) ?? []) heard(content); }
  sync(traits) {
    Object.assign(this.traits, traits);
    for (const name of Object.keys(traits)) this.trigger(`change:${name}`);
  }
  send(message) {
    this.sent.push(message);
    const { type, id } = message;
    if (!(type in this.replies)) return;
    queueMicrotask(() => this.trigger("msg:custom", { v: 1, type: "ack", id, ok: true, result: this.replies[type] }));
  }
}
"""
_MOUNT: Final = (
    "async ({ code, traits, replies, views }) => {"
    + _MODEL
    + """
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const { initialize, render } = (await import(url)).default();
  const model = window.model = new Model(traits, replies);
  await initialize({ model, signal: new AbortController().signal });
  for (let view = 0; view < views; view++) {
    await render({ model, el: stage.appendChild(document.createElement("div")) });
  }
}"""
)


class Stage:
    """Shows one run at a time; `show` clears the page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def show(
        self,
        state: Mapping[str, Any],
        *,
        theme: Literal["light", "dark"] = "light",
        width: int = 820,
        at: str | None = None,
        replies: Mapping[str, Any] | None = None,
        views: int = 1,
        **traits: Any,
    ) -> Locator:
        """Mount the built card (`make widget`) with a state as JSON (`state_to_json`); the card.

        `at` is the time it is, by default that of the state's last event; `replies` are results by the type of the
        request; `traits` are those of the widget beside the snapshot.
        """
        page, now = self.page, at or state["updated_at"]
        page.set_viewport_size({"width": width + 24, "height": 1100})
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.goto("about:blank")
        page.clock.set_fixed_time(now)
        page.set_content(_PAGE)
        page.add_style_tag(path=_STATIC / "run.css")
        first: dict[str, Any] = {"head": {}, "questions": [], "status": "", "note": "", "live": True, **traits}
        first["snapshot"] = {"v": 1, "n": 1, "state": state}
        code = (_STATIC / "run.js").read_text(encoding="utf-8")
        page.evaluate(_MOUNT, {"code": code, "traits": first, "replies": replies or {}, "views": views})
        return page.locator(".snb").first

    def say(self, events: Sequence[Mapping[str, Any]], text: Sequence[tuple[str, str]] = (), *, n: int = 2) -> None:
        """A patch from the kernel; the first after `show` is number 2."""
        patch = {"v": 1, "type": "patch", "n": n, "events": events, "text": text}
        self.page.evaluate("patch => model.trigger('msg:custom', patch)", patch)

    @property
    def sent(self) -> list[dict[str, Any]]:
        """What the card has asked for."""
        return self.page.evaluate("() => model.sent")
