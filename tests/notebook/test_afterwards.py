"""What a card offers besides steering, and how long it stays."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from queue import Queue
from typing import Any

import pytest

from strands_nb.app import Workflow
from strands_nb.notebook.cards import card as card_module
from strands_nb.notebook.cards.card import Card
from strands_nb.testing import MemorySessionRepository, ScriptedAgents
from tests.notebook.kernel import Kernel

TEXT = "name: brief\nagents: {writer: {prompt: You write.}}\nsteps: [{writer: 'About {{ topic }}'}, {writer: More}]\n"


class Output:
    """The output of a cell: what was put into it last."""

    def __init__(self) -> None:
        self.shown: dict[str, Any] = {}

    def display(self, data: dict[str, Any], **_: Any) -> Output:
        self.shown = data
        return self

    def update(self, data: dict[str, Any], **_: Any) -> None:
        self.shown = data

    @property
    def static(self) -> bool:
        return sorted(self.shown) == ["text/html", "text/markdown", "text/plain"]


class Desk:
    """A run, its card, and the front end that has it in sight."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, agents: ScriptedAgents | None = None) -> None:
        self.output, self.turned = Output(), list[str]()
        monkeypatch.setattr(card_module, "display", self.output.display)
        workflow = Workflow.from_yaml(TEXT, topic="tides").with_options(
            agents=agents or ScriptedAgents(), store=MemorySessionRepository()
        )
        self.acks: Queue[dict[str, Any]] = Queue()
        self.run = workflow.start()
        self.card = Card(self.run, lambda _, former: self.turned.append(former))
        monkeypatch.setattr(self.card.widget, "send", self._sent)

    def _sent(self, message: dict[str, Any]) -> None:
        if message["type"] == "ack":
            self.acks.put(message)

    def says(self, kind: str, **message: Any) -> None:
        widget: Any = self.card.widget
        widget._handle_custom_msg({"v": 1, "type": kind, **message}, [])

    def ask(self, kind: str, **message: Any) -> dict[str, Any]:
        self.says(kind, id="1", **message)
        return self.acks.get(timeout=10)

    def end(self, *, engaged: bool = True, seen: bool = True) -> Desk:
        if seen:
            self.says("hello", view="v")
        self.says("engaged", yes=engaged)
        self.run.result(10)
        self.card.display()
        assert self.card.settled.wait(10)
        return self


