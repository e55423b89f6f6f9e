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

__all__ = ("answer_with", "asks", "attend", "attend_async", "policy")

Response: TypeAlias = str | InterruptResponse
_LOOK_EVERY_S = 0.2


def policy(on_hitl: OnHitl) -> OnQuestion:
    """What becomes of each new question; None from it means: wait for a human.

    Raises:
        BuildError: no such policy.
    """
    if callable(on_hitl) or on_hitl == "ask":
        return _wait
    policies: dict[str, OnQuestion] = {"approve": _approve, "default": _default, "fail": _fail, "park": _park}
    if on_hitl not in policies:
        message = f"on_hitl={on_hitl!r} is not known; it may be ask, {', '.join(policies)}, or a function"
        raise BuildError(message)
    return policies[on_hitl]


def asks(run: Run) -> bool:
    """Whether the questions of a run wait for a human at all."""
    return run.plan.on_question is _wait


def _wait(_: HITLState) -> None:
    """For a human."""


def _approve(state: HITLState) -> Answer:
    return Answer("approve", state.default_response or "", "policy approve", datetime.now(UTC))


def _default(state: HITLState) -> Answer:
    if state.default_response is None:
        message = f"{state.key}: {state.prompt!r} has no default to take; answer it, or have it approved"
        raise HumanInputRequired(message, key=state.key)
    return Answer("approve", state.default_response, "policy default", datetime.now(UTC))


def _fail(state: HITLState) -> Answer:
    message = f"{state.key}: {state.prompt!r} needs a human, and the policy `fail` forbids to ask one"
    raise HumanInputRequired(message, key=state.key)


def _park(_: HITLState) -> Answer:
    raise Paused


def attend(run: Run, handler: HITLHandler, by: str = "handler") -> RunResult:
    """Wait for a run, and answer its questions in this thread as they come.

    A handler that raises pauses the run durably, and its exception goes on as usual, an interrupt (Ctrl-C) too; only
    an `EOFError` says that nobody is there, and the result is that of a paused run. A handler with a method
    `while_open(state, is_open)` is called by that, and may return None once the question has been settled elsewhere.
    """
    asked: queue.SimpleQueue[HITLState | None] = queue.SimpleQueue()
    forget = _questions_to(run, asked.put)
    try:
        while (state := asked.get()) is not None:
            _settle(run, handler, state, by)
        return run.result()
    except EOFError:
        run.park()
        return run.result()
    except BaseException as error:
        run.pause(_why(error))
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
    except EOFError:
        await asyncio.to_thread(run.park)
        return await run
    except BaseException as error:
        await asyncio.to_thread(run.pause, _why(error))
        raise
    finally:
        forget()


def _why(error: BaseException) -> str:
    match error:
        case KeyboardInterrupt():
            return "interrupted from the keyboard"
        case asyncio.CancelledError():
            return "the caller was cancelled"
        case _:
            return f"its handler failed: {type(error).__name__}: {error}"


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


def _is_open(run: Run, state: HITLState) -> bool:
    """Whether anybody still waits for the answer: not after a deadline, another's answer, or the end of the run."""
    return not run.done and any(open_.question_id == state.question_id for open_ in run.pending)


def _settle(run: Run, handler: HITLHandler, state: HITLState, by: str) -> None:
    """Ask until there is an answer that the question takes, or it needs none any more."""
    while _is_open(run, state):
        answer = _ask(run, handler, state)
        if inspect.isawaitable(answer):
            answer = engine_loop.submit(partial(_awaited, run, state, answer)).result()
        if _accepted(run, handler, state, answer, by):
            return


async def _settle_async(run: Run, handler: HITLHandler, state: HITLState, by: str) -> None:
    while _is_open(run, state):
        answer = _ask(run, handler, state)
        if inspect.isawaitable(answer):
            on_engine = engine_loop.submit(partial(_awaited, run, state, answer))
            answer = await asyncio.shield(asyncio.wrap_future(on_engine))
        if await asyncio.to_thread(_accepted, run, handler, state, answer, by):
            return


def _ask(run: Run, handler: HITLHandler, state: HITLState) -> Any:  # noqa: ANN401 - an answer, or one to await
    while_open = getattr(handler, "while_open", None)
    return handler(state) if while_open is None else while_open(state, lambda: _is_open(run, state))


async def _awaited(run: Run, state: HITLState, answer: Awaitable[Response]) -> Response | None:
    """The answer of a coroutine, which is given up once the question is settled elsewhere."""
    task = asyncio.ensure_future(answer)
    while not task.done() and _is_open(run, state):
        await asyncio.wait({task}, timeout=_LOOK_EVERY_S)
    if task.done():
        return task.result()
    task.cancel()
    return None


def _accepted(run: Run, handler: HITLHandler, state: HITLState, answer: object, by: str) -> bool:
    """Give the answer; False where it was refused and the handler wants to be asked again."""
    if not isinstance(answer, (str, InterruptResponse)):
        if answer is None and not _is_open(run, state):
            return True
        message = f"{state.key}: the handler returned {answer!r}; it should return a text or an InterruptResponse"
        raise InvalidAnswerError(message, session_id=state.session_id)
    try:
        answer_with(run, state, answer, by=by)
    except InvalidAnswerError as error:
        refused = getattr(handler, "refused", None)
        if refused is None:
            raise
        refused(error)
        return False
    return True


def answer_with(run: Run, state: HITLState, answer: Response, *, by: str) -> None:
    """Give a handler's answer to a question; returns when it is on disk.

    A string approves with that text. That somebody else was faster is no error.

    Raises:
        InvalidAnswerError: the question does not take this answer.
    """
    action, text = ("approve", answer) if isinstance(answer, str) else (answer.action, answer.feedback)
    try:
        run.respond(state.question_id, action, text, by=by).result()
    except AlreadyAnsweredError:
        return
