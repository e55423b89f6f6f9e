"""One JupyterLab and one Chromium for all browser tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser import lab as lab_module

if TYPE_CHECKING:
    from collections.abc import Generator

    from playwright.sync_api import BrowserContext, Page

    from tests.browser.lab import Lab


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Generator[Lab, None, None]:
    home = tmp_path_factory.mktemp("lab")
    (home / "notebooks").mkdir()
    with lab_module.server(home / "notebooks", home) as running:
        yield running


@pytest.fixture(scope="module")  # while it is open, its event loop occupies the main thread: no longer than needed
def chrome(chromium: str) -> Generator[BrowserContext, None, None]:
    with lab_module.browser(chromium) as opened:
        yield opened


@pytest.fixture
def page(lab: Lab, chrome: BrowserContext) -> Generator[Page, None, None]:
    opened = chrome.new_page()
    yield opened
    opened.close()
    lab.shut_down_kernels()
    lab.forget_sessions()
