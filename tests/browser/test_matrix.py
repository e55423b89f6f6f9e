"""A click on *Approve*: every kernel, both front ends, comms on subshells and not, and all kinds of cells.

Each click either reaches the run while its cell waits, or finds it parked with a button that works, or is told within
a few frames that the kernel is busy, and is delivered after: none hangs, none is lost. Times are printed, not judged.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests import kernels
from tests.browser.clicks import PROPERTY, answer
from tests.browser.lab import Tab

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from playwright.sync_api import BrowserContext

    from tests.browser.clicks import Click
    from tests.browser.lab import Lab

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(120)]

MAX_FRAMES = 30
"""At 60 a second the card speaks up in the eighteenth; a busy machine paints fewer, not more."""

SETTINGS = "@jupyterlab/apputils-extension/kernels-settings"
APPS = {"JupyterLab": "doc/tree", "Notebook 7": "notebooks"}
SCRIPT = "rules: [{agent: writer, reply: Tides repeat twice a day and nobody has ever stopped one.}]\ndelay: 0.02\n"
BODY = """\
agents: {writer: {prompt: You write.}}
steps:
  - {type: hitl, prompt: "Go on?", default: fine}
  - writer: "Write about tides. The reviewer says: {{ hitl_response }}"
"""


def magic(name: str, options: str) -> str:
    return f"%%workflow {name} {options} --model scripted:script.yaml\n{BODY}"


PYTHON = f'''from strands_nb import Workflow
result = Workflow.from_yaml("""name: plain
{BODY}""").with_options(model="scripted:script.yaml").run_interactive()'''
BUSY = """import pathlib, time
until = time.monotonic() + 30
while not pathlib.Path("release").exists() and time.monotonic() < until:
    time.sleep(0.01)"""
RESULT = "print(result.status, result.steps[0]['response'])"
RUN = "print(run.result().status, run.result().steps[0]['response'])"

BESIDE = "-b, another cell busy"
UNTAPPED = """from strands_nb.notebook import tap
from strands_nb.notebook.cards import watch
tap._KNOWN = ()  # as if this kernel had come out tomorrow
watch.HELLO_S = 1.5
%reload_ext strands_nb"""
ALONE = " without the tap"
WAYS = {
    "await": (magic("awaited", "-o result"), RESULT),
    "%%time": ("%%time\n" + magic("timed", "-o result"), RESULT),
    "run_interactive()": (PYTHON, RESULT),
    "-b": (magic("background", "-b -o run"), RUN),
    BESIDE: (magic("beside", "-b -o run"), RUN),
    "await" + ALONE: (magic("untapped", "-o result"), RESULT),
    "run_interactive()" + ALONE: (PYTHON.replace("plain", "left alone"), RESULT),
}
LOAD = "%load_ext strands_nb\nimport ipykernel\nprint(ipykernel.__version__)"
DOCTOR = "%workflow doctor"
CELLS = [LOAD, *(cell for way in WAYS.values() for cell in way), BUSY, DOCTOR, UNTAPPED]


@dataclass(frozen=True)
class Place:
    """Where a notebook is open."""

    kernel: str
    app: str
    subshells: bool

    def __str__(self) -> str:
        return f"{self.kernel}-{self.app}-subshells {'on' if self.subshells else 'off'}".replace(" ", "-")


PLACES = [Place(kernel, app, on) for kernel in kernels.PROMISED for app in APPS for on in (True, False)]
USUAL = {Place("7.4.0", "JupyterLab", True), Place("6.31.0", "JupyterLab", True)}  # noqa: FBT003
"""Part of every test run; `make matrix` adds the rest."""


def places() -> list[Any]:
    return [pytest.param(place, id=str(place), marks=() if place in USUAL else pytest.mark.matrix) for place in PLACES]


@pytest.fixture(scope="module", params=places())
def opened(request: pytest.FixtureRequest, lab: Lab, chrome: BrowserContext) -> Generator[Any, None, None]:
    """One notebook per place, for all kinds of cells."""
    place: Place = request.param
    (lab.folder / "script.yaml").write_text(SCRIPT, encoding="utf-8")
    lab.set(SETTINGS, {"commsOverSubshells": "perCommTarget" if place.subshells else "disabled"})
    kernel = kernels.required(place.kernel)
    page = chrome.new_page()
    tab = Tab(lab, page, lab.write(f"{place}.ipynb", *CELLS, kernel=kernel), app=APPS[place.app]).open()
    tab.run_first()
    assert tab.output(0).inner_text().split()[-1] == place.kernel, "the kernel runs what it is to run"
    yield place, tab
    page.close()
    lab.shut_down_kernels()
    lab.set(SETTINGS, {})


def test_the_doctor_measures_the_way_of_a_click_and_leaves_a_line(opened: tuple[Place, Tab]) -> None:
    place, tab = opened
    said = done(tab, CELLS.index(DOCTOR))
    cell = "a cell that waits for its run" if place.kernel.startswith("6.") else "a running cell"
    assert re.search(rf"✓ clicks reach {cell} \(\d+ ms\)", said)
    assert tab.output(CELLS.index(DOCTOR)).locator(".jupyter-widgets").count() == 0


@pytest.mark.parametrize("way", WAYS)
def test_a_click_is_answered_or_parks_or_is_told_to_wait(
    opened: tuple[Place, Tab], way: str, lab: Lab, request: pytest.FixtureRequest
) -> None:
    place, tab = opened
    index = CELLS.index(WAYS[way][0])
    if way.endswith(ALONE):
        done(tab, CELLS.index(UNTAPPED))
    tab.run(index)
    tab.card(index).get_by_role("alertdialog").wait_for(timeout=20_000)
    if way.endswith(ALONE):
        tab.page.wait_for_timeout(3_000)  # it parks, unless the kernel takes clicks by itself
    click = beside_another(tab, index, lab.folder / "release") if way == BESIDE else answer(tab, index)
    request.node.user_properties.append((PROPERTY, [place.kernel, place.app, place.subshells, way, asdict(click)]))
    tab.output(index).get_by_text("done", exact=True).first.wait_for(timeout=20_000)
    tab.wait_done(index)
    assert_kept(click, place, way)
    if click.outcome != "parked":  # then the result is what it was when the cell ended
        assert done(tab, index + 1) == "completed fine"


def done(tab: Tab, index: int) -> str:
    tab.run(index)
    tab.wait_done(index)
    return tab.output(index).inner_text().strip()


def beside_another(tab: Tab, index: int, release: Path) -> Click:
    release.unlink(missing_ok=True)
    tab.wait_done(index)
    busy = CELLS.index(BUSY)
    tab.run(busy)
    click = answer(tab, index, release=release.touch)
    tab.wait_done(busy)
    return click


def assert_kept(click: Click, place: Place, way: str) -> None:
    may_wait = way == BESIDE and place.kernel.startswith("6.")
    may_park = way.endswith(ALONE)
    assert click.outcome in ({"told"} if may_wait else {"answered", "parked"} if may_park else {"answered"})
    if may_wait:
        assert click.frames <= MAX_FRAMES
