"""What a run may come to, said before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from strands_nb.agents import price_of
from strands_nb.app.models import model_of
from strands_nb.engine.call import Usage
from strands_nb.patterns import calls_at_most

if TYPE_CHECKING:
    from strands_nb.app.options import Options
    from strands_nb.spec import Spec

__all__ = ("Estimate", "estimate")

_MILLION = 1_000_000
_CENT = 0.01


@dataclass(frozen=True, slots=True)
class Estimate:
    """Upper bounds of a run without retries and revisions; None where nothing limits it."""

    calls: int
    """Calls of agents."""
    output_tokens: int | None = None
    """What all replies may take together, where every agent has `max_tokens`."""
    tokens: int | None = None
    """Input and output together, where the budget `max_tokens` limits them."""
    cost: float | None = None
    """US dollars, where `max_cost_usd` limits them, or known prices and `max_tokens`."""

    def __str__(self) -> str:
        """In a line.

        >>> str(Estimate(3, tokens=5000, cost=0.05))
        'at most 3 calls, 5,000 tokens, $0.05'
        """
        parts = [f"at most {self.calls:,} call{'' if self.calls == 1 else 's'}"]
        if self.tokens is not None:
            parts.append(f"{self.tokens:,} tokens")
        elif self.output_tokens is not None:
            parts.append(f"{self.output_tokens:,} tokens of output")
        if self.cost is not None:
            parts.append(_dollars(self.cost))
        return ", ".join(parts)


def _dollars(cost: float) -> str:
    if not cost:
        return "free"
    return f"${cost:,.2f}" if cost >= _CENT else f"${cost:.4f}"


def estimate(spec: Spec, options: Options) -> Estimate:
    """The estimate for a run of `spec`; see `Estimate`."""
    total, calls = calls_at_most(spec)
    limits = options.limits(spec)
    if limits.max_steps is not None:
        total = min(total, limits.max_steps)
    return Estimate(total, _output(spec, calls, options), limits.max_tokens, _cost(spec, options))


def _output(spec: Spec, calls: dict[str, int], options: Options) -> int | None:
    total = 0
    for name, count in calls.items():
        model = model_of(spec, spec.agents[name], options)
        if model is None or model.max_tokens is None:
            return None
        total += count * model.max_tokens
    return total


def _cost(spec: Spec, options: Options) -> float | None:
    """The limit itself, or the most that so many tokens may cost."""
    limits = options.limits(spec)
    most: list[float | None] = []
    for agent in spec.agents.values():
        model = model_of(spec, agent, options)
        usages = (Usage(input_tokens=_MILLION), Usage(output_tokens=_MILLION))
        most += [None if model is None else price_of(model, usage, own=options.own_prices) for usage in usages]
    known = [price for price in most if price is not None]
    if known and not any(known) and len(known) == len(most):
        return 0.0
    if limits.max_tokens is None or len(known) < len(most):
        return limits.max_cost_usd
    bound = limits.max_tokens * max(known) / _MILLION
    return bound if limits.max_cost_usd is None else min(bound, limits.max_cost_usd)
