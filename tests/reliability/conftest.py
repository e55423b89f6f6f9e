"""What the campaigns have counted, at the end of the tests' own output."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

_FIGURES = pytest.StashKey[list[str]]()


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Say what a campaign has counted: `figures("fan-out", cases=40, repeated=0)`."""

    def say(campaign: str, **counts: Any) -> None:
        lines = request.config.stash.setdefault(_FIGURES, [])
        lines.append(f"{campaign}: " + ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items()))

    return say


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print them."""
    if lines := config.stash.get(_FIGURES, None):
        terminalreporter.section("figures")
        for line in lines:
            terminalreporter.write_line(line)
