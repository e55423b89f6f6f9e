"""The event bus: order, and no handler with any power over a run or over another handler."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from strands_nb.engine import events as ev
from strands_nb.engine.bus import EventBus
from strands_nb.testing import ScriptedAgents
from tests.engine.support import PATIENCE, begin, steps, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from strands_nb.engine.bus import Handler

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def note(seq: int, value: Any = None) -> ev.Noted:
    """A durable event."""
    return ev.Noted(seq, "note", NOW, "s", "w", "chain", f"notes/{seq}", {"value": value})


def retry(seq: int, key: str) -> ev.Retried:
    """A durable event of a unit that streams."""
    data: Any = {"key": key, "attempt": 1, "delay": 0.0, "error": "busy"}
    return ev.Retried(seq, "retry", NOW, "s", "w", "chain", key, data)


def token(seq: int, key: str, text: str) -> ev.Token:
    """An ephemeral one."""
    return ev.Token(seq, "token", NOW, "s", "w", "chain", key, {"text": text})


class Stuck:
    """A handler that stays in its first call until it is freed, and notes what it is called with."""

    def __init__(self) -> None:
        self.seen: list[ev.Event] = []
        self.entered, self.free = threading.Event(), threading.Event()

    def __call__(self, event: ev.Event) -> None:
        self.seen.append(event)
        self.entered.set()
        assert self.free.wait(PATIENCE)


def emit(bus: EventBus, *events: ev.Event) -> None:
    for event in events:
        bus.emit_nowait(event)


def numbers_to(seen: list[int]) -> Handler:
    def handler(event: ev.Event) -> None:
        seen.append(event.seq)

    return handler


def kinds_to(seen: list[str]) -> Handler:
    def handler(event: ev.Event) -> None:
        seen.append(event.event_type)

    return handler


# ---- who gets what -----------------------------------------------------------------------------------------------


def test_every_handler_gets_its_events_once_and_in_order() -> None:
    bus, every, some = EventBus(), list[int](), list[int]()
    bus.subscribe("*", numbers_to(every))
    bus.subscribe("retry", numbers_to(some))
    emit(bus, *[note(i) if i % 3 else retry(i, "k") for i in range(300)])
    assert bus.drain()
    assert every == list(range(300))
    assert some == list(range(0, 300, 3))


@pytest.mark.parametrize(
    ("alias", "event_type"), [("workflow_error", "error"), ("interrupt_pending", "hitl_requested")]
)
def test_the_names_of_the_seeds_are_understood(alias: str, event_type: str) -> None:
    bus, seen = EventBus(), list[str]()

    def handler(event: ev.Event) -> None:
        seen.append(event.event_type)

    bus.subscribe(alias, handler)
    data: Any = {}
    emit(bus, ev.RunFailed(0, event_type, NOW, "s", "w", "chain", "", data))
    assert bus.drain()
    assert seen == [event_type]
    bus.unsubscribe(alias, handler)
    emit(bus, ev.RunFailed(1, event_type, NOW, "s", "w", "chain", "", data))
    assert bus.drain()
    assert len(seen) == 1


def test_subscribing_works_as_a_decorator_and_gives_the_handler_back() -> None:
    bus, seen = EventBus(), list[int]()

    @bus.on("note")
    def handler(event: ev.Event) -> None:
        seen.append(event.seq)

    emit(bus, note(7))
    assert bus.drain()
    handler(note(8))
    assert seen == [7, 8]


def test_async_handlers_are_awaited_one_event_after_the_other() -> None:
    bus, seen = EventBus(), list[str]()

    @bus.subscribe("*")
    async def handler(event: ev.Event) -> None:
        seen.append(f"begin {event.seq}")
        await asyncio.sleep(0)
        seen.append(f"end {event.seq}")

    emit(bus, note(0), note(1))
    assert bus.drain()
    assert seen == ["begin 0", "end 0", "begin 1", "end 1"]


def test_an_event_can_be_emitted_from_any_loop() -> None:
    bus, seen = EventBus(), list[int]()
    bus.subscribe("*", numbers_to(seen))

    async def main() -> None:
        async with bus:
            await bus.emit(note(0))
        assert seen == [0], "leaving the bus waits for its handlers"

    asyncio.run(main())


def test_many_threads_may_emit_at_once() -> None:
    bus, seen = EventBus(), list[int]()
    bus.subscribe("*", numbers_to(seen))
    threads = [threading.Thread(target=emit, args=(bus, *map(note, range(n, 1000, 10)))) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bus.drain()
    assert sorted(seen) == list(range(1000))
    assert [n for n in seen if n % 10 == 3] == list(range(3, 1000, 10)), "in the order of each thread"


# ---- handlers that misbehave -------------------------------------------------------------------------------------


def raises(error: BaseException) -> Handler:
    def handler(_: ev.Event) -> None:
        raise error

    return handler


def raises_later(error: BaseException) -> Handler:
    async def handler(_: ev.Event) -> None:
        await asyncio.sleep(0)
        raise error

    return handler


@pytest.mark.parametrize("make", [raises, raises_later], ids=["sync", "async"])
@pytest.mark.parametrize("error", [ValueError("mine"), SystemExit(3), KeyboardInterrupt()], ids=repr)
def test_a_handler_that_raises_ends_nothing_but_its_own_call(
    make: Callable[[BaseException], Handler], error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    bus, seen, calls = EventBus(), list[int](), list[int]()
    failing = make(error)

    def counts(event: ev.Event) -> Any:
        calls.append(event.seq)
        return failing(event)

    bus.subscribe("*", counts)
    bus.subscribe("*", numbers_to(seen))
    emit(bus, note(0), note(1))
    assert bus.drain()
    assert (calls, seen) == ([0, 1], [0, 1])
    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 2


def test_a_slow_handler_delays_no_other_and_no_run() -> None:
    bus, stuck, seen = EventBus(), Stuck(), list[str]()
    bus.subscribe("*", stuck)
    bus.subscribe("*", kinds_to(seen))
    run = begin(steps("x", "y"), bus=bus)
    until(lambda: seen and seen[-1] == "workflow_complete")
    until(lambda: run.status == "completed")
    assert stuck.entered.wait(PATIENCE)
    assert len(stuck.seen) == 1
    stuck.free.set()
    assert run.result(10).success
    assert [event.event_type for event in stuck.seen] == seen


def test_the_result_of_a_run_comes_after_its_handlers_have_seen_the_end() -> None:
    bus, seen = EventBus(), list[str]()

    @bus.subscribe("*")
    def slow(event: ev.Event) -> None:
        threading.Event().wait(0.005)
        seen.append(event.event_type)

    begin(steps("x", "y", "z"), bus=bus).result(10)
    assert seen[-1] == "workflow_complete"


def test_a_handler_that_never_comes_back_is_not_waited_for_for_ever(caplog: pytest.LogCaptureFixture) -> None:
    bus, stuck = EventBus(), Stuck()
    bus.subscribe("*", stuck)
    emit(bus, note(0))
    assert stuck.entered.wait(PATIENCE)
    assert not bus.drain(0.01)
    assert "still busy" in caplog.text
    stuck.free.set()
    assert bus.drain()


def test_a_handler_may_emit() -> None:
    bus, seen = EventBus(), list[int]()

    @bus.subscribe("note")
    def again(event: ev.Event) -> None:
        seen.append(event.seq)
        if event.seq < 50:
            emit(bus, note(event.seq + 1))

    emit(bus, note(0))
    assert bus.drain()
    assert seen == list(range(51))


def test_a_handler_may_subscribe_another_one() -> None:
    bus, seen = EventBus(), list[int]()

    @bus.subscribe("note")
    def first(event: ev.Event) -> None:
        bus.unsubscribe("note", first)
        bus.subscribe("note", numbers_to(seen))

    emit(bus, note(0))
    assert bus.drain()
    emit(bus, note(1))
    assert bus.drain()
    assert seen == [1]


def test_a_handler_that_unsubscribes_itself_is_not_called_again() -> None:
    bus, seen = EventBus(), list[int]()

    @bus.subscribe("note")
    def once(event: ev.Event) -> None:
        seen.append(event.seq)
        bus.unsubscribe("note", once)

    emit(bus, note(0), note(1), note(2))
    assert bus.drain()
    assert seen == [0]


def test_clearing_forgets_what_waits_too() -> None:
    bus, stuck = EventBus(), Stuck()
    bus.subscribe("*", stuck)
    emit(bus, note(0), note(1))
    assert stuck.entered.wait(PATIENCE)
    bus.clear()
    stuck.free.set()
    emit(bus, note(2))
    assert bus.drain()
    assert [event.seq for event in stuck.seen] == [0]


def test_a_handler_that_waits_for_its_own_bus_does_not_wait_for_itself() -> None:
    bus, drained = EventBus(), list[bool]()

    @bus.subscribe("*")
    def waits(_: ev.Event) -> None:
        drained.append(bus.drain(PATIENCE))

    emit(bus, note(0))
    until(lambda: drained)
    assert drained == [True]


# ---- backlog -----------------------------------------------------------------------------------------------------


def test_tokens_are_joined_for_a_handler_that_is_behind_and_no_text_is_lost() -> None:
    bus, stuck = EventBus(), Stuck()
    bus.subscribe("*", stuck)
    emit(bus, note(0))
    assert stuck.entered.wait(PATIENCE)
    words = [f"{i} " for i in range(5000)]
    emit(bus, *[token(0, "a" if i % 2 else "b", word) for i, word in enumerate(words)])
    emit(bus, retry(1, "a"), note(2))
    stuck.free.set()
    assert bus.drain()
    assert len(stuck.seen) < 300
    for key, start in (("a", 1), ("b", 0)):
        text = "".join(event.data["text"] for event in stuck.seen if isinstance(event, ev.Token) and event.key == key)
        assert text == "".join(words[start::2])


def test_the_text_of_a_unit_comes_before_its_next_durable_event() -> None:
    bus, stuck = EventBus(), Stuck()
    bus.subscribe("*", stuck)
    emit(bus, note(0), *[token(0, "a", "x")] * 1000, retry(1, "a"), token(1, "a", "y"))
    stuck.free.set()
    assert bus.drain()
    kinds = [event.event_type for event in stuck.seen]
    before = stuck.seen[: kinds.index("retry")]
    assert "".join(event.data["text"] for event in before if isinstance(event, ev.Token)) == "x" * 1000
    assert stuck.seen[-1].data == {"text": "y"}


def test_durable_events_are_never_dropped() -> None:
    bus, stuck = EventBus(), Stuck()
    bus.subscribe("*", stuck)
    emit(bus, *map(note, range(20_000)))
    stuck.free.set()
    assert bus.drain()
    assert [event.seq for event in stuck.seen] == list(range(20_000))


# ---- context -----------------------------------------------------------------------------------------------------

place: contextvars.ContextVar[str] = contextvars.ContextVar("place", default="nowhere")


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_handler_runs_in_the_context_in_which_it_subscribed(kind: str) -> None:
    bus, seen = EventBus(), list[str]()

    async def handler_async(_: ev.Event) -> None:
        seen.append(place.get())

    def handler(_: ev.Event) -> None:
        seen.append(place.get())

    def subscribe() -> None:
        place.set("cell 1")
        bus.subscribe("*", handler if kind == "sync" else handler_async)

    contextvars.copy_context().run(subscribe)
    emit(bus, note(0))
    assert bus.drain()
    assert seen == ["cell 1"]


def test_events_of_a_run_are_handled_in_the_context_of_who_started_it() -> None:
    bus, seen = EventBus(), set[str]()

    @bus.subscribe("*")
    def handler(_: ev.Event) -> None:
        seen.add(place.get())

    def cell() -> None:
        place.set("cell 2")
        begin(steps("x"), ScriptedAgents(), bus=bus).result(10)

    contextvars.copy_context().run(cell)
    assert seen == {"cell 2"}


def test_what_one_handler_sets_in_its_context_no_other_call_sees() -> None:
    bus, seen = EventBus(), list[str]()

    @bus.subscribe("*")
    def handler(_: ev.Event) -> None:
        seen.append(place.get())
        place.set("dirty")

    emit(bus, note(0), note(1))
    assert bus.drain()
    assert seen == ["nowhere", "nowhere"]
