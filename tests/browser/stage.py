"""The built card on a bare page, its kernel faked: every state of it at once, without a server."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from strands_nb.engine.events import Event, load_event
from strands_nb.engine.state import EMPTY, RunState, fold, state_to_json

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

_STATIC = Path(__file__).parents[2] / "strands_nb" / "notebook" / "static"
_AXE = Path(__file__).parents[2] / "js" / "node_modules" / "axe-core" / "axe.min.js"
_GOLDEN = Path(__file__).parents[1] / "golden"
_ORIGIN = "http://stage.test"
_FILES = {"/run.js": "text/javascript", "/run.css": "text/css"}

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>stage</title>
<link rel="stylesheet" href="/run.css"><style>
body { margin: 0; background: #fff }
@media (min-width: 400px) { body { padding: 20px } }
@media (prefers-color-scheme: dark) { body { background: #111; color: #e6edf3 } }
</style></head><body><main id="stage"></main>
<script type="module">
import widget from "/run.js";
const listeners = new Map();
let traits = {}, replies = {};
const tell = (name, content) => (listeners.get(name) ?? new Set()).forEach((listener) => listener(content));
const model = {
  get: (name) => traits[name],
  on: (name, listener) => listeners.set(name, (listeners.get(name) ?? new Set()).add(listener)),
  off: (name, listener) => listeners.get(name)?.delete(listener),
  send(message) {
    stage.sent.push(message);
    const ack = { v: 1, type: "ack", id: message.id, ok: true, result: replies[message.type] };
    if (message.type in replies) queueMicrotask(() => tell("msg:custom", ack));
  },
};
window.stage = {
  sent: [],
  sync(changes) {
    traits = { ...traits, ...changes };
    Object.keys(changes).forEach((name) => tell(`change:${name}`));
  },
  message: (message) => tell("msg:custom", message),
  async show(given, answered) {
    replies = answered;
    traits = { head: {}, snapshot: {}, questions: [], status: "", note: "", live: true, ...given };
    const { initialize, render } = widget();
    await initialize({ model });
    await render({ model, el: document.getElementById("stage") });
  },
};
</script></body></html>"""


class Stage:
    """One card in one page. Traits and messages are as in `js/src/protocol.ts`.

    stage = Stage(chrome.new_page())
    stage.look(dark=True, width=320)
    card = stage.show(**golden("brief"), at="2026-01-01T00:00:12Z")
    card.screenshot(path="brief.png")
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        page.route(f"{_ORIGIN}/**", lambda route: route.fulfill(**_response(route.request.url)))

    def show(self, *, at: str | None = None, replies: dict[str, Any] | None = None, **traits: Any) -> Locator:
        """A card on a fresh page.

        `at` is the time that it is there and stays, so that a picture of the same is the same picture; `replies` are
        results by the type of what the card asks for.
        """
        self.page.goto(f"{_ORIGIN}/")
        if at is not None:
            self.page.clock.set_fixed_time(at)
        self.page.wait_for_function("window.stage")
        self.page.evaluate("([traits, replies]) => stage.show(traits, replies)", [traits, replies or {}])
        return self.card

    def show_html(self, html: str) -> None:
        """What stays in a notebook, on a fresh page."""
        self.page.goto(f"{_ORIGIN}/")
        self.page.evaluate("(html) => { document.getElementById('stage').innerHTML = html }", html)

    def look(self, *, dark: bool = False, width: int = 860) -> None:
        """Another theme of the system, another width of the window; nothing moves by itself."""
        self.page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
        self.page.set_viewport_size({"width": width, "height": 900})

    @property
    def card(self) -> Locator:
        """The card."""
        return self.page.locator(".snb")

    @property
    def sent(self) -> list[dict[str, Any]]:
        """What the card has asked for."""
        sent: list[dict[str, Any]] = self.page.evaluate("stage.sent")
        return [message for message in sent if "id" in message]

    def sync(self, **traits: Any) -> None:
        """The kernel changes traits."""
        self.page.evaluate("(traits) => stage.sync(traits)", traits)

    def message(self, **message: Any) -> None:
        """The kernel sends a message."""
        self.page.evaluate("(message) => stage.message(message)", {"v": 1, **message})

    def acknowledge(self, **verdict: Any) -> None:
        """The kernel's word on what was sent last."""
        self.message(type="ack", id=self.sent[-1]["id"], **verdict)


def _response(url: str) -> dict[str, Any]:
    path = url.removeprefix(_ORIGIN)
    if path in _FILES:
        return {"path": _STATIC / path[1:], "content_type": _FILES[path]}
    return {"body": _PAGE, "content_type": "text/html"}


def golden(name: str, until: str | None = None) -> dict[str, Any]:
    """The traits of a card that shows a golden run, up to its first event of a type."""
    state = state_to_json(golden_state(name, until))
    head = {"v": 1, "session": "wf-7k3q", "name": name, "model": "gpt-4o-mini", "seq": 0, "at": _now()}
    return {
        "head": {**head, "budget": {"max_cost": 1.0, "max_tokens": None}, "bound": "at most 3 calls, $0.01"},
        "snapshot": {"v": 1, "n": 1, "state": state},
        "questions": state["questions"],
        "status": state["status"],
    }


def golden_state(name: str, until: str | None = None) -> RunState:
    """A golden run as it stands at the end, or after its first event of a type."""
    events = _events(name)
    if until is not None:
        events = events[: next(n for n, event in enumerate(events, 1) if event.event_type == until)]
    return fold(EMPTY, events)


def violations(page: Page, rules: dict[str, Any] | None = None, within: str = "#stage") -> list[str]:
    """What axe-core has against a part of a page, and where; `rules` are options of its `run`."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE.read_text(encoding="utf-8"))
    options = {"resultTypes": ["violations"], "within": within, **(rules or {})}
    found = page.evaluate("(options) => axe.run(options.within, options)", options)["violations"]
    return [f"{rule['id']}: {rule['help']}: {node['html']}" for rule in found for node in rule["nodes"]]


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _events(name: str) -> list[Event]:
    lines = (_GOLDEN / f"{name}.events.jsonl").read_text(encoding="utf-8").splitlines()
    return [load_event(json.loads(line)) for line in lines]