def until(holds: Callable[[], Any]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(monkeypatch)


# ---- how long a card stays ------------------------------------------------------------------------------------------


def test_a_card_that_is_in_use_stays_until_it_is_folded(desk: Desk) -> None:
    desk.end()
    assert not desk.output.static
    assert desk.card.widget.live
    assert desk.ask("fold")["ok"]
    assert desk.output.static
    assert "brief: done" in desk.output.shown["text/plain"]


def test_a_card_that_nobody_uses_or_sees_gives_way_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert desk.end(engaged=False).output.static
    assert Desk(monkeypatch).end(seen=False).output.static


def test_a_card_of_a_failed_run_stays_for_its_resume(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(monkeypatch, ScriptedAgents({"writer": [ValueError("no"), "yes", "more"]})).end(engaged=False)
    assert desk.run.status == "failed"
    assert not desk.output.static
    assert desk.ask("resume")["ok"]
    desk.run.result(10)
    until(lambda: desk.output.static)
    assert "brief: done" in desk.output.shown["text/plain"]


def test_a_card_that_has_given_way_stays_what_it_is(desk: Desk) -> None:
    desk.end(engaged=False)
    picture = desk.output.shown
    desk.card.retire()
    desk.card.fold()
    assert desk.output.shown is picture


def test_a_run_that_goes_on_or_waits_is_not_folded(desk: Desk) -> None:
    desk.end()
    desk.run.rerun("0")
    if desk.run.status == "running":
        desk.card.fold()
        assert not desk.output.static
    desk.run.result(10)


# ---- what it offers -------------------------------------------------------------------------------------------------


def test_run_again_turns_the_card_to_a_run_of_its_own(desk: Desk) -> None:
    former = desk.end().run.session_id
    assert desk.ask("again")["ok"]
    assert desk.turned == [former]
    assert desk.card.run.session_id != former
    desk.card.run.result(10)
    until(lambda: desk.card.widget.snapshot["state"]["status"] == "completed")
    assert desk.card.widget.snapshot["state"]["session_id"] == desk.card.run.session_id
    assert desk.card.widget.head["session"] == desk.card.run.session_id


def test_a_step_is_done_again_in_the_same_session(desk: Desk) -> None:
    session = desk.end().run.session_id
    assert desk.ask("rerun", step="steps/1")["ok"]
    desk.run.result(10)
    until(lambda: desk.card.widget.snapshot["state"]["status"] == "completed")
    assert desk.card.widget.snapshot["state"]["session_id"] == session
    refused = desk.ask("rerun", step="steps/7")
    assert not refused["ok"]
    assert "no unit is called 'steps/7'" in refused["error"]


def test_other_sessions_of_the_workflow_are_listed_and_compared(desk: Desk) -> None:
    first = desk.end().run.session_id
    desk.ask("again")
    desk.card.run.result(10)
    (other,) = desk.ask("sessions")["result"]
    assert (other["session_id"], other["status"]) == (first, "completed")
    told = desk.ask("compare", session=first)["result"]
    assert told["same"]
    assert told["before"]["session_id"] == first
    assert not desk.ask("compare", session="nobody")["ok"]


def test_a_file_is_told_with_its_name_and_kind(desk: Desk) -> None:
    file = desk.end().ask("export", format="html")["result"]
    assert file["name"] == f"{desk.run.session_id}.html"
    assert file["type"] == "text/html"
    assert file["text"].startswith("<!doctype html>")
    assert not desk.ask("export", format="exe")["ok"]


# ---- in a kernel ----------------------------------------------------------------------------------------------------

CELL = "%%workflow brief -o result --model scripted --anew --var topic=TOPIC\n" + TEXT


@pytest.fixture(scope="module")
def kernel() -> Generator[Kernel, None, None]:
    started = Kernel()
    started.run("%load_ext strands_nb")
    yield started
    started.stop()


def session(kernel: Kernel, topic: str) -> str:
    assert "brief: done" in kernel.run(CELL.replace("TOPIC", topic)).text
    return kernel.run("print(result.session_id)").text.strip()


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("fresh", [True, False])
def test_where_nobody_sees_it_a_card_that_is_opened_again_is_a_picture(kernel: Kernel, fresh: bool) -> None:  # noqa: FBT001
    name = session(kernel, "tides")
    if fresh:
        kernel.run("%reload_ext strands_nb")
    (shown,) = kernel.run(f"%workflow card {name}").data
    assert sorted(shown) == ["text/html", "text/markdown", "text/plain"]
    assert "brief: done" in shown["text/plain"]


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_the_widget_of_a_run_shows_a_card_that_gives_way_too(kernel: Kernel) -> None:
    kernel.run(CELL.replace("TOPIC", "tides").replace("-o result", "-b -o run"))
    (shown,) = kernel.run("run.result()\nrun.widget").data
    assert "brief: done" in shown["text/plain"]
    (shown,) = kernel.run("run").data
    assert "brief: done" in shown["text/plain"]


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_session_is_compared_with_the_one_before(kernel: Kernel) -> None:
    first, second = session(kernel, "tides"), session(kernel, "waves")
    for line in (f"%workflow diff {second}", f"%workflow diff {first} {second}"):
        shown = kernel.run(line).data[0]
        assert "variable topic: 'tides' -> 'waves'" in shown["text/plain"]
        assert {"text/html", "text/markdown"} <= set(shown)


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("card wf-00000000", "no session 'wf-00000000'"),
        ("diff wf-00000000", "no session 'wf-00000000'"),
        ("diff", "%workflow diff: the following arguments are required: first"),
        ("export wf-1 --format pdf", "invalid choice: 'pdf'"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(kernel: Kernel, line: str, said: str) -> None:
    ran = kernel.run(f"%workflow {line}")
    assert said in ran.text
    assert "Traceback" not in ran.text


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_the_first_session_of_a_workflow_has_none_before_it(kernel: Kernel) -> None:
    kernel.run(CELL.replace("TOPIC", "tides").replace("brief", "alone"))
    name = kernel.run("print(result.session_id)").text.strip()
    assert "no session of 'alone' was begun before" in kernel.run(f"%workflow diff {name}").text
