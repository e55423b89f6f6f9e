"""What all tests share."""

from __future__ import annotations

import importlib.util
import os
import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
