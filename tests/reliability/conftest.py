"""What the campaigns have counted, below the tests' own output."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

_FIGURES = pytest.StashKey[dict[str, dict[str, int]]]()


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Add to what a campaign has counted: `figures("fan-out", cases=40, repeated=0)`; of `most_…` the largest counts."""

    def count(campaign: str, **counts: int) -> None:
        sums = request.config.stash.setdefault(_FIGURES, {}).setdefault(campaign, dict.fromkeys(counts, 0))
        for name, number in counts.items():
            sums[name] = max(sums[name], number) if name.startswith("most_") else sums[name] + number

    return count


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print them."""
    if campaigns := config.stash.get(_FIGURES, None):
        terminalreporter.section("figures")
        for campaign, counts in campaigns.items():
            told = ", ".join(f"{name.replace('_', ' ')} {number:,}" for name, number in counts.items())
            terminalreporter.write_line(f"{campaign}: {told}")
