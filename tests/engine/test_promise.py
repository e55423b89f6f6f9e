"""A promise is a future that is made only for whoever waits."""

from __future__ import annotations

import threading
from concurrent.futures import Future

import pytest

from strands_nb.engine.promise import Promise


def test_who_waits_from_the_beginning_and_who_asks_afterwards_get_the_same() -> None:
    promise = Promise[str]()
    early = promise.future
    assert not promise.done()
    assert not early.done()
    promise.set_result("here")
    assert promise.done()
    assert early.result(0) == promise.future.result(0) == "here"


def test_what_came_before_anybody_waited_is_there_at_once() -> None:
    promise = Promise[str]()
    promise.set_exception(LookupError("nothing"))
    called: list[Future[str]] = []
    promise.future.add_done_callback(called.append)
    assert called == [promise.future]
    with pytest.raises(LookupError, match="nothing"):
        promise.future.result(0)


def test_nobody_is_missed_who_begins_to_wait_in_the_moment_in_which_it_comes() -> None:
    for number in range(300):
        promise, together = Promise[int](), threading.Barrier(3)
        seen: list[int] = []

        def wait(promise: Promise[int] = promise, together: threading.Barrier = together) -> None:
            together.wait()
            seen.append(promise.future.result(10))  # noqa: B023 - joined below

        waiters = [threading.Thread(target=wait) for _ in range(2)]
        for waiter in waiters:
            waiter.start()
        together.wait()
        promise.set_result(number)
        for waiter in waiters:
            waiter.join()
        assert seen == [number, number]
