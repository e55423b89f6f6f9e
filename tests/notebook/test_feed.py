"""What a card is sent, and what it is sent again."""

from __future__ import annotations

import asyncio
import queue
import time
from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any

import pytest

from strands_nb.engine.call import Call, Reply
from strands_nb.engine.context import Context
from strands_nb.engine.result import Outcome
from strands_nb.notebook.cards.feed import Feed
from strands_nb.notebook.cards.widget import RunWidget
from strands_nb.testing import ScriptedAgents, start


class Desk(ScriptedAgents):
    """A writer who takes dictation, and the card that shows it: `sent` is what a front end would have got."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self._words: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.sent: list[dict[str, Any]] = []
        self.snapshots: list[dict[str, Any]] = []
        self.run = start(self._program, self)
        self.widget: Any = RunWidget()
        monkeypatch.setattr(self.widget, "send", self.sent.append)
        self.widget.observe(self._snapped, "snapshot")
        self.feed = Feed(self.run, self.widget)

    def _snapped(self, change: Any) -> None:
        self.snapshots.append(change["new"])

    async def _program(self, ctx: Context) -> Outcome:
        return Outcome((await ctx.agent("writer", "Write.", key="write")).text, "writer")

    async def call(self, call: Call) -> Reply:
        while (word := await asyncio.to_thread(self._words.get)) is not None:
            call.watch.text(word)
        return Reply("written")

    def dictate(self, *words: str) -> None:
        """Each word in a patch of its own."""
        for word in words:
            before = len(self.of("patch"))
            self._words.put(word)
            self.until(lambda before=before: len(self.of("patch")) > before)

    def end(self) -> None:
        self._words.put(None)
        self.run.result(10)
        self.feed.settle(live=False)

    def resync(self, have: int) -> dict[str, Any]:
        """What comes back."""
        before = len(self.sent)
        self.widget._handle_custom_msg({"v": 1, "type": "resync", "have": have}, [])
        self.until(lambda: len(self.sent) > before)
        return self.sent[-1]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.sent if message["type"] == kind]

    def until(self, holds: Any) -> None:
        until = time.monotonic() + 10
        while not holds():
            assert time.monotonic() < until, "it never came"
            time.sleep(0.005)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Generator[Desk]:
    desk = Desk(monkeypatch)
    desk.dictate("Tides ", "rise ", "and ", "fall.")
    yield desk
    desk.end()


def said(patches: list[dict[str, Any]]) -> str:
    return "".join(text for patch in patches for _, text in patch["text"])


def test_who_missed_a_few_patches_gets_just_these(desk: Desk) -> None:
    last = desk.of("patch")[-1]["n"]
    again = desk.resync(last - 2)
    assert again["type"] == "again"
    assert [patch["n"] for patch in again["patches"]] == [last - 1, last]
    assert said(again["patches"]) == "and fall."


def test_who_missed_nothing_is_told_so(desk: Desk) -> None:
    assert desk.resync(desk.of("patch")[-1]["n"]) == {"v": 1, "type": "again", "patches": []}


@pytest.mark.parametrize("have", [-1, 0, 10_000])
def test_who_has_nothing_or_something_else_gets_everything(desk: Desk, have: int) -> None:
    snap = desk.resync(have)
    assert (snap["type"], snap["n"]) == ("snap", desk.of("patch")[-1]["n"])
    assert snap["state"]["units"][0]["text"] == "Tides rise and fall."


def test_who_missed_more_than_is_kept_gets_everything(desk: Desk) -> None:
    words = [f"{n} " for n in range(desk.feed._recent.maxlen or 0)]
    desk.dictate(*words)
    assert desk.resync(1)["type"] == "snap"


def test_text_that_streams_makes_no_snapshots(desk: Desk) -> None:
    time.sleep(1.2)  # one that was due has been written by then
    before = len(desk.snapshots)
    desk.dictate(" And", " rise", " again.")
    time.sleep(1.2)
    assert len(desk.snapshots) == before
    desk.end()
    assert desk.snapshots[-1]["state"]["units"][0]["response"] == "written"


def test_what_a_unit_says_between_two_looks_is_one_piece(desk: Desk) -> None:
    for word in ("a ", "b ", "c "):
        desk._words.put(word)
    desk.until(lambda: said(desk.of("patch")).endswith("a b c "))
    assert all(len(patch["text"]) <= 1 for patch in desk.of("patch"))


def test_who_says_hello_is_told_the_time_for_countdowns(desk: Desk) -> None:
    before = datetime.now(UTC)
    desk.widget._handle_custom_msg({"v": 1, "type": "hello", "view": "one"}, [])
    desk.until(lambda: desk.of("welcome"))
    (welcome,) = desk.of("welcome")
    assert before <= datetime.fromisoformat(welcome["at"]) <= datetime.now(UTC)
