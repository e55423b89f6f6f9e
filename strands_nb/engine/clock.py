"""The two clocks of a run, so that tests can turn them."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol

__all__ = ("SYSTEM_CLOCK", "Clock")


class Clock(Protocol):
    """One for dates, one for durations: the first may jump, the second never goes back."""

    def now(self) -> datetime:
        """The time on the wall, aware."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment."""
        ...


class _SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    monotonic = staticmethod(time.monotonic)


SYSTEM_CLOCK: Clock = _SystemClock()
