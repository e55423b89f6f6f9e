"""What all tests share."""

from __future__ import annotations

import importlib.util
import os
import shutil
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Figures: TypeAlias = dict[str, dict[str, int]]
_FIGURES = pytest.StashKey[Figures]()


@pytest.fixture(scope="session", autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:  # pyright: ignore[reportUnusedFunction]
    """No test touches the sessions or settings of whoever runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STRANDS_NB_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture
def anyio_backend() -> str:
    """Tests marked `anyio` run on asyncio, which is what Jupyter has."""
    return "asyncio"


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; without one the test is skipped, or fails where STRANDS_NB_REQUIRE_BROWSER=1."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    if os.environ.get("STRANDS_NB_REQUIRE_BROWSER") == "1":
        pytest.fail("there is no Chromium on the PATH, and STRANDS_NB_REQUIRE_BROWSER=1 asks for one")
    pytest.skip("there is no Chromium on the PATH; Debian: apt-get install chromium, elsewhere any Chrome will do")


@pytest.fixture(scope="session")
def small_model() -> Path:
    """The weights of a small model, fetched once; where they cannot be had, its tests are skipped and say why."""
    if importlib.util.find_spec("xllamacpp") is None:
        pytest.skip("xllamacpp is not installed: pip install strands-nb[local]")
    from strands_nb.agents import weights
    from strands_nb.errors import CapabilityError

    try:
        return weights.obtain("smollm2-135m")
    except CapabilityError as error:
        pytest.skip(f"no weights: {error}")


# ---- what campaigns have counted, below the tests' own output ------------------------------------------------------


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Add to what a campaign has counted: `figures("fan-out", cases=40, repeated=0)`.

    Of `most_…` the largest counts.
    """

    def count(campaign: str, **counts: int) -> None:
        _add(request.config, {campaign: counts})

    return count


def _add(config: pytest.Config, more: Figures) -> None:
    campaigns = config.stash.setdefault(_FIGURES, {})
    for campaign, counts in more.items():
        sums = campaigns.setdefault(campaign, dict.fromkeys(counts, 0))
        for name, number in counts.items():
            sums[name] = max(sums[name], number) if name.startswith("most_") else sums[name] + number


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tests that run in several processes: each tells what it has counted to the one that reports."""
    if (told := getattr(session.config, "workeroutput", None)) is not None:
        told["figures"] = session.config.stash.get(_FIGURES, Figures())


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """And this is the one."""
    if told := getattr(node, "workeroutput", None):  # unless it has crashed
        _add(node.config, told["figures"])


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print them."""
    if campaigns := config.stash.get(_FIGURES, None):
        terminalreporter.section("figures")
        for campaign, counts in campaigns.items():
            told = ", ".join(f"{name.replace('_', ' ')} {number:,}" for name, number in counts.items())
            terminalreporter.write_line(f"{campaign}: {told}")
    reports = (report for kind in terminalreporter.stats.values() for report in kind)
    properties = (known for report in reports for known in getattr(report, "user_properties", ()))
    if clicks := [value for name, value in properties if name == "click"]:
        from tests.browser.clicks import report

        report(terminalreporter, clicks)
