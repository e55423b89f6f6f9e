"""One leg of a run: from the start, or from where it stopped, to an end or the next stop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from strands_nb.engine import events as ev
from strands_nb.engine import payloads as pay
from strands_nb.engine.result import Outcome
from strands_nb.engine.session import Session
from strands_nb.engine.signals import Halted, Paused, Rejected
from strands_nb.errors import ExecutionError, StorageError

__all__ = ("Ending", "Stop", "cancel_idle", "run_leg")


@dataclass(frozen=True, slots=True)
class Stop:
    """Somebody asked the leg to stop; `in_flight` are the calls that are given up for it."""

    how: Literal["pause", "cancel"]
    reason: str
    in_flight: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ending:
    """What a leg leaves behind besides its events."""

    failure: ExecutionError | StorageError | None = None
    """A `StorageError` is no part of the record: the run pauses without a word in it."""
    artifacts: list[str] = field(default_factory=list[str])


async def run_leg(
    session: Session,
    play: Callable[[Session], Awaitable[Outcome]],
    asked: Callable[[], Stop | None],
    *,
    rested: bool = False,
) -> Ending:
    """Run the program by `play`, and write down how it ended; `asked` says why, where it was stopped from outside.

    After a rest the leg goes on: it has begun already.

    Raises:
        SessionError: somebody else has taken the session over.
    """
    try:
        return await _run(session, play, asked, fresh=rested or session.begin())  # which refuses before anything is run
    except (Exception, asyncio.CancelledError):
        if isinstance(session.broken, StorageError):
            _tell(session, str(session.broken))
            return Ending(failure=session.broken)
        if session.broken is not None:
            raise session.broken from None
        raise


async def _run(
    session: Session,
    play: Callable[[Session], Awaitable[Outcome]],
    asked: Callable[[], Stop | None],
    *,
    fresh: bool,
) -> Ending:
    try:
        outcome = await play(session)
        return Ending(artifacts=await _completed(session, outcome) if fresh else _artifacts_before(session))
    except (Paused, Halted):
        await _paused(session, "waiting for an answer", [])
    except Rejected as no:
        await _cancelled(session, no.reason or "rejected")
    except asyncio.CancelledError:
        stop = asked() or Stop("pause", "the process is ending")
        if stop.how == "cancel":
            await _cancelled(session, stop.reason)
        else:
            await _paused(session, stop.reason, list(stop.in_flight))
    except Exception as error:  # noqa: BLE001 - the run fails, its process goes on
        return await _failed(session, error)
    return Ending()


async def cancel_idle(session: Session, reason: str) -> None:
    """End a run that is not running; one that has ended stays as it is."""
    if not isinstance(session.journal.end, (ev.RunCompleted, ev.RunCancelled)):
        await _cancelled(session, reason)


def _tell(session: Session, reason: str) -> None:
    """Tell those who watch of a pause that is no part of the record, and so has no number of its own."""
    plan, seq, now = session.plan, session.log[-1].seq if session.log else -1, session.now()
    names = session.session_id, plan.spec_name, plan.pattern_type
    data: pay.RunPausedData = {"reason": reason, "questions": [], "in_flight": sorted(session.in_flight)}
    for listener in session.listeners:
        listener(ev.RunPaused(seq, ev.RunPaused.tag, now, *names, "", data))


async def _paused(session: Session, reason: str, in_flight: list[str]) -> None:
    questions = list(session.journal.questions)
    session.emit(ev.RunPaused, "", {"reason": reason, "questions": questions, "in_flight": in_flight})
    await session.safe()


async def _completed(session: Session, outcome: Outcome) -> list[str]:
    if session.plan.finish is not None:
        outcome = await session.plan.finish(session, outcome)
    data = _end(session, outcome.response, outcome.agent)
    data["artifacts"] = outcome.artifacts
    session.emit(ev.RunCompleted, "", data)
    await session.safe()
    return outcome.artifacts


def _artifacts_before(session: Session) -> list[str]:
    end = session.journal.end
    return end.data["artifacts"] if isinstance(end, ev.RunCompleted) else []


async def _cancelled(session: Session, reason: str) -> None:
    session.emit(ev.RunCancelled, "", _end(session, "", None, reason, "Cancelled"))
    await session.safe()


async def _failed(session: Session, error: Exception) -> Ending:
    failure = error if isinstance(error, ExecutionError) else ExecutionError(f"{type(error).__name__}: {error}")
    if failure is not error:
        failure.__cause__ = error
    session.emit(ev.RunFailed, "", _end(session, "", None, str(failure), type(failure).__name__))
    await session.safe()
    return Ending(failure=failure)


def _end(
    session: Session, result: str, agent: str | None, error: str | None = None, error_type: str | None = None
) -> pay.RunEndData:
    ledger = session.ledger
    return {
        "result": result,
        "agent": agent,
        "duration": round(ledger.worked, 6),
        "waiting": round(ledger.waited, 6),
        "error": error,
        "error_type": error_type,
        "artifacts": [],
    }
