"""What a session has spent: a sum over its `spend` records, so that limits hold across resumes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from strands_nb.engine import events as ev
from strands_nb.engine.payloads import SpendData
from strands_nb.engine.state import base_key, sum_known
from strands_nb.errors import BudgetExceededError

__all__ = ("Budgets", "Clocks", "Ledger", "UnitSpend")


@dataclass(slots=True)
class UnitSpend:
    """What one unit has cost: all attempts of all revisions together."""

    tokens: int = 0
    cost: float | None = 0.0
    model: str = ""


class Clocks(NamedTuple):
    """Seconds of work and of waiting, as of the moment `at` of the clock, and when units began that have not ended."""

    worked: float
    waited: float
    at: float
    began: dict[str, float]


@dataclass(frozen=True, slots=True)
class Budgets:
    """Limits of one session; None is no limit. Times are seconds of work, not of waiting for people."""

    max_tokens: int | None = None
    max_steps: int | None = None
    max_duration_s: float | None = None
    max_cost_usd: float | None = None
    warn_threshold: float = 0.8

    def limits(self) -> list[tuple[str, float]]:
        """The limits that are set, by name."""
        names = ("max_tokens", "max_steps", "max_duration_s", "max_cost_usd")
        return [(name, limit) for name in names if (limit := getattr(self, name)) is not None]


def _nothing() -> None:
    """Nobody wants to know."""


class Ledger:
    """Totals of a session, and the clocks of work and of waiting.

    Recorded replies that are used again cost nothing and are not counted.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self.tokens = 0
        self.by_agent: dict[str, int] = {}
        """Tokens by agent."""
        self._attempts: Counter[str] = Counter()
        """By agent."""
        self.by_unit: dict[str, UnitSpend] = {}
        """By key without revision, in the order in which they first spent."""
        self.steps = 0
        self.cost = 0.0
        self._monotonic = monotonic
        self._worked = 0.0
        self._waited = 0.0
        self._units = 0
        self._open_questions = 0
        self._since = monotonic()
        self._began: dict[str, float] = {}
        """When units began that people work on, or that are made of others; by key."""
        self.on_idle: Callable[[], object] = _nothing
        """Called whenever nothing is under way any more and people are waited for, also for one more of them."""
        self._warned: set[str] = set()
        self._begun: set[str] = set()
        """Calls under way of which no attempt is paid for yet: they are steps already."""

    def take(self, event: ev.Event) -> None:
        """Count one recorded event."""
        match event:
            case ev.Spent(data=data):
                self._begun.discard(event.key)
                self._take_spend(base_key(event.key), data)
            case ev.BudgetWarned(data=data):
                self._warned.add(data["budget"])
            case _:
                pass

    def _take_spend(self, unit: str, data: SpendData) -> None:
        usage, agent = data["usage"], data["agent"]
        tokens = usage["input"] + usage["output"]
        self.tokens += tokens
        self.by_agent[agent] = self.by_agent.get(agent, 0) + tokens
        self._attempts[agent] += 1
        self.cost += usage["cost"] or 0.0
        self.steps += data["attempt"] == 1
        self._worked = max(self._worked, data["active_s"])
        spend = self.by_unit.get(unit) or self.by_unit.setdefault(unit, UnitSpend())
        spend.tokens, spend.model = spend.tokens + tokens, data["model"]
        spend.cost = sum_known(spend.cost, usage["cost"])

    def usual(self, agent: str) -> int | None:
        """Tokens that one call of an agent has taken on average; None before the first."""
        count = self._attempts[agent]
        return round(self.by_agent[agent] / count) if count else None

    @property
    def worked(self) -> float:
        """Seconds in which at least one unit was under way."""
        self._tick()
        return self._worked

    @property
    def waited(self) -> float:
        """Seconds in which nothing ran because people had not answered."""
        self._tick()
        return self._waited

    def clocks(self) -> Clocks:
        """As they are now."""
        return Clocks(self.worked, self.waited, self._since, self._began)

    def go_on(self, clocks: Clocks) -> None:
        """Have the clocks go on from where they were; since then people were waited for."""
        self._worked, self._waited, self._since, self._began = clocks
        self._open_questions = 1
        self._tick()
        self._open_questions = 0

    @property
    def idle(self) -> bool:
        """Whether nothing is under way, and people are waited for."""
        return self._open_questions > 0 and not self._units

    def work(self, change: int) -> None:
        """One unit more (+1) or fewer (-1) is under way."""
        self._tick()
        self._units += change
        if self.idle:
            self.on_idle()

    def wait(self, change: int) -> None:
        """One question more (+1) or fewer (-1) is open."""
        self._tick()
        self._open_questions += change
        if self.idle:
            self.on_idle()

    def _tick(self) -> None:
        now = self._monotonic()
        if self._units:
            self._worked += now - self._since
        elif self._open_questions:
            self._waited += now - self._since
        self._since = now

    def start(self, key: str) -> None:
        """The unit `key` begins, unless it has in this leg."""
        self._began.setdefault(key, self._monotonic())

    def stop(self, key: str) -> float:
        """It ends; returns the seconds that it took in this leg."""
        return self._monotonic() - self._began.pop(key)

    def spent(self, budget: str) -> float:
        """How much of a budget is used."""
        match budget:
            case "max_tokens":
                return self.tokens
            case "max_steps":
                return self.steps + len(self._begun)
            case "max_cost_usd":
                return self.cost
            case _:
                return self.worked

    def begin(self, key: str) -> None:
        """The call `key` is a step from now on, so that those at work at the same time are counted."""
        self._begun.add(key)

    def end(self, key: str) -> None:
        """It is over; it stays a step if anything was paid for it."""
        self._begun.discard(key)

    def check(self, budgets: Budgets, key: str) -> None:
        """Refuse what would start beyond a limit.

        Raises:
            BudgetExceededError: a budget is used up.
        """
        for name, limit in budgets.limits():
            spent = self.spent(name)
            if spent >= limit:
                raise BudgetExceededError(name, spent=spent, limit=limit, key=key)

    def near(self, budgets: Budgets) -> list[tuple[str, float, float]]:
        """The budgets to warn of, as (name, spent, limit); each once."""
        near: list[tuple[str, float, float]] = []
        for name, limit in budgets.limits():
            spent = self.spent(name)
            if spent >= budgets.warn_threshold * limit and name not in self._warned:
                self._warned.add(name)
                near.append((name, spent, limit))
        return near
