"""What models and tools say, in a real browser: nothing of it runs, nothing is fetched, nothing answers a question."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

import strands_nb.notebook
from strands_nb.engine.state import EMPTY, fold, state_to_json
from tests.browser.lab import Tab
from tests.corpora import HOSTILE, INJECTED

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Page, Route

    from tests.browser.lab import Lab

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(180)]

TEXTS = [*HOSTILE, *INJECTED]
CANARY = "XSS_CANARY"
STATIC = Path(strands_nb.notebook.__file__).parent / "static"

# Each text is prompt and reply of an agent, goes through a tool, and is then asked about, all at once.
RUN = """\
%load_ext strands_nb
import asyncio, json
from strands_nb import Workflow
from strands_nb.errors import ProviderError
from strands_nb.spec import validate
from strands_nb.testing import ScriptedAgents

class Hostile(ScriptedAgents):
    async def call(self, call):
        call.watch.tool_start("t", "look", {"what": call.prompt})
        call.watch.tool_complete("t", "look", call.prompt, ok=True)
        for at in range(0, len(call.prompt), 40):
            call.watch.text(call.prompt[at : at + 40])
            await asyncio.sleep(0.2 if at < 200 else 0)
        if call.agent == "fails":
            raise ProviderError(call.prompt)
        return await super().call(call)

texts = json.load(open("texts.json"))

def branch(at, agent):
    steps = [{"agent": agent, "input": f"{{{{ texts[{at}] }}}}"}]
    if agent == "says":
        steps.append({"type": "hitl", "prompt": f"{{{{ texts[{at}] }}}}", "context_display": "{{ last_response }}"})
    return {"id": f"b{at}", "steps": steps}

def workflow(agent):
    branches = [branch(at, agent) for at in range(len(texts))]
    return Workflow(validate({
        "version": 0, "name": agent, "agents": {agent: {"prompt": "Go."}},
        "inputs": {"required": {"texts": "array"}}, "runtime": {"max_parallel": len(texts)},
        "pattern": {"type": "parallel", "config": {"branches": branches, "on_error": "collect"}},
    }), variables={"texts": texts}).with_options(agents=Hostile({"says": lambda call: call.prompt}))
