"""Who answers the questions of a run: a policy at once, or a handler in the thread that waits."""

from __future__ import annotations

import asyncio
import inspect
import queue
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from strands_nb.engine.events import HitlPaused
from strands_nb.engine.loop import engine_loop
from strands_nb.engine.question import Answer, InterruptResponse
from strands_nb.engine.signals import Paused
from strands_nb.errors import AlreadyAnsweredError, BuildError, HumanInputRequired, InvalidAnswerError

if TYPE_CHECKING:
    from strands_nb.app.options import OnHitl
    from strands_nb.engine.events import Event
    from strands_nb.engine.question import HITLHandler, HITLState, OnQuestion
    from strands_nb.engine.result import RunResult
    from strands_nb.engine.run import Run

__all__ = ("attend", "attend_async", "policy")

Response: TypeAlias = str | InterruptResponse


def policy(on_hitl: OnHitl) -> OnQuestion:
    """What becomes of each new question; None from it means: wait for a human.

    Raises:
        BuildError: no such policy.
    """
    if callable(on_hitl) or on_hitl == "ask":
        return lambda _: None
    policies: dict[str, OnQuestion] = {"approve": _approve, "default": _default, "fail": _fail, "park": _park}
    if on_hitl not in policies:
        message = f"on_hitl={on_hitl!r} is not known; it may be ask, {', '.join(policies)}, or a function"
        raise BuildError(message)
    return policies[on_hitl]


def _approve(state: HITLState) -> Answer:
    return Answer("approve", state.default_response or "", "policy approve", datetime.now(UTC))


def _default(state: HITLState) -> Answer:
    if state.default_response is None:
        message = f"{state.key}: {state.prompt!r} has no default to take; answer it, or use on_hitl='approve'"
        raise HumanInputRequired(message, key=state.key)
    return Answer("approve", state.default_response, "policy default", datetime.now(UTC))


def _fail(state: HITLState) -> Answer:
    message = f"{state.key}: {state.prompt!r} needs a human, and on_hitl='fail' forbids to ask one"
    raise HumanInputRequired(message, key=state.key)


def _park(_: HITLState) -> Answer:
    raise Paused


def attend(run: Run, handler: HITLHandler, by: str = "handler") -> RunResult:
    """Wait for a run, and answer its questions in this thread as they come.

    An interrupt (Ctrl-C) pauses the run durably and goes on as usual.
    """
    asked: queue.SimpleQueue[HITLState | None] = queue.SimpleQueue()
    forget = _questions_to(run, asked.put)
    try:
        while (state := asked.get()) is not None:
            _settle(run, handler, state, by)
        return run.result()
    except KeyboardInterrupt:
        run.pause("interrupted from the keyboard")
        raise
    finally:
        forget()


async def attend_async(run: Run, handler: HITLHandler, by: str = "handler") -> RunResult:
    """The same for a coroutine: sync handlers run in its thread, async ones on the engine loop.

    Cancelling it pauses the run durably.
    """
    loop, asked = asyncio.get_running_loop(), asyncio.Queue["HITLState | None"]()
    forget = _questions_to(run, lambda state: loop.call_soon_threadsafe(asked.put_nowait, state))
    try:
        while (state := await asked.get()) is not None:
            await _settle_async(run, handler, state, by)
        return await run
    except asyncio.CancelledError:
        await asyncio.to_thread(run.pause, "the caller was cancelled")
        raise
    finally:
        forget()


def _questions_to(run: Run, put: Callable[[HITLState | None], Any]) -> Callable[[], None]:
    """Hand over each question that is open or opens, once; then None, when the leg has ended."""
    seen: set[str] = set()

    def listener(event: Event) -> None:
        if not isinstance(event, HitlPaused):
            return
        for state in run.pending:
            if state.question_id == event.data["question_id"] and state.question_id not in seen:
                seen.add(state.question_id)
                put(state)

    forget = run.listen(listener, replay=True)
    run.on_done(lambda: put(None))
    return forget


def _settle(run: Run, handler: HITLHandler, state: HITLState, by: str) -> None:
    """Ask until there is an answer that the question takes."""
    while True:
        answer = handler(state)
        if inspect.isawaitable(answer):
            answer = engine_loop.submit(partial(_awaited, answer)).result()
        if _accepted(run, handler, state, answer, by):
            return


async def _settle_async(run: Run, handler: HITLHandler, state: HITLState, by: str) -> None:
    while True:
        answer = handler(state)
        if inspect.isawaitable(answer):
            answer = await asyncio.wrap_future(engine_loop.submit(partial(_awaited, answer)))
        if await asyncio.to_thread(_accepted, run, handler, state, answer, by):
            return


async def _awaited(answer: Awaitable[Response]) -> Response:
    return await answer


def _accepted(run: Run, handler: HITLHandler, state: HITLState, answer: Response, by: str) -> bool:
    """Give the answer; False where it was refused and the handler wants to be asked again.

    A string approves with that text. That somebody else was faster is no error.
    """
    action, text = ("approve", answer) if isinstance(answer, str) else (answer.action, answer.feedback)
    try:
        run.respond(state.question_id, action, text, by=by).result()
    except AlreadyAnsweredError:
        return True
    except InvalidAnswerError as error:
        refused = getattr(handler, "refused", None)
        if refused is None:
            run.pause("its handler gave an answer that the question does not take")
            raise
        refused(error)
        return False
    return True
