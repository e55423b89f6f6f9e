"""Ways to leave a pattern that are not errors: nothing in a pattern may swallow them."""

from __future__ import annotations

__all__ = ("AtRest", "Halted", "Paused", "Rejected")


class Paused(BaseException):
    """A human is needed and nobody is here. A BaseException, so that no `except Exception` can eat it."""


class Halted(BaseException):
    """A sibling failed for good: nothing new is started, what is in flight may finish."""


class AtRest(BaseException):
    """Nothing is left to do until somebody answers, or until so many seconds have passed: the leg goes on then."""

    def __init__(self, seconds: float | None) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Rejected(BaseException):
    """A human said no: the run ends as cancelled."""

    def __init__(self, reason: str, *, key: str) -> None:
        super().__init__(reason)
        self.reason, self.key = reason, key