"""
SAYS = "says = workflow('says').start()"
FAILS = "fails = workflow('fails').start()"
OPEN = "print(len(says.pending), says.status)"
END = "says.cancel('done looking'); print(says.result().status, fails.result().status)"
MARKDOWN = """\
from IPython.display import Markdown, display
from strands_nb.app.static_output import bundle
for run in (says, fails):
    display(Markdown(bundle(run.state)["text/markdown"]))"""

# Whatever a text might run calls one of these, or leaves a trace in the page.
TRAP = """
window.__ran = [];
for (const name of ["alert", "confirm", "prompt", "print", "open"]) window[name] = (...a) => { __ran.push(name + a); };
document.addEventListener("securitypolicyviolation", ({ effectiveDirective: which, sample }) => {
  if (which.includes("trusted-types")) __ran.push(which + sample); // what is only read is reported for its styles too
});
"""
# What a pointer or the keyboard would set off; links are looked at, not followed.
PROVOKE = """(root) => {
  for (const row of root.querySelectorAll("button[aria-expanded=false]")) row.click();
  const seen = {};
  for (const one of root.querySelectorAll("*")) {
    for (const name of ["mouseover", "mouseenter", "focus", "pointerenter", "animationstart", "toggle", "error"])
      one.dispatchEvent(new Event(name));
    seen[one.localName] = (seen[one.localName] ?? 0) + 1;
    for (const { name, value } of one.attributes) {
      if (name.startsWith("on") || /^data-commandlinker/.test(name)) seen["@" + name] = value;
      if (/^(href|src|srcset|action|formaction|poster|xlink:href)$/.test(name) && !/^(https?:|mailto:)/i.test(value))
        seen["@" + name] = value;
      if (name === "href" && (one.target !== "_blank" || !one.rel.includes("noopener"))) seen["@rel"] = value;
    }
  }
  return seen;
}"""
# The questions, one after another, each in full.
EACH = f"""async (root) => {{
  const provoke = {PROVOKE};
  const seen = {{ questions: 0 }};
  for (let left = root.querySelectorAll(".snb-queued").length; left >= 0; left--) {{
    Object.assign(seen, provoke(root.querySelector("[role=alertdialog]")));
    seen.questions += 1;
    root.querySelector("[aria-label='Next question']")?.click();
    await new Promise(requestAnimationFrame);
  }}
  return seen;
}}"""
NEVER = {
    *["script", "style", "link", "base", "meta", "iframe", "object", "embed", "img", "video", "audio", "source"],
    *["svg", "form", "template", "noscript", "marquee", "select"],
}


class Watch:
    """Sees whatever a page does that only a text could have told it to."""

    def __init__(self, page: Page, own: str) -> None:
        self.page, self.found, self.foreign = page, list[str](), set[str]()
        page.add_init_script(TRAP)
        page.on("dialog", self._asked)
        page.on("popup", lambda popup: self._saw(f"popup {popup.url}", popup.close))
        page.on("framenavigated", self._navigated)
        page.on("console", self._told)
        page.route(lambda url: urlsplit(url).scheme.startswith("http") and not url.startswith(own), self._fetched)

    def _asked(self, dialog: Dialog) -> None:
        if dialog.type == "beforeunload":  # JupyterLab's own
            dialog.accept()
        else:
            self._saw(f"dialog {dialog.message}", dialog.dismiss)

    def _saw(self, what: str, then: Any) -> None:
        self.found.append(what)
        then()

    def _navigated(self, frame: Any) -> None:
        if frame.parent_frame is not None:
            self.found.append(f"frame {frame.url}")

    def _told(self, message: ConsoleMessage) -> None:
        if message.text.strip() in (CANARY, "1"):
            self.found.append(f"console {message.text}")

    def _fetched(self, route: Any) -> None:
        self.foreign.add(route.request.url)
        route.abort()

    def provoke(self, selector: str) -> dict[str, Any]:
        """Open, point at and focus everything in there; what it is made of."""
        made: dict[str, Any] = {}
        for root in self.page.locator(selector).element_handles():
            made |= root.evaluate(PROVOKE)
        return made

    def provoke_each_question(self, selector: str, count: int) -> None:
        """The same for every question."""
        made = self.page.locator(selector).first.evaluate(EACH)
        self.check(made)
        assert made["questions"] == count
        assert "a" in made, "links that lead to pages stay"

    def check(self, made: dict[str, Any], *, own: bool = True) -> None:
        """That nothing has happened; of what others made of our Markdown, links are theirs."""
        if not own:
            made = {name: value for name, value in made.items() if name != "@rel"}
        assert not NEVER & made.keys()
        assert not {name: value for name, value in made.items() if name.startswith("@")}
        assert self.page.evaluate("__ran") == []
        assert self.found == []


def _said(tab: Tab, index: int) -> str:
    tab.run(index)
    tab.wait_done(index)
    return tab.output(index).inner_text().strip()


@pytest.fixture
def watch(lab: Lab, page: Page) -> Watch:
    (lab.folder / "texts.json").write_text(json.dumps(TEXTS), encoding="utf-8")
    return Watch(page, lab.url)


@pytest.mark.filterwarnings("ignore:Your element with mimetype")  # what is left of a picture that has gone
def test_nothing_that_a_model_says_acts_in_jupyterlab_or_in_the_exported_page(
    lab: Lab, page: Page, watch: Watch, chrome: BrowserContext, tmp_path: Path
) -> None:
    tab = Tab(lab, page, lab.write("safe.ipynb", RUN, SAYS, FAILS, OPEN, END, MARKDOWN)).open()
    tab.run_first()
    tab.run(1)
    tab.run(2)
    tab.card(2).wait_for()
    while tab.card(1).locator(".snb-queued").count() < len(TEXTS) - 1:  # while it streams
        watch.check(watch.provoke(".snb"))
    watch.provoke_each_question(".snb", len(TEXTS))
    tab.card(2).locator(".snb-pill", has_text="failed").wait_for(timeout=20_000)
    made = watch.provoke(".snb")
    watch.check(made)
    assert made["a"] > 5, "links that lead to pages stay"
    assert _said(tab, 3) == f"{len(TEXTS)} running", "no text has answered a question"

    assert _said(tab, 4) == "cancelled failed"
    tab.run(5)
    tab.wait_done(5)
    page.wait_for_timeout(500)
    made = watch.provoke(".jp-RenderedHTML section")  # what stays when the cards have given way, or is kept for then
    assert made["div"] > len(TEXTS)
    watch.check(made)
    assert "mjx-container" not in made, "no formulas: they could hold links"
    watch.check(watch.provoke(".jp-RenderedMarkdown"), own=False)
    assert watch.foreign == set()
    tab.save()
    _check_exported(lab.folder / tab.name, chrome, tmp_path)


def _check_exported(notebook: Path, chrome: BrowserContext, tmp_path: Path) -> None:
    """As `nbconvert --to html` makes it; what its template fetches for every notebook is not ours."""
    from nbconvert import HTMLExporter

    empty = tmp_path / "empty.ipynb"
    empty.write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', encoding="utf-8")
    pages = {path.stem: HTMLExporter().from_filename(str(path))[0] for path in (empty, notebook)}
    fetched: dict[str, set[str]] = {}
    for name, html in pages.items():
        (tmp_path / f"{name}.html").write_text(html, encoding="utf-8")
        page = chrome.new_page()
        watch = Watch(page, "file://")
        page.goto((tmp_path / f"{name}.html").as_uri(), wait_until="load")
        watch.check(watch.provoke(".jp-OutputArea-output section"))
        watch.check(watch.provoke(".jp-RenderedMarkdown"), own=False)
        page.wait_for_timeout(300)
        assert page.evaluate("__ran") == []
        fetched[name] = watch.foreign
        page.close()
    assert fetched["safe"] == fetched["empty"]


BARE = """<!doctype html><div id="here"></div><script type="module" nonce="n">
import widget from "/run.js";
const traits = await (await fetch("/traits.json")).json();
const model = { get: (name) => traits[name], on() {}, off() {}, send() {} };
const { initialize, render } = widget();
initialize({ model });
render({ model, el: document.querySelector("#here") });
</script>"""


def test_where_a_page_takes_trusted_types_only_the_card_is_drawn(watch: Watch, page: Page) -> None:
    from tests.golden.make import recorded

    log = recorded("brief")
    asked = next(n for n, event in enumerate(log) if event.event_type == "hitl_pause")
    state = state_to_json(fold(EMPTY, log[: asked + 1]))
    texts = [{**state["questions"][0], "question_id": f"q{n}", "context_display": t} for n, t in enumerate(HOSTILE)]
    head = {"v": 1, "session": "s", "name": "brief", "model": "", "budget": None, "seq": 0, "at": ""}
    snapshot = {"v": 1, "n": 1, "state": state}
    traits = {"head": head, "snapshot": snapshot, "questions": texts, "status": "paused", "note": "", "live": True}
    policy = "require-trusted-types-for 'script'; script-src 'self' 'nonce-n'; default-src 'self'"
    served = {
        "/": ("text/html", BARE),
        "/run.js": ("text/javascript", (STATIC / "run.js").read_text(encoding="utf-8")),
        "/traits.json": ("application/json", json.dumps(traits)),
    }

    def serve(route: Route) -> None:
        kind, body = served.get(urlsplit(route.request.url).path, ("text/plain", ""))
        route.fulfill(body=body, headers={"Content-Type": kind, "Content-Security-Policy": policy})

    page.route("http://bare.test/**", serve)
    page.goto("http://bare.test/")
    page.get_by_role("alertdialog").first.wait_for()
    watch.check(watch.provoke("#here"))
    watch.provoke_each_question("#here", len(HOSTILE))
    assert watch.foreign == set()
    assert page.evaluate("try { here.innerHTML = 'x'; false } catch { true }") is True, "the page means it"
