"""Budgets, retries, limits and time-outs: each a function around the agent call, composed in one place.

The order is fixed, outermost first: budget, retry, concurrency limit, timeout, call (replay comes before them all,
in the door). So a reply that is known costs nothing, and whoever backs off or waits holds no slot.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from strands_nb.engine.call import Call, Caller, Middleware, Reply
from strands_nb.engine.ledger import Budgets, Ledger
from strands_nb.errors import ProviderError

__all__ = ("FailurePolicy", "budgeted", "compose", "limited", "metered", "retried", "timed")


@dataclass(frozen=True, slots=True)
class FailurePolicy:
    """How transient failures are met: `retries` further attempts, pauses in seconds."""

    retries: int = 2
    backoff: Literal["constant", "exponential", "jittered"] = "exponential"
    wait_min: float = 1.0
    wait_max: float = 60.0


def compose(layers: Sequence[Middleware], call: Caller) -> Caller:
    """`call` inside all layers, the first of them outermost."""
    for wrap in reversed(layers):
        call = wrap(call)
    return call


def budgeted(ledger: Ledger, budgets: Budgets) -> Middleware:
    """Checked before each call."""

    def wrap(call: Caller) -> Caller:
        async def checked(request: Call) -> Reply:
            ledger.check(budgets, request.key)
            return await call(request)

        return checked

    return wrap if budgets.limits() else _transparent


def metered(ledger: Ledger, budgets: Budgets, warn: Callable[[str, float, float], None]) -> Middleware:
    """Checked once more before each attempt; the one that overshoots is kept, and warned of.

    The first attempt makes a call a step, the others add none.
    """
    but_for_steps = replace(budgets, max_steps=None)

    def wrap(call: Caller) -> Caller:
        async def checked(request: Call) -> Reply:
            if request.attempt == 1:
                ledger.check(budgets, request.key)
                ledger.begin(request.key)
            else:
                ledger.check(but_for_steps, request.key)
            try:
                return await call(request)
            finally:
                ledger.end(request.key)
                for near in ledger.near(budgets):
                    warn(*near)

        return checked

    return wrap if budgets.limits() else _transparent


def retried(policy: FailurePolicy, announce: Callable[[str, int, float, Exception], None]) -> Middleware:
    """Try again what failed for a passing reason, and say so each time; `Retry-After` is obeyed."""

    def wrap(call: Caller) -> Caller:
        async def persistent(request: Call) -> Reply:
            while True:
                try:
                    return await call(request)
                except ProviderError as error:
                    if not error.retryable or request.attempt > policy.retries:
                        raise
                    delay = _pause(policy, request.attempt, error.retry_after)
                    announce(request.key, request.attempt, delay, error)
                await asyncio.sleep(delay)
                request = replace(request, attempt=request.attempt + 1)

        return persistent

    return wrap if policy.retries else _transparent


def _pause(policy: FailurePolicy, attempt: int, asked: float | None) -> float:
    """Seconds before the next attempt; never less than the service asked for."""
    from tenacity import (  # noqa: PLC0415 - needed only when something has failed
        RetryCallState,
        wait_exponential,
        wait_fixed,
        wait_random_exponential,
    )

    low, high = policy.wait_min, max(policy.wait_min, policy.wait_max)
    grows_from = low or 1.0  # twice nothing is nothing: the pauses would never grow
    waits = {
        "constant": wait_fixed(low),
        "exponential": wait_exponential(multiplier=grows_from, min=low, max=high),
        "jittered": wait_random_exponential(multiplier=grows_from, min=low, max=high),
    }
    state = RetryCallState(retry_object=None, fn=None, args=(), kwargs={})  # pyright: ignore[reportArgumentType]
    state.attempt_number = attempt
    return max(waits[policy.backoff](state), asked or 0.0)


def limited(slots: int | None) -> Middleware:
    """At most so many calls at once; the gate is on calls, so whoever waits for a human holds no slot."""

    def wrap(call: Caller) -> Caller:
        gate = asyncio.Semaphore(slots or 1)

        async def in_turn(request: Call) -> Reply:
            async with gate:
                return await call(request)

        return in_turn

    return wrap if slots else _transparent


def timed(seconds: float | None) -> Middleware:
    """Give up an attempt that takes longer; that is a passing failure, and retried as one."""

    def wrap(call: Caller) -> Caller:
        async def bounded(request: Call) -> Reply:
            try:
                async with asyncio.timeout(seconds):
                    return await call(request)
            except TimeoutError as error:
                message = f"{request.key}: no reply from {request.agent} within {seconds:g} s"
                raise ProviderError(message, key=request.key, retryable=True) from error

        return bounded

    return wrap if seconds else _transparent


def _transparent(call: Caller) -> Caller:
    return call
